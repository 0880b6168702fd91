/**
 * A function of the C library, for the few cases in which ssctl needs one. koffi takes some milliseconds to load, so it is
 * loaded only then.
 *
 * @param declaration in C: `int getpgid(int)`
 */
export async function cFunction(declaration: string) {
  const {default: koffi} = await load();
  return koffi.load(null).func(declaration);
}

/** Tells the errno of the last call of such a function. */
export async function cErrno(): Promise<() => number> {
  const {default: koffi} = await load();
  return koffi.errno;
}

function load() {
  return import('koffi');
}
