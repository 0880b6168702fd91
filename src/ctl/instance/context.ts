/** What a command has to work with. */
import type {Client} from '../../shared/client/client.js';
import type {Env} from '../../shared/instance-paths.js';
import type {CommandName} from '../arguments/options.js';
import type {Details, Target} from '../arguments/order.js';
import type {Output} from '../terminal/output.js';

export type Context = {
  readonly target: Target;
  readonly env: Env;
  readonly output: Output;
  /** Connects to the instance that is meant; the connection is closed when the command ends. */
  readonly connect: () => Promise<Client>;
  /** Resolves when somebody presses Ctrl-C, which from now on does not end the program. */
  readonly interrupted: () => Promise<void>;
};

/** @throws {Refusal} what keeps it from being done */
export type Command<C extends CommandName> = (context: Context, details: Details[C]) => Promise<void>;
