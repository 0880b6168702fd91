/**
 * `npm run exhaust -- [--depth=7]`: tries every sequence of inputs for one worker. The exit status is 1 if one breaks
 * a rule.
 */
import {parseArgs} from 'node:util';
import {exhaust} from './exhaust.js';
import {WORLDS} from './worlds.js';

function main(): number {
  const {values} = parseArgs({options: {depth: {type: 'string', default: '7'}}});
  for (const [name, options] of Object.entries(WORLDS)) {
    const startedAt = performance.now();
    const {states, steps, broken} = exhaust(options, Number(values.depth));
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const count = states.reduce((sum, each) => sum + each, 1);
    process.stdout.write(`${name}: ${count} states (${states.join(', ')}), ${steps} steps in ${seconds} s\n`);
    if (!broken) continue;
    const events = broken.events.map(event => JSON.stringify(event));
    process.stdout.write(`${broken.rule}\n${events.join('\n')}\n`);
    return 1;
  }
  return 0;
}

process.exitCode = main();
