/**
 * The command lines of docs/servers.md. They are run in a copy of examples/servers, as a user would who has copied the
 * files. Only the ports differ.
 */
import {chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {example} from '../helpers/servers.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const page = readFileSync(join(root, 'docs/servers.md'), 'utf8');

const PORT = '8080';
const BACKEND = '8081';

export type Ports = {readonly port: number; readonly backend?: number};

export type CommandLine = {
  /** How it says that it is ready, as for `--ready`. */
  readonly ready: string;
  /** What ssd is given. */
  readonly options: readonly string[];
  readonly program: readonly string[];
  /** What is to be run first, in the folder. */
  readonly first: readonly string[];
};

const rows = new Map(
  [...page.matchAll(/^\| ([^|]+) \| [^|]+ \| `([^`]* -- [^`]*)` \| .*$/gm)].map(
    ([row, name = '', line = '']) => [name, {line, first: / first `([^`]+)`/.exec(row)?.[1] ?? ''}],
  ),
);

/** What the first cells of the table name. */
export const ROWS: readonly string[] = [...rows.keys()];

export function commandLine(name: string, {port, backend = 0}: Ports): CommandLine {
  const row = rows.get(name);
  if (!row) throw new Error(`docs/servers.md has no row of ${name}`);
  const line = row.line.replaceAll(PORT, `${port}`).replaceAll(BACKEND, `${backend}`);
  const all = words(line);
  const end = all.indexOf('--');
  const options = all.slice(0, end);
  const hasPort = options.some(word => word.startsWith('--port='));
  return {
    ready: /^--ready=(.*)$/m.exec(options.join('\n'))?.[1] ?? 'interval',
    options: hasPort ? options : [`--port=${port}`, ...options],
    program: all.slice(end + 1),
    first: words(row.first),
  };
}

/** Copies the files there, with what `npm install` would lay beside them. @returns the copy */
export function layServers(directory: string, {port}: Ports): string {
  const folder = join(directory, 'servers');
  cpSync(example('.'), folder, {recursive: true});
  const configuration = join(folder, 'php-fpm.conf');
  writeFileSync(configuration, readFileSync(configuration, 'utf8').replaceAll(PORT, `${port}`));
  layModules(folder);
  // A server that leaves root must be able to read them.
  chmodSync(directory, 0o755);
  return folder;
}

/** What `npm install` of the package of ssd, ws and tsx would lay. */
export function layModules(folder: string): void {
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '.bin'), {recursive: true});
  symlinkSync(root, join(modules, 'ssd-superdaemon'));
  for (const name of ['ws', 'tsx', '.bin/tsx'])
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
}

/** The commands of the page, by the headings above them. */
export const COMMANDS: ReadonlyMap<string, readonly string[]> = new Map(
  page
    .split(/^## /m)
    .map(section => [section.split('\n')[0] ?? '', commandsIn(section)] as const)
    .filter(([, commands]) => commands.length > 0),
);

function commandsIn(section: string): string[] {
  return [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) =>
    block.replaceAll(/\\\n\s*/g, '').trim(),
  );
}

/** The rows of the table below a heading, cell by cell. */
export function tableOf(heading: string): string[][] {
  const section = page.split(/^## /m).find(text => text.startsWith(`${heading}\n`)) ?? '';
  const lines = section.split('\n').filter(line => line.startsWith('| '));
  return lines.slice(2).map(line =>
    line
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim()),
  );
}

/** As sh(1) splits a line that has no quotes but single ones. */
function words(line: string): string[] {
  const found = line.match(/(?:[^\s']|'[^']*')+/g) ?? [];
  return found.map(word => word.replaceAll("'", ''));
}
