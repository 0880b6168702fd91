/** `rpc.discover`, and the net under the whole suite: each line at a control socket is held to the document. */
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {send, stop} from '../../helpers/clients/control.js';
import {rawClient, request} from '../../helpers/clients/raw-client.js';
import {install} from '../../helpers/package-copy.js';
import {createJudge, type Document, readDocument} from '../../helpers/protocol/judge.js';
import {problemsOf, readSessions, type Session} from '../../helpers/protocol/sessions.js';
import {createRig, ROOT, SERVER} from '../../helpers/rig.js';

test('rpc.discover answers with the document of the package', async t => {
  const rig = await createRig(t);
  await rig.ssd([]).line(/generation 1 spawned/);
  t.deepEqual(
    await send(rig, 'rpc.discover'),
    JSON.parse(readFileSync(join(ROOT, 'dist/openrpc.json'), 'utf8')),
  );
});

test('an ssd whose package was replaced does not give the document of another version', async t => {
  const {rig} = await install(t);
  const command = [rig.path('dist/bundle/bin/ssd.cjs'), `--control=${rig.control}`, '--', ...SERVER];
  const ssd = rig.start([process.execPath, ...command]);
  await ssd.line(/generation 1 spawned/);
  const refused = () => t.throwsAsync(send(rig, 'rpc.discover'));
  t.regex((await refused())?.message ?? '', /cannot read .*openrpc\.json: ENOENT$/);
  await rig.run(['sh', '-c', `echo '{"info":{"version":"9.9.9"}}' > ${rig.path('dist/openrpc.json')}`]);
  t.regex((await refused())?.message ?? '', /describes version 9\.9\.9, and this is /);
  await stop(rig);
});

test('lines are recorded on both sides, and each can be found wrong', async t => {
  const document = readDocument(ROOT);
  const sessions = await recorded(t);
  const wrong = (changed: Document) => {
    const judge = createJudge(changed);
    return sessions.flatMap(session => problemsOf(session, judge));
  };
  t.true(sessions.filter(({of}) => of === 'ssd').length >= 3);
  t.is(sessions.filter(({of}) => of === 'client').length, 2);
  t.deepEqual(wrong(document), []);
  for (const [what, change] of Object.entries(MUTATIONS)) {
    const changed = structuredClone(document) as unknown as Loose;
    change(changed);
    t.not(wrong(changed as unknown as Document).length, 0, what);
  }
});

test('a request that the document allows is not refused as wrong, and no other is done', t => {
  const judge = createJudge(readDocument(ROOT));
  const session = (asked: string, said: string): Session => ({
    of: 'ssd',
    lines: [
      {direction: 'got', text: asked},
      {direction: 'sent', text: said},
    ],
  });
  const refusal = (code: string) => JSON.stringify({id: 1, error: {code: -1, data: {code}}});
  const cancelled = JSON.stringify({id: 1, result: {cancelled: false, generation: null}});
  const cases: readonly (readonly [string, string, number])[] = [
    [request(1, 'cancel'), cancelled, 0],
    [request(1, 'cancel'), refusal('invalid-params'), 1],
    [request(1, 'cancel', {all: true}), refusal('invalid-params'), 0],
    [request(1, 'cancel', {all: true}), cancelled, 1],
    [request(1, 'cancel'), refusal('no-log-file'), 1],
    [request(1, 'scale', {workers: 0}), refusal('invalid-params'), 0],
    ['nonsense', refusal('parse-error'), 0],
  ];
  for (const [asked, said, problems] of cases)
    t.is(problemsOf(session(asked, said), judge).length, problems, `${asked} ${said}`);
  t.is(judge.result('restart', FAILED), null);
  t.is(judge.result('restart', {...FAILED, phase: 'bake'}), null);
  t.not(judge.result('restart', {...FAILED, phase: 'nap'}), null);
});

/** A verdict without a member that others of its kind have. */
const FAILED = {
  verdict: 'failed',
  attempts: 1,
  generation: 2,
  worker: 0,
  pid: null,
  ending: {type: 'not-spawned', cause: 'ENOENT'},
  hint: null,
  livedMs: 0,
  serving: 1,
  stderr: null,
};

type Loose = {
  // biome-ignore lint/suspicious/noExplicitAny: it is broken on purpose
  readonly components: {readonly schemas: Record<string, any>};
  // biome-ignore lint/suspicious/noExplicitAny: it is broken on purpose
  readonly methods: any[];
};

const methodOf = ({methods}: Loose, name: string) => methods.find(method => method.name === name);
const eventOf = ({components}: Loose, type: string) =>
  components.schemas.Event.anyOf.find(
    (one: {properties: {type: {const: string}}}) => one.properties.type.const === type,
  );

/** One mistake each: a member that is forgotten, of another type, or too much; a word that is missing. */
const MUTATIONS: Readonly<Record<string, (document: Loose) => void>> = {
  'the greeting has no pid': ({components}) =>
    delete components.schemas.Hello.properties.params.properties.pid,
  'a member of the status is forgotten': ({components}) =>
    delete components.schemas.Status.properties.uptimeMs,
  'a member of the status is text': ({components}) => {
    components.schemas.Status.properties.workers = {type: 'string'};
  },
  'a member of a worker is forgotten': ({components}) => {
    delete components.schemas.Status.properties.generations.items.properties.workers.items.properties.cpuMs;
  },
  'an event is forgotten': document => {
    eventOf(document, 'spawned').properties.type.const = 'begotten';
  },
  'a member of an event is text': document => {
    eventOf(document, 'ready').properties.tookMs = {type: 'string'};
  },
  'a recorded event has no number': ({components}) =>
    delete components.schemas.Recorded.allOf[1].properties.seq,
  'a verdict has one member more': ({components}) => components.schemas.Verdict.anyOf[0].required.push('why'),
  'a verdict is called otherwise': ({components}) => {
    components.schemas.Verdict.anyOf[0].properties.verdict.const = 'done';
  },
  'a verb is forgotten': document => {
    methodOf(document, 'cancel').name = 'annul';
  },
  'a parameter is forgotten': document => methodOf(document, 'restart').params.shift(),
  'a parameter is text': document => {
    methodOf(document, 'events').params[1].schema = {type: 'string'};
  },
  'a verb has no events': document => delete methodOf(document, 'restart')['x-events'],
  'an error is forgotten': document => methodOf(document, 'reopen-logs').errors.splice(0, 1),
};

/** A life with a restart: by two clients of ours, and one of the test. */
async function recorded(t: ExecutionContext): Promise<readonly Session[]> {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1']);
  await ssd.line(/generation 1 is ready/);
  t.is((await rig.ssctl(['restart'])).code, 0);
  t.is((await rig.ssctl(['events', '--json'])).code, 0);
  const client = rawClient(rig.control);
  const until = async (id: number) => {
    for (let message = await client.next(); message.id !== id; ) message = await client.next();
  };
  for (const [id, verb] of ['status', 'cancel', 'reopen-logs'].entries()) {
    client.say(request(id + 1, verb));
    await until(id + 1);
  }
  client.socket.destroy();
  await stop(rig);
  await ssd.exit();
  const lines = `${rig.directory}.lines`;
  t.true(readdirSync(lines).length >= 5);
  return readSessions(lines);
}
