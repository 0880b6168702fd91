/** The output of a command: results as data on standard output, progress for the person who watches. */
import {once} from 'node:events';
import type {WriteStream} from 'node:tty';
import type {Env} from '../../shared/instance-paths.js';
import {printable, printableJson} from '../../shared/words/printable.js';
import {createLines, createSpinner, type Progress, SILENT} from './progress.js';
import {openScreen, type Screen} from './screen.js';
import {isColourful, PAINTED, type View, viewOf} from './view.js';

export type Output = {
  readonly json: boolean;
  /** Prints the result: the data with `--json`, else the text of `render`. */
  readonly result: (data: object, render: (view: View) => string) => void;
  /** Prints the data with `--json`, else nothing. A command that may yet fail calls it before `text`. */
  readonly data: (data: object) => void;
  /** Prints the text without `--json`, else nothing. */
  readonly text: (render: (view: View) => string) => void;
  /** Writes the bytes unchanged. Resolves when there is room for more. */
  readonly write: (data: string | Uint8Array) => Promise<void>;
  readonly progress: Progress;
  /** Opens the screen for a view that changes. null if there is no terminal. */
  readonly openScreen: () => Screen | null;
  /** Resolves when standard output has no reader any more. */
  readonly closed: Promise<void>;
};

type Streams = {readonly stdout: WriteStream; readonly stderr: WriteStream};

export function createOutput(json: boolean, {stdout, stderr}: Streams, env: Env): Output {
  const closed = new Promise<void>(resolve => stdout.on('error', () => resolve()));
  const data: Output['data'] = found => {
    if (json) stdout.write(`${printableJson(found)}\n`);
  };
  const text: Output['text'] = render => {
    if (!json) stdout.write(`${plain(render(viewOf(stdout, env)))}\n`);
  };
  return {
    json,
    data,
    text,
    result: (found, render) => {
      data(found);
      text(render);
    },
    write: async data => {
      if (!stdout.write(data)) await Promise.race([once(stdout, 'drain'), closed]);
    },
    progress: createProgress(json, stderr, env),
    openScreen: () =>
      stdout.isTTY && !json && env.TERM !== 'dumb' ? openScreen(stdout, () => viewOf(stdout, env)) : null,
    closed,
  };
}

/** Splits the view into its lines. A value in it has no line break: `printable` replaced that when the value was put in. */
function plain(view: string): string {
  const lines = view.split('\n').map(line =>
    line
      .split(PAINTED)
      .map((part, nth) => (nth % 2 === 1 ? part : printable(part)))
      .join(''),
  );
  return lines.join('\n');
}

function createProgress(json: boolean, stderr: WriteStream, env: Env): Progress {
  if (json) return SILENT;
  const write = (text: string) => void stderr.write(text);
  const isPlain = !stderr.isTTY || !isColourful(env);
  return isPlain ? createLines(write) : createSpinner(write, () => stderr.columns || DEFAULT_COLUMNS);
}

const DEFAULT_COLUMNS = 80;
