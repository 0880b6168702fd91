/** The log: one line for everything that happens. */
import {correlated} from '../../shared/correlated.js';
import type {Event} from '../../shared/protocol/event.js';
import type {LeftOut} from '../../shared/protocol/left-out.js';
import {describeEvent} from '../../shared/words/describe-event.js';
import {formatDuration} from '../../shared/words/duration.js';
import {explain} from '../../shared/words/errno.js';
import {describeLeftOut} from '../../shared/words/left-out.js';
import type {LogEntry} from './line.js';
import {describeTraceSetting, type TraceSetting} from './trace-setting.js';

/** Something that is worth a line but does not concern the core. */
export type Notice =
  | {readonly type: 'starting'; readonly version: string; readonly instance: string}
  | {
      readonly type: 'listening';
      readonly kind: string;
      readonly address: string;
      readonly fd: number;
      /** As what it was passed to ssd; absent where ssd has bound it. */
      readonly from?: string;
      /** The worker of a dead ssd that it was taken from. */
      readonly holder?: number;
      /** It was in the store of the service manager. */
      readonly stored?: boolean;
    }
  /** Options that say how to bind it have no effect: it was bound before it was passed to ssd. */
  | {readonly type: 'passed-as-is'; readonly kind: string; readonly address: string}
  /** The same as the event `not-adopted`, before the core is there to tell it. */
  | ({readonly type: 'left-out'} & LeftOut)
  /** What was passed to ssd and is not taken. */
  | {readonly type: 'passed-over'; readonly subject: string; readonly cause: string}
  /** A name has more addresses than the one that is bound. */
  | {
      readonly type: 'addresses-unbound';
      readonly kind: string;
      readonly name: string;
      readonly others: readonly string[];
    }
  | {readonly type: 'address-in-use'; readonly problem: string; readonly ms: number}
  | {readonly type: 'fast-open-off'; readonly problem: string}
  | {readonly type: 'control-ready'; readonly path: string}
  | {readonly type: 'http-ready'; readonly place: string}
  | {readonly type: 'control-restored'; readonly path: string}
  | {readonly type: 'signal-ignored'; readonly signal: string}
  | {readonly type: 'manager-passed-over'; readonly address: string; readonly cause: string}
  | ({readonly type: 'trace-setting'} & TraceSetting)
  | {readonly type: 'clean-up-failed'; readonly cause: string};

export type Log = (line: Event | Notice) => void;

type Notices = {
  readonly [T in Notice['type']]: (notice: Extract<Notice, {type: T}>) => string;
};

const notices: Notices = {
  starting: ({version, instance}) => `ssd ${version} is starting, instance ${instance}`,
  listening: ({kind, address, fd, from, holder, stored = false}) =>
    `listening on ${kind} ${address}, descriptor ${fd} of the workers${from === undefined ? '' : `; passed as ${from}`}${holder === undefined ? '' : `; taken over from pid ${holder}`}${stored ? '; kept by the service manager' : ''}`,
  'passed-as-is': ({kind, address}) =>
    `warning: ${kind} ${address} was passed to ssd and stays as it is; options such as --path-mode do not act on it`,
  'left-out': describeLeftOut,
  'passed-over': notice => `warning: ${describePassedOver(notice)}`,
  'addresses-unbound': ({kind, name, others}) =>
    `${name} is also ${others.join(', ')}, where ssd does not listen; to listen there too, add ${others.map(address => `--port=${spelled(kind, address)}`).join(' ')}`,
  'address-in-use': ({problem, ms}) => `${problem}; ssd tries again for ${formatDuration(ms)}`,
  'fast-open-off': ({problem}) => `warning: --fast-open has no effect: ${problem}`,
  'control-ready': ({path}) => `control socket ${path}`,
  'http-ready': ({place}) => `serving HTTP at ${place}`,
  'control-restored': ({path}) => `warning: control socket ${path} was removed; ssd made it again`,
  'signal-ignored': ({signal}) =>
    `ignored ${signal}: SIGHUP restarts, SIGTERM stops, and --forward passes others on`,
  'manager-passed-over': ({address, cause}) =>
    `warning: NOTIFY_SOCKET=${address} is passed over, and the service manager is told nothing: ${cause}`,
  'trace-setting': notice => `warning: ${describeTraceSetting(notice)}`,
  'clean-up-failed': ({cause}) => `warning: cannot clean up: ${explain(cause)}`,
};

/** An address as `--port` takes it. */
function spelled(kind: string, address: string): string {
  return kind === 'udp' ? address.replace(/(\d+)$/, 'u$1') : address;
}

/** @param write receives the content of each line */
export function createLog(write: (entry: LogEntry) => void): Log {
  return line => write(entryOf(line));
}

/**
 * Keeps lines back until ssd has started. A start that is refused prints only one line of error, unless it had to wait.
 *
 * @param isForFile they are for a log file, which is not open yet. Who waits for the start hears a line at once, and the
 *   file gets it too.
 */
export function holdBack(log: Log, isForFile = false): HeldLog {
  const held: Parameters<Log>[0][] = [];
  let take: Log = line => void held.push(line);
  const release = () => {
    take = log;
    for (const line of held.splice(0)) log(line);
  };
  const tellNow: Log = line => {
    if (isForFile) held.push(line);
    else release();
    log(line);
  };
  return {log: line => take(line), tellNow, release};
}

export type HeldLog = {readonly log: Log; readonly tellNow: Log; readonly release: () => void};

/** The `pid` of an event becomes `workerPid`, because the `pid` of a line is that of ssd itself. */
function entryOf(line: Event | Notice): LogEntry {
  const {type: event, ...facts} = line;
  const text = isNotice(line) ? describeNotice(line) : describeEvent(line);
  if (!('pid' in facts)) return {event, text, fields: facts};
  const {pid: workerPid, ...others} = facts;
  return {event, text, fields: {workerPid, ...others}};
}

/** @example describePassedOver({subject: 'descriptor 4 of LISTEN_FDS', cause: 'it is a FIFO or a pipe, not a socket'}) */
export function describePassedOver({
  subject,
  cause,
}: {
  readonly subject: string;
  readonly cause: string;
}): string {
  return `${subject} is passed over: ${explain(cause)}`;
}

function isNotice(line: Event | Notice): line is Notice {
  return line.type in notices;
}

function describeNotice(notice: Notice): string {
  return correlated(notices[notice.type])(notice);
}
