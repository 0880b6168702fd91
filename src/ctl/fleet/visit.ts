/** What is said of a host, by what its ssctl has printed. It may be of another version, and so nothing is demanded of it. Pure. */
import {EXIT} from '../../shared/words/exit-status.js';
import {signalNamed} from '../../shared/words/signal-name.js';
import {describeFailure} from '../../shared/words/wording.js';
import {plainLine} from '../terminal/plain-line.js';
import type {Outcome} from './outcome.js';
import {NOT_TRIED, type Visit} from './table.js';

type Printed = {readonly stdout: string; readonly stderr: string; readonly tookMs: number};

export function visitOf(host: string, outcome: Outcome, {stdout, stderr, tookMs}: Printed): Visit {
  const result = resultIn(stdout);
  const status = outcome.type === 'ended' ? outcome.status : null;
  const said =
    outcome.type === 'failed' ? describeFailure(outcome.failure) : (lastSentence(stderr) ?? endedBy(status));
  return {
    host,
    verdict: verdictOf(outcome, result),
    status,
    generation: numberIn(result, 'generation'),
    tookMs: numberIn(result, 'tookMs') ?? Math.round(tookMs),
    reason: status === EXIT.done ? null : said,
    result,
  };
}

export function notTried(host: string): Visit {
  return {host, verdict: NOT_TRIED, status: null, generation: null, tookMs: null, reason: null, result: null};
}

/** Standard error as lines for a terminal here. */
export function linesIn(stderr: string): readonly string[] {
  const lines = stderr.split('\n', MOST_LINES).map(line => plainLine(line.slice(0, MOST_CHARACTERS)));
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

/** More than ssctl says of a failure. */
const MOST_LINES = 200;
const MOST_CHARACTERS = 4096;

/** A start-up file of the shell there may have printed something before it. Of several results there is a list. */
function resultIn(stdout: string): unknown {
  const found = stdout.split('\n', MOST_RESULTS).flatMap(line => parsed(line));
  return found.length > 1 ? found : (found[0] ?? null);
}

/** The events are the most: a thousand lines. */
const MOST_RESULTS = 2000;

function parsed(line: string): readonly object[] {
  if (!line.startsWith('{')) return [];
  try {
    const value: unknown = JSON.parse(line);
    // One that is nested too deeply to be printed ends here, and not the program.
    JSON.stringify(value);
    return typeof value === 'object' && value !== null ? [value] : [];
  } catch {
    // It is no result.
    return [];
  }
}

function verdictOf(outcome: Outcome, result: unknown): string {
  if (outcome.type === 'interrupted') return 'interrupted';
  if (outcome.type === 'failed') return outcome.failure.code === 'ssh-failed' ? 'unreachable' : 'no-ssctl';
  const verdict = fieldIn(result, 'verdict');
  // A restart that is completed can have failed, with `--fail-on-drops`.
  const isBad = outcome.status !== EXIT.done && verdict === 'completed';
  return typeof verdict === 'string' && WORD.test(verdict) && !isBad
    ? verdict
    : (BY_STATUS[outcome.status] ?? 'failed');
}

const WORD = /^[a-z][a-z-]{0,39}$/;

const BY_STATUS: Readonly<Record<number, string>> = {
  [EXIT.done]: 'done',
  [EXIT.notRunning]: 'not-running',
  [EXIT.timedOut]: 'timed-out',
};

/** Without the verdict, which stands beside it. */
function lastSentence(stderr: string): string | null {
  const said = linesIn(stderr).filter(line => line.startsWith('ssctl: '));
  return (
    said.at(-1)?.replace(/^ssctl: (?:(?:restart|scale|pause|resume) (?:failed|cancelled): )?/, '') ?? null
  );
}

/** An ssctl that was killed has said nothing. Its status is that of a shell. */
function endedBy(status: number | null): string | null {
  if (status === null || status <= SIGNALLED) return null;
  const name = signalNamed(`${status - SIGNALLED}`);
  return name === null ? null : `ssctl there was ended by SIG${name}`;
}

const SIGNALLED = 128;

function numberIn(result: unknown, name: string): number | null {
  const value = fieldIn(result, name);
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function fieldIn(result: unknown, name: string): unknown {
  if (typeof result !== 'object' || result === null || !Object.hasOwn(result, name)) return null;
  return (result as Readonly<Record<string, unknown>>)[name];
}
