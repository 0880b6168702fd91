/**
 * The descriptor store of the service manager (FileDescriptorStoreMax= in systemd.service(5)): what ssd puts there comes
 * back in the LISTEN_FDS of the next ssd of the service. FDPOLL=0, because a listener that a worker has shut down must not
 * be dropped: ssd repairs it.
 */
import type net from 'node:net';
import type {Env} from '../../shared/instance-paths.js';
import {closeQuietly} from '../system/close-quietly.js';
import {openPipeReader} from '../system/pipe-reader.js';
import {managerAddress} from './address.js';
import type {Sender} from './sender.js';

export type Store = {
  /** How many descriptors the unit lets in; null: only systemd 254 and later says so. */
  readonly limit: number | null;
  /** @param fd stays open until ssd ends */
  readonly keep: (name: string, fd: number) => void;
  readonly forget: (name: string) => void;
  /** Resolves when the service manager has done what it was told, or has not for two seconds. */
  readonly settled: () => Promise<void>;
};

const PATIENCE_MS = 2000;

export function openStore({send, sendNow}: Pick<Sender, 'send' | 'sendNow'>, env: Env): Store {
  return {
    limit: limitIn(env),
    keep: (name, fd) => send(`FDSTORE=1\nFDNAME=${name}\nFDPOLL=0`, fd),
    forget: name => send(`FDSTOREREMOVE=1\nFDNAME=${name}`),
    settled: () => barrier(sendNow),
  };
}

/** The store that an ssd with this environment would have; null: nobody would keep its descriptors. */
export function storeIn(env: Env): Pick<Store, 'limit'> | null {
  const address = managerAddress(env);
  return address && 'bytes' in address ? {limit: limitIn(env)} : null;
}

function limitIn({FDSTORE: limit = ''}: Env): number | null {
  return /^\d+$/.test(limit) ? Number(limit) : null;
}

/** systemd closes the descriptor of BARRIER=1 when it has handled all messages before it (sd_notify_barrier(3)). */
async function barrier(sendNow: Sender['sendNow']): Promise<void> {
  const {socket, writeEnd} = openPipeReader(null);
  const sent = sendNow('BARRIER=1', writeEnd);
  closeQuietly(writeEnd);
  if (sent) await endOf(socket);
  socket.destroy();
}

function endOf(socket: net.Socket): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, PATIENCE_MS);
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    socket.on('end', end).on('error', end).resume();
  });
}
