/**
 * Every refusal and failure outside the core, as data with a stable code. `wording.ts` has the words for people. A
 * missing entry there does not compile. `exit-status.ts` has the exit statuses.
 */

import type {CancelledVerdict, CancelReason, FailedStart, WithProblems} from '../protocol/event.js';
import type {ControlErrorCode} from '../protocol/protocol.js';
import type {GenerationStatus, SocketType, Status} from '../protocol/status.js';
import type {ListenerDrops} from '../protocol/traffic.js';
import type {Refused} from '../protocol/verdict.js';
import type {Unfit} from './starts/unfit-program.js';

/** `cause` is an errno name or a text from the system. `problem` says what is wrong with a value. */
type Details = {
  /** `see`: whose `--help` helps. `option`: the one that is unknown, as the library calls it. */
  usage: {problem: string; see?: string; option?: string};
  'option-invalid': {option: string; value: string; problem: string};
  'config-unreadable': {path: string; cause: string};
  /** `key` is null if the problem concerns the whole file. */
  'config-invalid': {path: string; key: string | null; problem: string};
  'listener-duplicate': {name: string; type: SocketType};
  'descriptor-duplicate': {fd: number; names: readonly [string, string]};
  'descriptor-gap': {fd: number; name: string};
  'no-store': {cause: string};
  'descriptor-too-high': {fd: number; limit: number};
  'too-many-listeners': {variable: string; bytes: number; limit: number};
  'host-unresolved': {host: string; cause: string};
  'listen-failed': {type: SocketType; address: string; cause: string; holder: PortHolder | null};
  'path-in-use': {path: string; pid: number | null};
  'path-not-a-socket': {path: string};
  'owner-not-given': {path: string; cause: string};
  /** `here`: a file of this name is in the working directory. */
  'program-not-found': {program: string; here?: true};
  'program-not-executable': {program: string; cause: string};
  'program-unfit': {program: string; unfit: Unfit};
  /** `options`: those of the command line that are concerned. */
  'program-denied': {program: string; path: string; options: string};
  /** `of`: the package that has it. */
  'tool-missing': {tool: string; options: string; of: string};
  /** `root`: ssd is root already. */
  'privileges-refused': {options: string; cause: string; root: boolean};
  /** `why` says more than the name of the error, in words. */
  'exec-failed': {program: string; cause: string; why: string | null};
  'gave-up': FailedStart;
  'directory-unusable': {path: string; cause: string};
  /** `target`: what the link says, if the path is one. */
  'release-unusable': {path: string; target: string | null; cause: string};
  'file-unusable': {
    what: 'pid file' | 'status file' | 'log file' | 'metrics file' | 'state file';
    path: string;
    cause: string;
  };
  'environment-unreadable': {subject: string; cause: string};
  'path-shared': {options: readonly [string, string]; path: string};
  'pid-file-locked': {path: string; pid: number | null};
  'pid-file-unreadable': {path: string; cause: string};
  'holder-elsewhere': {path: string; pid: number};
  'holder-unknown': {path: string; pid: number; call: string; cause: string};
  'control-unusable': {path: string; problem: string};
  /** `isGone`: the socket of the ssd `pid` was removed. */
  'control-in-use': {path: string; pid: number | null; isGone?: boolean};
  'daemonize-failed': {problem: string};
  'platform-unsupported': {platform: string};
  'not-replaced': {problem: string};
  'internal-error': {problem: string};
  'output-lost': {cause: string};
  'signal-failed': {pid: number; cause: string};
  'not-running': {pidFile: string};
  /** `root`: root searches its own directory only. */
  'no-instance': {name: string | null; searched: readonly string[]; root: boolean};
  'no-socket': {path: string};
  'several-instances': {names: readonly string[]};
  'stale-socket': {path: string};
  /** `pids` of its workers, which live. */
  orphaned: {path: string; pids: readonly number[]};
  /** `--adopt=no`, and workers of the ssd that had this control socket live. */
  'not-adopting': {path: string; pids: readonly number[]};
  /** A state file that cannot be used, so that nobody knows whether workers of a dead ssd live. */
  'state-unusable': {path: string; problem: string};
  'connect-failed': {path: string; cause: string};
  'socket-foreign': {path: string; problem: string};
  /** `pid`: the process that listens; null if that is not known. */
  'daemon-silent': {path: string; seconds: number; pid: number | null};
  'protocol-unknown': {path: string; problem: string};
  /** `closedHere`: this side has closed it. */
  'connection-lost': {path: string; verb: string; closedHere?: true};
  'request-refused': {verb: string; error: ControlErrorCode; message: string};
  'restart-failed': Omit<FailedStart, 'attempt'> & WithProblems;
  'restart-cancelled': {reason: CancelledVerdict['reason']};
  'scale-failed': Omit<FailedStart, 'attempt'> & WithProblems;
  'scale-cancelled': {reason: CancelledVerdict['reason']};
  'scale-superseded': {workers: number};
  'nothing-to-cancel': {generation: number | null};
  /** `generation`: it is on trial, and there is none to go back to. */
  'nothing-on-trial': {verb: 'accept' | 'reject'; generation: number | null};
  'signal-partly-sent': {signal: string; refused: readonly Refused[]};
  'nobody-signalled': {signal: string; generation: number | null};
  /** `drops` null: ssd cannot tell. */
  'connections-dropped': {drops: number | null; dropsBy: readonly ListenerDrops[]};
  'no-such-worker': {generation: number | null; worker: number | null};
  'connections-unknown': {pids: readonly number[]};
  /** `phase` null: there has not been such a generation. */
  'not-retiring': {generation: number; phase: GenerationStatus['phase'] | null};
  /** `stopped`: the current generation, if its workers are stopped by a signal. */
  'nothing-serves': {
    instance: string;
    failing: Status['failing'];
    stopped: number | null;
    paused?: Status['paused'];
  };
  'pause-cancelled': {reason: CancelReason};
  'resume-cancelled': {reason: CancelReason};
  'resume-failed': Omit<FailedStart, 'attempt'> & WithProblems;
  /** `command`: where the log goes instead, if it goes to a command. */
  'no-log-file': {instance: string; command: string | null};
  'log-file-unreadable': {path: string; cause: string};
  'log-not-a-file': {path: string};
  'workers-not-ended': {instance: string};
  'workers-left': {pids: readonly number[]};
  'still-waiting': {goal: 'ready' | 'gone'; seconds: number; failing?: Status['failing']};
  'gone-before-done': {verb: string; pid: number};
  /** The version of the ssd that runs, which has no such request. */
  'reexec-unknown': {version: string};
  /** `answers`: the version of the ssd that is there now; null: nobody answers. */
  'reexec-lost': {path: string; pid: number; answers: string | null};
  'timed-out': {verb: string; seconds: number};
  'ssh-not-started': {cause: string};
  /** `cause`: in the words of ssh. `lost`: it had been connected. */
  'ssh-failed': {host: string; cause: string; lost: boolean};
  'ssctl-missing': {host: string};
  'ssctl-not-started': {host: string};
};

