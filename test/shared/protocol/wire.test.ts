import {PassThrough} from 'node:stream';
import {finished} from 'node:stream/promises';
import test from 'ava';
import {defer} from '../../../src/shared/deferred.js';
import {MAX_LINE} from '../../../src/shared/protocol/protocol.js';
import {encodeLine, readLines} from '../../../src/shared/protocol/wire.js';

type Read = {readonly messages: readonly unknown[]; readonly problems: readonly string[]};

/** What is read from these chunks, each written on its own, up to their end. */
async function read(...chunks: readonly (string | Buffer)[]): Promise<Read> {
  const input = new PassThrough();
  const messages: unknown[] = [];
  const problems: string[] = [];
  const over = defer<void>();
  readLines(input, {
    limit: MAX_LINE,
    onMessage: message => messages.push(message),
    onProblem: (problem, fatal) => {
      problems.push(fatal ? `${problem}, fatal` : problem);
      if (fatal) over.resolve();
    },
    onEnd: () => over.resolve(),
  });
  for (const chunk of chunks) {
    input.write(chunk);
    // A chunk on a socket comes in a turn of the event loop of its own.
    await new Promise(resolve => setImmediate(resolve));
  }
  input.end();
  input.resume();
  await finished(input);
  await over.promise;
  await new Promise(resolve => setImmediate(resolve));
  return {messages, problems};
}

const reads = test.macro({
  exec: async (t, chunks: readonly (string | Buffer)[], messages: readonly unknown[]) => {
    t.deepEqual(await read(...chunks), {messages, problems: []});
  },
  title: given => `${given} ${given?.includes(' are ') ? '' : 'is '}read`.replace('  ', ' '),
});

test('a line', reads, ['{"a":1}\n'], [{a: 1}]);
test('a line in pieces', reads, ['{"a"', ':', '1}', '\n'], [{a: 1}]);
test('a line that begins in the chunk of another', reads, ['{"a":1}\n{"b"', ':2}\n'], [{a: 1}, {b: 2}]);
test('a line with a carriage return', reads, ['{"a":1}\r\n'], [{a: 1}]);
test('a line that the end cuts off before its newline', reads, ['{"a":1}\n{"b":2}'], [{a: 1}, {b: 2}]);
test('no line at all', reads, [], []);
test('nothing, of empty lines,', reads, ['\n\n', '\n{"a":1}\n\n'], [{a: 1}]);
test('a message that is not an object', reads, ['1\n"x"\n[]\ntrue\n'], [1, 'x', [], true]);
test('a null inside a message', reads, ['{"a":null}\n[null]\n'], [{a: null}, [null]]);

const umlaut = Buffer.from('{"a":"ü€😀"}\n');
test(
  'a letter that is split between chunks',
  reads,
  [...umlaut].map(byte => Buffer.of(byte)),
  [{a: 'ü€😀'}],
);

test('a thousand messages in one chunk are read in order', async t => {
  const all = Array.from({length: 1000}, (_, index) => ({index}));
  t.deepEqual(await read(all.map(encodeLine).join('')), {messages: all, problems: []});
});

test('a line that is not JSON is reported, and later lines are read', async t => {
  t.deepEqual(await read('{"a":1}\n{oops}\n{"b":2}\n'), {
    messages: [{a: 1}, {b: 2}],
    problems: ['parse-error'],
  });
});

test('each bad line is reported', async t => {
  const {messages, problems} = await read('{\n', '}\n', ' \n', 'nul\n', 'undefined\n', '{"a":1}\n');
  t.deepEqual(messages, [{a: 1}]);
  t.deepEqual(problems, Array(5).fill('parse-error'));
});

test('half a line at the end is reported', async t => {
  t.deepEqual(await read('{"a":1}\n{"b":'), {messages: [{a: 1}], problems: ['parse-error']});
});

test('bytes that are not text are reported', async t => {
  const {messages, problems} = await read(Buffer.from([0xff, 0xfe, 0, 10]), '{"a":1}\n');
  t.deepEqual(messages, [{a: 1}]);
  t.deepEqual(problems, ['parse-error']);
});

test('a line that is only null ends the reading, because nothing after it can be read', async t => {
  t.deepEqual(await read('null\n'), {messages: [], problems: ['invalid-request, fatal']});
  t.deepEqual(await read('{"a":1}\n', 'null\n', '{"b":2}\n'), {
    messages: [{a: 1}],
    problems: ['invalid-request, fatal'],
  });
});

test('null with more in one chunk is reported once', async t => {
  t.deepEqual(await read('{"a":1}\nnull\n{"b":2}\n{"c":3}\n'), {
    messages: [{a: 1}],
    problems: ['invalid-request, fatal'],
  });
});

const padded = (bytes: number) => JSON.stringify({a: 'x'.repeat(bytes - '{"a":""}'.length)});

test('a line of exactly the limit is read', async t => {
  const line = padded(MAX_LINE);
  t.is(Buffer.byteLength(line), 65_536);
  t.deepEqual(await read(`${line}\n{"b":1}\n`), {messages: [JSON.parse(line), {b: 1}], problems: []});
});

