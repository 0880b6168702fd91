/** The OpenRPC document of the package: that it is one, that it is current, and that it says what the source says. */
import {readdirSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {Ajv} from 'ajv';
import test from 'ava';
import {packageVersion} from '../../../src/shared/package.js';
import {VERBS} from '../../../src/shared/protocol/decode.js';
import {MAX_LINE} from '../../../src/shared/protocol/protocol.js';
import {ROOT} from '../../helpers/rig.js';

const text = readFileSync(join(ROOT, 'dist/openrpc.json'), 'utf8');
const document = JSON.parse(text);

test('the document is one of OpenRPC, as its own schema says', t => {
  const {openrpcDocument} = createRequire(import.meta.url)('@open-rpc/meta-schema');
  const {$schema: _, ...schema} = openrpcDocument;
  // It names the schema of schemas by its address in the web, and is judged without that.
  const text = JSON.stringify(schema).replaceAll(/\{"\$ref":"https:[^"]*"\}/g, '{}');
  const validate = new Ajv({strict: false, validateFormats: false, validateSchema: false}).compile(
    JSON.parse(text),
  );
  t.true(validate(document), JSON.stringify(validate.errors?.slice(0, 3)));
  t.false(validate({...document, methods: [{name: 'x'}]}));
});

test('the document has every verb, and the version of the package', t => {
  const names: string[] = document.methods.map(({name}: {readonly name: string}) => name);
  t.deepEqual([...names].sort(), [...VERBS].sort());
  t.is(document.info.version, packageVersion());
});

test('every method can be refused for its parameters', t => {
  for (const {name, errors} of document.methods)
    t.true(JSON.stringify(errors).includes('/errors/invalid-params'), name);
});

test('a client that bounds a line as ssd does can take it', t => {
  t.true(Buffer.byteLength(text) < MAX_LINE, `${Buffer.byteLength(text)} bytes`);
});

test('docs/protocol.md is made of it: npm run page', async t => {
  const {pageOf} = await import(pathToFileURL(join(ROOT, 'scripts/openrpc-page.mjs')).href);
  t.is(readFileSync(join(ROOT, 'docs/protocol.md'), 'utf8'), pageOf(document));
});

test('what it says of a member is a sentence of the source', t => {
  const folder = join(ROOT, 'src/shared/protocol');
  const names = readdirSync(folder, {encoding: 'utf8', recursive: true}).filter(name => name.endsWith('.ts'));
  const sources = names.map(name => readFileSync(join(folder, name), 'utf8'));
  const comments = sources
    .flatMap(source => source.match(/\/\*\*[\s\S]*?\*\/|\/\/.*/g) ?? [])
    .join(' ')
    .replaceAll(/\s+\*?\s*/g, ' ');
  const said = [...text.matchAll(/"(?:description|summary)":"((?:[^"\\]|\\.)*)"/g)].map(([, words]) =>
    JSON.parse(`"${words}"`),
  );
  t.true(said.length > 100);
  const own = [document.info.description];
  t.deepEqual(
    said.filter(words => !comments.includes(words) && !own.includes(words)),
    [],
  );
});
