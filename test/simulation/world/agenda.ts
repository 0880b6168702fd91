/** The things that will happen in a simulation, and their order if several are due at once. */
import type {Input} from '../../../src/daemon/core/types.js';
import {keyOf} from './story.js';

type WithoutNow<E> = E extends Input ? Omit<E, 'now'> : never;
export type UntimedInput = WithoutNow<Input>;
/** A report of one worker. */
export type Fact = Extract<UntimedInput, {readonly worker: number}>;
/** The result of a check. */
type Checked = Extract<UntimedInput, {type: 'checked'}>;
type Planned = {readonly at: number; readonly key: string; readonly fact: Fact | Checked};
export type Event = Fact | Checked | {readonly type: 'deadline'};

/** Chooses which of the things that are due happens first. */
export type Tie = (count: number) => number;

/** The reports that may still come of a worker that has ended. */
const LATE: readonly (Fact | Checked)['type'][] = ['ready', 'unready', 'exited', 'checked'];

export class Agenda {
  timerAt: number | null = null;
  /** Without it, things happen in the order in which they were planned, the timer last. */
  tie: Tie = () => 0;
  /** In the order of their moments, and then as planned. */
  #planned: Planned[] = [];

  plan(at: number, fact: Fact | Checked): void {
    const after = this.#planned.findIndex(other => other.at > at);
    const key = fact.type === 'checked' ? 'check' : keyOf(fact);
    this.#planned.splice(after === -1 ? this.#planned.length : after, 0, {at, key, fact});
  }

  /**
   * A worker has ended. With `echoes`, its earlier reports may still be under way, and its end may be reported twice.
   */
  end(key: string, echoes: boolean): void {
    this.#planned = this.#planned.filter(
      other => other.key !== key || (echoes && LATE.includes(other.fact.type)),
    );
  }

  /** ssd has died. Of what was planned, only the ends of these workers still matter to the next one. */
  outlive(keys: ReadonlySet<string>): void {
    this.timerAt = null;
    this.#planned = this.#planned.filter(({key, fact}) => fact.type === 'exited' && keys.has(key));
  }

  /** The moment of the next thing, or null. */
  nextAt(): number | null {
    const fact = this.#planned[0]?.at ?? null;
    return fact === null || this.timerAt === null ? (fact ?? this.timerAt) : Math.min(fact, this.timerAt);
  }

  /** Takes one of the things that are due. There must be one. A timer that has fired is gone. */
  take(now: number): Event {
    const due = this.#planned.filter((other, nth) => other.at <= now && this.#mayHappen(other, nth));
    const isTimerDue = this.timerAt !== null && this.timerAt <= now;
    const count = due.length + (isTimerDue ? 1 : 0);
    const chosen = due[count === 1 ? 0 : this.tie(count)];
    if (chosen) {
      this.#planned.splice(this.#planned.indexOf(chosen), 1);
      return chosen.fact;
    }
    this.timerAt = null;
    return {type: 'deadline'};
  }

  /** No report of a worker comes before it is spawned. */
  #mayHappen({key, fact}: Planned, nth: number): boolean {
    if (fact.type === 'spawned') return true;
    return !this.#planned.slice(0, nth).some(other => other.key === key && other.fact.type === 'spawned');
  }
}
