/**
 * Whatever the documents print apart from the text, a test runs. Who prints more finds this list, and adds the test that runs
 * it. Commands of `npm run` take minutes: of them test/documents.test.ts holds only that there is such a script.
 */
import {existsSync, readdirSync} from 'node:fs';
import test from 'ava';
import {blocks, displays, inRoot, sections} from './page.js';

type Printed = {readonly [document: string]: {readonly displays: number; readonly tests: readonly string[]}};

const PAGES: Printed = {
  'ssd.8': {
    displays: 23,
    tests: [
      'manual/ssd',
      'e2e/http/http',
      'systemd/print-unit',
      'containers/podman',
      'manual/languages',
      'servers/go',
      'servers/prometheus',
      'e2e/restart/readiness-languages',
      'systemd/store',
    ],
  },
  'ssctl.8': {displays: 9, tests: ['manual/ssctl', 'fleet/hosts']},
  // One is the diagram of phases.
  'ssd-control.7': {displays: 10, tests: ['manual/control']},
};

const DOCUMENTS: Printed = {
  'README.md': {displays: 9, tests: ['manual/readme', 'manual/languages', 'e2e/start/package']},
  'CONTRIBUTING.md': {displays: 3, tests: ['documents', 'e2e/restart/restart']},
  'SECURITY.md': {displays: 0, tests: []},
  // One is the diagram of how data goes.
  'docs/architecture.md': {displays: 1, tests: []},
  'docs/library.md': {displays: 3, tests: ['manual/library']},
  'docs/measurements.md': {displays: 0, tests: []},
  // They are types.
  'docs/protocol.md': {displays: 21, tests: ['shared/schemas/document']},
  'docs/questions.md': {
    displays: 9,
    tests: ['manual/questions', 'e2e/start/package', 'packages/debian', 'packages/managers'],
  },
  'docs/servers.md': {displays: 6, tests: ['servers/recipes', 'servers/servers', 'documents']},
  'docs/tests.md': {displays: 0, tests: ['documents']},
  'examples/README.md': {displays: 1, tests: ['examples/servers']},
  'examples/ansible/README.md': {displays: 1, tests: ['fleet/ansible']},
  'examples/deploy/README.md': {displays: 2, tests: ['examples/deploy']},
  'examples/docker/README.md': {displays: 1, tests: ['examples/docker']},
  'examples/express/README.md': {displays: 1, tests: ['examples/servers']},
  'examples/fastify/README.md': {displays: 1, tests: ['examples/servers']},
  'examples/github-action/README.md': {displays: 0, tests: ['fleet/pipelines']},
  'examples/gitlab/README.md': {displays: 0, tests: ['fleet/pipelines']},
  'examples/go/README.md': {displays: 1, tests: ['examples/servers']},
  'examples/gunicorn/README.md': {displays: 1, tests: ['examples/servers']},
  'examples/kubernetes/README.md': {displays: 1, tests: ['examples/kubernetes']},
  'examples/puma/README.md': {displays: 1, tests: ['examples/servers']},
  'examples/python/README.md': {displays: 1, tests: ['examples/python']},
  'examples/rust/README.md': {displays: 1, tests: ['examples/servers']},
  'examples/servers/README.md': {displays: 0, tests: []},
  'examples/systemd/README.md': {
    displays: 3,
    tests: ['examples/deploy', 'examples/systemd', 'systemd/example'],
  },
  'examples/uvicorn/README.md': {displays: 1, tests: ['examples/servers']},
};

for (const [page, {displays: count}] of Object.entries(PAGES))
  test(`all that ${page} prints is run by a test`, t => {
    const printed = sections(page).flatMap(section => displays(page, section, {orNone: true}));
    t.is(printed.length, count);
  });

for (const [document, {displays: count}] of Object.entries(DOCUMENTS))
  test(`all that ${document} prints is run by a test`, t => {
    t.is(blocks(document).length, count);
  });

test('these are all documents and all tests that there are', t => {
  const inFolder = (folder: string) =>
    readdirSync(inRoot(folder), {recursive: true, encoding: 'utf8'})
      .filter(file => file.endsWith('.md'))
      .map(file => `${folder}/${file}`);
  const all = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...inFolder('docs'), ...inFolder('examples')];
  t.deepEqual(Object.keys(DOCUMENTS).sort(), all.sort());
  const tests = [...Object.values(PAGES), ...Object.values(DOCUMENTS)].flatMap(({tests: names}) => names);
  for (const name of tests) t.true(existsSync(inRoot(`test/${name}.test.ts`)), name);
});
