/**
 * Describes the control protocol as an OpenRPC document, from the schemas of the source:
 *
 *     dist/openrpc.json   what `rpc.discover` answers
 *     docs/protocol.md    the same to read; only with --page, and a test holds it current
 *
 * OpenRPC has no word for what a server says without being asked, nor for what comes before a result. So a method has
 * `x-events`, the schema of its events, and the document has `x-greeting`.
 */
import {readFileSync, writeFileSync} from 'node:fs';
import {toJsonSchema} from '@valibot/to-json-schema';
import {PARAMS} from '../dist/src/shared/protocol/decode.js';
import {CONTROL_ERRORS, PROTOCOL_VERSION} from '../dist/src/shared/protocol/protocol.js';
import {COMMON_ERRORS, MESSAGES, NAMED} from '../dist/src/shared/schemas/messages.js';
import {pageOf} from './openrpc-page.mjs';

const OPENRPC = '1.3.2';
const {version, license, homepage} = JSON.parse(readFileSync('package.json', 'utf8'));

const refTo = name => ({$ref: `#/components/schemas/${name}`});

/** Only a schema that is not its own definition refers to it. */
function converted(schema, definitions = NAMED) {
  const {$schema, $defs, ...made} = toJsonSchema(schema, {
    definitions,
    overrideRef: ({referenceId}) => refTo(referenceId).$ref,
    errorMode: 'throw',
    // An object with any other members looks like one with none: JSON Schema allows more unless it is forbidden.
    overrideSchema: ({valibotSchema: {type}, jsonSchema}) =>
      type === 'loose_object' ? {...jsonSchema, additionalProperties: true} : undefined,
  });
  return made;
}

function named(name) {
  const {[name]: schema, ...others} = NAMED;
  return converted(schema, others);
}

function method(name) {
  const {summary, event, result, errors = []} = MESSAGES[name];
  return {
    name,
    summary,
    paramStructure: 'by-name',
    params: Object.entries(PARAMS[name].entries).map(([param, schema]) => paramOf(param, schema)),
    ...(event && {'x-events': converted(event)}),
    result: {name: 'result', schema: converted(result)},
    errors: [...errors, ...COMMON_ERRORS].map(code => ({$ref: `#/components/errors/${code}`})),
  };
}

function paramOf(name, schema) {
  const required = schema.type !== 'exact_optional';
  return {name, required, schema: converted(schema)};
}

const document = {
  openrpc: OPENRPC,
  info: {
    title: 'The control protocol of ssd',
    version,
    description:
      'JSON-RPC 2.0 over a unix stream socket, one message a line. The daemon greets with `hello`. For each request come any number of `event` notifications that name it in `params.request`, then one result or one error. ssd-control(7) is the manual.',
    license: {name: license},
    'x-protocol': PROTOCOL_VERSION,
  },
  ...(homepage && {externalDocs: {url: homepage}}),
  'x-greeting': refTo('Hello'),
  methods: Object.keys(MESSAGES).map(method),
  components: {
    schemas: Object.fromEntries(Object.keys(NAMED).map(name => [name, named(name)])),
    errors: Object.fromEntries(
      Object.entries(CONTROL_ERRORS).map(([code, number]) => [
        code,
        {code: number, message: code, data: {code}},
      ]),
    ),
  },
};

writeFileSync('dist/openrpc.json', `${JSON.stringify(document)}\n`);
if (process.argv.includes('--page')) writeFileSync('docs/protocol.md', pageOf(document));
