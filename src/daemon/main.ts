/**
 * The program ssd. It takes arguments and signals, and ends with an exit status and one line of error. It takes over
 * the signals first and loads everything else after that.
 */
import {writeFileSync} from 'node:fs';
import {COMPLETE, completionLines} from '../shared/complete-value.js';
import {type Ended, runProgram} from '../shared/edge/run-program.js';
import {givenEnvironment, isAffected} from '../shared/node-variables.js';
import {packageVersion} from '../shared/package.js';
import {terminalOf} from '../shared/standard-streams.js';
import {EMPTY_VALUE} from '../shared/words/command-line.js';
import {invalidOption, misuse, Refusal} from '../shared/words/errors.js';
import {EXIT, type ExitStatus} from '../shared/words/exit-status.js';
import {printable} from '../shared/words/printable.js';
import {describeFailure} from '../shared/words/wording.js';
import type {Config} from './config/config.js';
import type {CommandLine} from './config/parser-options.js';
import {spreadLastNet} from './faults/last-net.js';
import {findStarter, startInBackground} from './modes/daemonize.js';
import {now} from './system/clock.js';
import type {MemoryRest} from './system/memory.js';
import {catchSignals, type Signals, StoppedAtStart} from './system/signals.js';
import {MANAGER_VARIABLES} from './systemd/variables.js';
import {
  CHECK_HANDOVER,
  HANDOVER_AT,
  HANDOVER_VARIABLE,
  type Handover,
  type HandoverAnswer,
} from './upgrade/handover.js';
import type {Parts} from './upgrade/parts.js';

type Circumstances = {readonly signals: Signals; readonly lostDirectory: string | null};

async function main(args: readonly string[], {signals, lostDirectory}: Circumstances): Promise<Ended> {
  if (process.platform !== 'linux') {
    throw new Refusal({code: 'platform-unsupported', platform: process.platform});
  }
  if (args[0] === COMPLETE) return completeLine(args.slice(1));
  if (args[0] === CHECK_HANDOVER) return answerHandover(args.slice(1), signals);
  // A former image has put aside what it knew of, and what it hands over must not be executed away.
  if (isAffected() && !(HANDOVER_VARIABLE in process.env))
    (await import('./modes/clean-start.js')).startAgainUnaffected(thisCommand());
  const {parseCommandLine} = await import('./config/command-line.js');
  const line = await parseCommandLine(args);
  if (line.options.help) return help();
  if (line.options.version) return print(packageVersion());
  if (line.options.restart || line.options.stop) {
    signals.dispose();
    return manage(line);
  }
  // Neither the server program nor the background process could start in such a directory. Workers that run go on.
  if (lostDirectory !== null && !(HANDOVER_VARIABLE in process.env))
    throw new Refusal({code: 'directory-unusable', path: '.', cause: lostDirectory});
  if (line.options.check) {
    signals.dispose();
    return check(line);
  }
  if (line.options['print-unit']) {
    signals.dispose();
    return printUnit(line);
  }
  return start(line, signals);
}

async function completeLine(line: readonly string[]): Promise<Ended> {
  const {complete} = await import('./config/complete.js');
  return print(completionLines(complete(line)).join('\n'));
}

async function help(): Promise<Ended> {
  const [{helpText}, {helpColumns}] = await Promise.all([
    import('./config/help.js'),
    import('../shared/words/layout/help-page.js'),
  ]);
  return print(helpText(helpColumns(terminalOf(1), process.env.COLUMNS)));
}

