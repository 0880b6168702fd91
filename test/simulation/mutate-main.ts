/** `npm run mutate -- [--runs=50000]`: puts each fault into the core. The exit status is 1 if a fault is not found. */
import {parseArgs} from 'node:util';
import {FAULTS} from './faults/faults.js';
import {faultyCore, hunt} from './mutate.js';

async function main(): Promise<number> {
  const {values} = parseArgs({options: {runs: {type: 'string', default: '50000'}}});
  const runs = Number(values.runs);
  let missed = 0;
  for (const [name, fault] of Object.entries(FAULTS)) {
    const found = hunt(await faultyCore(fault), runs);
    if (!found) missed++;
    const where = found ? `world ${found.run}`.padEnd(12) : `not in ${runs} worlds`;
    process.stdout.write(`${where} ${name}${found ? ` (${found.broken})` : ''}\n`);
  }
  process.stdout.write(`${Object.keys(FAULTS).length} faults, ${missed} not found\n`);
  return missed === 0 ? 0 : 1;
}

process.exitCode = await main();
