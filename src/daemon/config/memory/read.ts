/** Reads the options that say how much memory workers may take. */
import {invalidOption} from '../../../shared/words/errors.js';
import {parseSize, SIZE_FORM} from '../../../shared/words/size.js';
import type {Settings} from '../../core/types.js';
import type {RawOptions} from '../options.js';

/** @throws {Refusal} `option-invalid` */
export function readMaxMemory({'max-memory': value}: RawOptions): Settings['maxMemory'] {
  if (value === undefined) return null;
  const bytes = parseSize(value);
  if (bytes === null) throw invalidOption('max-memory', value, SIZE_FORM);
  return bytes;
}
