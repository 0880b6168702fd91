/** The Debian package: the same bytes each time, what is in it, and what lintian says of it. */
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {needs} from '../helpers/programs.js';
import {createRig} from '../helpers/rig.js';
import {buildDeb, firstDeb, LATER, laterCheckout} from './deb.js';

const onDebian = needs('dpkg-deb', 'xz');

onDebian('a package is the same, byte for byte, when it is made again', async t => {
  t.timeout(120_000);
  const first = await firstDeb();
  const second = await buildDeb('second', {umask: '077'});
  t.not(first, second);
  t.true(readFileSync(first).equals(readFileSync(second)));
  const later = await buildDeb('of-another-time', {epoch: '1800000001'});
  t.false(readFileSync(first).equals(readFileSync(later)));
});

onDebian(
  'it has the programs, their manual and completions, for one architecture, and nothing of the development',
  async t => {
    const rig = await createRig(t);
    const deb = await firstDeb();
    const listing = (await rig.run(['dpkg-deb', '--contents', deb])).stdout.trim().split('\n');
    const files = new Map(listing.map(line => [line.split(/ +/)[5]?.slice(1) ?? '', line]));
    for (const path of [
      '/usr/bin/ssd',
      '/usr/bin/ssctl',
      '/usr/lib/systemd/system/ssd@.service',
      '/usr/lib/ssd-superdaemon/dist/openrpc.json',
      '/usr/share/man/man8/ssd.8.gz',
      '/usr/share/man/man8/ssctl.8.gz',
      '/usr/share/man/man7/ssd-control.7.gz',
      '/usr/share/bash-completion/completions/ssd',
      '/usr/share/bash-completion/completions/ssctl',
      '/usr/share/zsh/vendor-completions/_ssd',
      '/usr/share/fish/vendor_completions.d/ssd.fish',
      '/usr/share/fish/vendor_completions.d/ssctl.fish',
      '/usr/share/doc/ssd-superdaemon/copyright',
      '/usr/share/doc/ssd-superdaemon/changelog.Debian.gz',
      '/usr/share/doc/ssd-superdaemon/examples/express/server.js',
    ])
      t.true(files.has(path), path);
    const stray = [...files.keys()].filter(path =>
      /\.(map|tsbuildinfo|d\.ts|ts|md)$|\/test\/|\.git/.test(path),
    );
    t.deepEqual(
      stray.filter(path => !path.startsWith('/usr/share/doc/')),
      [],
    );
    t.is([...files.keys()].filter(path => path.endsWith('.node')).length, 1);
    const odd = listing.filter(
      line => !/^(drwxr-xr-x|-rwxr-xr-x|-rw-r--r--|lrwxrwxrwx) root\/root /.test(line),
    );
    t.deepEqual(odd, []);
    const unit = await rig.run([
      'sh',
      '-c',
      'dpkg-deb --fsys-tarfile "$0" | tar -xO "./$1"',
      deb,
      'usr/lib/systemd/system/ssd@.service',
    ]);
    t.regex(unit.stdout, /^ExecStart=\/usr\/bin\/ssd /m);
  },
);

onDebian(
  'its version comes after the release, and before the next one, while there are unreleased changes',
  async t => {
    t.timeout(120_000);
    const rig = await createRig(t);
    const checkout = laterCheckout();
    const versionWith = async (unreleased: string) => {
      const changelog = `# Changelog\n\n## [Unreleased]\n${unreleased}\n## [${LATER}] - 2026-11-22\n\n- It.\n`;
      writeFileSync(join(checkout, 'CHANGELOG.md'), changelog);
      const deb = await buildDeb('versions', {from: checkout});
      return (await rig.run(['dpkg-deb', '--field', deb, 'Version'])).stdout.trim();
    };
    t.is(await versionWith(''), `${LATER}-1`);
    const between = await versionWith('\n- A thing.\n');
    t.is(between, `${LATER}+20270115.080000-1`);
    for (const [one, other] of [
      [`${LATER}-1`, between],
      [between, '99.1.1-1'],
    ] as const) {
      t.is((await rig.run(['dpkg', '--compare-versions', one, 'lt', other])).code, 0, `${one} < ${other}`);
    }
  },
);

needs('dpkg-deb', 'lintian')('lintian finds nothing wrong with it', async t => {
  t.timeout(120_000);
  const rig = await createRig(t);
  const deb = await firstDeb();
  const {code, stdout} = await rig.run(['lintian', '--fail-on=error,warning', '--allow-root', deb], {
    patienceMs: 90_000,
  });
  t.deepEqual({code, stdout}, {code: 0, stdout: ''});
});

needs('dpkg-deb', 'fish')('fish completes from where the package puts its scripts', async t => {
  const rig = await createRig(t);
  const deb = await firstDeb();
  await rig.run(['dpkg-deb', '--extract', deb, rig.path('root')]);
  const {stdout} = await rig.run(['fish', '--command', 'complete --do-complete "ssctl rest"'], {
    env: {
      HOME: rig.directory,
      XDG_DATA_DIRS: rig.path('root/usr/share'),
      PATH: `${rig.path('root/usr/bin')}:${process.env.PATH}`,
    },
  });
  t.regex(stdout, /^restart\b/m);
});
