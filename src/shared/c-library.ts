/**
 * A function of the C library, for the few things for which ssctl needs one. koffi takes some milliseconds to load, so that
 * this is left to those who call it.
 *
 * @param declaration in C: `int getpgid(int)`
 */
export async function cFunction(declaration: string) {
  const {default: koffi} = await import('koffi');
  return koffi.load(null).func(declaration);
}
