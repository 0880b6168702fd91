/**
 * Shows that these tests notice faults. A copy of the reference gets a fault that its own test suite did not notice,
 * and is compared with the installed one.
 */
import {spawnSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {needs} from '../helpers/programs.js';
import {restartThatFailsTwice} from './restart-scenarios.js';
import {bound} from './stage/address.js';
import {differingKeys, oneOfFew, REFERENCE} from './stage/compare.js';
import {startServer} from './stage/peers.js';
import {observe, type Scenario} from './stage/stage.js';

type Fault = {
  readonly title: string;
  readonly replace: string;
  readonly by: string;
  readonly scenario: Scenario;
  /** Where the difference is seen. */
  readonly seenIn: readonly string[];
};

const FAULTS: readonly Fault[] = [
  {
    title: 'a new generation that has failed is accepted',
    replace: '|| waitpid($pid, WNOHANG) <= 0',
    by: '|| 1',
    scenario: restartThatFailsTwice,
    seenIn: ['meanwhile'],
  },
  {
    title: 'the address of a port is ignored',
    replace: 'my $addr = gethostbyname $host',
    by: 'my $addr = Socket::inet_aton("0.0.0.0")',
    scenario: stage => bound(stage, '127.0.0.1:A'),
    seenIn: ['answers', 'listeners'],
  },
  {
    title: 'IPV6_V6ONLY is ignored',
    replace: 'Socket::IPV6_V6ONLY(), 1;',
    by: 'Socket::IPV6_V6ONLY(), 0;',
    scenario: stage => bound(stage, '[::]:A'),
    seenIn: ['answers', 'listeners'],
  },
  {
    title: 'the u of a port is ignored',
    replace: '$socktype = Socket::SOCK_DGRAM()',
    by: '$socktype = Socket::SOCK_STREAM()',
    scenario: stage => bound(stage, 'uA'),
    seenIn: ['answers', 'listeners'],
  },
];

for (const {title, replace, by, scenario, seenIn} of FAULTS) {
  needs(...REFERENCE)(`it is noticed when ${title}`, async t => {
    const directory = mkdtempSync('/tmp/ssdt-');
    t.teardown(() => rmSync(directory, {recursive: true}));
    const faulty = startServer(startServerWith(directory, replace, by));
    const [reference, observed] = await oneOfFew(() =>
      Promise.all([observe(t, startServer(), scenario), observe(t, faulty, scenario)]),
    );
    t.deepEqual(
      differingKeys(reference, observed).filter(key => seenIn.includes(key)),
      [...seenIn],
    );
  });
}

/** A copy of the installed module with another text in one place; the command that runs start_server with it. */
function startServerWith(directory: string, replace: string, by: string): string[] {
  const ask = (code: string) =>
    spawnSync('perl', ['-MServer::Starter', '-e', code], {encoding: 'utf8'}).stdout;
  const source = readFileSync(ask('print $INC{"Server/Starter.pm"}'), 'utf8');
  if (!source.includes(replace)) throw new Error(`this version of Server::Starter has no ${replace}`);
  const copy = join(directory, 'Server/Starter.pm');
  mkdirSync(dirname(copy), {recursive: true});
  writeFileSync(copy, source.replaceAll(replace, by));
  return ['perl', `-I${directory}`, spawnSync('which', ['start_server'], {encoding: 'utf8'}).stdout.trim()];
}
