/** The completion scripts in real shells: what stands in the name of a file is data, whoever made the file. */
import {chownSync, existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {needs} from '../../helpers/programs.js';
import {createRig, type Rig, SSCTL, SSD, type StartOptions} from '../../helpers/rig.js';

/** Names that an attacker could give to files. No file `ran` may appear. */
const HOSTILE: readonly string[] = [
  '$(touch ran)',
  '`touch ran`',
  '$(touch ran)app',
  'app;touch ran',
  'app|touch ran',
  'app\ntouch ran',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell is to expand it.
  '${x[$(touch ran)]}',
  'x[$(touch ran)]',
  "app'quote",
  'app"quote',
  'two words',
  '*',
  'app\u001b[2J',
  'app\u007f',
  'app\u009b31m',
  'app:colon',
  'app\\back',
  '-n',
  'ä',
  '@app',
  'x'.repeat(65),
];
const GOOD = ['app@east', 'app@west', 'other'];

test('a file is offered as an instance only if an instance can have that name', async t => {
  const {rig, options} = await place(t);
  const asked = await rig.run([rig.path('bin/ssctl'), '--get-yargs-completions', 'ssctl', '-n', ''], options);
  t.deepEqual(asked.stdout.trimEnd().split('\n').sort(), [...GOOD].sort());
});

const SOMEBODY = 54_321;

type Placed = {readonly rig: Rig; readonly options: StartOptions};

type Typed = {readonly keys: string; readonly line: readonly string[]};

const TYPED: readonly Typed[] = [
  {keys: 'ssctl -n \t', line: ['ssctl', '-n']},
  {keys: 'ssctl -n oth\t', line: ['ssctl', '-n', 'other']},
  {keys: 'ssctl -n app\t', line: ['ssctl', '-n', 'app@']},
  {keys: 'ssctl -n app@\t', line: ['ssctl', '-n', 'app@']},
  {keys: 'ssctl -n app@e\t', line: ['ssctl', '-n', 'app@east']},
  {keys: 'ssctl --name=oth\t', line: ['ssctl', '--name=other']},
  {keys: 'ssctl restart --until=r\t', line: ['ssctl', 'restart', '--until=ready']},
  {keys: "ssctl -n '$(touch ran)' sta\t", line: ['ssctl', '-n', '$(touch ran)', 'status']},
  {keys: 'ssctl -s a:b@c reop\t', line: ['ssctl', '-s', 'a:b@c', 'reopen-logs']},
  {keys: 'ssctl conn\t', line: ['ssctl', 'connections']},
  {keys: 'ssctl drain --gen\t2', line: ['ssctl', 'drain', '--generation', '2']},
  {keys: 'ssctl restart --fail\t', line: ['ssctl', 'restart', '--fail-on-drops']},
  {keys: 'ssctl signal USR1\t', line: ['ssctl', 'signal', 'USR1']},
  {keys: 'ssctl signal STK\t', line: ['ssctl', 'signal', 'STKFLT']},
  {keys: 'ssctl -s some\t', line: ['ssctl', '-s', 'some file']},
  {keys: 'ssctl --socket=some\t', line: ['ssctl', '--socket=some file']},
  // Nothing is to be completed here, least of all a file.
  {keys: 'ssctl status some\t', line: ['ssctl', 'status', 'some']},
  {keys: 'ssctl reex\t', line: ['ssctl', 'reexec']},
  {keys: 'ssctl reexec --tim\t4', line: ['ssctl', 'reexec', '--timeout', '4']},
  {keys: 'ssctl reexec -- --metr\tx', line: ['ssctl', 'reexec', '--', '--metrics-file', 'x']},
  {keys: 'ssctl reexec -- --ready=no\t', line: ['ssctl', 'reexec', '--', '--ready=notify']},
  {keys: 'ssctl reexec -- --dir=plac\tx', line: ['ssctl', 'reexec', '--', '--dir=place/x']},
  {
    keys: 'ssctl reexec -- --port=80 -- uniquely-na\t',
    line: ['ssctl', 'reexec', '--', '--port=80', '--', 'uniquely-named-program'],
  },
  {
    keys: 'ssctl -n other reexec -- -- cat some\t',
    line: ['ssctl', '-n', 'other', 'reexec', '--', '--', 'cat', 'some file'],
  },
  {keys: 'ssd --metr\tx', line: ['ssd', '--metrics-file', 'x']},
  {keys: 'ssd --signal-on-hup=STK\t', line: ['ssd', '--signal-on-hup=STKFLT']},
  {keys: 'ssd --ready=no\t', line: ['ssd', '--ready=notify']},
  {keys: 'ssd --ready=ex\ttrue', line: ['ssd', '--ready=exec=true']},
  {keys: 'ssd --rlimit=nof\t9', line: ['ssd', '--rlimit=nofile=9']},
  {keys: 'ssd --log-file=some\t', line: ['ssd', '--log-file=some file']},
  {keys: 'ssd --dir=plac\tx', line: ['ssd', '--dir=place/x']},
  {keys: 'ssd --port=80 -- uniquely-na\t', line: ['ssd', '--port=80', '--', 'uniquely-named-program']},
  {keys: 'ssd -- cat some\t', line: ['ssd', '--', 'cat', 'some file']},
];

const RECORD = `record() { printf '%s\\n' "$@" > recorded; }`;
const FISH_RECORD = "function record; printf '%s\\n' $argv > recorded; end";
/** How to start a shell, and what to type there first. */
type Session = readonly [command: string, prepare: string];
const SHELLS = {
  bash: [
    'bash --norc --noprofile -i',
    `bind "set bell-style none"; eval "$(ssctl completion bash)"; ${RECORD}`,
  ],
  zsh: [
    'zsh -f -i',
    `bindkey -e; autoload -U compinit; compinit -D -u; eval "$(ssctl completion zsh)"; ${RECORD}`,
  ],
  fish: ['fish --no-config -i', `ssctl completion fish | source; ${FISH_RECORD}`],
} as const;

for (const shell of ['bash', 'zsh', 'fish'] as const) {
  for (const program of ['ssctl', 'ssd']) {
    needs(shell, 'script')(`${shell} completes the lines of ${program}, and runs nothing`, async t => {
      t.timeout(120_000);
      const placed = await place(t);
      // One after the other: this many shells at once would test the machine.
      for (const {keys, line} of TYPED.filter(typed => typed.keys.startsWith(`${program} `)))
        t.deepEqual(await type(SHELLS[shell], keys, placed), [...line], keys);
      t.false(existsSync(placed.rig.path('ran')));
    });
  }
}

const SHARE = join(SSCTL, '../../share');
const INSTALLED = {
  bash: ['bash --norc --noprofile -i', `. /usr/share/bash-completion/bash_completion; ${RECORD}`],
  zsh: [
    'zsh -f -i',
    `bindkey -e; fpath=(${SHARE}/zsh/site-functions $fpath); autoload -U compinit; compinit -D -u; ${RECORD}`,
  ],
  fish: ['fish -i', FISH_RECORD],
} as const;

const BASH_COMPLETION = '/usr/share/bash-completion/bash_completion';
for (const [shell, session] of Object.entries(INSTALLED)) {
  // It is not a program, but may be missing in the same way.
  const lacks = shell === 'bash' && !existsSync(BASH_COMPLETION) ? ['bash-completion'] : [];
  needs(
    shell,
    'script',
    ...lacks,
  )(`${shell} finds the scripts of the package`, async t => {
    t.timeout(120_000);
    const {rig, options} = await place(t);
    const env = {...options.env, XDG_DATA_DIRS: `${SHARE}:/usr/local/share:/usr/share`};
    const placed = {rig, options: {...options, env}};
    t.deepEqual(await type(session, 'ssctl reop\t', placed), ['ssctl', 'reopen-logs']);
    t.deepEqual(await type(session, 'ssctl reexec -- --log-file=some\t', placed), [
      'ssctl',
      'reexec',
      '--',
      '--log-file=some file',
    ]);
    t.deepEqual(await type(session, 'ssd --log-file=some\t', placed), ['ssd', '--log-file=some file']);
    t.deepEqual(await type(session, 'ssd -- cat some\t', placed), ['ssd', '--', 'cat', 'some file']);
  });
}

/** A user with such files in the directory of their instances; root's is /run/ssd, so for root it is somebody else. */
async function place(t: ExecutionContext): Promise<Placed> {
  const rig = await createRig(t);
  const uid = process.getuid?.() === 0 ? SOMEBODY : undefined;
  const directory = rig.path('ssd');
  mkdirSync(directory, {mode: 0o700});
  for (const name of [...GOOD, ...HOSTILE]) writeFileSync(join(directory, `${name}.sock`), '');
  mkdirSync(rig.path('bin'));
  for (const [name, program] of Object.entries({ssctl: SSCTL, ssd: SSD}))
    writeFileSync(rig.path(`bin/${name}`), `#!/bin/sh\nexec ${process.execPath} ${program} "$@"\n`, {
      mode: 0o755,
    });
  writeFileSync(rig.path('bin/uniquely-named-program'), '#!/bin/sh\n', {mode: 0o755});
  writeFileSync(rig.path('some file'), '');
  mkdirSync(rig.path('place'));
  if (uid !== undefined) for (const path of [rig.directory, directory]) chownSync(path, uid, uid);
  const env = {
    XDG_RUNTIME_DIR: rig.directory,
    HOME: rig.directory,
    PATH: `${rig.path('bin')}:${process.env.PATH}`,
    TERM: 'dumb',
  };
  return {rig, options: uid === undefined ? {env} : {env, uid}};
}

/** Types the keys at a prompt, on a terminal. @returns the words that the shell then takes the line for */
async function type([command, prepare]: Session, keys: string, {rig, options}: Placed): Promise<string[]> {
  // Ctrl-A and Ctrl-E go to both ends of the line, whatever it was made into.
  writeFileSync(rig.path('keys'), `${prepare}\n${keys}\u0001record \u0005\nexit\n`);
  const terminal = `script -qec '${command}' /dev/null < ${rig.path('keys')}`;
  await rig.run(['sh', '-c', terminal], options);
  return readFileSync(rig.path('recorded'), 'utf8').trimEnd().split('\n');
}
