/**
 * Tells the service manager, which is systemd, how ssd is: sd_notify(3). It listens to the reports of the core and to
 * problems, and says what `say.ts` makes of them. ssd stays the main process of its service, so MAINPID is not said.
 */
import type {Env} from '../../shared/instance-paths.js';
import type {Report} from '../core/views/views.js';
import type {Border} from '../faults/border.js';
import type {HandedOver} from '../handover/handed-over.js';
import type {Problems} from '../problems/problems.js';
import {closeQuietly} from '../system/close-quietly.js';
import {openSendingSocket, sendTo, sendWith} from '../system/posix-datagram.js';
import {managerAddress, watchdogPeriod} from './address.js';
import {createExtension} from './extension.js';
import {isAwaited, NOTHING_SAID, type Said, say} from './say.js';
import {createSender} from './sender.js';
import {openStore, type Store} from './store.js';

export type Manager = {
  readonly hear: (report: Report) => void;
  /** A problem has begun, or has ended. */
  readonly look: () => void;
  /** Where descriptors are kept when ssd ends; null: nobody would keep them. */
  readonly store: Store | null;
  readonly handOver: () => HandedOver<Said>;
  readonly dispose: () => void;
};

export type ManagerParts = {
  readonly env: Env;
  readonly problems: Pick<Problems, 'raise' | 'solve' | 'list'>;
  readonly border: Border;
  readonly now: () => number;
  /** Tells that the address is of no use, and why. */
  readonly onPassedOver: (address: string, cause: string) => void;
  /** What a former image of ssd has said. */
  readonly revived: Said | null;
};

const SILENT: Manager = {
  hear: () => {},
  look: () => {},
  store: null,
  handOver: () => ({state: NOTHING_SAID, fds: []}),
  dispose: () => {},
};
const PROBLEM = 'service-manager';

export function openManager(parts: ManagerParts): Manager {
  const address = managerAddress(parts.env);
  if (address === null) return SILENT;
  if ('bytes' in address) return speakTo(address, parts);
  parts.onPassedOver(address.text, address.refused);
  return SILENT;
}

function speakTo(
  {text: subject, bytes}: {readonly text: string; readonly bytes: Buffer},
  {env, problems, border, now, revived}: ManagerParts,
): Manager {
  let fd = -1;
  // The status is said again: it may be another one by now.
  let said = revived ? {...revived, status: null} : NOTHING_SAID;
  let report: Report | null = null;
  const timers = createTimers(border);
  const sender = createSender({
    put: (message, passed) => {
      if (fd === -1) fd = openSendingSocket();
      if (passed === null) sendTo(fd, bytes, message);
      else sendWith(passed, fd, bytes, message);
    },
    setTimer: timers.set,
    onFailed: cause => problems.raise({code: PROBLEM, subject, cause}),
    onWorks: () => problems.solve(PROBLEM, subject),
  });
  const extension = createExtension({now, setTimer: timers.set, ask: sender.sendFirst});
  const look = () => {
    if (!report) return;
    const others = problems.list().filter(({code}) => code !== PROBLEM);
    const news = say(said, {report, problems: others, usec: process.hrtime.bigint() / 1000n});
    said = news.said;
    for (const message of news.messages) sender.send(message);
    extension.until(isAwaited(said) ? report.dueAt : null);
  };
  const live = (ms: number): unknown =>
    timers.set(() => {
      sender.sendFirst('WATCHDOG=1');
      // Some problems end unseen.
      look();
      live(ms);
    }, ms);
  const period = watchdogPeriod(env, process.pid);
  // The first one at once: a former image of ssd has sent its last one up to a period ago.
  if (period !== null) sender.sendFirst('WATCHDOG=1');
  if (period !== null) live(period);
  return {
    hear: next => {
      report = next;
      look();
    },
    look,
    store: openStore(sender, env),
    handOver: () => ({state: said, fds: []}),
    dispose: () => {
      report = null;
      timers.dispose();
      sender.dispose();
      if (fd !== -1) closeQuietly(fd);
      fd = -1;
    },
  };
}

/** Timers that do not keep the process alive, and end together. */
function createTimers(border: Border) {
  const running = new Set<NodeJS.Timeout>();
  const cancel = (timer: NodeJS.Timeout) => {
    clearTimeout(timer);
    running.delete(timer);
  };
  return {
    set: (act: () => void, ms: number) => {
      const guarded = border.guard('the service manager', act);
      const timer = setTimeout(() => {
        running.delete(timer);
        guarded();
      }, ms).unref();
      running.add(timer);
      return () => cancel(timer);
    },
    dispose: () => running.forEach(cancel),
  };
}
