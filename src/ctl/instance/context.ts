/** The context in which a command runs. */
import type {Client} from '../../shared/client/client.js';
import type {Env} from '../../shared/instance-paths.js';
import type {CommandName} from '../arguments/options.js';
import type {Details, Target} from '../arguments/order.js';
import type {Output} from '../terminal/output.js';

export type Context = {
  readonly target: Target;
  readonly env: Env;
  readonly output: Output;
  /** Prints a warning on standard error. The command goes on. */
  readonly warn: (problem: string) => void;
  /** Connects to the selected instance. The connection is closed when the command ends. */
  readonly connect: () => Promise<Client>;
  /** Makes Ctrl-C print this text before it ends the program. */
  readonly onInterrupt: (text: () => string) => void;
  /** Resolves at Ctrl-C. After this call Ctrl-C does not end the program. */
  readonly interrupted: () => Promise<void>;
};

/** @throws {Refusal} the reason why the command failed */
export type Command<C extends CommandName> = (context: Context, details: Details[C]) => Promise<void>;
