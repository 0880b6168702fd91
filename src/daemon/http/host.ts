/**
 * Protection against DNS rebinding. A page of some web site can have the browser of somebody on this machine send requests
 * to that site's own name, and then let the name mean 127.0.0.1: for the browser all of it is one site, and the page may read
 * the answers. What gives such a request away is its Host header, which has the name of the site. So a server on loopback
 * answers only to names that no other site can have: numbers, `localhost`, and the name that `--http` gives.
 *
 * A client without the header, by HTTP/1.0, is no browser. The port is not looked at: an ssh tunnel has another one. A unix
 * path is out of reach for a browser, and at a public address, which whoever sees it may read, a proxy or a name is usual.
 */

/** @param own the host that `--http` names */
export function isLoopbackHost(host: string | undefined, own: string): boolean {
  if (host === undefined) return true;
  const name = host.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
  return name === 'localhost' || name === '[::1]' || LOOPBACK.test(name) || name === own.toLowerCase();
}

const LOOPBACK = /^127(?:\.\d{1,3}){3}$/;
