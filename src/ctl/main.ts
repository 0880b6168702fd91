#!/usr/bin/env node
/** The program ssctl: arguments in, data on standard output, one line of error, an exit status. */
import {GREETING_MS} from '../shared/client.js';
import {Refusal} from '../shared/errors.js';
import {EXIT, exitStatusOf} from '../shared/exit-status.js';
import {packageVersion} from '../shared/version.js';
import {describeFailure} from '../shared/wording.js';
import {type Order, parseCommandLine} from './cli.js';
import type {Output} from './commands/output.js';
import {restart} from './commands/restart.js';
import {status} from './commands/status.js';
import {stop} from './commands/stop.js';
import {connectTo} from './find-instance.js';

async function main(args: readonly string[]): Promise<void> {
  if (process.platform !== 'linux') {
    throw new Refusal({code: 'platform-unsupported', platform: process.platform});
  }
  const order = parseCommandLine(args);
  if (order.command === 'help') return print(await order.help());
  if (order.command === 'version') return print(packageVersion());
  const patienceMs = Math.min(GREETING_MS, order.timeoutMs ?? GREETING_MS);
  const client = await connectTo(order.target, process.env, patienceMs);
  try {
    await run(order.command, order, client);
  } finally {
    client.close();
  }
}

function run(
  command: 'status' | 'restart' | 'stop',
  order: Order,
  client: Parameters<typeof status>[0],
): Promise<void> {
  const output: Output = {
    result: (data, render) => print(order.json ? JSON.stringify(data) : render()),
    progress: line => {
      if (!order.json) process.stderr.write(`${line}\n`);
    },
  };
  switch (command) {
    case 'status':
      return status(client, output);
    case 'restart':
      return restart(client, order, output);
    case 'stop':
      return stop(client, order.timeoutMs, output);
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

// `ssctl status | head -1` closes the pipe early; what was asked for has been done all the same.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

main(process.argv.slice(2)).then(
  () => {
    process.exitCode = EXIT.done;
  },
  error => {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`ssctl: ${describeFailure(error.failure)}\n`);
    process.exitCode = exitStatusOf(error.failure);
  },
);
