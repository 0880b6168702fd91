import type {SocketType} from '../../protocol/status.js';
import type {PortHolder} from '../errors.js';

/** What to do where a listener cannot be had, behind the cause. */
export function adviceOnListen(type: SocketType, cause: string, holder: PortHolder | null): string {
  if (type === 'unix') return cause === 'EACCES' ? '; its user may not write in the directory' : '';
  if (cause === 'EADDRINUSE' && holder) return `; ${describeHolder(holder)}`;
  if (cause === 'EADDRINUSE') return '; another process listens there (as root, ss -ltnp shows which)';
  return cause === 'EACCES' ? '; a port below 1024 needs root or CAP_NET_BIND_SERVICE' : '';
}

function describeHolder(holder: PortHolder): string {
  if (holder.own)
    return 'ssd itself listens there: for a --port, by --ipv6-dual, or with a socket that was passed to it';
  const left = holder.left ?? [];
  const many = left.length > MANY ? ' and so on' : '';
  const advice =
    left.length > 0
      ? `; it seems to be a worker that a killed ssd left: end all of these with kill ${left.slice(0, MANY).join(' ')}${many}`
      : '';
  return `the process with pid ${holder.pid}${holder.command === null ? '' : ` (${holder.command})`} listens there${advice}`;
}

/** More pids than fit in one line. */
const MANY = 8;
