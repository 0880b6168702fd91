/** What a program waits for a restart by `connect` of the library, beside one that pipes a line into socat. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {connect} from '../../../src/library/index.js';
import {request} from '../../helpers/clients/raw-client.js';
import type {Rig} from '../../helpers/rig.js';
import {type Effort, inTurns, median, part, type Row, timed} from '../stage/figures.js';
import {onStage, startServing} from '../stage/stage.js';

const MORE_MS = 5;

export async function byLibrary({rounds}: Effort): Promise<readonly Row[]> {
  const [library, socat] = await onStage(async rig => {
    await startServing(rig);
    const ways = [() => timed(() => byConnect(rig)), () => timed(() => bySocat(rig))];
    // What each loads at its first time.
    await inTurns(2, ...ways);
    return inTurns(rounds, ...ways);
  });
  const more = median(library) - median(socat);
  const figures = [library, socat].map(
    of => `${median(of).toFixed(1)} ms, p95 ${part(of ?? [], 0.95).toFixed(1)}`,
  );
  return [
    {
      what: 'a restart by connect() / by socat, from the start of socat to its end',
      seen: `${figures.join(' / ')}, ${rounds} each in turns`,
      goal: `at most ${MORE_MS} ms more`,
      met: more <= MORE_MS,
    },
  ];
}

async function byConnect({control}: Rig): Promise<void> {
  const ssd = await connect({control});
  const {verdict} = await ssd.restart();
  ssd.close();
  if (verdict !== 'completed') throw new Error(`the restart was ${verdict}`);
}

async function bySocat({control}: Rig): Promise<void> {
  const socat = spawn('socat', ['-t60', '-', `UNIX-CONNECT:${control}`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let said = '';
  socat.stdout.on('data', chunk => {
    said += chunk;
  });
  socat.stdin.end(request(1, 'restart'));
  await once(socat, 'close');
  if (!said.includes('"verdict":"completed"')) throw new Error(`socat got ${said}`);
}
