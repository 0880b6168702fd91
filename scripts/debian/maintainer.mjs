/** Whom the package names as its maintainer: who makes it, as Debian's tools have it in the environment. */
export function maintainer() {
  const {DEBFULLNAME = 'The developers of ssd', DEBEMAIL = 'ssd-superdaemon@packages.invalid'} = process.env;
  return `${DEBFULLNAME} <${DEBEMAIL}>`;
}