const tooLong = test.macro<string[]>({
  exec: async (t, ...chunks) => {
    const {messages, problems} = await read('{"a":1}\n', ...chunks, '{"b":1}\n');
    t.deepEqual(messages, [{a: 1}]);
    t.deepEqual(problems, ['line-too-long, fatal']);
  },
  title: given => `${given} is told, and nothing behind it is read`,
});

test('a line of one byte more', tooLong, `${padded(MAX_LINE + 1)}\n`);
test('a line of one byte more in pieces', tooLong, padded(MAX_LINE), 'x\n');
test('a line without an end', tooLong, 'x'.repeat(MAX_LINE + 1));
test('a line that becomes too long byte by byte', tooLong, ...Array(33).fill('x'.repeat(2048)));
test('blanks without an end', tooLong, ' '.repeat(MAX_LINE + 1));

test('the limit counts bytes, not letters', async t => {
  const {problems} = await read(`{"a":"${'€'.repeat(MAX_LINE / 3)}"}\n`);
  t.deepEqual(problems, ['line-too-long, fatal']);
});

test('a line that is nested as deeply as its length allows is read', async t => {
  const depth = MAX_LINE / 2;
  const {messages, problems} = await read(`${'['.repeat(depth)}${']'.repeat(depth)}\n{"a":1}\n`);
  t.deepEqual(problems, []);
  t.is(messages.length, 2);
});

test('the end is reported after every message', async t => {
  const told = async (text: string) => {
    const input = new PassThrough();
    const log: unknown[] = [];
    readLines(input, {
      limit: MAX_LINE,
      onMessage: message => log.push(message),
      onProblem: problem => log.push(problem),
      onEnd: () => log.push('end'),
    });
    input.end(text);
    await finished(input);
    await new Promise(resolve => setImmediate(resolve));
    return log;
  };
  t.deepEqual(await told('1\n2'), [1, 2, 'end']);
  t.deepEqual(await told('x'), ['parse-error', 'end']);
});

test('a message is written as one line, whatever is in it', t => {
  t.is(encodeLine({a: 'b\nc'}), '{"a":"b\\nc"}\n');
  const cyclic: {self?: object} = {};
  cyclic.self = cyclic;
  t.throws(() => encodeLine(cyclic), {instanceOf: TypeError});
});

/** A reader whose input the test writes. */
function reading() {
  const input = new PassThrough();
  const log: unknown[] = [];
  const reader = readLines(input, {
    limit: MAX_LINE,
    onMessage: message => log.push(message),
    onProblem: problem => log.push(problem),
    onEnd: () => log.push('end'),
  });
  const turn = () => new Promise(resolve => setImmediate(resolve));
  return {input, log, turn, unread: () => reader.unread().toString()};
}

test('what was not handled can be looked at, again and again, and is handled once', async t => {
  const {input, log, turn, unread} = reading();
  t.is(unread(), '');
  await turn();
  input.write('1\n{"a"');
  await turn();
  t.deepEqual([unread(), unread()], ['{"a"', '{"a"']);
  input.write(':1}\n2\n');
  t.is(unread(), '{"a":1}\n2\n');
  await turn();
  await turn();
  t.deepEqual(log, [1, {a: 1}, 2]);
  t.is(unread(), '');
  await turn();
  input.end('3');
  await finished(input);
  await turn();
  t.deepEqual(log, [1, {a: 1}, 2, 3, 'end']);
});

test('what a stream holds that is not read yet is looked at too', async t => {
  const {input, log, turn, unread} = reading();
  input.pause();
  input.write('1\n');
  input.write('2\n3');
  t.is(unread(), '1\n2\n3');
  t.deepEqual(log, []);
  await turn();
  t.deepEqual(log, [1, 2]);
});

test('nothing is left unread after the end, or where reading was given up', async t => {
  const ended = reading();
  ended.input.end('1\nx');
  await finished(ended.input);
  await ended.turn();
  t.is(ended.unread(), '');
  await ended.turn();
  t.deepEqual(ended.log, [1, 'parse-error', 'end']);
  const bad = reading();
  bad.input.write('null\n2\n');
  await bad.turn();
  t.is(bad.unread(), '');
  await bad.turn();
  t.deepEqual(bad.log, ['invalid-request']);
});

test('who holds a stream gets nothing more until it lets it go', async t => {
  const input = new PassThrough();
  const messages: unknown[] = [];
  const over = defer<void>();
  const reader = readLines(input, {
    limit: MAX_LINE,
    onMessage: message => {
      messages.push(message);
      if (messages.length === 1) reader.hold(true);
    },
    onProblem: problem => t.fail(problem),
    onEnd: () => over.resolve(),
  });
  input.write('1\n2\n');
  for (let turn = 0; turn < 3; turn += 1) await new Promise(resolve => setImmediate(resolve));
  input.end('3\n');
  for (let turn = 0; turn < 3; turn += 1) await new Promise(resolve => setImmediate(resolve));
  t.deepEqual(messages, [1]);
  t.true(input.isPaused());
  reader.hold(false);
  await over.promise;
  t.deepEqual(messages, [1, 2, 3]);
});
