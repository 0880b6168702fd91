/** The sentences for people in both programs. Each is one line: operation, object, cause, what to do. */
import {correlated} from '../correlated.js';
import type {CancelReason, FailedStart} from '../protocol/event.js';
import {formatDuration} from './duration.js';
import {explain, explainSetting} from './errno.js';
import type {Failure, FailureCode, FailureOf} from './errors.js';
import {adviceOnListen} from './starts/advice-on-listen.js';
import {describeFailedStart, describeHint} from './starts/failed-start.js';
import {adviceOnWords, describeNotExecutable, describeUnfit} from './starts/unfit-program.js';

/** @param ssctl how its reader calls ssctl for the same instance */
type Sentences = {readonly [C in FailureCode]: (failure: FailureOf<C>, ssctl: string) => string};

const sentences: Sentences = {
  usage: ({problem, see}) => (see === undefined ? problem : `${problem}; see ${see} --help`),
  'option-invalid': ({option, value, problem}) => `--${option}=${value}: ${problem}`,
  'config-unreadable': ({path, cause}) => `cannot read config file ${path}: ${explain(cause)}`,
  'config-invalid': ({path, key, problem}) =>
    `config file ${path}: ${key === null ? '' : `${JSON.stringify(key)}: `}${problem}`,
  'listener-duplicate': ({name, type}) => `cannot listen on ${type} ${name}: it is given twice`,
  'descriptor-duplicate': ({fd, names}) =>
    `cannot place ${names[0]} and ${names[1]}: both ask for descriptor ${fd}`,
  'no-store': ({cause}) =>
    `--fdstore cannot keep the listeners: ${cause}; the unit needs Type=notify and FileDescriptorStoreMax=N, where N is the number of listeners`,
  'descriptor-gap': ({fd, name}) =>
    `cannot place ${name} at descriptor ${fd}: --listen-fds passes the listeners at 3, 4 and so on without a gap; leave out =${fd}`,
  'descriptor-too-high': ({fd, limit}) =>
    `cannot place a listener at descriptor ${fd}: the limit of open files is ${limit}; raise it or choose a lower number`,
  'too-many-listeners': ({variable, bytes, limit}) =>
    `cannot pass so many listeners to a worker: ${variable} would be ${bytes} bytes long, but the kernel allows at most ${limit} for one variable (MAX_ARG_STRLEN)`,
  'host-unresolved': ({host, cause}) => `cannot resolve host ${host}: ${explain(cause)}`,
  'listen-failed': ({type, address, cause, holder}) =>
    `cannot listen on ${type} ${address}: ${explain(cause)}${adviceOnListen(type, cause, holder)}`,
  'path-in-use': ({path, pid}) => `cannot listen on unix ${path}: ${processOf(pid)} is listening there`,
  'path-not-a-socket': ({path}) =>
    `cannot listen on unix ${path}: it exists and is not a socket; ssd left it alone`,
  'owner-not-given': ({path, cause}) =>
    `cannot give unix socket ${path} to the owner of --path-owner: ${explain(cause)}${cause === 'EPERM' ? '; only root can give it to another user' : ''}`,
  'program-not-found': ({program, here}) =>
    `cannot start ${program}: no such program${here ? `; did you mean ./${program}?` : adviceOnWords(program)}`,
  'program-not-executable': ({program, cause}) => `cannot start ${program}: ${describeNotExecutable(cause)}`,
  'program-unfit': ({program, unfit}) => `cannot execute ${program}: ${describeUnfit(unfit)}`,
  'program-denied': ({program, path, options}) =>
    `cannot start ${program}: with ${options}, workers may not execute ${path}; check its mode and those of the directories above it`,
  'tool-missing': ({tool, options, of}) =>
    `cannot run workers with ${options}: there is no ${tool} in PATH; install ${of}`,
  'privileges-refused': ({options, cause, root}) =>
    `cannot run workers with ${options}: ${cause}; ${root ? 'leave it out, or give ssd the right' : 'leave it out, or start ssd as root'}`,
  'exec-failed': ({program, cause, why}) => why ?? `cannot execute ${program}: ${explain(cause)}`,
  'gave-up': ({attempt, ...failed}) =>
    `gave up after ${attemptsOf(attempt)}, as --max-attempts asks: ${describeWithHint(failed)}`,
  'directory-unusable': ({path, cause}) => `cannot change to directory ${path}: ${explain(cause)}`,
  'release-unusable': ({path, target, cause}) =>
    `cannot use release ${path}${target === null ? '' : ` (a link to ${target})`}: ${explain(cause)}`,
  'file-unusable': ({what, path, cause}) => `cannot write ${what} ${path}: ${explain(cause)}`,
  'environment-unreadable': ({subject, cause}) => `cannot read ${subject}: ${explainSetting(subject, cause)}`,
  'pid-file-locked': ({path, pid}) => `cannot lock pid file ${path}: ${processOf(pid)} has locked it`,
  'path-shared': ({options: [one, other], path}) =>
    one === other
      ? `${one} is given twice for one file: ${path}`
      : `${one} and ${other} name one file, ${path}: give each a file of its own`,
  'pid-file-unreadable': ({path, cause}) => `cannot read pid file ${path}: ${explain(cause)}`,
  'holder-elsewhere': ({path, pid}) =>
    `pid file ${path} is locked, but not by pid ${pid} here: ssd runs in another PID namespace, or there is no /proc; use its control socket (ssctl)`,
  'holder-unknown': ({path, pid, call, cause}) =>
    `cannot tell whether pid ${pid} holds pid file ${path}: ${call}: ${explain(cause)}`,
  'control-unusable': ({path, problem}) => `cannot make control socket ${path}: ${problem}`,
  'control-in-use': ({path, pid, isGone}) =>
    `cannot make control socket ${path}: ${processOf(pid)} ${isGone ? 'is the ssd of this place, and will put its socket back' : 'is listening there'}; choose another --name`,
  'daemonize-failed': ({problem}) => `cannot start in the background: ${problem}`,
  'not-replaced': ({problem}) => problem,
  'platform-unsupported': ({platform}) => `ssd runs only on Linux; this system is ${platform}`,
  'internal-error': ({problem}) =>
    `internal error: ${problem}; please report it (SSD_DEBUG=1 shows where it happened)`,
  'output-lost': ({cause}) => `cannot write to standard output: ${explain(cause)}`,
  'signal-failed': ({pid, cause}) => `cannot signal pid ${pid}: ${explain(cause)}`,
  'not-running': ({pidFile}) => `no ssd is running: no process holds the lock of pid file ${pidFile}`,
  'no-instance': ({name, searched, root}) =>
    `no ${name === null ? 'instance of ssd' : `instance "${name}"`} is running (looked in ${searched.join(', ')}); instances of other users, and those with --control elsewhere, are not searched: use ${root ? '' : 'sudo or '}-s SOCKET`,
  'no-socket': ({path}) => `no ssd is running at ${path}: there is no such socket`,
  'several-instances': ({names}) => `several instances are running; choose one with -n: ${names.join(', ')}`,
  'stale-socket': ({path}) => `no ssd is running: ${path} is the stale socket of an ssd that has ended`,
  orphaned: ({path, pids}, ssctl) =>
    `the ssd at ${path} has died, and its workers serve on (${pidsOf(pids)}): start it again, and it takes them over; ${ssctl} stop --orphans ends them`,
  'not-adopting': ({path, pids}) =>
    `workers of an ssd that has died serve on (${pidsOf(pids)}), and --adopt=no leaves them alone: end them with ssctl -s ${path} stop --orphans, or start without --adopt=no`,
  'state-unusable': ({path, problem}) =>
    `cannot tell whether workers of a dead ssd live: state file ${path}: ${explain(problem)}`,
  'connect-failed': ({path, cause}) => `cannot connect to ${path}: ${explain(cause)}`,
  'socket-foreign': ({path, problem}) => `cannot trust control socket ${path}: ${problem}`,
  'daemon-silent': ({path, seconds, pid}) =>
    pid === null
      ? `no answer from ssd at ${path} within ${seconds} s: it is stopped or stuck; check its process and its log`
      : `no answer from ssd (pid ${pid}) at ${path} within ${seconds} s: it is stopped (kill -CONT ${pid} continues it) or stuck (see its log)`,
  'protocol-unknown': ({path, problem}) => `cannot talk to ${path}: ${problem}`,
  'connection-lost': ({path, verb, closedHere}) =>
    closedHere
      ? `${verb} was not answered: this client has closed its connection to ${path}`
      : `lost the connection to ${path} before ${verb} was answered: ssd has ended or closed it`,
  'request-refused': ({verb, error, message}, ssctl) =>
    `${verb} was refused: ${message}${error === 'stopping' ? `; ${ssctl} stop --force ends it at once` : ''}`,
  'restart-failed': failure => `restart failed: ${describeWithHint(failure)}`,
  'restart-cancelled': ({reason}, ssctl) =>
    reason === 'no-former-release'
      ? `cannot roll back: ${describeCancelled(reason)} (${ssctl} releases lists them)`
      : `restart cancelled: ${describeCancelled(reason)}`,
  'pause-cancelled': ({reason}) =>
    `pause cancelled: ${describeCancelled(reason)}${reason === 'resumed' ? '; give a longer --max, or --stop-timeout to ssd' : ''}`,
  'resume-failed': failure => `resume failed: ${describeWithHint(failure)}`,
  'resume-cancelled': ({reason}) =>
    reason === 'not-paused'
      ? 'cannot resume: ssd is not paused'
      : `resume cancelled: ${describeCancelled(reason)}`,
  'scale-failed': failure => `scale failed: ${describeWithHint(failure)}`,
  'scale-cancelled': ({reason}) => `scale cancelled: ${describeCancelled(reason)}`,
  'scale-superseded': ({workers}) =>
    `scale superseded: a later request changed the number of workers to ${workers}`,
  'nothing-to-cancel': ({generation}, ssctl) =>
    generation === null
      ? `nothing to cancel: no restart is in progress, its generation already serves, or none would serve without it; ${ssctl} reject ends a trial`
      : `cannot cancel the start of generation ${generation}: no generation serves yet; use ${ssctl} stop to end it`,
  'nothing-on-trial': ({verb, generation}, ssctl) =>
    generation === null
      ? `nothing to ${verb}: no generation is on trial`
      : `cannot reject generation ${generation}: the generation before it is lost; with --release, ${ssctl} rollback goes back to its release`,
  'signal-partly-sent': ({signal, refused}) =>
    `cannot send ${signal} to ${refused.map(({pid, cause}) => `pid ${pid}: ${explain(cause)}`).join(', ')}`,
  'nobody-signalled': ({signal, generation}) =>
    `cannot send ${signal}: ${generation === null ? 'no worker is running' : `generation ${generation} has no worker`}`,
  'connections-dropped': ({drops, dropsBy}) =>
    drops === null
      ? 'the restart is done, but whether packets of clients were dropped is unknown: the kernel does not tell (SO_MEMINFO)'
      : `the restart is done, but packets of clients were dropped at ${dropsBy.map(({listener, drops: count}) => `${listener} (${count})`).join(', ')}: the queue was full; see --backlog in ssd(8)`,
  'no-such-worker': ({generation, worker}) =>
    `cannot show connections: ${worker === null ? `generation ${generation} has no worker` : `there is no worker with pid ${worker}${generation === null ? '' : ` in generation ${generation}`}`}`,
  'connections-unknown': ({pids}) =>
    `cannot tell the connections of ${pidsOf(pids)}: ssd has no listener for connections, or may not read /proc/PID/fd or ask the kernel (sock_diag)`,
  'not-retiring': ({generation, phase}) =>
    `cannot wait for the end of generation ${generation}: ${phase === null ? 'there is no such generation' : phase === 'starting' ? 'it is starting' : 'it serves'}`,
  'nothing-serves': ({instance, failing, stopped, paused}, ssctl) => {
    const line = `no generation of ${instance} serves`;
    if (paused)
      return `${line}: it is paused for ${formatDuration(paused.leftMs)} more at the most; ${ssctl} resume ends that`;
    if (failing)
      return `${line}: ${attemptsOf(failing.attempts)} to start one failed, the first ${formatDuration(failing.agoMs)} ago`;
    if (stopped === null) return `${line} now`;
    return `${line} now: the workers of generation ${stopped} are stopped by a signal; SIGCONT continues them`;
  },
  'no-log-file': ({instance, command}) =>
    command === null
      ? `ssd (instance ${instance}) has no log file: start it with --log-file=FILE, or look where its standard error goes`
      : `ssd (instance ${instance}) logs to a command, not to a file: look where it writes: ${command}`,
  'log-not-a-file': ({path}) =>
    `cannot show the log: ${path} is not a file; look where ${OUTPUTS.get(path) ?? 'it'} goes, such as a terminal, journalctl or docker logs`,
  'log-file-unreadable': ({path, cause}) => `cannot read log file ${path}: ${explain(cause)}`,
  'workers-not-ended': ({instance}) => `${instance} is stopped, but some of its workers are not`,
  'workers-left': ({pids}) =>
    `stopped without ending pid ${pids.join(', ')}: ssd may not signal it; end it as root, or as its own user`,
  'still-waiting': ({goal, seconds, failing}, ssctl) =>
    `not ${goal} within ${seconds} s${failing ? `: ${attemptsOf(failing.attempts)} to start a generation failed; see ${ssctl} status` : ''}`,
  'gone-before-done': ({verb, pid}) => `${verb} did not finish: ssd (pid ${pid}) has ended`,
  'reexec-unknown': ({version}) =>
    `reexec was refused: the ssd that runs, ${version}, has no such request; stop it and start the installed one`,
  'reexec-lost': ({path, pid, answers}, ssctl) =>
    answers === null
      ? `lost the connection to ${path} before reexec was answered, and nobody answers there: ssd (pid ${pid}) may have ended; see its log and ssctl list; the next start of ssd takes over workers that live`
      : `lost the connection to ${path} before reexec was answered: ssd ${answers} answers there; ${ssctl} events and its log say whether it is the new one`,
  'timed-out': ({verb, seconds}) => `${verb} did not finish within ${seconds} s; it continues`,
  'ssh-not-started': ({cause}) =>
    cause === 'ENOENT'
      ? 'there is no ssh in PATH: install openssh-client'
      : `cannot start ssh: ${explain(cause)}`,
  'ssh-failed': ({host, cause, lost}) =>
    lost
      ? `lost the connection to ${host}: ${cause}; ssd goes on there with what it was asked: ssctl -H ${host} status shows it`
      : `cannot reach ${host} by ssh: ${cause}`,
  'ssctl-missing': ({host}) =>
    `there is no ssctl on ${host} in the PATH of ssh: install ssd there, or link ssctl into /usr/local/bin`,
  'ssctl-not-started': ({host}) =>
    `cannot start ssctl on ${host}: it may not be executed there, or the interpreter of its first line is missing`,
};

