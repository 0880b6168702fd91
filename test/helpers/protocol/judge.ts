/** Judges messages by the OpenRPC document of the package. It knows nothing of the protocol but what is written there. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {Ajv, type ErrorObject} from 'ajv';

type Schema = {readonly properties?: Readonly<Record<string, Schema>>; readonly [key: string]: unknown};
type Method = {
  readonly name: string;
  readonly params: readonly {readonly name: string; readonly required: boolean; readonly schema: Schema}[];
  readonly result: {readonly schema: Schema};
  readonly errors: readonly {readonly $ref: string}[];
  readonly 'x-events'?: Schema;
};
export type Document = {
  readonly methods: readonly Method[];
  readonly components: {readonly schemas: Readonly<Record<string, Schema>>; readonly errors: object};
};

/** Each function returns what is wrong, or null. */
export type Judge = {
  readonly greeting: (params: unknown) => string | null;
  readonly params: (verb: string, params: unknown) => string | null;
  readonly event: (verb: string, event: unknown) => string | null;
  readonly result: (verb: string, result: unknown) => string | null;
  /** @param verb null: the error is about a line, or about the connection */
  readonly error: (verb: string | null, code: string) => string | null;
};

export function readDocument(root: string): Document {
  return JSON.parse(readFileSync(join(root, 'dist/openrpc.json'), 'utf8')) as Document;
}

export function createJudge(document: Document): Judge {
  const check = createCheck(document.components.schemas);
  const methods = new Map(document.methods.map(method => [method.name, method]));
  const paramsOf = memoized((verb: string): Schema => {
    const params = methods.get(verb)?.params ?? [];
    const properties = Object.fromEntries(params.map(({name, schema}) => [name, schema]));
    const required = params.filter(param => param.required).map(({name}) => name);
    return {type: 'object', properties, required};
  });
  const withVerb = (verb: string, judge: (method: Method) => string | null) => {
    const method = methods.get(verb);
    return method ? judge(method) : `there is no method ${verb}`;
  };
  return {
    greeting: params =>
      check(document.components.schemas.Hello ?? {}, {jsonrpc: '2.0', method: 'hello', params}),
    params: (verb, params) => withVerb(verb, () => check(paramsOf(verb), params)),
    event: (verb, event) =>
      withVerb(verb, method =>
        method['x-events'] ? check(method['x-events'], event) : `${verb} has no events`,
      ),
    result: (verb, result) => withVerb(verb, method => check(method.result.schema, result)),
    error: (verb, code) => {
      if (!Object.hasOwn(document.components.errors, code)) return `there is no error ${code}`;
      if (verb === null || JSON_RPC.includes(code)) return null;
      const isOwn = (method: Method) => method.errors.some(({$ref}) => $ref.endsWith(`/${code}`));
      return withVerb(verb, method => (isOwn(method) ? null : `${verb} has no error ${code}`));
    },
  };
}

/** Those that JSON-RPC defines are not listed with the methods. */
const JSON_RPC = ['parse-error', 'invalid-request', 'unknown-method', 'invalid-params'];

type Check = (schema: Schema, value: unknown) => string | null;

/**
 * Only the alternative of a union that is meant is compiled: all of them take half a second, in each process of the suite.
 * And what is wrong with it can be said.
 */
function createCheck(types: Document['components']['schemas']): Check {
  const ajv = new Ajv({
    strict: false,
    validateSchema: false,
    formats: {'date-time': TIME},
    inlineRefs: false,
  });
  const all = Object.entries(types).map(([name, schema]) => [name, closed(schema)]);
  ajv.addSchema({$id: 'types', components: {schemas: Object.fromEntries(all)}});
  const compiled = memoized((schema: Schema) => ajv.compile(inTypes(closed(schema))));
  const check: Check = (schema, value) => {
    const {$ref, allOf, anyOf} = schema as Compound;
    if ($ref !== undefined) return check(types[$ref.split('/').at(-1) ?? ''] ?? {}, value);
    if (allOf) return whole(allOf, value, check);
    if (anyOf && isObject(value)) return oneOf(anyOf, value, check);
    const validate = compiled(schema);
    return validate(value) ? null : whatIsWrong(validate.errors ?? []);
  };
  return check;
}

type Compound = {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
};

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

function isObject(value: unknown): value is object {
  return value !== null && typeof value === 'object';
}

/** Each part gets the members that it names, and the first one gets the rest. */
function whole(parts: readonly Schema[], value: unknown, check: Check): string | null {
  const [first = {}, ...others] = parts;
  let rest = Object.entries(value ?? {});
  for (const part of others) {
    const has = ([name]: readonly [string, unknown]) => Object.hasOwn(part.properties ?? {}, name);
    const problem = check(part, Object.fromEntries(rest.filter(has)));
    if (problem !== null) return problem;
    rest = rest.filter(member => !has(member));
  }
  return check(first, Object.fromEntries(rest));
}

/** The alternatives differ in a word, such as `type` or `verdict`. */
function oneOf(alternatives: readonly Schema[], value: object, check: Check): string | null {
  const meant = alternatives.filter(({properties = {}}) =>
    Object.entries(properties).every(
      ([name, member]) =>
        !('const' in member) || !Object.hasOwn(value, name) || (value as Schema)[name] === member.const,
    ),
  );
  const problems = meant.map(alternative => check(alternative, value));
  if (problems.includes(null)) return null;
  return problems[0] ?? 'there is no such alternative';
}

/** Without members that it does not name. A client has to ignore those, but here each is one that the document has forgotten. */
function closed<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map(closed) as T;
  if (!isObject(schema)) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return ('properties' in schema ? {additionalProperties: false, ...inner} : inner) as T;
}

function inTypes(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"types#/')) as Schema;
}

function whatIsWrong(errors: readonly ErrorObject[]): string {
  const all = errors.map(
    ({instancePath, message = '', params}) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
  return [...new Set(all)].slice(0, 8).join('; ');
}

function memoized<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return key => {
    const found = made.get(key) ?? make(key);
    made.set(key, found);
    return found;
  };
}
