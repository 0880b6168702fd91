/** An ssd with `--http`, and a browser that shows its page. */
import test, {type ExecutionContext} from 'ava';
import {httpPlace} from '../helpers/clients/http.js';
import type {Worker} from '../helpers/conductor.js';
import {createRig, type Rig, type Running, SERVER} from '../helpers/rig.js';
import {type Browser, type Page, startBrowser, type View} from './chromium.js';

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
  const listeners = ['--port=127.0.0.1:0', '--http=127.0.0.1:0'];
  // The server does not mind the last argument.
  const ssd = rig.ssd([...listeners, '--ready=notify', ...args], [...SERVER, '<i>shop</i>']);
  const place = await httpPlace(ssd);
  return {
    rig,
    ssd,
    place,
    open: view => openPage(place, view),
    nextReady: async (status = '') => {
      const worker = await rig.conductor.nextWorker();
      await worker.notify(`READY=1\nSTATUS=${status}`);
      return worker;
    },
  };
}

export function openPage(place: string, view?: View): Promise<Page> {
  browser ??= startBrowser();
  return browser.open(`${place}/`, view);
}
