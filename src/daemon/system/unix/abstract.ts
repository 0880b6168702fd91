/**
 * Abstract unix sockets (unix(7)): names without a file, in the network namespace. They are written with an `@`, as ss(8),
 * sd_notify(3) and /proc/net/unix write them.
 */

/** Whether `--path` with this value means an abstract socket. A file of that name is `./@name`. */
export function isAbstract(path: string): boolean {
  return path.startsWith('@');
}

/** A struct sockaddr_un: a NUL stands for the `@`, and the length of the address ends the name. */
export function abstractAddress(path: string): Buffer {
  const family = Buffer.from(new Uint16Array([AF_UNIX]).buffer);
  return Buffer.concat([family, Buffer.from(`\0${path.slice(1)}`)]);
}

const AF_UNIX = 1;
