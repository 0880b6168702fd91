/** `--help` on terminals of any width. */
import test from 'ava';
import {helpText} from '../../../src/ctl/arguments/help.js';
import {COMMANDS, type CommandName, GLOBAL_OPTIONS, SHELLS} from '../../../src/ctl/arguments/options.js';
import {helpText as helpOfSsd} from '../../../src/daemon/config/help.js';
import {OPTIONS} from '../../../src/daemon/config/options.js';
import {helpColumns} from '../../../src/shared/words/layout/help-page.js';
import {draw} from '../../helpers/clients/terminal.js';
import {needs} from '../../helpers/programs.js';
import {createRig, SSCTL, SSD} from '../../helpers/rig.js';

const NAMES = Object.keys(COMMANDS) as CommandName[];

for (const columns of [40, 60, 80, 120]) {
  needs('script')(`all help keeps to ${columns} columns`, async t => {
    const rig = await createRig(t);
    const pages = [`${SSD} --help`, `${SSCTL} --help`, ...NAMES.map(name => `${SSCTL} ${name} --help`)].map(
      page => `${process.execPath} ${page}`,
    );
    const command = ['script', '-qec', `stty rows 10 cols ${columns}; ${pages.join('; ')}`, '/dev/null'];
    // The width of the terminal counts, and not what COLUMNS says: a shell sets that for other terminals, too.
    const {code, stdout} = await rig.run(command, {env: {COLUMNS: '200'}});
    t.is(code, 0);
    const {lines, faults} = draw(stdout.replaceAll('\r\n', '\n'), {columns, rows: 10});
    t.deepEqual(faults, []);
    t.is(lines.filter(line => line.startsWith('Usage: ')).length, pages.length);
    // Nothing is cut, either.
    t.false(stdout.includes('…'));
  });
}

test('every option and command is in the help, at 40 columns as at 100', t => {
  for (const columns of [40, 100]) {
    for (const name of Object.keys(OPTIONS)) t.regex(helpOfSsd(columns), new RegExp(`^ +--${name}\\b`, 'm'));
    for (const name of NAMES) {
      t.regex(helpText(null, columns), new RegExp(`^ +${name}\\b`, 'm'));
      for (const option of Object.keys(COMMANDS[name].options))
        t.regex(helpText(name, columns), new RegExp(`^ +(-[a-z], )?--${option}\\b`, 'm'));
    }
    for (const name of Object.keys(GLOBAL_OPTIONS))
      t.regex(helpText(null, columns), new RegExp(`^ +(-[a-zA-Z], )?--${name}\\b`, 'm'));
  }
});

test('the help of a command is of that command alone', t => {
  const page = helpText('logs', 80);
  t.regex(page, /^Usage: ssctl \[-H HOST\] \[-n NAME \| -s SOCKET\] logs \[options\]$/m);
  t.notRegex(page, /--attempts|--json|-n, --name/);
  t.regex(page, /^ +-n, --lines=N/m);
  t.regex(page, /^ +1 +there is no log file/m);
});

test('the help of a command has the causes of status 1 that ssctl(8) lists', t => {
  const causes: Readonly<Partial<Record<CommandName, RegExp>>> = {
    status: /no generation serves/,
    restart: /did not become ready, or the restart was cancelled/,
    cancel: /nothing to cancel/,
    stop: /a worker could not be ended/,
    scale: /another scale replaced this one/,
    signal: /no worker got the signal, or one could not be signalled/,
    logs: /cannot be read/,
    'reopen-logs': /cannot be opened/,
  };
  for (const name of NAMES) {
    const failed = / 1 +(.*)/.exec(helpText(name, 1000))?.[1] ?? '';
    t.regex(failed, causes[name] ?? /./, name);
    if (name === 'list' || name === 'completion') t.is(failed, 'standard output cannot be written');
    else t.regex(failed, /ssd refused the request, cannot be reached, or went away$/, name);
  }
});

test('the help of completion has a line for each shell, and says how to keep it', t => {
  const page = helpText('completion', 100);
  for (const shell of SHELLS) t.regex(page, new RegExp(`ssctl completion ${shell}\\b`));
  t.regex(page, /~\/\.bashrc/);
});

test('help COMMAND is COMMAND --help, and a wrong one is a mistake', async t => {
  const rig = await createRig(t);
  const ssctl = (...args: readonly string[]) => rig.run([process.execPath, SSCTL, ...args]);
  const page = await ssctl('help', 'restart');
  t.deepEqual([page.code, page.stdout], [0, (await ssctl('restart', '--help')).stdout]);
  t.is((await ssctl('help')).stdout, (await ssctl('--help')).stdout);
  for (const args of [
    ['help', 'reload'],
    ['help', 'stop', 'it'],
  ])
    t.is((await ssctl(...args)).code, 2);
});

test('the width is that of the terminal, else of COLUMNS, else 80; and lines do not get too long', t => {
  t.is(helpColumns({isTTY: true, columns: 60}, '50'), 60);
  t.is(helpColumns({isTTY: true, columns: 0}, '50'), 50);
  t.is(helpColumns({}, '50'), 50);
  t.is(helpColumns({}), 80);
  t.is(helpColumns({}, 'wide'), 80);
  t.is(helpColumns({isTTY: true, columns: 300}), 100);
  t.is(helpColumns({isTTY: true, columns: 3}), 20);
});
