/** What an ssd is doing when a call fails. */
import {existsSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {ask} from '../helpers/rig.js';
import {attempt, childrenOf, type Scene, SETTINGS, type Setting} from './scene.js';

export type Phase = {
  readonly title: string;
  readonly setting: Setting;
  /** Makes it happen, and waits until it is over. */
  readonly act: (scene: Scene) => Promise<unknown>;
};

const {files, pipes, commands} = SETTINGS;

const restart = ({rig}: Scene) => attempt(rig, 'restart');

async function restartInVain({rig}: Scene): Promise<void> {
  const told = rig.path('fail');
  writeFileSync(told, '');
  try {
    await attempt(rig, 'restart');
  } finally {
    rmSync(told);
  }
}

async function loseWorker({ssd, listener, setting}: Scene): Promise<void> {
  // The log command was there before every worker.
  const lost = childrenOf(ssd.pid).slice(setting.helpers ?? 0);
  for (const pid of lost) process.kill(pid, 'SIGKILL');
  let answer = await askLosing(listener);
  while (Number.isNaN(answer.pid) || lost.includes(answer.pid)) answer = await askLosing(listener);
}

/** A worker that is about to die can still have taken the connection, and then it is closed or reset. */
async function askLosing(listener: string): ReturnType<typeof ask> {
  try {
    return await ask(listener);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
    return {generation: Number.NaN, pid: Number.NaN};
  }
}

export const RESTARTS: readonly Phase[] = [
  {title: 'a restart with --ready=fd and files', setting: files, act: restart},
  {title: 'a restart with --ready=notify, --capture-stderr and a log command', setting: pipes, act: restart},
  {
    title: 'a restart with --ready=exec, --envdir, --kill-group and two workers',
    setting: commands,
    act: restart,
  },
  {title: 'a restart whose worker fails', setting: files, act: restartInVain},
  {title: 'a restart whose worker fails, captured', setting: pipes, act: restartInVain},
];

export const SERVING: readonly Phase[] = [
  {title: 'the loss of the worker', setting: files, act: loseWorker},
  {title: 'the loss of the worker, captured', setting: pipes, act: loseWorker},
  {title: 'a status request', setting: files, act: ({rig}) => attempt(rig, 'status')},
  {
    title: 'requests for metrics, events and a signal',
    setting: commands,
    act: async ({rig}) => {
      for (const method of ['metrics', 'events']) await attempt(rig, method);
      await attempt(rig, 'signal', {signal: 'CONT'});
    },
  },
  {
    title: 'a log file that is opened anew',
    setting: files,
    act: ({rig}) => {
      // The fault may have kept the former attempt from making a new one.
      if (existsSync(rig.path('log'))) renameSync(rig.path('log'), rig.path('log.1'));
      return attempt(rig, 'reopen-logs');
    },
  },
];
