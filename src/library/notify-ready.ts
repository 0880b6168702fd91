/** Tells ssd that a Node worker is ready, under `--ready=fd` or `--ready=notify`. It needs no native code. */
import {closeSync, fstatSync, writeSync} from 'node:fs';
import {causeOf} from '../shared/words/errors.js';

/** systemd-notify ends within milliseconds, unless nobody reads its message. */
const SYSTEMD_MS = 10_000;

type Env = Record<string, string | undefined>;

/** @throws an error with a `code`, as documented at `notifyReady` of the package */
export async function tellReady(env: Env): Promise<void> {
  const {SSD_READY_FD: fd, NOTIFY_SOCKET: socket, SSD_NOTIFY: heard} = env;
  if (fd !== undefined) {
    // The number is invalid once it is closed, for a second call and for a child of this process.
    delete env.SSD_READY_FD;
    tellByDescriptor(fd);
  } else if (socket && heard !== 'status') {
    await tellBySystemd(env);
  }
}

function tellByDescriptor(text: string): void {
  const fd = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(fd))
    throw failed('ready-fd-invalid', `SSD_READY_FD is not a descriptor: ${JSON.stringify(text)}`);
  checkPipe(fd);
  try {
    writeSync(fd, '\n');
  } catch {
    // EPIPE: ssd is gone or has stopped asking. Nobody waits.
  }
  closeSync(fd);
}

/** A process may have the variable but not the descriptor. It must not write into whatever file has that number. */
function checkPipe(fd: number): void {
  let problem = 'it is not a pipe';
  try {
    if (fstatSync(fd).isFIFO()) return;
  } catch (error) {
    problem = causeOf(error);
  }
  throw failed(
    'ready-fd-invalid',
    `descriptor ${fd} of SSD_READY_FD was not handed to this process: ${problem}`,
  );
}

/** Node has no unix datagram sockets. The program of systemd waits until the message is read. */
async function tellBySystemd(env: Env): Promise<void> {
  const {execFile} = await import('node:child_process');
  return new Promise((resolve, reject) => {
    execFile('systemd-notify', ['--ready'], {env, timeout: SYSTEMD_MS}, (error, _, stderr) => {
      if (!error) return resolve();
      const cause = causeOf(error);
      if (cause === 'ENOENT') {
        const way = 'it is not installed; use --ready=fd';
        return reject(failed('systemd-notify-missing', `cannot run systemd-notify: ${way}`));
      }
      const said = stderr.trim().replace(/\s+/g, ' ') || String(error.message).trim();
      reject(failed('systemd-notify-failed', `systemd-notify failed: ${said}`));
    });
  });
}

function failed(code: string, message: string): Error & {readonly code: string} {
  return Object.assign(new Error(message), {code});
}
