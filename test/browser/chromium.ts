/** A headless Chromium, driven over the pipe of its DevTools protocol. Nothing here polls: the page says when it has changed. */
import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import type {Readable, Writable} from 'node:stream';
import {watched} from '../helpers/mailbox.js';

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--remote-debugging-pipe',
];

export type View = {
  readonly width?: number;
  readonly height?: number;
  readonly isDark?: boolean;
};

export type Page = {
  /** The value of an expression in the page, awaited. */
  readonly evaluate: <T>(expression: string) => Promise<T>;
  /** Resolves when the expression is true: now, or after a change of the page. */
  readonly until: (expression: string) => Promise<void>;
  readonly look: (view: View) => Promise<void>;
  readonly press: (key: 'Tab' | 'Enter' | ' ') => Promise<void>;
  /** A PNG of the window, or of the whole page. */
  readonly picture: (isWhole?: boolean) => Promise<Buffer>;
  /** Resolves when the page loads, or does not load, something from this address: a stream is loaded until it ends. */
  readonly untilLoading: (address: string, isLoading: boolean) => Promise<void>;
  /** What the page holds when everything that can be forgotten is. */
  readonly usage: () => Promise<{readonly heapBytes: number; readonly nodes: number}>;
  /** What the console has of errors and warnings: exceptions, refused loads, breaches of the policy. */
  readonly complaints: readonly string[];
};

type Params = Readonly<Record<string, unknown>>;
type Message = {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: Params;
  readonly result?: Params;
  readonly error?: {readonly message: string};
};

export type Browser = {
  readonly open: (address: string, view?: View) => Promise<Page>;
  readonly end: () => Promise<void>;
};

