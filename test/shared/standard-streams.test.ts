import test, {type ExecutionContext} from 'ava';
import {printedJson, redirected, scriptCommand, source} from '../helpers/adapters/script.js';
import {createRig} from '../helpers/rig.js';

/** Standard output is a pipe that `cat` reads; what `tell`ed is printed there, by a descriptor of its own. */
async function told(t: ExecutionContext, body: string, redirections = ''): Promise<unknown> {
  const rig = await createRig(t);
  const script = `
    import {openSync, readFileSync, writeSync} from 'node:fs';
    import net from 'node:net';
    import {sealStandardStreams} from '${source('shared/standard-streams')}';
    const isNonBlocking = fd =>
      (Number.parseInt(/^flags:\\s*(\\d+)$/m.exec(readFileSync('/proc/self/fdinfo/' + fd, 'utf8'))[1], 8) & 0o4000) !== 0;
    const told = [];
    const tell = value => told.push(value);
    ${body}
    writeSync(openSync('told', 'w'), JSON.stringify(told));`;
  const command = redirected(redirections, scriptCommand(script));
  const piped = ['sh', '-c', '"$@" | cat >out; cat told', 'sh', ...command];
  return printedJson(await rig.run(piped));
}

test('what is written to a pipe arrives whole, and the pipe stays blocking', async t => {
  const body = `
    sealStandardStreams({terminals: true});
    process.stdout.write('x'.repeat(300_000));
    console.log('end');
    console.error('error');
    new net.Socket().destroy();
    tell([1, 2].map(isNonBlocking));
    tell(process.stdout.isTTY);`;
  t.deepEqual(await told(t, body), [[false, false], false]);
});

test('standard input has nothing to read, and is left as it is', async t => {
  const body = `
    sealStandardStreams({terminals: false});
    const chunks = [];
    for await (const chunk of process.stdin) chunks.push(chunk);
    tell(chunks);
    tell(isNonBlocking(0));`;
  t.deepEqual(await told(t, body), [[], false]);
});

test('a full disk is an error for the writer, and nothing is thrown', async t => {
  const body = `
    sealStandardStreams({terminals: false});
    const error = await new Promise(resolve => process.stderr.write('lost', resolve));
    tell(error.code);`;
  t.deepEqual(await told(t, body, '2>/dev/full'), ['ENOSPC']);
});

test('the former streams are put back', async t => {
  const body = `
    const describe = () => ['stdin', 'stdout', 'stderr'].map(name => Object.getOwnPropertyDescriptor(process, name).get);
    const before = describe();
    const putBack = sealStandardStreams({terminals: false});
    tell(describe().some(get => before.includes(get)));
    putBack();
    tell(describe().every((get, index) => get === before[index]));`;
  t.deepEqual(await told(t, body), [false, true]);
});
