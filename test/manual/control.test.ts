/** The messages that ssd-control(7) prints: what is printed as asked is sent, and the answers must look like the printed ones. */
import {renameSync, writeFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {type Message, rawClient} from '../helpers/clients/raw-client.js';
import {needs} from '../helpers/programs.js';
import {boundPort, createRig} from '../helpers/rig.js';
import {askHttp} from '../helpers/sockets.js';
import {display, displays} from './page.js';

const PAGE = 'ssd-control.7';

needs('python3', 'socat')('the examples of ssd-control(7) show what ssd answers', async t => {
  const {rig, ssd} = await serve(t);
  const port = await boundPort(ssd);
  await ssd.line(/generation 1 is ready/);
  const examples = displays(PAGE, 'EXAMPLES').map(text => {
    const [, command = '', answer = ''] = /^((?:[$>] [^\n]*\n)+)(.*)$/s.exec(text) ?? [];
    return {
      command: command.replaceAll(/^[$>] /gm, '').replace('/run/ssd/app.sock', rig.control),
      printed: unfolded(answer),
    };
  });
  t.is(examples.length, 4);
  for (const {command, printed} of examples) {
    // The worker may be a launcher of python3 yet, with a child that would outlive it and hold the listener.
    await askHttp(port);
    if (command.includes('"again"')) renameSync(rig.path('server.py'), rig.path('elsewhere'));
    const {stdout} = await rig.run(['sh', '-c', command]);
    const said = stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    t.deepEqual(said.map(shapeOf), printed.map(shapeOf), `${command}\n${stdout}`);
  }
});

test('the greeting, the requests and the answers elsewhere in ssd-control(7) are what ssd says', async t => {
  const {rig, ssd} = await serve(t, ['sleep', '1000']);
  await ssd.line(/generation 1 is ready/);
  const client = rawClient(rig.control);
  const lastOf = async (id: unknown) => {
    const events: Message[] = [];
    for (;;) {
      const message = await client.next();
      if (message.id === id) return {events, answer: message};
      events.push(message);
    }
  };
  const [greeting] = unfolded(display(PAGE, 'GREETING', '"hello"'));
  t.deepEqual(shapeOf(await client.next()), shapeOf(greeting));

  const [request] = unfolded(display(PAGE, 'REQUESTS', '"method"'));
  client.say(`${JSON.stringify(request)}\n`);
  const restarted = await lastOf(request?.id);
  t.is(restarted.answer.result?.verdict, 'completed');
  const [event] = unfolded(display(PAGE, 'EVENTS', '"spawned"'));
  const spawned = restarted.events.find(({params}) => JSON.stringify(params?.event).includes('"spawned"'));
  t.deepEqual(shapeOf(spawned), shapeOf(event));

  client.say('{"jsonrpc":"2.0","id":7,"method":"no-such"}\n');
  const [refusal] = unfolded(display(PAGE, 'ERROR CODES', '"error"'));
  t.deepEqual((await lastOf(7)).answer as object, refusal as object);

  client.say('{"jsonrpc":"2.0","id":"s","method":"stop"}\n');
  const [stopped] = unfolded(display(PAGE, 'VERBS', '"stopped"'));
  t.deepEqual(shapeOf((await lastOf('s')).answer), shapeOf(stopped));
  t.is((await ssd.exit()).code, 0);
});

/** Runs what the examples were made with: the server in Python of ssd(8), or another program. */
async function serve(t: ExecutionContext, program = ['./server.py']) {
  const rig = await createRig(t);
  const source = display('ssd.8', 'WRITING A SERVER', '#!/usr/bin/env python3');
  writeFileSync(rig.path('server.py'), source, {mode: 0o755});
  const ssd = rig.ssd(['--name=app', '--port=127.0.0.1:0', '--interval=0.1'], program);
  return {rig, ssd};
}

/** Messages that are folded on the page: a line that goes on begins with a blank. */
function unfolded(text: string): Message[] {
  const lines = text.replaceAll(/\n /g, '').trim().split('\n');
  return lines.map(line => JSON.parse(line));
}

/** The keys in their order and the types of a message; words of the protocol stay, for they are its types. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
  return Object.entries(value).map(([key, item]) => {
    if (UNSURE.has(key)) return [key];
    return [key, WORDS.has(key) ? item : shapeOf(item)];
  });
}

/** null if the worker had ended before its connections were counted. */
const UNSURE = new Set(['drained']);

const WORDS = new Set(['jsonrpc', 'method', 'type', 'verdict', 'phase', 'signal', 'cause', 'wanted', 'by']);
