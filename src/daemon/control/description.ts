/** Reads the description of the protocol, which the build puts into the package. It is read only when asked for. */
import {readFileSync} from 'node:fs';
import type {Description} from '../../shared/protocol/verbs.js';
import {packageFile, packageVersion} from '../../shared/version.js';
import {causeOf} from '../../shared/words/errors.js';

/** The package may be replaced under a running ssd, which then speaks another version than the document describes. */
export function readDescription(): Description | {readonly problem: string} {
  const path = packageFile('dist/openrpc.json');
  const own = packageVersion();
  try {
    const found = JSON.parse(readFileSync(path, 'utf8')) as Description;
    const {version} = found.info;
    return version === own ? found : {problem: `${path} describes version ${version}, and this is ${own}`};
  } catch (error) {
    return {problem: `cannot read ${path}: ${causeOf(error)}`};
  }
}
