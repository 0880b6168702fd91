/** Reads the description of the protocol, which the build puts into the package. It is read only when asked for. */
import {readFileSync} from 'node:fs';
import type {Description} from '../../shared/protocol/verbs.js';

/**
 * The package may be replaced under a running ssd, which then speaks another version than the document describes.
 *
 * @param own the version of this ssd
 */
export function readDescription(path: string, own: string): Description | {readonly problem: string} {
  try {
    const found = JSON.parse(readFileSync(path, 'utf8')) as Description;
    const {version} = found.info;
    return version === own ? found : {problem: `${path} describes version ${version}, and this is ${own}`};
  } catch (error) {
    const {code, message} = error as NodeJS.ErrnoException;
    return {problem: `cannot read ${path}: ${code ?? message}`};
  }
}
