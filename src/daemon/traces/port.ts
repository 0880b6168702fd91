/** What the rest of ssd sees of traces. */
import type {TraceContext} from '../../shared/protocol/trace/context.js';
import type {Config} from '../config/config.js';
import type {Model} from '../core/model.js';
import type {Effect, Input} from '../core/types.js';
import type {Border} from '../faults/border.js';
import type {HandedOver} from '../handover/handed-over.js';
import type {Log} from '../log/log.js';
import type {Problems} from '../problems/problems.js';
import type {TracesState} from './traces-state.js';

/** A step of the core, whose effects are yet to be performed. */
export type CoreStep = {
  readonly before: Model;
  readonly input: Input;
  readonly after: Model;
  readonly effects: readonly Effect[];
};

export type Traces = {
  /** null: nobody looks. */
  readonly observe: ((step: CoreStep) => void) | null;
  /** The request with this token, which is about to be submitted, belongs to this trace. */
  readonly nameTrace: (token: string, trace: TraceContext) => void;
  /** The same environment, with the variables that tell the workers of their trace. */
  readonly withTrace: (env: Variables, order: Extract<Effect, {type: 'spawn'}>) => Variables;
  /** null: there is nothing to go on with. */
  readonly handOver: () => HandedOver<TracesState | null>;
  /**
   * Ends it. Resolves when all is sent, when that has failed, or soon; it does not reject.
   *
   * `isHeldUp`: a thread waits for a name server, which would hold up the end of the process.
   */
  readonly flush: () => Promise<{readonly isHeldUp: boolean}>;
};

type Variables = Readonly<Record<string, string>>;

export type TracesContext = {
  readonly config: Pick<Config, 'env' | 'name'>;
  readonly log: Log;
  readonly problems: Pick<Problems, 'raise' | 'solve'>;
  readonly border: Border;
};
