/**
 * The connections that came in at the listeners, as the kernel tells of them. There may be very many, and ssd runs without the
 * optimizing compiler (`memory.ts`), so what is known of each is a number in an array.
 */
import type {Connection} from '../../shared/protocol/connection.js';
import {createTurns, inTurns} from '../system/processes/turns.js';

/** A connection without what only its process tells. */
export type Row = Omit<Connection, 'worker' | 'generation' | 'ageMs'>;

export type Sightings = {
  /** The inodes of their sockets, in the order of the kernel: the same at two looks if nothing has changed between them. */
  readonly inodes: Uint32Array;
  /** How old each is at least: so long nothing has come, or nothing was sent. 0 if the kernel does not tell. */
  readonly atLeastMs: Uint32Array;
  /** Empty where only the numbers matter. */
  readonly rows: readonly Row[];
  /** Where in these each inode is. */
  readonly index: () => Promise<ReadonlyMap<number, number>>;
};

export type Collector = {
  readonly add: (inode: number, atLeastMs: number, row: Row | null) => void;
  readonly sightings: () => Sightings;
};

const FIRST_ROOM = 1024;

export function collectSightings(): Collector {
  let inodes = new Uint32Array(FIRST_ROOM);
  let atLeastMs = new Uint32Array(FIRST_ROOM);
  let length = 0;
  const rows: Row[] = [];
  return {
    add: (inode, ageMs, row) => {
      if (length === inodes.length) {
        inodes = withRoom(inodes);
        atLeastMs = withRoom(atLeastMs);
      }
      inodes[length] = inode;
      atLeastMs[length] = ageMs;
      length += 1;
      if (row) rows.push(row);
    },
    sightings: () => {
      const found = inodes.subarray(0, length);
      let made: Promise<ReadonlyMap<number, number>> | undefined;
      const index = () => {
        made ??= indexOf(found);
        return made;
      };
      return {inodes: found, atLeastMs: atLeastMs.subarray(0, length), rows, index};
    },
  };
}

export function haveSame(one: Uint32Array, other: Uint32Array): boolean {
  return bytesOf(one).equals(bytesOf(other));
}

function bytesOf({buffer, byteOffset, byteLength}: Uint32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function withRoom(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * array.length);
  larger.set(array);
  return larger;
}

async function indexOf(inodes: Uint32Array): Promise<ReadonlyMap<number, number>> {
  const index = new Map<number, number>();
  await inTurns(inodes.keys(), createTurns(Number.POSITIVE_INFINITY), nth => {
    index.set(inodes[nth] ?? 0, nth);
  });
  return index;
}
