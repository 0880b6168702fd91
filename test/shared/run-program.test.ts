import test from 'ava';
import {scriptCommand, source} from '../helpers/adapters/script.js';
import {createRig, type Finished} from '../helpers/rig.js';

/** Runs a program whose `main` is this text. */
async function runs(t: Parameters<typeof createRig>[0], main: string, env = {}): Promise<Finished> {
  const rig = await createRig(t);
  const script = `
    import {runProgram} from '${source('shared/edge/run-program')}';
    import {describeFailure} from '${source('shared/words/wording')}';
    runProgram({terminals: false, describe: failure => 'ssd: ' + describeFailure(failure), main: async () => {${main}}});`;
  return rig.run(scriptCommand(script), {env});
}

const INTERNAL = 'ssd: internal error: an accident; please report it (SSD_DEBUG=1 shows where it happened)\n';
const accidents: readonly (readonly [where: string, main: string])[] = [
  ['in main', "throw new Error('an accident\\nand more')"],
  ['in a callback', "await new Promise(() => setImmediate(() => { throw new Error('an accident'); }))"],
  [
    'in a promise that nobody awaits',
    "Promise.reject(new Error('an accident')); await new Promise(() => {})",
  ],
];
for (const [where, main] of accidents) {
  test(`an unexpected error ${where} is one line, and the exit status is 1`, async t => {
    const {code, stdout, stderr} = await runs(t, main, {SSD_DEBUG: undefined});
    t.deepEqual({code, stdout, stderr}, {code: 1, stdout: '', stderr: INTERNAL});
  });
}

test('SSD_DEBUG adds the stack of an unexpected error', async t => {
  const {code, stderr} = await runs(t, "throw new Error('an accident')", {SSD_DEBUG: '1'});
  t.is(code, 1);
  t.true(stderr.startsWith(`${INTERNAL}Error: an accident\n    at `), stderr);
});

test('the exit status is what main returns', async t => {
  const {code, stderr} = await runs(t, 'return {status: 4, onlyShows: true}');
  t.deepEqual({code, stderr}, {code: 4, stderr: ''});
});
