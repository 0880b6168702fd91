/** The options of an inet socket. All are set before bind(2): the kernel reads most of them there, and the others keep. */
import {readWhole} from '../../../shared/read-whole.js';
import {causeOf} from '../../../shared/words/errors.js';
import type {Listening} from '../../config/listening/read.js';
import {SOL_SOCKET, setSocketOption} from '../../system/posix.js';
import {AF_INET6} from '../inet-address.js';

const [IPPROTO_IP, IPPROTO_TCP, IPPROTO_IPV6] = [0, 6, 41];
const [SO_REUSEADDR, SO_REUSEPORT] = [2, 15];
const IPV6_V6ONLY = 26;
const [IP_FREEBIND, IPV6_FREEBIND] = [15, 78];
const [TCP_DEFER_ACCEPT, TCP_FASTOPEN] = [9, 23];

/**
 * @param family of the address, for socket(2)
 * @throws the system error; for an option of the command line, an error that names it
 */
export function setSocketOptions(
  fd: number,
  {type, family}: {readonly type: 'tcp' | 'udp'; readonly family: number},
  {reusePort, freebind, ipv6Dual, fastOpen, deferAccept}: Partial<Listening>,
): void {
  const isV6 = family === AF_INET6;
  const setFor = (option: string, level: number, name: number, value: number) => {
    try {
      setSocketOption(fd, level, name, value);
    } catch (error) {
      throw new Error(`--${option}: ${causeOf(error)}`);
    }
  };
  // UDP does not get it: a second ssd could share the port and nobody would notice.
  if (type === 'tcp') setSocketOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  // Always set, because /proc/sys/net/ipv6/bindv6only decides otherwise (ipv6(7)).
  if (isV6) setSocketOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, ipv6Dual ? 0 : 1);
  if (reusePort) setFor('reuse-port', SOL_SOCKET, SO_REUSEPORT, 1);
  if (freebind && isV6) setFor('freebind', IPPROTO_IPV6, IPV6_FREEBIND, 1);
  if (freebind && !isV6) setFor('freebind', IPPROTO_IP, IP_FREEBIND, 1);
  if (type === 'udp') return;
  if (fastOpen != null) setFor('fast-open', IPPROTO_TCP, TCP_FASTOPEN, fastOpen);
  if (deferAccept != null) setFor('defer-accept', IPPROTO_TCP, TCP_DEFER_ACCEPT, deferAccept);
}

/** The bit of net.ipv4.tcp_fastopen that lets listeners do it (ip-sysctl of the kernel). */
const SERVER = 2;

/** Why `--fast-open` has no effect, or null. The kernel takes the option of a socket in any case. */
export function fastOpenProblem(): string | null {
  try {
    const setting = Number(readWhole('/proc/sys/net/ipv4/tcp_fastopen'));
    return (setting & SERVER) === 0
      ? `net.ipv4.tcp_fastopen is ${setting}; sysctl -w net.ipv4.tcp_fastopen=${setting | SERVER} turns it on`
      : null;
  } catch {
    // There is no /proc, so nothing is known.
    return null;
  }
}
