/** The hosts of `--host`, as ssh takes them. Pure. */
import {EMPTY_VALUE} from '../../shared/words/command-line.js';
import {invalidOption} from '../../shared/words/errors.js';

export type Host = {
  /** As it was given. */
  readonly name: string;
  /** The destination for ssh: `host` or `user@host`. */
  readonly destination: string;
  /** null: the one of ssh's configuration. */
  readonly port: number | null;
};

/**
 * @param value hosts between commas, each `[user@]host[:port]`
 * @throws {Refusal} `option-invalid`
 */
export function readHosts(value: string): readonly [Host, ...Host[]] {
  if (value === '') throw invalidOption('host', value, EMPTY_VALUE);
  const [first = '', ...more] = value.split(',');
  const named = [first, ...more];
  const twice = named.find((name, at) => named.indexOf(name) !== at);
  if (twice) throw invalidOption('host', value, `${twice} is named twice`);
  const read = (name: string): Host => {
    const host = readHost(name);
    if (typeof host !== 'string') return host;
    throw invalidOption('host', value, more.length === 0 ? host : `${name || 'a host'}: ${host}`);
  };
  return [read(first), ...more.map(read)];
}

/** @returns the host, or what is wrong with it */
function readHost(name: string): Host | string {
  const at = name.lastIndexOf('@');
  const [user, place] = [name.slice(0, Math.max(0, at)), name.slice(at + 1)];
  const {host = '', port = null} = BRACKETS.exec(place)?.groups ?? ipv6(place) ?? splitPort(place);
  if (host === '') return 'expected [user@]host[:port]';
  if (at === 0 || UNFIT_USER.test(user)) return 'that cannot be the name of a user';
  if (UNFIT_HOST.test(host)) return 'that cannot be the name of a host';
  if (port !== null && !(Number(port) >= 1 && Number(port) <= MAX_PORT))
    return `expected a port from 1 to ${MAX_PORT}`;
  const destination = at < 0 ? host : `${user}@${host}`;
  return {name, destination, port: port === null ? null : Number(port)};
}

const MAX_PORT = 65_535;

/** @example '[::1]:2222' */
const BRACKETS = /^\[(?<host>[^[\]]*)\](?::(?<port>.*))?$/;

type Split = {readonly host: string; readonly port?: string | undefined};

/** An IPv6 address without brackets has no port: its last part would be taken for one. */
function ipv6(place: string): Split | undefined {
  return place.split(':').length > 2 ? {host: place} : undefined;
}

function splitPort(place: string): Split {
  const [host = '', port] = place.split(':');
  return {host, port};
}

/**
 * ssh puts both into the commands of `ProxyCommand` and `Match exec` in its configuration, which a shell runs. So what a shell
 * would act on is refused, as newer versions of ssh do (CVE-2023-51385). A name that begins with `-` would be an option.
 */
const UNFIT_USER = /^-|[\s\p{Cc}'"`;&<>|(){}$[\]]|\\$/u;
const UNFIT_HOST = /^-|[\s\p{Cc}'"`;&<>|(){}$[\]\\/@*?!#~^=]/u;
