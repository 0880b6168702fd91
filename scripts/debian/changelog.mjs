/** The changelog in Debian's form. It has an entry for each version; what has changed is in CHANGELOG.md, beside it. */
import {maintainer} from './maintainer.mjs';

const RELEASES = /^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d{2}-\d{2})$/gm;

/**
 * @param {object} thisOne the package that is made
 * @param {string} thisOne.name
 * @param {string} thisOne.version of the package
 * @param {number} thisOne.epoch in seconds
 * @param {string} changelog the text of CHANGELOG.md
 */
export function debianChangelog({name, version, epoch}, changelog) {
  const releases = [...changelog.matchAll(RELEASES)].map(([, release, date]) => ({
    version: `${release}-1`,
    date: new Date(`${date}T00:00:00Z`),
    text: `Release ${release}. Its changes are in changelog.gz.`,
  }));
  const own = {version, date: new Date(epoch * 1000), text: 'What changelog.gz has under [Unreleased].'};
  const isReleased = releases.some(release => release.version === version);
  return (isReleased ? releases : [own, ...releases]).map(entry => textOf(name, entry)).join('\n');
}

function textOf(name, {version, date, text}) {
  const head = `${name} (${version}) unstable; urgency=medium`;
  return `${head}\n\n  * ${text}\n\n -- ${maintainer()}  ${date.toUTCString().replace('GMT', '+0000')}\n`;
}
