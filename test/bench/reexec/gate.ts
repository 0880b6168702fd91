/** A pipe with a path at which workers wait: each byte lets one of them go on. */
import {closeSync, openSync, writeSync} from 'node:fs';
import type {Rig} from '../../helpers/rig.js';

export type Gate = {
  readonly path: string;
  /** Lets so many go on, those that are still to come among them. */
  readonly let: (count: number) => void;
  readonly close: () => void;
};

export async function createGate(rig: Rig): Promise<Gate> {
  const path = rig.path('gate');
  await rig.run(['mkfifo', path]);
  // For both, so that neither end has to wait for the other.
  const fd = openSync(path, 'r+');
  return {path, let: count => void writeSync(fd, '\n'.repeat(count)), close: () => closeSync(fd)};
}
