/** One line for each reason why a program cannot start at all. */

/** @param version `process.version` */
export function describeOldNode(program: string, needs: string, version: string): string {
  return `${program} needs Node ${needs} or newer, and this is ${version}`;
}

/** @param cause the message of Node's loader, of which the first line is used */
export function describeNativeModule(program: string, name: string, cause: string): string {
  const first = (cause.split('\n')[0] ?? '').replace(/\p{Cc}/gu, '?');
  const cure = 'install ssd-superdaemon again on this machine, with its optional dependencies';
  return `${program}: cannot load ${name}, the module for system calls (${first}); ${cure}`;
}
