/**
 * The run time of the two programs, compared with an empty Node program. They spend most of it on their start, so the
 * difference is the cost of the code that they load.
 */
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
    return [
      ratioRow('ssd from exec to listening / node -e 0', {
        ...{figures: listening, basis: beforeListening, unit: 'ms', atMost: 2},
      }),
      ratioRow('ssctl status / node -e 0', {figures: shown, basis: empty, unit: 'ms', atMost: 1.5}),
      ratioRow('ssctl restart of a worker that is ready at once / node -e 0', {
        ...{figures: replaced, basis: empty, unit: 'ms', atMost: 2},
      }),
    ];
  });
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
