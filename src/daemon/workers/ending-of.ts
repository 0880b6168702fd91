/** How a child ended, from its wait status. */
import {constants} from 'node:os';
import type {Ending} from '../../shared/protocol/event.js';

/** Decodes a wait status (wait(2)). */
export function endingOf(status: number | 'lost'): Ending {
  if (status === 'lost') return {type: 'unknown'};
  const number = status & 0x7f;
  if (number === 0) return {type: 'exited', code: (status >> 8) & 0xff};
  return {type: 'signalled', signal: signalName(number)};
}

/** @example signalName(15) // 'SIGTERM' */
export function signalName(number: number): string {
  const known = Object.entries(constants.signals).find(([, value]) => value === number);
  return known?.[0] ?? `signal ${number}`;
}
