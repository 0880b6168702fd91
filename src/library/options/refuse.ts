/** Throws what is wrong with options. The words are loaded only for that. */
import type {Fault} from './fault.js';

/** @throws {ServerError} `option-invalid` */
export async function refuse(fault: Fault | null): Promise<void> {
  if (!fault) return;
  const {faulty} = await import('./invalid.js');
  throw faulty(fault);
}
