/** The values that a shell can complete. Pure. */
import {constants} from 'node:os';

export type ValueKind = 'file' | 'directory' | 'signal' | 'instance';

/** Signals without their prefix, as every option takes them. */
export function signalNames(): readonly string[] {
  return Object.keys(constants.signals).map(name => name.replace(/^SIG/, ''));
}
