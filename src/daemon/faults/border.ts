/**
 * Borders: the places where the event loop, a stream, a timer or an effect calls code of ssd. An error that crosses one
 * would end ssd and leave its workers behind, or vanish in a stream that takes it for its own. Here it becomes a problem,
 * and ssd goes on.
 */
import type {Raise} from '../../shared/protocol/problem.js';

export type Border = {
  /** Raises a problem for an error that nothing expects. `where` names the place. It does not throw. */
  readonly report: (where: string, error: unknown) => void;
  /** @returns a function that does what `act` does and does not throw */
  readonly guard: <A extends readonly unknown[]>(
    where: string,
    act: (...args: A) => void,
  ) => (...args: A) => void;
};

/** Does all of these, even if some fail: a listener that fails at an event does not keep the event from the others. */
export function doEach(border: Border, acts: Readonly<Record<string, () => unknown>>): void {
  for (const [where, act] of Object.entries(acts)) border.guard(where, act)();
}

/** @param stacks whether a report contains the whole stack of the error (`SSD_DEBUG`) */
export function createBorder(raise: Raise, stacks = false): Border {
  const report: Border['report'] = (where, error) => {
    try {
      raise({code: 'internal', subject: where, cause: stacks ? stackOf(error) : messageOf(error)});
    } catch {
      // The report itself failed, and there is no other way to report that.
    }
  };
  return {
    report,
    guard:
      (where, act) =>
      (...args) => {
        try {
          act(...args);
        } catch (error) {
          report(where, error);
        }
      },
  };
}

/** The first line of an error's message. That of a system error begins with the name of the errno. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n')[0] ?? '';
}

/** The stack in one line. */
function stackOf(error: unknown): string {
  return error instanceof Error && error.stack ? error.stack.replace(/\s*\n\s*/g, ' ') : messageOf(error);
}
