/**
 * Finds the address of the collector, one thread at a time. getaddrinfo(3) takes as long as name servers do not answer, nothing
 * can end it, and Node has only four threads for all that is like it.
 */
import {type LookupOptions, lookup} from 'node:dns';
import type {LookupFunction} from 'node:net';

let isUnderWay = false;

export function isLookingUp(): boolean {
  return isUnderWay;
}

export const lookUpOnce: LookupFunction = (host, options, done) => {
  if (isUnderWay) {
    const busy = Object.assign(new Error('the name server has not answered yet'), {code: 'EAI_AGAIN'});
    setImmediate(() => done(busy, '', 0));
    return;
  }
  isUnderWay = true;
  lookup(host, options as LookupOptions, (...found) => {
    isUnderWay = false;
    (done as (...found: unknown[]) => void)(...found);
  });
};
