/**
 * The version of the package, in Debian's order: what CHANGELOG.md has under [Unreleased] makes a version after the release
 * that package.json names, and before the next one.
 *
 * @param {string} release the version in package.json
 * @param {string} changelog
 * @param {number} epoch the date of the source, in seconds
 * @returns {string} such as `1.2.0-1`, or `1.2.0+20261127.015900-1`
 */
export function versionOf(release, changelog, epoch) {
  const [, rest = ''] = changelog.split('## [Unreleased]\n');
  const [unreleased = ''] = rest.split(/^## /m);
  return `${release}${unreleased.trim() === '' ? '' : `+${stampOf(epoch)}`}-1`;
}

function stampOf(epoch) {
  return new Date(epoch * 1000).toISOString().replace(/[-:]/g, '').slice(0, 15).replace('T', '.');
}
