/**
 * The thin layer to the document. Text of others enters it here and only here, as text: nothing on the page makes nodes of a
 * string. Nodes are kept and changed, never made anew, so that the focus, a selection and what is unfolded stay.
 */
import {printable} from '../common.js';

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string} [className]
 * @param {readonly (Node | string)[]} [children]
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, className = '', children = []) {
  const node = document.createElement(tag);
  if (className !== '') node.className = className;
  node.append(...children);
  return node;
}

/**
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Readonly<Record<string, string | number>>} [attributes]
 * @returns {SVGElementTagNameMap[T]}
 */
export function draw(tag, attributes = {}) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  setAll(node, attributes);
  return node;
}

/**
 * @param {Element} node
 * @param {Readonly<Record<string, string | number>>} attributes
 */
export function setAll(node, attributes) {
  for (const [name, value] of Object.entries(attributes))
    if (node.getAttribute(name) !== `${value}`) node.setAttribute(name, `${value}`);
}

/**
 * @param {Node} node
 * @param {string} text it may come from anybody
 */
export function say(node, text) {
  const shown = printable(text);
  if (node.textContent !== shown) node.textContent = shown;
}

/**
 * @param {HTMLElement} node
 * @param {boolean} isShown
 */
export function show(node, isShown) {
  if (node.hidden === isShown) node.hidden = !isShown;
}

/** @param {string} id */
export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`the page has no #${id}`);
  return node;
}

/**
 * @template T
 * @typedef {{readonly root: Element, readonly update: (item: T) => void}} Part
 */

/** @type {WeakMap<Element, Map<string | number, Part<never>>>} */
const kept = new WeakMap();

/**
 * Gives the parent one child for each item, in their order, and keeps those that it has.
 *
 * @template T
 * @param {Element} parent
 * @param {readonly T[]} items
 * @param {(item: T) => string | number} keyOf
 * @param {(item: T) => Part<T>} create
 */
export function list(parent, items, keyOf, create) {
  const known = /** @type {Map<string | number, Part<T>>} */ (kept.get(parent) ?? new Map());
  /** @type {Map<string | number, Part<T>>} */
  const next = new Map();
  for (const [nth, item] of items.entries()) {
    const key = keyOf(item);
    const part = known.get(key) ?? create(item);
    next.set(key, part);
    part.update(item);
    if (parent.children[nth] !== part.root) parent.insertBefore(part.root, parent.children[nth] ?? null);
  }
  while (parent.children.length > next.size) parent.lastElementChild?.remove();
  kept.set(parent, /** @type {Map<string | number, Part<never>>} */ (next));
}

/**
 * The same for lines of text.
 *
 * @param {Element} parent
 * @param {readonly string[]} texts
 * @param {'p' | 'li' | 'span'} tag
 */
export function lines(parent, texts, tag) {
  list(
    parent,
    texts.map((text, nth) => ({text, nth})),
    ({nth}) => nth,
    () => {
      const root = make(tag);
      return {root, update: ({text}) => say(root, text)};
    },
  );
}
