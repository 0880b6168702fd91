/**
 * The run time of the two programs, compared with an empty Node program. They spend most of it on their start, so the
 * difference is the cost of the code that they load.
 */
import {writeFileSync} from 'node:fs';
import {rootCertificates} from 'node:tls';
import type {Rig} from '../helpers/rig.js';
import {type Effort, inTurns, type Row, ratioRow, timed} from './stage/figures.js';
import {EMPTY_NODE, end, onStage, startServing} from './stage/stage.js';

export function startup({rounds}: Effort): Promise<readonly Row[]> {
  return onStage(async rig => {
    const node = () => timed(() => rig.run(EMPTY_NODE));
    const [listening, beforeListening] = await inTurns(rounds, () => untilListening(rig), node);
    await startServing(rig);
    const status = () => timed(() => succeed(rig, 'status'));
    const restart = () => timed(() => succeed(rig, 'restart'));
    const [shown, replaced, empty] = await inTurns(rounds, status, restart, node);
    const certified = await withCertificates(rig, {rounds, node});
    return [
      ratioRow('ssd from exec to listening / node -e 0', {
        ...{figures: listening, basis: beforeListening, unit: 'ms', atMost: 2},
      }),
      ratioRow('ssctl status / node -e 0', {figures: shown, basis: empty, unit: 'ms', atMost: 1.5}),
      ratioRow('ssctl restart of a worker that is ready at once / node -e 0', {
        ...{figures: replaced, basis: empty, unit: 'ms', atMost: 2},
      }),
      ...certified,
    ];
  });
}

/** Node reads and checks all of them at every start of a program of its own, which takes longer than everything else. */
async function withCertificates(
  rig: Rig,
  {rounds, node}: {readonly rounds: number; readonly node: () => Promise<number>},
): Promise<readonly Row[]> {
  const certificates = rig.path('certificates.pem');
  writeFileSync(certificates, rootCertificates.join('\n'));
  const env = {NODE_EXTRA_CA_CERTS: certificates};
  const start = () => timed(() => rig.runSsd(['--version'], {env}));
  const status = () => timed(() => rig.ssctl(['status'], {env}));
  const [started, shown, empty] = await inTurns(rounds, start, status, node);
  return [
    ratioRow('ssd --version with NODE_EXTRA_CA_CERTS set / node -e 0 without', {
      ...{figures: started, basis: empty, unit: 'ms', atMost: 2},
    }),
    ratioRow('ssctl status with NODE_EXTRA_CA_CERTS set / node -e 0 without', {
      ...{figures: shown, basis: empty, unit: 'ms', atMost: 1.5},
    }),
  ];
}

async function untilListening(rig: Rig): Promise<number> {
  const startedAt = performance.now();
  const ssd = rig.ssd(['--port=127.0.0.1:0'], ['sleep', '1000000']);
  await ssd.line(/listening on tcp/);
  const tookMs = performance.now() - startedAt;
  await end(ssd);
  return tookMs;
}

async function succeed(rig: Rig, command: string): Promise<void> {
  const {code, stderr} = await rig.ssctl([command]);
  if (code !== 0) throw new Error(`ssctl ${command} ended with ${code}: ${stderr}`);
}
