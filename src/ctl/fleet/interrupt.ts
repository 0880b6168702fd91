/** Ends this program by SIGINT, so that a shell script that runs it ends, too. */
export function endByInterrupt(): Promise<never> {
  process.removeAllListeners('SIGINT');
  process.kill(process.pid, 'SIGINT');
  return new Promise(() => {});
}
