/**
 * A variable that tells a worker of its listeners, in a form of one's own: `NAME=TEXT`. The text is written once for each
 * listener, one after the other. `{fd}` and the like stand for what is known of it, and `[,]` at the end for what comes
 * between two. With `{index}` or `{number}` in the name every listener has a variable of its own. Pure.
 */
import type {SocketType} from '../../../shared/protocol/status.js';

/** What a template can name, in the order of the manual. */
export const PLACEHOLDERS = ['fd', 'name', 'address', 'url', 'type', 'index', 'number', 'count'] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];

/** Words to write as they are, and what stands for something. */
type Piece = string | {readonly of: Placeholder};

export type Template = {
  readonly name: readonly Piece[];
  readonly text: readonly Piece[];
  readonly separator: string;
};

export type Told = {
  readonly fd: number;
  readonly name: string;
  readonly address: string;
  readonly type: SocketType;
};

const PIECE = /(\{\{|\}\}|\[\[|\]\])|\{([^{}]*)\}|\[([^[\]]*)\]$|([^{}[\]]+)/y;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const KNOWN = PLACEHOLDERS.map(name => `{${name}}`).join(' ');

/** @returns the template, or what is wrong with it */
export function parseTemplate(value: string): Template | {readonly problem: string} {
  const equals = value.indexOf('=');
  if (equals === -1) return {problem: 'a form of your own is NAME=TEXT'};
  const [name, text] = [piecesOf(value.slice(0, equals)), piecesOf(value.slice(equals + 1))];
  if ('problem' in name) return name;
  if ('problem' in text) return text;
  const isNumbered = name.pieces.some(isOf('index', 'number'));
  const written = name.pieces.map(piece => (typeof piece === 'string' ? piece : '0')).join('');
  if (!NAME.test(written) || name.separator !== null || name.pieces.some(isOf(...NOT_IN_NAMES)))
    return {problem: 'the name of a variable has letters, digits and _, and {index} or {number}'};
  if (isNumbered && text.separator !== null)
    return {problem: 'each listener has a variable of its own, so there is nothing to separate'};
  return {name: name.pieces, text: text.pieces, separator: text.separator ?? ''};
}

const NOT_IN_NAMES = PLACEHOLDERS.filter(name => name !== 'index' && name !== 'number');

function isOf(...names: readonly Placeholder[]): (piece: Piece) => boolean {
  return piece => typeof piece !== 'string' && names.includes(piece.of);
}

type Pieces = {readonly pieces: readonly Piece[]; readonly separator: string | null};

function piecesOf(text: string): Pieces | {readonly problem: string} {
  const pieces: Piece[] = [];
  let separator: string | null = null;
  PIECE.lastIndex = 0;
  for (let at = 0; at < text.length; at = PIECE.lastIndex) {
    PIECE.lastIndex = at;
    const [, doubled, placeholder, between, plain] = PIECE.exec(text) ?? [];
    if (doubled !== undefined) pieces.push(doubled.slice(1));
    else if (plain !== undefined) pieces.push(plain);
    else if (between !== undefined) separator = between;
    else if (placeholder !== undefined) {
      const of = PLACEHOLDERS.find(known => known === placeholder);
      if (!of) return {problem: `there is no {${placeholder}}: known are ${KNOWN}`};
      pieces.push({of});
    } else
      return {
        problem: `"${text.slice(at)}" is not understood: [SEPARATOR] comes last, and {{ stands for {, [[ for [`,
      };
  }
  return {pieces, separator};
}

/** @param textOf the template for a listener, where they differ */
export function render(
  template: Template,
  listeners: readonly Told[],
  textOf: (listener: Told) => Template = () => template,
): Record<string, string> {
  const count = listeners.length;
  const facts = listeners.map((listener, index) => factsOf(listener, index, count));
  const isNumbered = template.name.some(isOf('index', 'number'));
  const isEach = template.text.some(piece => typeof piece !== 'string' && piece.of !== 'count');
  const texts = listeners.map((listener, nth) => fill(textOf(listener).text, facts[nth] ?? {}));
  if (isNumbered)
    return Object.fromEntries(facts.map((one, nth) => [fill(template.name, one), texts[nth] ?? '']));
  const name = fill(template.name, {});
  if (!isEach) return {[name]: fill(template.text, {count: String(count)})};
  return count === 0 ? {} : {[name]: texts.join(template.separator)};
}

type Facts = {readonly [P in Placeholder]?: string};

function factsOf({fd, name, address, type}: Told, index: number, count: number): Facts {
  return {
    fd: String(fd),
    name,
    address,
    type,
    url: `${type}://${address}`,
    index: String(index),
    number: String(index + 1),
    count: String(count),
  };
}

function fill(pieces: readonly Piece[], facts: Facts): string {
  return pieces.map(piece => (typeof piece === 'string' ? piece : (facts[piece.of] ?? ''))).join('');
}
