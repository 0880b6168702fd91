import {readyOrThrow, requestPause, requestResume} from '../../../shared/client/requests.js';
import {formatDuration} from '../../../shared/words/duration.js';
import {Refusal} from '../../../shared/words/errors.js';
import type {Command} from '../../instance/context.js';
import {tellDelay} from '../../instance/tell-delay.js';
import {whisperEvents} from '../../instance/whisper-events.js';
import {pauseGoesOn, resumeGoesOn} from '../../render/interrupted.js';
import {renderReady} from '../../render/verdict.js';

export const pause: Command<'pause'> = async ({connect, output, target, onInterrupt}, {maxMs, timeoutMs}) => {
  const client = await connect();
  onInterrupt(() => pauseGoesOn(target));
  const delay = tellDelay('pause', {client, target}, output.progress);
  whisperEvents(client, output.progress, delay.take);
  const paused = await requestPause(client, maxMs, {timeoutMs}).finally(delay.end);
  output.progress.end();
  output.data(paused);
  if (paused.verdict === 'cancelled') throw new Refusal({code: 'pause-cancelled', reason: paused.reason});
  output.text(
    () =>
      `paused; no worker is left, clients wait, and ssd resumes by itself in ${formatDuration(paused.leftMs)}`,
  );
};

export const resume: Command<'resume'> = async ({connect, output, target, onInterrupt}, {timeoutMs}) => {
  const client = await connect();
  onInterrupt(() => resumeGoesOn(target));
  whisperEvents(client, output.progress);
  const verdict = await requestResume(client, {timeoutMs});
  output.progress.end();
  output.data(verdict);
  if (verdict.verdict === 'cancelled') throw new Refusal({code: 'resume-cancelled', reason: verdict.reason});
  if (verdict.verdict === 'failed') throw new Refusal({code: 'resume-failed', ...verdict});
  const ready = readyOrThrow(verdict);
  output.text(view => renderReady(ready, view));
};
