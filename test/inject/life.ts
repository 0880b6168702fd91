/** Whole lives of ssd, from its first own call to its end, in each of which one call fails. */
import {existsSync, readdirSync, readFileSync, readlinkSync} from 'node:fs';
import type {ExecutionContext} from 'ava';
import {createRig, type Rig, type Running, SSD} from '../helpers/rig.js';
import {describe, knownCalls, LONGEST_MS, MOST_FAILURES} from './campaign.js';
import {type Fault, planFaults, reasonAgainst} from './faults.js';
import {type Call, injectedIn, readCalls} from './recording.js';
import {childrenOf, leftOf, PROGRAM, prepareDirectory} from './scene.js';
import {straceArguments, takeOutput} from './strace.js';

/** How many lives there are at a time. */
const LANES = 2;

/** From here on ssd itself is at work: it takes over its signals first. Before that, Node starts. */
const FIRST_OWN_CALL = /^rt_sigaction\(SIGHUP, \{sa_handler=0x/;

/** The loader of Node and of the C library looks at many places. One call of theirs is as good as another. */
const LOADING = /node_modules|\.node"|dist\/(cache|bundle)/;
const OF_LOADING = 8;
/** Such a line is lost, and this test waits for one. */
const LOG_LINE = /^(sendto|write)\(\d+<[^>]*>, "20\d\d-/;

/** @param args options of ssd, which must write its log to standard error */
export async function liveAndLetFail(
  t: ExecutionContext,
  args: (rig: Rig) => readonly string[],
): Promise<void> {
  t.timeout(LONGEST_MS);
  await live(t, args, null);
  const {output} = await live(t, args, null);
  const queue = [...planFaults(knownCalls(t, ownCalls(output)), 0)];
  const total = queue.length;
  const failures: string[] = [];
  let met = 0;
  const lane = async () => {
    for (let fault = queue.shift(); fault && failures.length < MOST_FAILURES; fault = queue.shift()) {
      const {output, problem} = await live(t, args, fault);
      const line = injectedIn(output);
      if (line === null || reasonAgainst({name: fault.call, text: line}) !== null || LOG_LINE.test(line))
        continue;
      met += 1;
      if (problem !== null) failures.push(`${describe(fault)}: ${problem}\n    ${line}`);
    }
  };
  await Promise.all(Array.from({length: LANES}, lane));
  t.log(`${met} faults in ${total} lives`);
  for (const failure of failures) t.log(failure);
  t.is(failures.length, 0);
  t.true(met > 0);
}

function ownCalls(output: string): readonly Call[] {
  const calls = readCalls(output);
  const own = calls.slice(calls.findIndex(({text}) => FIRST_OWN_CALL.test(text)));
  return own.filter(({text}, nth) => !LOADING.test(text) || nth % OF_LOADING === 0);
}

type Life = {readonly output: string; readonly problem: string | null};

async function live(
  t: ExecutionContext,
  args: (rig: Rig) => readonly string[],
  fault: Fault | null,
): Promise<Life> {
  const ends: (() => void)[] = [];
  const rig = await createRig({teardown: (end: () => void) => void ends.push(end)} as Pick<
    ExecutionContext,
    'teardown'
  >);
  t.teardown(() => {
    for (const end of ends) end();
  });
  const tmp = prepareDirectory(rig);
  const trace = rig.path('strace');
  const common = [
    `--control=${rig.control}`,
    `--path=${rig.path('listener')}`,
    '--interval=0.1',
    '--stop-timeout=1',
  ];
  const command = [process.execPath, SSD, ...common, ...args(rig), '--', ...PROGRAM];
  const ssd = rig.start([...straceArguments(trace, fault), ...command], {env: {TMPDIR: tmp}});
  let problem: string | null = null;
  try {
    problem = await judge(rig, ssd, tmp);
  } catch (error) {
    problem = (error as Error).message.slice(0, 300);
  }
  const output = existsSync(trace) ? takeOutput(trace) : '';
  for (const end of ends.splice(0)) end();
  return {output, problem};
}

/** @returns what is wrong, or null */
async function judge(rig: Rig, ssd: Running, tmp: string): Promise<string | null> {
  const up = ssd.line(/generation \d+ is ready/).then(() => 'up' as const);
  up.catch(() => {});
  const first = await Promise.race([up, ssd.exit()]);
  if (first === 'up') for (const pid of childrenOf(ssd.pid)) process.kill(pid, 'SIGTERM');
  const {code, signal} = await ssd.exit();
  const left = [...leftOf(rig), ...readdirSync(tmp)];
  // ssd reports what it cannot remove. The line can be read a moment after the exit.
  if (left.length > 0 && !(await says(ssd, /cannot clean up/))) return `left behind: ${left.join(', ')}`;
  if (workersIn(rig.directory) > 0) return 'a worker is left behind';
  if (first !== 'up') await says(ssd, /^ssd: /);
  const said = ssd.stderr();
  if (first === 'up') return code === 0 ? null : `exit ${code ?? signal} after SIGTERM: ${lastOf(said)}`;
  if (code !== 1 && code !== 2) return `exit ${code ?? signal} at the start: ${lastOf(said)}`;
  const lines = said.split('\n').filter(line => !/^\S+ ssd\[\d+\]: /.test(line));
  return lines.length === 1 ? null : `refused with ${lines.length} lines: ${lastOf(said)}`;
}

/** A worker is known by its name and its directory. The log command may take a moment to see the end of its input. */
function workersIn(directory: string): number {
  const found = readdirSync('/proc').filter(pid => {
    try {
      const name = readFileSync(`/proc/${pid}/comm`, 'utf8');
      return name === 'worker.pl\n' && readlinkSync(`/proc/${pid}/cwd`) === directory;
    } catch {
      // It is not a process, or has just ended.
      return false;
    }
  });
  return found.length;
}

async function says(ssd: Running, pattern: RegExp): Promise<boolean> {
  try {
    await ssd.line(pattern);
    return true;
  } catch {
    return false;
  }
}

function lastOf(text: string): string {
  return text.split('\n').slice(-4).join(' | ').slice(0, 400);
}
