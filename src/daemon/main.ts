#!/usr/bin/env node
/** The program ssd: arguments and signals in, an exit status and one line of error out. */
import {Refusal} from '../shared/errors.js';
import {EXIT, exitStatusOf} from '../shared/exit-status.js';
import {packageVersion} from '../shared/version.js';
import {describeFailure} from '../shared/wording.js';
import {findStarter, startInBackground} from './background.js';
import {type CommandLine, parseCommandLine} from './cli.js';
import {readConfig, readDuration} from './config.js';
import {catchSignals} from './system/signals.js';

async function main(args: readonly string[]): Promise<number> {
  if (process.platform !== 'linux') {
    throw new Refusal({code: 'platform-unsupported', platform: process.platform});
  }
  const line = parseCommandLine(args);
  if (line.options.help) return print(await line.help());
  if (line.options.version) return print(packageVersion());
  if (line.options.restart || line.options.stop) return manage(line);
  return start(line);
}

async function start({options, program}: CommandLine): Promise<number> {
  if (options.timeout !== undefined) throw usage('--timeout goes with --restart and --stop');
  const starter = findStarter(process.env);
  const config = readConfig(options, program, process.env);
  if (options.daemonize && !starter) {
    return startInBackground([process.execPath, ...process.execArgv, ...process.argv.slice(1)]);
  }
  const signals = catchSignals();
  const {runSuperdaemon} = await import('./superdaemon.js');
  await runSuperdaemon({config, signals, background: starter !== null, onUp: () => starter?.reportUp()});
  return EXIT.done;
}

async function manage({options}: CommandLine): Promise<number> {
  const pidFile = options['pid-file'];
  if (pidFile === undefined) throw usage('--restart and --stop need --pid-file');
  if (options.restart && options.stop) throw usage('give --restart or --stop, not both');
  const wish = {
    pidFile,
    statusFile: options['status-file'] ?? null,
    control: options.control ?? null,
    timeoutMs: readDuration(options, 'timeout'),
  };
  const {restartByPidFile, stopByPidFile} = await import('./manage.js');
  if (options.stop) {
    await stopByPidFile(wish);
    return EXIT.done;
  }
  const {generation} = await restartByPidFile(wish, process.env);
  return print(`generation ${generation} serves`);
}

function usage(problem: string): Refusal {
  return new Refusal({code: 'usage', problem: `${problem}; see ssd --help`});
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return EXIT.done;
}

main(process.argv.slice(2)).then(
  status => {
    process.exitCode = status;
  },
  error => {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`ssd: ${describeFailure(error.failure)}\n`);
    process.exitCode = exitStatusOf(error.failure);
  },
);
