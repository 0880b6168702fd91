/**
 * The edge of both programs: what has gone wrong becomes one line on standard error and an exit status, and never a
 * stack. `SSD_DEBUG=1` adds the stack of an error that nobody expected.
 */
import {sealStandardStreams} from '../standard-streams.js';
import {causeOf, type Failure, Refusal} from '../words/errors.js';
import {EXIT, exitStatusOf} from '../words/exit-status.js';
import {leaveTerminals} from './leave-terminals.js';
import {surviveLostDirectory} from './lost-directory.js';

export type Program = {
  /** Whether Node may make its own stream of a terminal. */
  readonly terminals: boolean;
  /** @param lostDirectory why there is no working directory, or null */
  readonly main: (lostDirectory: string | null) => Promise<Ended>;
  /** The lines for people, beginning with the name of the program. */
  readonly describe: (failure: Failure) => string;
};

/**
 * `onlyShows`: the program did nothing but show something. If its output was lost, it has failed. `status` is one of
 * `ExitStatus`, or that of the ssctl on another host.
 */
export type Ended = {readonly status: number; readonly onlyShows: boolean};

/** Runs a program to its end. Call it once, before anything else. */
export function runProgram({terminals, main, describe}: Program): void {
  let lost: string | null = null;
  let onlyShows = false;
  sealStandardStreams({
    terminals,
    onError: (output, error) => {
      // If standard error is lost, nobody can be told.
      if (output === 'stdout') lost ??= causeOf(error);
    },
  });
  leaveTerminals({always: !terminals});
  const lostDirectory = surviveLostDirectory();
  const complain = (failure: Failure) => void process.stderr.write(`${describe(failure)}\n`);
  const fail = (error: unknown) => {
    const failure = failureOf(error);
    complain(failure);
    if (failure.code === 'internal-error' && process.env.SSD_DEBUG && error instanceof Error)
      process.stderr.write(`${error.stack}\n`);
    process.exitCode = exitStatusOf(failure);
  };
  process.on('exit', () => {
    // A reader that has seen enough hangs up: `ssctl status | head -1`. Then nothing is lost.
    if (lost === null || lost === 'EPIPE') return;
    complain({code: 'output-lost', cause: lost});
    if (onlyShows && process.exitCode === EXIT.done) process.exitCode = EXIT.failed;
  });
  // This is the last listener. It leaves at once: Node would take its heap apart first, which takes half a millisecond.
  process.on('exit', () => process.exit());
  // A rejection that nobody handles ends here too.
  process.on('uncaughtException', error => {
    fail(error);
    process.exit();
  });
  main(lostDirectory).then(ended => {
    process.exitCode = ended.status;
    onlyShows = ended.onlyShows;
  }, fail);
}

function failureOf(error: unknown): Failure {
  if (error instanceof Refusal) return error.failure;
  const [problem = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return {code: 'internal-error', problem};
}
