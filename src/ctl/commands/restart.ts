import type {Client} from '../../shared/client/client.js';
import {readyOrThrow, requestRestart} from '../../shared/client/requests.js';
import type {Event} from '../../shared/protocol/event.js';
import type {Verdict} from '../../shared/protocol/verdict.js';
import {describeEvent} from '../../shared/words/describe-event.js';
import {describeProblem} from '../../shared/words/describe-problem.js';
import {Refusal} from '../../shared/words/errors.js';
import {EXIT} from '../../shared/words/exit-status.js';
import type {Details} from '../arguments/order.js';
import {withinAnswerTime} from '../instance/answer.js';
import type {Command} from '../instance/context.js';
import {sharesJournal} from '../instance/same-journal.js';
import {tellDelay} from '../instance/tell-delay.js';
import {createGlance} from '../render/glance.js';
import {restartGoesOn} from '../render/interrupted.js';
import {renderReady} from '../render/verdict.js';
import type {Output} from '../terminal/output.js';
import {type Progress, SILENT} from '../terminal/progress.js';

export const restart: Command<'restart'> = async ({connect, env, output, target, onInterrupt}, details) => {
  const client = await connect();
  const {attempts, until, timeoutMs, wait} = details;
  if (!wait) return acceptOnly(client, attempts, output);
  const isLogged = !output.json && sharesJournal(client.hello.pid, env);
  const progress = isLogged ? SILENT : output.progress;
  const news = tellNews(progress);
  const delay = tellDelay('restart', client, progress);
  const onEvent = (event: Event) => {
    news.take(event);
    delay.take(event);
  };
  onInterrupt(() => restartGoesOn(target, news.ready()));
  const verdict = await requestRestart(client, {attempts, until, timeoutMs, onEvent})
    .catch(error => {
      news.end();
      throw error;
    })
    .finally(delay.end);
  if (isLogged && isBad(verdict)) return EXIT.failed;
  if (isLogged) return demandNoDrops(verdict, details);
  if (verdict.verdict !== 'failed') news.end();
  // With --json a failed restart is data too. The exit status also reports it.
  output.data(verdict);
  const ready = readyOrThrow(verdict);
  output.progress.end();
  output.text(view => renderReady(ready, view));
  for (const problem of ready.problems ?? []) output.progress.keep(`warning: ${describeProblem(problem)}`);
  demandNoDrops(ready, details);
};

/** What is logged beside needs no second telling. systemd looks at the exit status. */
function isBad({verdict}: Verdict): boolean {
  return verdict === 'failed' || verdict === 'cancelled';
}

/** An older daemon does not count them. */
function demandNoDrops({drops = null, dropsBy = []}: Verdict, {failOnDrops}: Details['restart']): void {
  if (failOnDrops && drops !== 0) throw new Refusal({code: 'connections-dropped', drops, dropsBy});
}

/**
 * Tells the events that are news to the person who asked. It holds a failed attempt back until another event follows,
 * because the verdict describes the last attempt in full.
 */
function tellNews({say, keep, whisper}: Progress) {
  const glance = createGlance();
  let ready: number | null = null;
  let failed: string | null = null;
  const end = () => {
    if (failed !== null) keep(failed);
    failed = null;
  };
  const take = (event: Event) => {
    // The verdict says the same in more detail.
    if (event.type === 'restart-ended') return;
    end();
    const [sentence, brief] = [describeEvent(event), glance(event)];
    if (event.type === 'ready') ready = event.generation;
    if (event.type === 'start-failed') failed = sentence;
    else if (event.type === 'restart-asked' && !event.queued) whisper(sentence);
    else say(sentence, brief);
  };
  return {take, end, ready: () => ready};
}

/** Waits only for the acceptance: the first event of a restart reports it. */
async function acceptOnly(client: Client, attempts: number, output: Output): Promise<void> {
  const accepted = new Promise<boolean>((resolve, reject) => {
    const onEvent = (event: Event) => {
      if (event.type === 'restart-asked') resolve(event.queued);
    };
    client.request('restart', {attempts}, onEvent).then(() => resolve(false), reject);
  });
  const queued = await withinAnswerTime(client, accepted);
  const text = queued ? 'restart accepted; it follows the running one' : 'restart accepted';
  output.result({accepted: true, queued}, () => text);
}
