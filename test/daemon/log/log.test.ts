import test from 'ava';
import {formatLine, type LogEntry, MAX_LINE_BYTES} from '../../../src/daemon/log/line.js';
import {createLog} from '../../../src/daemon/log/log.js';

const origin = {time: new Date(0), pid: 42};
const BEGINNING = '{"time":"1970-01-01T00:00:00.000Z","program":"ssd","pid":42,"event":';

function entryOf(line: Parameters<ReturnType<typeof createLog>>[0]): LogEntry {
  const entries: LogEntry[] = [];
  createLog(entry => entries.push(entry))(line);
  if (entries.length !== 1) throw new Error(`${entries.length} entries for one line`);
  return entries[0] as LogEntry;
}

test('a line of text has its former form', t => {
  const line = formatLine('text', origin, entryOf({type: 'spawned', generation: 3, pid: 7}));
  t.is(line, '1970-01-01T00:00:00.000Z ssd[42]: generation 3 spawned, pid 7\n');
});

test('a line of JSON has the event, its facts and the sentence; the pid of a worker has a name of its own', t => {
  const line = formatLine('json', origin, entryOf({type: 'spawned', generation: 3, pid: 7}));
  t.is(line, `${BEGINNING}"spawned","workerPid":7,"generation":3,"text":"generation 3 spawned, pid 7"}\n`);
});

test('notices have their facts as well', t => {
  const line = formatLine('json', origin, entryOf({type: 'starting', version: '1', instance: 'web'}));
  t.is(
    line,
    `${BEGINNING}"starting","version":"1","instance":"web","text":"ssd 1 is starting, instance web"}\n`,
  );
});

const long = test.macro({
  exec: (t, entry: Partial<LogEntry>) => {
    const line = formatLine('json', origin, {event: 'x', text: 'said', fields: {}, ...entry});
    t.true(Buffer.byteLength(line) <= MAX_LINE_BYTES);
    t.true(line.startsWith(`${BEGINNING}"x",`));
    t.is(line.indexOf('\n'), line.length - 1);
    const {event, text, cut} = JSON.parse(line) as Record<string, unknown>;
    t.deepEqual([event, cut], ['x', true]);
    t.true((entry.text ?? 'said').startsWith(String(text)) && text !== '');
  },
  title: (given = '') => `a line of JSON that is too long stays valid: ${given}`,
});

test('many pids', long, {fields: {pids: Array.from({length: 2000}, (_, n) => n), generation: 1}});
test('long text', long, {text: 'a'.repeat(10_000)});
test('characters that take six bytes', long, {text: '\u0001'.repeat(5000)});
test('characters that take three bytes', long, {text: '€'.repeat(5000)});
test('many fields', long, {
  fields: Object.fromEntries(Array.from({length: 100}, (_, n) => [`field${n}`, 'x'.repeat(150)])),
});

test('a text that is cut within a character is still JSON', t => {
  const line = formatLine('json', origin, {event: 'x', text: `a${'\u{1F600}'.repeat(3000)}`, fields: {}});
  t.notThrows(() => JSON.parse(line));
  t.true(Buffer.byteLength(line) <= MAX_LINE_BYTES);
});

test('a text that fits is not cut', t => {
  const fields = {pids: Array.from({length: 500}, (_, n) => n)};
  t.deepEqual(JSON.parse(formatLine('json', origin, {event: 'x', text: 'y', fields})).pids, fields.pids);
});
