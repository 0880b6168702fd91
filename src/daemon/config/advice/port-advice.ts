/** What is wrong with the text of a `--port`, for the forms that other programs take. */

import {EMPTY_VALUE} from '../../../shared/words/command-line.js';

const FORM = 'expected [HOST:][u]PORT[=FD], as in 8080, 127.0.0.1:8080, [::1]:8080, u53, 8080=7';

/** @example describePort(':8080') // '…: a bare 8080 listens on every IPv4 address, [::]:8080 on every IPv6 address' */
export function describePort(text: string): string {
  if (text === '') return EMPTY_VALUE;
  if (/^\/|^unix:/.test(text)) return `it is a path; give --path=${text.replace(/^unix:(\/\/)?/, '')}`;
  const [, everywhere] = /^\*?:(u?\d+(?:=\d+)?)$/.exec(text) ?? [];
  if (everywhere !== undefined)
    return `a bare ${everywhere} listens on every IPv4 address, [::]:${everywhere} on every IPv6 address`;
  const [, port, protocol] = /^(.*?\d+)\/(tcp|udp)$/i.exec(text) ?? [];
  if (port !== undefined) return `${protocolAdvice(protocol)}: give ${spelled(port, protocol)}`;
  const [, scheme, rest = ''] = /^([a-z]+):\/\/(.*?)\/?$/i.exec(text) ?? [];
  if (scheme !== undefined)
    return /:\d+$/.test(rest) ? `it is not a URL: give ${spelled(rest, scheme)}` : `it is not a URL: ${FORM}`;
  const [, before, number] = /^(tcp|udp):(\d+(?:=\d+)?)$/i.exec(text) ?? [];
  if (before !== undefined && number !== undefined)
    return `${protocolAdvice(before)}: give ${before.toLowerCase() === 'udp' ? 'u' : ''}${number}`;
  const [, host] = /^(\d+):u?\d+(?:=\d+)?$/.exec(text) ?? [];
  if (host !== undefined && Number(host) > 0) return `${host} is no host: ${FORM}`;
  if (/^\d+(?:[,\s-]\s*\d+)+$/.test(text)) return `one --port is one port: give --port for each (${FORM})`;
  return FORM;
}

function protocolAdvice(protocol: string | undefined): string {
  return protocol?.toLowerCase() === 'udp' ? 'UDP is a u before the port' : 'TCP is the default';
}

function spelled(place: string, protocol: string | undefined): string {
  return protocol?.toLowerCase() === 'udp' ? place.replace(/(\d+)$/, 'u$1') : place;
}
