/**
 * A function of the C library, for the few cases in which ssctl needs one. koffi takes some milliseconds to load, so it is
 * loaded only then.
 *
 * @param declaration in C: `int getpgid(int)`
 */
export async function cFunction(declaration: string) {
  const {default: koffi} = await import('koffi');
  return koffi.load(null).func(declaration);
}
