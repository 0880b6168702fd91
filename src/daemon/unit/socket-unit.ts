/** The socket unit of `--socket`: systemd binds the listeners, and ssd finds them in LISTEN_FDS (systemd.socket(5)). */
import type {PlacedListener} from '../config/address.js';
import type {Config} from '../config/config.js';
import type {Listening} from '../config/listening/read.js';
import {wholeLine} from './quote.js';

/** @returns the lines of the unit */
export function socketUnit({listeners, backlog, listening}: Config, name: string): string[] {
  return [
    '[Unit]',
    `Description=The listeners of ${name}`,
    '',
    '[Socket]',
    ...listeners.map(lineOf),
    ...(backlog === null ? [] : [`Backlog=${backlog}`]),
    ...optionLines(listening),
    // As ssd binds IPv6 addresses.
    ...(listeners.some(isIpv6) ? [`BindIPv6Only=${listening.ipv6Dual ? 'both' : 'ipv6-only'}`] : []),
    '',
    '[Install]',
    'WantedBy=sockets.target',
  ];
}

/** `--fast-open` has no setting. */
function optionLines({pathMode, pathOwner, reusePort, deferAccept, freebind}: Listening): string[] {
  const {user = '', group = null} = pathOwner ?? {};
  return [
    ...(pathMode === null ? [] : [`SocketMode=0${pathMode.toString(8).padStart(3, '0')}`]),
    ...(user === '' ? [] : [`SocketUser=${user}`]),
    ...(group === null ? [] : [`SocketGroup=${group}`]),
    ...(reusePort ? ['ReusePort=yes'] : []),
    ...(deferAccept === null ? [] : [`DeferAcceptSec=${deferAccept}`]),
    ...(freebind ? ['FreeBind=yes'] : []),
  ];
}

/** An address of IPv4, because systemd would bind a port alone for IPv6 as well, and ssd binds 0.0.0.0. */
function lineOf(listener: PlacedListener): string {
  const setting = listener.type === 'udp' ? 'ListenDatagram' : 'ListenStream';
  const bare = listener.type !== 'unix' && listener.host === null;
  return `${setting}=${bare ? `0.0.0.0:${listener.port}` : wholeLine(listener.name)}`;
}

function isIpv6({type, name}: PlacedListener): boolean {
  return type !== 'unix' && name.startsWith('[');
}
