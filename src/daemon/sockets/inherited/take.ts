/** Makes a listener of a socket that is there already. */
import * as posix from '../../system/posix.js';
import type {Access} from '../binding/access.js';
import {raise} from '../binding/room.js';
import type {Listener} from '../listener.js';
import {identityOfHanded} from './handed.js';
import type {Handed} from './passed-listeners.js';
import type {Planned} from './plan.js';
import {identityAt, isStored} from './stored.js';

/** Its backlog and O_NONBLOCK stay as whoever passed it has set them. */
export function takeListener(
  {socket, name, fd}: Extract<Planned, {how: 'take'}>,
  {floor, access}: {readonly floor: number; readonly access: Access},
): Listener {
  const {type, address} = socket;
  const {adopted, handed} = socket;
  if (handed) return takeHanded(handed, {name, type, fd, address, own: raise(socket.fd, floor)}, access);
  const identity = type === 'unix' ? identityAt(address) : null;
  // Who took it out of a worker closes it.
  const own = adopted ? posix.duplicateAbove(socket.fd, floor) : raise(socket.fd, floor);
  const ours = {passed: null, access: identity && access};
  const origin = isStored(socket)
    ? {stored: socket.name, adopted: null, ...ours}
    : adopted
      ? {stored: null, adopted: {pid: adopted.pid}, ...ours}
      : {passed: socket, stored: null, adopted: null, access: null};
  return {name, type, fd, own, address, others: [], identity, ...origin};
}

function takeHanded(
  {passed, stored, file}: Handed,
  known: Pick<Listener, 'name' | 'type' | 'fd' | 'address' | 'own'>,
  access: Access,
): Listener {
  const identity = identityOfHanded({file});
  const ours = {access: passed === null ? identity && access : null, adopted: null, isHanded: true} as const;
  return {...known, others: [], identity, passed, stored, ...ours};
}
