/** The context in which a command runs. */
import type {Client} from '../../shared/client/client.js';
import type {Env} from '../../shared/instance-paths.js';
import type {ExitStatus} from '../../shared/words/exit-status.js';
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
  /** Makes Ctrl-C remove the progress and print this text, unless it is empty, before it ends the program. */
  readonly onInterrupt: (text: () => string) => void;
  /** Resolves at Ctrl-C. After this call Ctrl-C does not end the program. */
  readonly interrupted: () => Promise<void>;
};

/**
 * @returns the exit status if the command has failed and its reader knows why
 * @throws {Refusal} the reason why the command failed
 */
export type Command<C extends CommandName> = (
  context: Context,
  details: Details[C],
  // biome-ignore lint/suspicious/noConfusingVoidType: a command that has nothing to return has no return statement
) => Promise<ExitStatus | void>;
