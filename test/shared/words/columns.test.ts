import test from 'ava';
import {cut, padEnd, widthOf, wrap} from '../../../src/shared/words/layout/columns.js';

const WIDTHS: readonly (readonly [text: string, width: number])[] = [
  ['', 0],
  ['plain text', 10],
  ['日本', 4],
  ['한글', 4],
  // The same as Jamo, which a terminal joins.
  ['\u1112\u1161\u11ab', 2],
  ['ｆｕｌｌ', 8],
  ['ﾊﾝｶｸ', 4],
  ['e\u0301', 1],
  ['z\u0300\u0301\u0302\u0303', 1],
  ['👍', 2],
  ['❤\ufe0f', 2],
  // Some terminals draw one sign, others four.
  ['👨\u200d👩\u200d👧', 6],
  ['שלום', 4],
  ['السلام', 6],
  ['\u001b[31mred\u001b[39m', 3],
];

for (const [text, width] of WIDTHS) {
  test(`${JSON.stringify(text)} takes ${width} columns`, t => t.is(widthOf(text), width));
}

test('a text is cut at the last character that has room, and a colour is switched off again', t => {
  t.is(cut('abcdef', 6), 'abcdef');
  t.is(cut('abcdef', 4), 'abc…');
  t.is(cut('日本語', 4), '日…');
  t.is(cut('日本語', 5), '日本…');
  t.is(cut('e\u0301e\u0301e\u0301', 2), 'e\u0301…');
  t.is(cut('\u001b[31mabcdef\u001b[39m', 4), '\u001b[31mabc…\u001b[39m');
  t.is(cut('abc', 0), '');
});

test('a text is wrapped at blanks; only a word that is too long is broken', t => {
  t.deepEqual(wrap('one two three', 7), ['one two', 'three']);
  t.deepEqual(wrap('one extraordinary', 7), ['one', 'extraor', 'dinary']);
  t.deepEqual(wrap('日本語 日本', 5), ['日本', '語', '日本']);
  t.deepEqual(wrap('', 5), ['']);
});

test('padding counts columns', t => {
  t.is(padEnd('日本', 6), '日本  ');
  t.is(padEnd('日本', 3), '日本');
});
