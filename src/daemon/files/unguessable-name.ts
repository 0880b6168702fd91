/**
 * A name for a file that is to be moved: nobody else can put a link there first, for nobody can guess it.
 *
 * @returns 16 hexadecimal digits. Most runs of ssd need none, so node:crypto is loaded only here: it takes a millisecond.
 */
export function unguessableName(): string {
  return process.getBuiltinModule('node:crypto').randomBytes(8).toString('hex');
}
