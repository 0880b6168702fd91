import {requestScale} from '../../../shared/client/requests.js';
import {Refusal} from '../../../shared/words/errors.js';
import type {Command} from '../../instance/context.js';
import {whisperEvents} from '../../instance/whisper-events.js';
import {scalingGoesOn} from '../../render/interrupted.js';
import {renderScaled} from '../../render/verdict.js';

export const scale: Command<'scale'> = async (
  {connect, output, target, onInterrupt},
  {workers, timeoutMs},
) => {
  const client = await connect();
  onInterrupt(() => scalingGoesOn(target));
  whisperEvents(client, output.progress);
  const scaled = await requestScale(client, workers, {timeoutMs});
  output.progress.end();
  output.data(scaled);
  switch (scaled.verdict) {
    case 'completed':
      output.text(view => renderScaled(scaled, view));
      return;
    case 'failed':
      throw new Refusal({code: 'scale-failed', ...scaled});
    case 'superseded':
      throw new Refusal({code: 'scale-superseded', workers: scaled.workers});
    case 'cancelled':
      throw new Refusal({code: 'scale-cancelled', reason: scaled.reason});
  }
};
