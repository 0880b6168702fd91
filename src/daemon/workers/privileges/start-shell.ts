/** Starts a command line for /bin/sh as workers are started: with their user and their limits. */
import type {ChildOrder, Children} from '../children.js';
import type {Confinement} from './confinement.js';

type ShellOrder = Omit<ChildOrder, 'path' | 'argv' | 'env' | 'leadsGroup'> & {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
};

/** It leads a process group of its own. Does not throw. @returns as `Children.spawn` */
export function startShell(
  {children, confinement}: {readonly children: Pick<Children, 'spawn'>; readonly confinement: Confinement},
  {command, env, ...order}: ShellOrder,
): ReturnType<Children['spawn']> {
  const argv = ['/bin/sh', '-c', command];
  const confined = confinement.command({path: '/bin/sh', argv, env});
  return confinement.handDown(() => children.spawn({...order, ...confined, leadsGroup: true}));
}
