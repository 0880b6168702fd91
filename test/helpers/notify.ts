/** sd_notify from any process that has NOTIFY_SOCKET in its environment. */
import {writeFileSync} from 'node:fs';
import type {Rig} from './rig.js';

/**
 * Makes a program that sends a notification and lives until it was heard (`BARRIER=1`, sd_notify(3)), as
 * systemd-notify(1) does: a sender that has ended cannot be told from a stranger. In Python, because Node has no such sockets.
 *
 * @returns makes the shell command for a message
 */
export function makeNotifier(rig: Rig): (message: string) => string {
  const path = rig.path('notify.py');
  writeFileSync(path, PROGRAM);
  return message => `python3 ${path} '${message}'`;
}

const PROGRAM = `
import array, os, select, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect(os.environ['NOTIFY_SOCKET'].replace('@', '\\0', 1))
s.send(sys.argv[1].encode())
r, w = os.pipe()
s.sendmsg([b'BARRIER=1'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [w]))])
os.close(w)
p = select.poll()
p.register(r, select.POLLHUP)
p.poll(20000)
`;
