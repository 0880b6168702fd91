/** Compares the code with the manual pages in both directions: each names what the other names. */
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {COMMANDS, GLOBAL_OPTIONS} from '../src/ctl/arguments/options.js';
import {OPTIONS} from '../src/daemon/config/options.js';
import {MAX_SESSIONS} from '../src/daemon/control/server.js';
import {MAX_UNREAD, MAX_WAITING} from '../src/daemon/control/session.js';
import {VERBS} from '../src/shared/protocol/decode.js';
import {PROBLEM_CODES} from '../src/shared/protocol/problem.js';
import {CONTROL_ERRORS, MAX_LINE, PROTOCOL_VERSION} from '../src/shared/protocol/protocol.js';
import {EXIT} from '../src/shared/words/exit-status.js';
import {needs} from './helpers/programs.js';

const root = new URL('../../', import.meta.url);
const PAGES = ['ssd.8', 'ssctl.8', 'ssd-control.7'] as const;
type Page = (typeof PAGES)[number];

function read(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}

/** The text of one section of a page, `.Sh` or `.Ss`, up to the next heading. */
function section(page: Page, title: string): string {
  const [, text] = read(`man/${page}`).split(new RegExp(`^\\.S[hs] ${title}$`, 'm'));
  return (text ?? '').split(/^\.S[hs] /m)[0] ?? '';
}

/** What the items of the lists in a text name: the first group of `pattern`, which follows `.It `. */
function items(text: string, pattern: RegExp): string[] {
  const found = text.matchAll(/^\.It (.*)$/gm);
  return [...found].flatMap(([, item = '']) => pattern.exec(item)?.[1] ?? []);
}

function sorted(names: Iterable<string>): string[] {
  return [...new Set(names)].sort();
}

const LONG_OPTION = /Fl -([a-z0-9-]+)/;
const WORD = /^Cm ([a-z.-]+)/;

/** The types of the union `Event`, which exist as types only. */
function eventTypes(): string[] {
  const union = read('src/shared/protocol/event.ts').split('export type Event =')[1]?.split(/;\n\n/)[0] ?? '';
  return [...union.matchAll(/readonly type: '([a-z-]+)'/g)].flatMap(([, type]) => type ?? []);
}

test('every option of ssd is in ssd(8), and the other way round', t => {
  t.deepEqual(sorted(items(section('ssd.8', 'OPTIONS'), LONG_OPTION)), sorted(Object.keys(OPTIONS)));
});

test('every option of ssctl is in ssctl(8), and the other way round', t => {
  const ofCommands = Object.values(COMMANDS).flatMap(({options}) => Object.keys(options));
  const inPage = items(section('ssctl.8', 'OPTIONS'), LONG_OPTION);
  t.deepEqual(sorted(inPage), sorted([...Object.keys(GLOBAL_OPTIONS), ...ofCommands]));
});

test('every short option of ssctl is in ssctl(8), beside its long one', t => {
  const inPage = items(section('ssctl.8', 'OPTIONS'), /^(Fl [a-zA-Z] .*, Fl -[a-z-]+)/);
  const pairs = inPage.map(item => item.replace(/^Fl ([a-zA-Z]) .*, Fl -([a-z-]+)$/, '$1 $2'));
  const groups = [GLOBAL_OPTIONS, ...Object.values(COMMANDS).map(({options}) => options)];
  const inCode = groups.flatMap(options =>
    Object.entries<{alias?: string}>(options).flatMap(([name, {alias}]) =>
      alias ? [`${alias} ${name}`] : [],
    ),
  );
  t.deepEqual(sorted(pairs), sorted(inCode));
});

test('every command of ssctl is in ssctl(8), and the other way round', t => {
  t.deepEqual(sorted(items(section('ssctl.8', 'Commands'), WORD)), sorted(Object.keys(COMMANDS)));
});

test('the synopsis of ssctl(8) gives every command its own options', t => {
  const synopsis = section('ssctl.8', 'SYNOPSIS').split(/^\.Nm ssctl$/m);
  for (const [command, {options}] of Object.entries(COMMANDS)) {
    const own =
      synopsis
        .find(part => part.includes(`\n.Cm ${command}\n`))
        ?.split('.Cm ')[1]
        ?.slice(command.length) ?? '';
    const named = [...own.matchAll(/-([a-z-]{2,})/g)].flatMap(([, name]) => name ?? []);
    t.deepEqual(sorted(named), sorted(Object.keys(options)), command);
  }
});

test('every verb of the protocol is in ssd-control(7), and the other way round', t => {
  t.deepEqual(sorted(items(section('ssd-control.7', 'VERBS'), WORD)), sorted(VERBS));
});

test('every event of the protocol is in ssd-control(7), and the other way round', t => {
  const types = eventTypes();
  t.true(types.includes('restart-asked') && types.includes('stopped'), 'event.ts was read wrongly');
  t.deepEqual(sorted(items(section('ssd-control.7', 'EVENTS'), WORD)), sorted(types));
});

test('every problem is in ssd-control(7), and the other way round', t => {
  t.deepEqual(sorted(items(section('ssd-control.7', 'PROBLEMS'), WORD)), sorted(PROBLEM_CODES));
});

test('every error of the protocol is in ssd-control(7) with its number, and the other way round', t => {
  const inPage = items(section('ssd-control.7', 'ERROR CODES'), /^(Cm [a-z-]+ Pq \\-\d+)$/);
  const inCode = Object.entries(CONTROL_ERRORS).map(([code, number]) => `Cm ${code} Pq \\${number}`);
  t.deepEqual(sorted(inPage), sorted(inCode));
});

test('ssd-control(7) has the limits and the version of the protocol', t => {
  const limits = section('ssd-control.7', 'LIMITS');
  t.true(limits.includes(`at most ${MAX_LINE} bytes`));
  t.true(limits.includes(`\n${MAX_SESSIONS} sessions.`));
  t.true(limits.includes(`\n${MAX_WAITING} requests of a session`));
  t.true(limits.includes(`\n${MAX_UNREAD / 1024 / 1024} MiB of answers`));
  t.true(section('ssd-control.7', 'DESCRIPTION').includes(`version ${PROTOCOL_VERSION} of the protocol`));
});

for (const page of ['ssd.8', 'ssctl.8'] as const) {
  test(`every exit status is in ${page}, and the other way round`, t => {
    const inPage = items(section(page, 'EXIT STATUS'), /^(\d+)$/);
    t.deepEqual(sorted(inPage), sorted(Object.values(EXIT).map(String)));
  });
}

for (const page of PAGES) {
  needs('mandoc')(`mandoc finds nothing to warn of in ${page}`, async t => {
    const path = fileURLToPath(new URL(`man/${page}`, root));
    const {status, stdout} = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', path], {encoding: 'utf8'});
    t.is(stdout, '');
    t.is(status, 0);
  });

  needs('groff')(`groff finds nothing to warn of in ${page}`, async t => {
    const path = fileURLToPath(new URL(`man/${page}`, root));
    const {status, stderr} = spawnSync('groff', ['-mdoc', '-T', 'utf8', '-ww', '-z', path], {
      encoding: 'utf8',
    });
    t.is(stderr, '');
    t.is(status, 0);
  });
}

test('the package installs every page', t => {
  const {man} = JSON.parse(read('package.json')) as {man: string[]};
  t.deepEqual(sorted(man), sorted(PAGES.map(page => `man/${page}`)));
});
