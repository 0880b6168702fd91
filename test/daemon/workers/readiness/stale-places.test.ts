import {existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {closeQuietly} from '../../../../src/daemon/system/close-quietly.js';
import {openDatagramSocket} from '../../../../src/daemon/system/posix-datagram.js';
import {PLACE_PREFIX, removeStalePlaces} from '../../../../src/daemon/workers/readiness/stale-places.js';

test('only what nobody listens at any more is removed', t => {
  const parent = mkdtempSync('/tmp/ssdt-');
  t.teardown(() => rmSync(parent, {recursive: true}));
  const place = (name: string) => {
    const directory = join(parent, name);
    mkdirSync(directory);
    return directory;
  };
  const bound = (name: string) => {
    const directory = place(`${PLACE_PREFIX}${name}`);
    return {directory, fd: openDatagramSocket(join(directory, 'socket'))};
  };
  const [living, killed] = [bound('living'), bound('killed')];
  t.teardown(() => closeQuietly(living.fd));
  closeQuietly(killed.fd);
  const starting = place(`${PLACE_PREFIX}starting`);
  const left = place(`${PLACE_PREFIX}left`);
  utimesSync(left, 0, 0);
  const used = place(`${PLACE_PREFIX}used`);
  writeFileSync(join(used, 'file'), '');
  utimesSync(used, 0, 0);
  const other = place('other');
  symlinkSync(other, join(parent, `${PLACE_PREFIX}link`));

  // As long as a busy machine needs.
  removeStalePlaces(parent, 60_000);
  const kept = [living.directory, starting, used, other, join(parent, `${PLACE_PREFIX}link`)];
  t.deepEqual(kept.filter(existsSync), kept);
  t.deepEqual([killed.directory, left].filter(existsSync), []);
  t.notThrows(() => removeStalePlaces(join(parent, 'nowhere')));
});
