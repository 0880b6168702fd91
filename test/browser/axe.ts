/** What axe-core, a checker of accessibility, finds wrong with a page. */
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import type {Page} from './chromium.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

type Violation = {readonly id: string; readonly nodes: readonly {readonly html: string}[]};

export async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(`${AXE}; 0`);
  const found = await page.evaluate<readonly Violation[]>(
    `axe.run({resultTypes: ['violations']}).then(({violations}) => violations)`,
  );
  return found.map(({id, nodes}) => `${id}: ${nodes.map(({html}) => html).join(' ')}`);
}
