/**
 * `npm run screenshot`: draws docs/page.png, the page of `--http` in the midst of a trial, after a good restart and a broken one.
 * It needs Chromium.
 */
import {rmSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import {onStage} from '../bench/stage/stage.js';
import {httpPlace} from '../helpers/clients/http.js';
import type {Rig} from '../helpers/rig.js';
import {freePort} from '../helpers/sockets.js';
import {type Browser, startBrowser} from './chromium.js';
import {LATEST, LIVE, says} from './words.js';

const TARGET = new URL('../../../docs/page.png', import.meta.url);
const SIZE = {width: 1160, height: 640};

/** It takes a moment to start, and to finish. */
const SERVER = `
import {existsSync, writeSync} from 'node:fs';
import http from 'node:http';
const server = http.createServer((_, response) => response.end());
if (existsSync('broken')) throw new Error('a broken release');
setTimeout(() => {
  const fd = Number(process.env.SERVER_STARTER_PORT.split('=')[1]);
  server.listen({fd}, () => writeSync(Number(process.env.SSD_READY_FD), '\\n'));
}, 250);
process.on('SIGTERM', () => setTimeout(() => process.exit(), 400));
`;

const OPTIONS = ['--name=shop', '--http=0', '--workers=4', '--ready=fd', '--bake-check=exec=true'];

async function draw(rig: Rig): Promise<void> {
  const browser = startBrowser();
  try {
    writeFileSync(TARGET, await photograph(rig, browser));
    console.log(`drawn: ${TARGET.pathname}`);
  } finally {
    await browser.end();
  }
}

async function photograph(rig: Rig, browser: Browser): Promise<Buffer> {
  writeFileSync(rig.path('server.mjs'), SERVER);
  const port = await freePort();
  const ssd = rig.ssd([`--port=127.0.0.1:${port}`, ...OPTIONS], ['node', 'server.mjs']);
  const place = await httpPlace(ssd);
  await ssd.line(/generation 1 is ready/);
  const page = await browser.open(`${place}/`, SIZE);
  await playRestarts(rig);
  connect(port, 12);
  await page.until(says('.generation', '12 connections'));
  void rig.ssctl(['restart', '--bake=5m'], {patienceMs: 60_000}).catch(() => {});
  await page.until(`${LIVE} && ${says(LATEST, 'on trial')}`);
  connect(port, 9);
  // How they share them is up to the kernel.
  await page.until(
    `[...document.querySelectorAll('.summary')].reduce((sum, {innerText}) => sum + Number(/(\\d+) conn/.exec(innerText)?.[1] ?? 0), 0) === 21`,
  );
  return page.picture();
}

/** A good restart, and a broken one. */
async function playRestarts(rig: Rig): Promise<void> {
  await rig.ssctl(['restart']);
  writeFileSync(rig.path('broken'), '');
  await rig.ssctl(['restart']);
  rmSync(rig.path('broken'));
}

/** They say nothing, and end with this process. */
function connect(port: number, count: number): void {
  for (let nth = 0; nth < count; nth += 1)
    net
      .connect(port, '127.0.0.1')
      .on('error', () => {})
      .unref();
}

await onStage(draw);
