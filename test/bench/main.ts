/**
 * Measures time and memory against the goals:
 *
 *     npm run bench [-- SECTION ...] [--rounds=30] [--restarts=1000] [--seconds=60]
 */
import {parseArgs} from 'node:util';
import {connections} from './connections.js';
import {core} from './core.js';
import {http} from './http.js';
import {idle} from './idle.js';
import {large} from './large.js';
import {latency} from './latency.js';
import {reexec} from './reexec/reexec.js';
import {byLibrary} from './restarts/by-library.js';
import {adoption} from './restarts/deaths.js';
import {drops} from './restarts/drops.js';
import {traffic} from './restarts/traffic.js';
import {trial} from './restarts/trial.js';
import {vacancy} from './restarts/vacancy.js';
import {scale} from './scale.js';
import {printRows, type Section} from './stage/figures.js';
import {startup} from './startup.js';
import {throughput} from './throughput.js';

const SECTIONS: Readonly<Record<string, Section>> = {
  startup,
  idle,
  scale,
  large,
  latency,
  core,
  throughput,
  traffic,
  trial,
  vacancy,
  drops,
  reexec,
  adoption,
  connections,
  http,
  library: byLibrary,
};

/** Variables that make every Node program load more than its own code. They would inflate the basis of each ratio. */
const BALLAST = ['NODE_EXTRA_CA_CERTS', 'NODE_OPTIONS'];

async function main(): Promise<void> {
  for (const name of BALLAST) delete process.env[name];
  const {values, positionals} = parseArgs({
    options: {
      rounds: {type: 'string', default: '30'},
      restarts: {type: 'string', default: '1000'},
      seconds: {type: 'string', default: '60'},
    },
    allowPositionals: true,
  });
  const effort = {
    rounds: Number(values.rounds),
    restarts: Number(values.restarts),
    seconds: Number(values.seconds),
  };
  const names = positionals.length > 0 ? positionals : Object.keys(SECTIONS);
  for (const name of names) {
    const section = SECTIONS[name];
    if (!section)
      throw new Error(`there is no section ${name}; there are ${Object.keys(SECTIONS).join(', ')}`);
    printRows(name, await section(effort));
  }
}

// So that everything that was started ends with it.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

await main();
