/** What `npm publish` would publish. */
import test from 'ava';
import {createRig, ROOT} from '../helpers/rig.js';

const TOP =
  /^(dist\/(bundle|commonjs|src)|src|man|docs|examples)\/|^(dist\/openrpc\.json|package\.json|README\.md|LICENSE|CHANGELOG\.md|CONTRIBUTING\.md|SECURITY\.md)$/;
/** What a build or a try leaves behind. */
const STRAY =
  /\.tsbuildinfo$|\.tgz$|\.test\.|node_modules|dist\/cache|__pycache__|(^|\/)\.|package-lock\.json$|~$/;
const MAX_PACKED_BYTES = 4_000_000;

test('npm publish has nothing to warn of, and publishes no stray file', async t => {
  t.timeout(120_000);
  const rig = await createRig(t);
  // It only looks whether there is a token. Without scripts: `prepare` would build under the tests that run.
  const token = '--//registry.npmjs.org/:_authToken=none';
  const publish = [
    'npm',
    'publish',
    '--dry-run',
    '--ignore-scripts',
    '--registry=https://registry.npmjs.org/',
    token,
  ];
  const {code, stderr} = await rig.run(publish, {cwd: ROOT, patienceMs: 90_000});
  t.is(code, 0, stderr);
  const notices = stderr.split('\n').filter(line => line !== '');
  t.deepEqual(
    notices.filter(line => !line.startsWith('npm notice')),
    [],
  );

  const {stdout} = await rig.run(['npm', 'pack', '--dry-run', '--ignore-scripts', '--json'], {cwd: ROOT});
  const [{files, size, unpackedSize}] = JSON.parse(stdout);
  const paths: string[] = files.map(({path}: {path: string}) => path);
  t.deepEqual(
    paths.filter(path => !TOP.test(path) || STRAY.test(path)),
    [],
  );
  t.true(size < MAX_PACKED_BYTES, `${size} bytes`);
  t.log(`${paths.length} files, ${size} bytes packed, ${unpackedSize} unpacked`);
});
