/** An ssd with `--http`, and a browser that shows its page. */
import test, {type ExecutionContext} from 'ava';
import {type Browser, type Page, startBrowser, type View} from '../helpers/browser.js';
import {httpPlace} from '../helpers/clients/http.js';
import type {Worker} from '../helpers/conductor.js';
import {createRig, type Rig, type Running, SERVER} from '../helpers/rig.js';

export type Scene = {
  readonly rig: Rig;
  readonly ssd: Running;
  /** `http://127.0.0.1:PORT` */
  readonly place: string;
  readonly open: (view?: View) => Promise<Page>;
  /** The next worker, which says that it is ready. */
  readonly nextReady: (status?: string) => Promise<Worker>;
};

/** One for all tests of a file: it takes seconds to start. */
let browser: Browser | null = null;
test.after.always(() => browser?.end());

/** @param args options of ssd besides its listeners */
export async function createScene(t: ExecutionContext, args: readonly string[] = []): Promise<Scene> {
  const rig = await createRig(t);
  browser ??= startBrowser();
  const {open} = browser;
  const listeners = ['--port=127.0.0.1:0', '--http=127.0.0.1:0'];
  // The server does not mind the last argument.
  const ssd = rig.ssd([...listeners, '--ready=notify', ...args], [...SERVER, '<i>shop</i>']);
  const place = await httpPlace(ssd);
  return {
    rig,
    ssd,
    place,
    open: view => open(`${place}/`, view),
    nextReady: async (status = '') => {
      const worker = await rig.conductor.nextWorker();
      await worker.notify(`READY=1\nSTATUS=${status}`);
      return worker;
    },
  };
}

/** An expression: the text of the first element that the selector finds, without the space around it. */
export function text(selector: string): string {
  return `(document.querySelector(${JSON.stringify(selector)})?.innerText ?? '').trim()`;
}

/** Expressions: whether the page hears of ssd. */
export const LIVE = `document.body?.dataset.link === 'live'`;
export const LOST = `document.body?.dataset.link === 'lost'`;

/** An expression: whether that text contains this. */
export function says(selector: string, words: string): string {
  return `${text(selector)}.includes(${JSON.stringify(words)})`;
}

export const HEADLINE = '#headline';
/** The latest entry of the time line. */
export const LATEST = '#entry-list > li:first-child';