const OUTPUTS: ReadonlyMap<string, string> = new Map([
  ['/dev/stdout', 'the standard output of ssd'],
  ['/dev/stderr', 'the standard error of ssd'],
]);

/** Describes a failure in one line: what failed, why, and if possible what to do. */
export function describeFailure(failure: Failure, ssctl = 'ssctl'): string {
  return correlated(sentences[failure.code])(failure, ssctl);
}

/** @example 'generations 1, 2' */
export function generationsOf(numbers: readonly number[]): string {
  return `${numbers.length === 1 ? 'generation' : 'generations'} ${numbers.join(', ')}`;
}

/** Why a restart was cancelled. */
export function describeCancelled(reason: CancelReason): string {
  return CANCELLED[reason];
}

const CANCELLED: Readonly<Record<CancelReason, string>> = {
  stopping: 'ssd was told to stop',
  cancel: 'a client cancelled it (ssctl cancel)',
  'other-release': 'a later request asks for another release',
  'no-former-release': 'no other release was good before the current one',
  paused: 'a client paused ssd (ssctl pause)',
  resumed: 'the pause was over before all workers had finished',
  'not-paused': 'ssd is not paused',
};

function describeWithHint(failed: Omit<FailedStart, 'attempt'>): string {
  const hint = failed.hint ? `; hint: ${describeHint(failed.hint)}` : '';
  return `${describeFailedStart(failed)}${hint}`;
}

/** @example attemptsOf(1) // '1 attempt' */
export function attemptsOf(count: number): string {
  return count === 1 ? '1 attempt' : `${count} attempts`;
}

function processOf(pid: number | null): string {
  return pid === null ? 'another process' : `the process with pid ${pid}`;
}

/** More pids than fit in one line are only counted. @example pidsOf([7, 8]) // 'pid 7, 8' */
export function pidsOf(pids: readonly number[]): string {
  return pids.length > MANY ? `${pids.length} workers` : `pid ${pids.join(', ')}`;
}

const MANY = 8;
