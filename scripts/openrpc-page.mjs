/**
 * The OpenRPC document as a page to read. A schema is written as TypeScript would have it, with what a member means behind
 * it.
 */

const WIDTH = 100;

/** @param {object} document as in dist/openrpc.json */
export function pageOf({info, methods, components}) {
  const {schemas, errors} = components;
  return `${[
    '# The control protocol',
    '',
    '`npm run page` makes this page of `dist/openrpc.json`, which the build makes of the schemas in `src/shared/schemas`. A running',
    'ssd gives the same document for `rpc.discover`. ssd-control(7) is the manual: it says when each message comes.',
    '',
    `Version ${info['x-protocol']} of the protocol. ${info.description.split('. ').slice(0, -1).join('. ')}.`,
    '',
    '## Requests',
    ...methods.flatMap(methodOf),
    '',
    '## Types',
    ...Object.entries(schemas).flatMap(([name, schema]) => ['', `### ${name}`, '', ...blockOf(schema)]),
    '',
    '## Errors',
    '',
    'Any request can be refused with an error that JSON-RPC defines, and with `duplicate-id`, `too-many-requests` and',
    '`internal-error`.',
    '',
    '| `data.code` | `code` |',
    '| --- | --- |',
    ...Object.entries(errors).map(([code, {code: number}]) => `| \`${code}\` | ${number} |`),
  ].join('\n')}\n`;
}

function methodOf({name, summary, params, result, errors, 'x-events': events}) {
  const own = errors.map(({$ref}) => nameOf($ref)).slice(0, -COMMON);
  return [
    '',
    `### ${name}`,
    '',
    summary,
    '',
    ...(params.length === 0 ? ['It takes no parameters.', ''] : paramsOf(params)),
    ...(events ? [`Events: ${linkOf(events)}.`, ''] : []),
    ...(own.length > 0 ? [`Own errors: ${own.map(code => `\`${code}\``).join(', ')}.`, ''] : []),
    ...(result.schema.$ref
      ? [`Result: ${linkOf(result.schema)}.`]
      : ['Result:', '', ...blockOf(result.schema)]),
  ];
}

const COMMON = 3;

function paramsOf(params) {
  const rows = params.map(({name, required, schema}) => {
    const preset = required ? 'required' : `\`${JSON.stringify(schema.default)}\``;
    return `| \`${name}\` | \`${cell(notation(schema))}\` | ${preset} |`;
  });
  return ['| parameter | type | default |', '| --- | --- | --- |', ...rows, ''];
}

const cell = text => text.replaceAll('|', '\\|');
const nameOf = ref => ref.split('/').at(-1);
const linkOf = ({$ref}) => `[${nameOf($ref)}](#${nameOf($ref).toLowerCase()})`;

function blockOf(schema) {
  return ['```ts', ...(schema.description ? said(schema.description, '') : []), notation(schema), '```'];
}

/** @param {string} indent of the line that the text begins in */
function notation(schema, indent = '') {
  if (schema.$ref) return nameOf(schema.$ref);
  if ('const' in schema) return JSON.stringify(schema.const);
  const choices = schema.enum?.map(value => JSON.stringify(value)) ?? null;
  if (choices) return oneOf(choices, indent);
  if (schema.anyOf) return union(schema.anyOf, indent);
  if (schema.allOf) return schema.allOf.map(part => notation(part, indent)).join(' & ');
  if (schema.type === 'array') return arrayOf(notation(schema.items, indent));
  if (schema.type === 'object') return objectOf(schema, indent);
  return limited(schema);
}

function oneOf(choices, indent) {
  const line = choices.join(' | ');
  if (line.length + indent.length < WIDTH) return line;
  return choices.map(choice => `\n${indent}  | ${choice}`).join('');
}

function union(parts, indent) {
  const written = parts.map(part => ({text: notation(part, `${indent}    `), says: part.description}));
  const line = written.map(({text}) => text).join(' | ');
  if (!line.includes('\n') && line.length < WIDTH && written.every(({says}) => !says)) return line;
  return written
    .map(({text, says}) => `${says ? `\n${said(says, `${indent}  `).join('\n')}` : ''}\n${indent}  | ${text}`)
    .join('');
}

function arrayOf(item) {
  return /[|&\n]/.test(item) && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
}

function objectOf({properties = {}, required = [], additionalProperties}, indent) {
  const members = Object.entries(properties).map(([name, schema]) => {
    const key = /^\w+$/.test(name) ? name : JSON.stringify(name);
    const optional = required.includes(name) ? '' : '?';
    return {says: schema.description, text: `${key}${optional}: ${notation(schema, `${indent}  `)}`};
  });
  if (additionalProperties && members.length > 0) members.push({text: '[more: string]: unknown'});
  if (members.length === 0) return 'object';
  const line = `{${members.map(({text}) => text).join('; ')}}`;
  if (members.every(({says}) => !says) && !line.includes('\n') && line.length + indent.length < WIDTH)
    return line;
  const lines = members.flatMap(({says, text}) => [
    ...(says ? said(says, `${indent}  `) : []),
    `${indent}  ${text};`,
  ]);
  return `{\n${lines.join('\n')}\n${indent}}`;
}

function limited({type, format, minimum, maximum, maxLength}) {
  if (type === 'string' && format) return 'string /* time of day */';
  if (maxLength !== undefined) return `string /* at most ${maxLength} characters */`;
  if (maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER)
    return `number /* ${minimum} to ${maximum} */`;
  return type === 'integer' ? 'number' : (type ?? 'unknown');
}

/** A comment, folded. */
function said(text, indent) {
  const lines = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (`${indent}// ${line} ${word}`.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map(one => `${indent}// ${one}`);
}
