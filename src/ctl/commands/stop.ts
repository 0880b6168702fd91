import {tryAll} from '../../shared/client/find-instance.js';
import {requestStop} from '../../shared/client/requests.js';
import {describeProblem} from '../../shared/words/describe-problem.js';
import {Refusal} from '../../shared/words/errors.js';
import type {Command} from '../instance/context.js';
import {tellDelay} from '../instance/tell-delay.js';
import {whisperEvents} from '../instance/whisper-events.js';
import {stopGoesOn} from '../render/interrupted.js';

/** How long an instance may take to greet. */
const PATIENCE_MS = 2000;

export const stop: Command<'stop'> = async (context, {orphans, ...details}) => {
  const {connect, output, target, env, warn, onInterrupt} = context;
  if (orphans) {
    const found = await tryAll(target, {env, patienceMs: PATIENCE_MS, warn});
    for (const {client} of found) client?.close();
    const {stopOrphans} = await import('./stop-orphans.js');
    if (await stopOrphans(found, details, context)) return;
  }
  const client = await connect();
  const {pid, instance} = client.hello;
  onInterrupt(() => stopGoesOn(target));
  const delay = tellDelay('stop', {client, target}, output.progress);
  whisperEvents(client, output.progress, delay.take);
  const problems = await requestStop(client, details).finally(delay.end);
  output.progress.end();
  const result = {stopped: true, instance, pid, ...(problems.length > 0 && {problems})};
  output.result(result, () => `${instance} (pid ${pid}) is stopped`);
  for (const problem of problems) output.progress.keep(`warning: ${describeProblem(problem)}`);
  // A worker that lives on is a failure of the stop. A process that a worker left behind is only worth a warning.
  if (problems.some(({code}) => code === 'signal-refused'))
    throw new Refusal({code: 'workers-not-ended', instance});
};
