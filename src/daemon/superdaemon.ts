/**
 * Puts the parts together and runs them until ssd is told to stop: here what exists before the first worker, in `supervise.ts`
 * all else. Only these two files import across all folders. `main.ts` and the library's `startServer` both run what is
 * composed here.
 *
 * Whatever the start creates is removed in the opposite order, after a stop and after a refusal half-way.
 */
import type {Event} from '../shared/protocol/event.js';
import {Refusal} from '../shared/words/errors.js';
import type {Config} from './config/config.js';
import type {LastNet} from './faults/last-net.js';
import {layGround} from './ground.js';
import {checkPaths} from './resources/distinct.js';
import {makeResources} from './resources/list.js';
import {prepareWorkers} from './resources/prepare.js';
import {logNoListener} from './resources/start-warnings.js';
import {keepDescriptorsPrivate} from './system/descriptors.js';
import {type Signals, StoppedAtStart} from './system/signals.js';
import type {Handover} from './upgrade/handover.js';
import type {Parts} from './upgrade/parts.js';

export type RunOptions = {
  readonly config: Config;
  readonly signals: Signals;
  /** Takes the errors that nothing else has taken. */
  readonly net?: LastNet;
  /** ssd has no terminal to keep: the command that started it has ended, or will. */
  readonly background?: boolean;
  /** No other code in this process has children, or speaks to the service manager. */
  readonly alone?: boolean;
  /** The installed command of ssd, and its arguments; null: this process cannot be replaced by another image. */
  readonly command?: readonly [path: string, args: readonly string[]] | null;
  /** What the former image of this process has handed over; null: there was none. */
  readonly handover?: Handover<Parts> | null;
  /** Called once, when the listeners are bound, the pid file is written and the first worker is spawned. */
  readonly onUp?: (warnings: readonly string[]) => void;
  /** Called after each event, as the last of all listeners. */
  readonly onEvent?: (event: Event) => void;
};

/**
 * Runs ssd until it is told to stop and its workers are gone.
 *
 * @throws {Refusal} the reason why ssd cannot start; nothing that it created is left behind
 * @throws {StoppedAtStart} it was told to stop while it waited for a name server, and a thread still waits
 */
export async function runSuperdaemon(options: RunOptions): Promise<void> {
  const {config, signals, net, background = false, alone = false, command = null, handover = null} = options;
  const {onUp = () => {}, onEvent = () => {}} = options;
  const former = handover?.parts ?? null;
  const prepared = await prepareWorkers(config, former?.workers.environment);
  if (!handover) checkPaths(config);
  keepDescriptorsPrivate();
  const ground = layGround(config, alone, former);
  const {sink, held, problems, border, undo, manager} = ground;
  try {
    // Workers that run must not be left alone, so a stop waits until the former image is replaced.
    const stopAsked = handover ? new Promise<void>(() => {}) : signals.stopAsked;
    const {store} = manager;
    const given = {problems, undo, sink, background, alone, stopAsked, store, former};
    const made = await makeResources(config, {log: held.log, tellNow: held.tellNow, ...given});
    held.release();
    // It is told once.
    if (former?.resources.listeners.length !== 0) logNoListener(config, made.listeners, sink);
    net?.deliverTo(border.report);
    const {supervise} = await import('./supervise.js');
    const stopped = await supervise({
      ...ground,
      ...prepared,
      config,
      signals,
      made,
      onUp,
      onEvent,
      background,
      alone,
      command,
      handover,
    });
    undo.run();
    await stopped.answer();
    // Nothing of ssd is left by now but its process.
    const {isHeldUp} = await stopped.flush();
    if (stopped.refusal) throw stopped.refusal;
    if (stopped.left.length > 0) throw new Refusal({code: 'workers-left', pids: stopped.left});
    if (isHeldUp && alone) throw new StoppedAtStart();
  } finally {
    undo.run();
  }
}
