/** What came of a command on a host, by how ssh ended. Pure. */
import type {Failure} from '../../shared/words/errors.js';
import {EXIT} from '../../shared/words/exit-status.js';
import {NOT_FOUND, NOT_STARTED} from './remote-command.js';
import type {Ended} from './ssh.js';

export type Outcome =
  /** ssctl has run there, and this is its exit status. */
  | {readonly type: 'ended'; readonly status: number}
  /** Ctrl-C has ended it. */
  | {readonly type: 'interrupted'}
  /** It has not run, or nobody knows how it ended. */
  | {readonly type: 'failed'; readonly failure: Failure};

export function outcomeOf(
  host: string,
  ended: Pick<Ended, 'status' | 'signal' | 'said' | 'interrupted'>,
): Outcome {
  const {status, signal, said, interrupted} = ended;
  if (interrupted || status === INTERRUPTED || signal === 'SIGINT') return {type: 'interrupted'};
  if (status === NOT_FOUND) return {type: 'failed', failure: {code: 'ssctl-missing', host}};
  if (status === NOT_STARTED) return {type: 'failed', failure: {code: 'ssctl-not-started', host}};
  if (status !== null && status !== SSH_FAILED) return {type: 'ended', status};
  const cause = signal === null ? causeIn(said) : `ssh was ended by ${signal}`;
  return {type: 'failed', failure: {code: 'ssh-failed', host, cause, lost: signal === null && isLost(said)}};
}

/** The exit status of ssctl for it. */
export function statusOf(outcome: Outcome): number {
  return outcome.type === 'ended' ? outcome.status : EXIT.failed;
}

/** ssh(1), EXIT STATUS. */
const SSH_FAILED = 255;
/** A program that SIGINT has ended, as a shell shows it. */
const INTERRUPTED = 130;

/** The last line says what it came to; those before it can be a picture of a key. */
function causeIn(said: readonly string[]): string {
  const last = said.at(-1) ?? 'it was closed at the other end, or what ran there was killed';
  return last.replace(/^ssh: /, '').replace(/\.$/, '');
}

/** Whether ssh had been connected. It does not log that the other end closes the connection, nor that a command was killed. */
function isLost(said: readonly string[]): boolean {
  return (
    said.length === 0 ||
    /Broken pipe|not responding|^Read from remote host|closed by remote host/m.test(said.join('\n'))
  );
}