export function startBrowser(): Browser {
  const home = mkdtempSync('/tmp/ssdt-chromium-');
  const child = spawn('chromium', [...ARGUMENTS, `--user-data-dir=${home}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    env: {...process.env, HOME: home},
    detached: true,
  });
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()));
  const end = async () => {
    try {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    } catch {
      // It has ended.
    }
    await ended;
    rmSync(home, {recursive: true, force: true, maxRetries: 5});
  };
  const ask = speak(child.stdio[3] as Writable, child.stdio[4] as Readable);
  return {open: (address, view = {}) => openPage(ask, address, view), end};
}

type Ask = {
  readonly call: (method: string, params?: Params, sessionId?: string) => Promise<Params>;
  readonly hear: (sessionId: string, listener: (method: string, params: Params) => void) => void;
};

/** Messages are JSON, each with a zero byte behind it. */
function speak(input: Writable, output: Readable): Ask {
  const waiting = new Map<number, {resolve: (result: Params) => void; reject: (error: Error) => void}>();
  const listeners = new Map<string, (method: string, params: Params) => void>();
  let last = 0;
  let rest = '';
  const take = ({id, sessionId, method, params = {}, result = {}, error}: Message) => {
    if (id === undefined) return listeners.get(sessionId ?? '')?.(method ?? '', params);
    const asked = waiting.get(id);
    waiting.delete(id);
    return error ? asked?.reject(new Error(error.message)) : asked?.resolve(result);
  };
  output.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\0');
    rest = parts.pop() ?? '';
    for (const part of parts) take(JSON.parse(part) as Message);
  });
  input.on('error', () => {});
  return {
    call: (method, params = {}, sessionId) => {
      last += 1;
      const id = last;
      const answered = new Promise<Params>((resolve, reject) => waiting.set(id, {resolve, reject}));
      input.write(`${JSON.stringify({id, method, params, ...(sessionId ? {sessionId} : {})})}\0`);
      return watched(answered, () => `Chromium does not answer ${method}`);
    },
    hear: (sessionId, listener) => void listeners.set(sessionId, listener),
  };
}

async function openPage({call, hear}: Ask, address: string, view: View): Promise<Page> {
  const {targetId} = await call('Target.createTarget', {url: 'about:blank', newWindow: true});
  const {sessionId} = (await call('Target.attachToTarget', {targetId, flatten: true})) as {sessionId: string};
  const ask = (method: string, params?: Params) => call(method, params, sessionId);
  const complaints: string[] = [];
  const {take, untilLoading} = watchLoading();
  hear(sessionId, (method, params) => {
    complaints.push(...complaintOf(method, params));
    take(method, params);
  });
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await ask(`${domain}.enable`);
  await ask('Emulation.setScrollbarsHidden', {hidden: true});
  // Of several pages, each is the one that somebody looks at.
  await ask('Emulation.setFocusEmulationEnabled', {enabled: true});
  const look = async ({width = 1280, height = 800, isDark = false}: View) => {
    await ask('Emulation.setDeviceMetricsOverride', {width, height, deviceScaleFactor: 1, mobile: false});
    const features = [
      {name: 'prefers-color-scheme', value: isDark ? 'dark' : 'light'},
      {name: 'prefers-reduced-motion', value: 'reduce'},
    ];
    await ask('Emulation.setEmulatedMedia', {features});
  };
  const evaluate = async <T>(expression: string): Promise<T> => {
    const answer = await ask('Runtime.evaluate', {expression, awaitPromise: true, returnByValue: true});
    const {result, exceptionDetails} = answer as {result: {value: T}; exceptionDetails?: unknown};
    if (exceptionDetails) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return result.value;
  };
  await look(view);
  await ask('Page.navigate', {url: address});
  return {
    evaluate,
    until: expression =>
      watched(evaluate(UNTIL.replace('CONDITION', () => expression)), () => `it never was: ${expression}`),
    look,
    press: async key => {
      const [code, text] = KEYS[key];
      const event = {key, code: key === ' ' ? 'Space' : key, windowsVirtualKeyCode: code, text};
      await ask('Input.dispatchKeyEvent', {type: 'keyDown', ...event});
      await ask('Input.dispatchKeyEvent', {type: 'keyUp', ...event});
    },
    picture: async (isWhole = false) => {
      const {data} = await ask('Page.captureScreenshot', {format: 'png', captureBeyondViewport: isWhole});
      return Buffer.from(String(data), 'base64');
    },
    untilLoading,
    usage: async () => {
      await ask('HeapProfiler.collectGarbage');
      const {usedSize} = (await ask('Runtime.getHeapUsage')) as {usedSize: number};
      const {nodes} = (await ask('Memory.getDOMCounters')) as {nodes: number};
      return {heapBytes: usedSize, nodes};
    },
    complaints,
  };
}

const KEYS = {Tab: [9, ''], Enter: [13, '\r'], ' ': [32, ' ']} as const;

const UNTIL = `new Promise(resolve => {
  const isTrue = () => CONDITION;
  if (isTrue()) return resolve();
  const observer = new MutationObserver(() => {
    if (!isTrue()) return;
    observer.disconnect();
    resolve();
  });
  observer.observe(document, {subtree: true, childList: true, characterData: true, attributes: true});
})`;

function watchLoading() {
  const loading = new Map<unknown, string>();
  let looks: (() => void)[] = [];
  return {
    take: (method: string, params: Params) => {
      if (method === 'Network.requestWillBeSent')
        loading.set(params.requestId, (params.request as {url: string}).url);
      if (method === 'Network.loadingFinished' || method === 'Network.loadingFailed')
        loading.delete(params.requestId);
      for (const look of looks) look();
    },
    untilLoading: async (address: string, isLoading: boolean) => {
      const isSo = () => [...loading.values()].includes(address) === isLoading;
      const change = new Promise<void>(resolve => {
        const look = () => {
          if (!isSo()) return;
          looks = looks.filter(one => one !== look);
          resolve();
        };
        looks.push(look);
        look();
      });
      await watched(change, () => `${address} ${isLoading ? 'is not' : 'is still'} loaded`);
    },
  };
}

function complaintOf(method: string, params: Params): string[] {
  if (method === 'Runtime.exceptionThrown') return [JSON.stringify(params)];
  const entry = (
    method === 'Log.entryAdded' ? params.entry : method === 'Runtime.consoleAPICalled' ? params : {}
  ) as {
    level?: string;
    type?: string;
    text?: string;
    url?: string;
  };
  const isBad = ['error', 'warning', 'assert'].includes(entry.level ?? entry.type ?? '');
  return isBad ? [`${entry.text ?? JSON.stringify(params)} ${entry.url ?? ''}`] : [];
}
