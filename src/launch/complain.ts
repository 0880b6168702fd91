// biome-ignore lint/style/useNodejsImportProtocol: Node 12 does not know `node:fs`, and has to come this far.
import {writeSync} from 'fs';

/**
 * Writes a line to standard error. It does not use `process.stderr`, which makes the pipe behind it non-blocking for
 * everybody who shares it.
 */
export function complain(line: string): void {
  try {
    writeSync(2, `${line}\n`);
  } catch {
    // Nobody can read it.
  }
}
