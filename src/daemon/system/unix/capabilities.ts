/** What the kernel lets this process do (capabilities(7)). */
import {readIfPossible} from '../../../shared/read-whole.js';

export const CAP_FOWNER = 1n << 3n;
export const CAP_KILL = 1n << 5n;
export const CAP_SETPCAP = 1n << 8n;

/** The effective capabilities, one bit each; null without /proc. */
export function ownCapabilities(): bigint | null {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(readIfPossible('/proc/self/status') ?? '')?.[1];
  return mask === undefined ? null : BigInt(`0x${mask}`);
}
