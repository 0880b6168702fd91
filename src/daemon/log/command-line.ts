/** `--log-file='| command'`: the log goes to a command that reads from a pipe. */
const PIPE = /^\s*\|\s*/;

/** Whether it is a command, and not a file. */
export function isCommand(target: string): boolean {
  return PIPE.test(target);
}

/** The command line of such a target; null for a file. */
export function commandOf(target: string | null): string | null {
  return target !== null && isCommand(target) ? target.replace(PIPE, '') : null;
}
