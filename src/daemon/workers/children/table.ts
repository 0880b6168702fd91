/** What is known of each child. */
import type {Ending} from '../../../shared/protocol/event.js';
import type {OnStop} from '../stops.js';

export type ChildCallbacks = {
  /** Called once, when the child is gone. */
  readonly onExit: (ending: Ending) => void;
  /**
   * The child has ended, and other processes of the group that it leads live. `onExit` follows when they are gone.
   * Without this callback the rest of the group does not matter.
   */
  readonly onLeaderEnd?: ((ending: Ending) => void) | undefined;
  readonly onStop?: OnStop | undefined;
};

export type Child = Required<ChildCallbacks> & {
  /** It leads a group only to be outside ssd's. SIGKILL is not meant for the others in that group. */
  readonly isOnlyApart: boolean;
  /** How its process ended, and one member of its group that lived at the last look; null: the process lives. */
  readonly ended: {readonly ending: Ending; readonly member: number} | null;
};

export type Living = Map<number, Child>;

/** What the next image of ssd has to know of a child. A contract: names stay, and what is added may be missing. */
export type ChildState = Pick<Child, 'isOnlyApart' | 'ended'> & {
  readonly pid: number;
  /** The signal that has stopped it, such as `SIGTTIN`; null: it runs. The kernel tells of a stop only once. */
  readonly stoppedBy: string | null;
};

export type ChildrenState = {readonly children: readonly ChildState[]};
