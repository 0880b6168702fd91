/**
 * The program ssd. It takes arguments and signals, and ends with an exit status and one line of error. It takes over
 * the signals first and loads everything else after that.
 */
import {writeFileSync} from 'node:fs';
import {givenEnvironment, isAffected} from '../shared/node-variables.js';
import {sealStandardStreams} from '../shared/standard-streams.js';
import {packageVersion} from '../shared/version.js';
import {causeOf, invalidOption, misuse, Refusal} from '../shared/words/errors.js';
import {EXIT, exitStatusOf} from '../shared/words/exit-status.js';
import {printable} from '../shared/words/printable.js';
import {describeFailure} from '../shared/words/wording.js';
import type {Config} from './config/config.js';
import type {CommandLine} from './config/parser-options.js';
import {findStarter, startInBackground} from './modes/daemonize.js';
import {catchSignals, type Signals, StoppedAtStart} from './system/signals.js';

async function main(args: readonly string[], signals: Signals): Promise<number> {
  checkPlace();
  if (isAffected()) (await import('./modes/clean-start.js')).startAgainUnaffected(thisCommand());
  const {parseCommandLine} = await import('./config/command-line.js');
  const line = await parseCommandLine(args);
  if (line.options.help) return print(await (await import('./config/yargs.js')).helpText());
  if (line.options.version) return print(packageVersion());
  if (line.options.restart || line.options.stop) {
    signals.dispose();
    return manage(line);
  }
  if (line.options.check) {
    signals.dispose();
    return check(line);
  }
  return start(line, signals);
}

function thisCommand(): [string, ...string[]] {
  return [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
}

/** @throws {Refusal} `platform-unsupported`, `directory-unusable` */
function checkPlace(): void {
  if (process.platform !== 'linux') {
    throw new Refusal({code: 'platform-unsupported', platform: process.platform});
  }
  try {
    process.cwd();
  } catch (error) {
    throw new Refusal({code: 'directory-unusable', path: '.', cause: causeOf(error)});
  }
}

async function start(line: CommandLine, signals: Signals): Promise<number> {
  const starter = findStarter(process.env);
  const [config, {runSuperdaemon}] = await Promise.all([readLine(line), import('./superdaemon.js')]);
  if (line.options.daemonize && !starter) {
    signals.dispose();
    return startInBackground(thisCommand());
  }
  nameProcess();
  const {restMemory} = await import('./system/memory.js');
  const memory = restMemory();
  try {
    await runSuperdaemon({
      config,
      signals,
      background: starter !== null,
      alone: true,
      onUp: () => starter?.reportUp(),
      onEvent: memory.touch,
    });
  } catch (error) {
    if (!(error instanceof StoppedAtStart)) throw error;
    // exit(3) would wait for the thread that waits for the name server.
    (await import('./system/posix.js')).exitNow(EXIT.done);
  } finally {
    memory.dispose();
  }
  return EXIT.done;
}

async function check(line: CommandLine): Promise<number> {
  const [config, {checkStart}] = await Promise.all([readLine(line), import('./modes/check.js')]);
  const {notes, warnings} = await checkStart(config);
  for (const warning of warnings) process.stderr.write(`ssd: ${printable(warning)}\n`);
  return print([...notes, 'everything is in order'].map(text => `ssd: ${printable(text)}`).join('\n'));
}

/**
 * @throws {Refusal} as `readConfig` does; a fault in the file of `--config` is reported with the name of that file
 */
async function readLine({options, program, file}: CommandLine): Promise<Config> {
  if (options.timeout !== undefined) throw misuse('ssd', '--timeout works only with --restart or --stop');
  const [{readConfig}, {blameFile}] = await Promise.all([
    import('./config/config.js'),
    import('./config/config-file.js'),
  ]);
  try {
    return readConfig(options, program, givenEnvironment(process.env));
  } catch (error) {
    throw error instanceof Refusal ? new Refusal(blameFile(error.failure, file, options)) : error;
  }
}

async function manage({options}: CommandLine): Promise<number> {
  const pidFile = options['pid-file'];
  for (const option of ['pid-file', 'status-file', 'control'] as const) {
    if (options[option] === '') throw invalidOption(option, '', 'a value is expected');
  }
  if (pidFile === undefined) throw misuse('ssd', '--restart and --stop need --pid-file');
  if (options.restart && options.stop) throw misuse('ssd', 'give --restart or --stop, not both');
  if (options.check) throw misuse('ssd', '--check tests a start; it does not work with --restart or --stop');
  const [{readDuration}, {restartByPidFile, stopByPidFile}] = await Promise.all([
    import('./config/config.js'),
    import('./modes/manage.js'),
  ]);
  const wish = {
    pidFile,
    statusFile: options['status-file'] ?? null,
    control: options.control ?? null,
    timeoutMs: readDuration(options, 'timeout'),
  };
  if (options.stop) {
    await stopByPidFile(wish);
    return EXIT.done;
  }
  const {generation} = await restartByPidFile(wish, process.env);
  return print(`generation ${generation} serves`);
}

/** Makes `pgrep -x ssd` and top show ssd, instead of one more node. */
function nameProcess(): void {
  try {
    writeFileSync('/proc/self/comm', 'ssd');
  } catch {
    // No /proc. The name stays `node`.
  }
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return EXIT.done;
}

sealStandardStreams({terminals: false});
main(process.argv.slice(2), catchSignals()).then(
  status => {
    process.exitCode = status;
  },
  error => {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`ssd: ${printable(describeFailure(error.failure))}\n`);
    process.exitCode = exitStatusOf(error.failure);
  },
);
