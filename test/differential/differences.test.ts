/** The table of intended differences in ssd(8), the names that scenarios give its rows, and the scenarios. */
import {readdirSync, readFileSync} from 'node:fs';
import test from 'ava';
import {NOT_PLAYED, ROWS} from './stage/differences.js';

const root = new URL('../../../', import.meta.url);
const sources = new URL('test/differential/', root);

/** The titles of COMPATIBILITY, as they are read: macros taken out. */
function rowsOfThePage(): string[] {
  const page = readFileSync(new URL('man/ssd.8', root), 'utf8');
  const section = page.split(/^\.Sh /m).find(text => text.startsWith('COMPATIBILITY')) ?? '';
  return [...section.matchAll(/^\.It (.*)$/gm)].map(([, title = '']) =>
    title
      .replaceAll('\\&', '')
      .replace(/ Ns /g, '')
      .replace(/\b(No|Dv|Ev|Pa) /g, '')
      .replace(/\bFl -/g, '--')
      .replace(/ ,/g, ','),
  );
}

/** The rows that scenarios name. */
function rowsPlayed(): string[] {
  const files = readdirSync(sources).filter(name => name.endsWith('.ts') && !name.startsWith('differences'));
  const text = files.map(name => readFileSync(new URL(name, sources), 'utf8')).join('\n');
  return [...text.matchAll(/\brow: '([^']+)'/g)].map(([, row = '']) => row);
}

test('every intended difference has its row in COMPATIBILITY, and every row its name here', t => {
  t.deepEqual(rowsOfThePage().sort(), Object.values(ROWS).sort());
});

test('every row has a scenario, or a reason why it has none', t => {
  const played = new Set(rowsPlayed());
  const unplayed = Object.keys(ROWS).filter(row => !played.has(row));
  t.deepEqual(unplayed.sort(), Object.keys(NOT_PLAYED).sort());
});
