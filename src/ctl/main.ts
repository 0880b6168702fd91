/** The program ssctl. It prints data on standard output and errors on standard error, and sets the exit status. */
import {type Client, GREETING_MS} from '../shared/client/client.js';
import {connectTo, instanceNames} from '../shared/client/find-instance.js';
import {COMPLETE, completionLines} from '../shared/complete-value.js';
import {correlated} from '../shared/correlated.js';
import {type Ended, runProgram} from '../shared/edge/run-program.js';
import {packageVersion} from '../shared/package.js';
import {Refusal} from '../shared/words/errors.js';
import {EXIT, type ExitStatus} from '../shared/words/exit-status.js';
import {printable} from '../shared/words/printable.js';
import {parseCommandLine} from './arguments/command-line.js';
import type {CommandName} from './arguments/options.js';
import {type Order, readOrder} from './arguments/order.js';
import {loaders} from './commands.js';
import {complete} from './complete.js';
import {ENDS_WITH_INPUT, SEEN_AS} from './fleet/ends-with-input.js';
import type {Context} from './instance/context.js';
import {commandFor} from './render/interrupted.js';
import {renderRefusal} from './render/refusal.js';
import {createOutput} from './terminal/output.js';
import type {Progress} from './terminal/progress.js';
import {viewOf, wrapped} from './terminal/view.js';

/** The request of the completion scripts that 0.1.0 printed. They understand only words. */
const COMPLETE_AS_BEFORE = '--get-yargs-completions';

/** What is said of a failure names the commands that help as they must be given. */
let ssctl = 'ssctl';

async function main(args: readonly string[]): Promise<Ended> {
  if (process.platform !== 'linux') {
    throw new Refusal({code: 'platform-unsupported', platform: process.platform});
  }
  const [first, ...line] = args;
  if (first === COMPLETE || first === COMPLETE_AS_BEFORE) {
    const found = complete(line, () => instanceNames(process.env));
    return printLines(first === COMPLETE ? completionLines(found) : found.words);
  }
  const given = await parseCommandLine(args);
  const order = readOrder(given);
  if (order.command === 'help') return help(order.topic);
  if (process.env[ENDS_WITH_INPUT]) (await import('./fleet/tether.js')).endWithInput();
  const {host} = given.options;
  if (typeof host === 'string') {
    const {runOnHosts} = await import('./fleet/run.js');
    return runOnHosts(host, order, given, process.env);
  }
  if (order.command === 'version') return printLines([packageVersion()]);
  const status = await run(order);
  return {status: status ?? EXIT.done, onlyShows: SHOWING.includes(order.command)};
}

async function help(topic: CommandName | null): Promise<Ended> {
  const [{helpText}, {helpColumns}] = await Promise.all([
    import('./arguments/help.js'),
    import('../shared/words/layout/help-page.js'),
  ]);
  return printLines([helpText(topic, helpColumns(process.stdout, process.env.COLUMNS))]);
}

/** The commands that change nothing and wait for nothing. */
const SHOWING: readonly CommandName[] = ['status', 'events', 'logs', 'metrics', 'list', 'completion'];

async function run(order: Extract<Order, {command: CommandName}>): Promise<ExitStatus | undefined> {
  const {json, details} = order;
  const host = process.env[SEEN_AS];
  const target = host ? {...order.target, host} : order.target;
  ssctl = commandFor(target);
  const clients: Client[] = [];
  const timeoutMs = 'timeoutMs' in details ? details.timeoutMs : null;
  const output = createOutput(json, process, process.env);
  const warn = createWarn(output.progress);
  const context: Context = {
    target,
    env: process.env,
    output,
    warn,
    connect: async () => {
      const patienceMs = Math.min(GREETING_MS, timeoutMs ?? GREETING_MS);
      const client = await connectTo(target, {env: process.env, patienceMs, warn});
      clients.push(client);
      return client;
    },
    onInterrupt: text => sayAtInterrupt(output.progress, text),
    interrupted: () => new Promise(resolve => process.once('SIGINT', () => resolve())),
  };
  const command = await loaders[order.command]();
  try {
    return (await correlated(command)(context, details)) ?? undefined;
  } finally {
    output.progress.end();
    for (const client of clients) client.close();
  }
}

/** Prints each warning once, no matter how often a command looks for its instance; with `--json` too. */
function createWarn({end}: Progress): (problem: string) => void {
  const told = new Set<string>();
  return problem => {
    if (told.has(problem)) return;
    told.add(problem);
    end();
    process.stderr.write(lineOf(problem));
  };
}

/** The program still ends by the signal, so that a shell script that runs it ends, too. */
function sayAtInterrupt({end}: Progress, text: () => string): void {
  process.once('SIGINT', () => {
    end();
    const line = text();
    process.stderr.write(line === '' ? '' : lineOf(line), () => process.kill(process.pid, 'SIGINT'));
  });
}

function lineOf(text: string): string {
  return `${wrapped(`ssctl: ${printable(text)}`, viewOf(process.stderr, process.env))}\n`;
}

function printLines(lines: readonly string[]): Ended {
  process.stdout.write(lines.map(line => `${line}\n`).join(''));
  return {status: EXIT.done, onlyShows: true};
}

runProgram({
  terminals: true,
  main: () => main(process.argv.slice(2)),
  describe: failure => renderRefusal(failure, viewOf(process.stderr, process.env), ssctl),
});