function thisCommand(): [string, ...string[]] {
  return [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
}

async function start(line: CommandLine, signals: Signals): Promise<Ended> {
  const starter = findStarter(process.env);
  const handover = HANDOVER_VARIABLE in process.env ? await takeOver() : null;
  const [config, {runSuperdaemon}] = await Promise.all([readLine(line), import('./superdaemon.js')]);
  if (line.options.daemonize && !starter && !handover) {
    signals.dispose();
    return ended(await startInBackground(thisCommand(), warn));
  }
  nameProcess();
  keepToSelf();
  let memory: MemoryRest | undefined;
  try {
    await runSuperdaemon({
      config,
      signals,
      net: spreadLastNet(now),
      background: starter !== null || handover?.background === true,
      alone: true,
      handover,
      command: [process.argv[1] ?? 'ssd', process.argv.slice(2)],
      onUp: warnings => {
        starter?.reportUp(warnings);
        // It loads node:v8, which takes longer than all of its own.
        import('./system/memory.js').then(({restMemory}) => {
          memory = restMemory();
        });
      },
      onEvent: () => memory?.touch(),
    });
  } catch (error) {
    if (!(error instanceof StoppedAtStart)) throw error;
    // exit(3) would wait for the thread that waits for the name server.
    (await import('./system/posix.js')).exitNow(EXIT.done);
  } finally {
    memory?.dispose();
  }
  return ended(EXIT.done);
}

async function takeOver(): Promise<Handover<Parts> | null> {
  return (await import('./upgrade/take-handover.js')).takeHandover(process.env);
}

/** Whether this program could take the place of the ssd that asks. */
async function answerHandover(args: readonly string[], signals: Signals): Promise<Ended> {
  signals.dispose();
  const {parseCommandLine} = await import('./config/command-line.js');
  const line = await parseCommandLine(args);
  const {checkHandover, demandServer} = await import('./modes/check-handover.js');
  demandServer(line);
  await checkHandover(HANDOVER_AT, await readLine(line), line.options.daemonize === true);
  const command = [process.execPath, ...process.execArgv, process.argv[1] ?? 'ssd'] as const;
  return print(JSON.stringify({ssd: packageVersion(), command} satisfies HandoverAnswer));
}

async function check(line: CommandLine): Promise<Ended> {
  const [config, {checkStart}] = await Promise.all([readLine(line), import('./modes/check.js')]);
  const {notes, warnings} = await checkStart(config);
  for (const warning of warnings) warn(warning);
  return print([...notes, 'everything is in order'].map(text => `ssd: ${printable(text)}`).join('\n'));
}

async function printUnit(line: CommandLine): Promise<Ended> {
  const [config, {printUnits}] = await Promise.all([readLine(line), import('./modes/print-unit.js')]);
  const {text, warnings} = printUnits(line, config, process.argv[1] ?? 'ssd');
  for (const warning of warnings) warn(`warning: ${warning}`);
  return print(text);
}

/**
 * @throws {Refusal} as `readConfig` does; a fault in the file of `--config` is reported with the name of that file
 */
async function readLine({options, program, file}: CommandLine): Promise<Config> {
  if (options.timeout !== undefined) throw misuse('ssd', '--timeout works only with --restart or --stop');
  for (const option of ['socket', 'hardened'] as const) {
    if (options[option] && !options['print-unit'])
      throw misuse('ssd', `--${option} works only with --print-unit`);
  }
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

async function manage({options}: CommandLine): Promise<Ended> {
  const pidFile = options['pid-file'];
  for (const option of ['pid-file', 'status-file', 'control'] as const) {
    if (options[option] === '') throw invalidOption(option, '', EMPTY_VALUE);
  }
  if (pidFile === undefined) throw misuse('ssd', '--restart and --stop need --pid-file');
  if (options.restart && options.stop) throw misuse('ssd', 'give --restart or --stop, not both');
  if (options.check) throw misuse('ssd', '--check tests a start; it does not work with --restart or --stop');
  const [{readDuration}, {restartByPidFile, stopByPidFile}] = await Promise.all([
    import('./config/values.js'),
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
    return ended(EXIT.done);
  }
  const {generation} = await restartByPidFile(wish, process.env);
  print(`generation ${generation} serves`);
  return ended(EXIT.done);
}

/** Makes `pgrep -x ssd` and top show ssd, instead of one more node. */
function nameProcess(): void {
  try {
    writeFileSync('/proc/self/comm', 'ssd');
  } catch {
    // No /proc. The name stays `node`.
  }
}

/** What ssd starts besides workers, such as the log command, must not speak to the service manager for it. */
function keepToSelf(): void {
  for (const name of MANAGER_VARIABLES) delete process.env[name];
}

function warn(text: string): void {
  process.stderr.write(`ssd: ${printable(text)}\n`);
}

function print(text: string): Ended {
  process.stdout.write(`${text}\n`);
  return {status: EXIT.done, onlyShows: true};
}

/** The end of a program that did something. */
function ended(status: ExitStatus): Ended {
  return {status, onlyShows: false};
}

const signals = catchSignals();
runProgram({
  terminals: false,
  main: lostDirectory => main(process.argv.slice(2), {signals, lostDirectory}),
  describe: failure => `ssd: ${printable(describeFailure(failure))}`,
});