/** Who has a port: this ssd, for another listener, or another process. */
export type PortHolder =
  | {readonly own: true}
  | {
      readonly own: false;
      readonly pid: number;
      readonly command: string | null;
      /** The workers without their ssd that have it, Absent if there are none. */
      readonly left?: readonly number[];
    };

export type FailureCode = keyof Details;
export type FailureOf<C extends FailureCode> = {readonly code: C} & Readonly<Details[C]>;
export type Failure = {[C in FailureCode]: FailureOf<C>}[FailureCode];

/**
 * Carries a failure to the edge. It is thrown during start-up and on the client side, where the program can only tell
 * the user. While workers run, a failure is an event and is not thrown.
 */
export class Refusal extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.code);
    this.name = 'Refusal';
    this.failure = failure;
  }
}

/** The errno name of a thrown system error (`EACCES`), or its message if it has none. */
export function causeOf(error: unknown): string {
  if (error instanceof Error) return (error as NodeJS.ErrnoException).code ?? error.message;
  return String(error);
}

/** Performs what can fail. @returns null, or why it failed, as `causeOf` says it */
export function causeIfFails(act: () => void): string | null {
  try {
    act();
    return null;
  } catch (error) {
    return causeOf(error);
  }
}

/** The refusal of an option's value. `problem` says what is expected. */
export function invalidOption(option: string, value: string, problem: string): Refusal {
  return new Refusal({code: 'option-invalid', option, value, problem});
}

/** The refusal of a command line of `program`. It ends with a pointer to the help. */
export function misuse(program: 'ssd' | 'ssctl', problem: string): Refusal {
  return new Refusal({code: 'usage', problem, see: program});
}
