import {isAbsolute} from 'node:path';
import type {Client} from '../../../shared/client/client.js';
import {
  askForRestart,
  type RestartRequest,
  readyOrThrow,
  requestRestart,
} from '../../../shared/client/requests.js';
import {monotonicMs} from '../../../shared/monotonic.js';
import type {Event} from '../../../shared/protocol/event.js';
import {traceContextIn} from '../../../shared/protocol/trace/context.js';
import type {Verdict} from '../../../shared/protocol/verdict.js';
import {describeEvent} from '../../../shared/words/describe-event.js';
import {describeProblem} from '../../../shared/words/describe-problem.js';
import {Refusal} from '../../../shared/words/errors.js';
import {EXIT, type ExitStatus} from '../../../shared/words/exit-status.js';
import type {Details} from '../../arguments/order.js';
import {answerTo, withinAnswerTime} from '../../instance/answer.js';
import type {Command, Context} from '../../instance/context.js';
import {sharesJournal} from '../../instance/same-journal.js';
import {tellDelay} from '../../instance/tell-delay.js';
import {createGlance, createTrialGlance} from '../../render/glance.js';
import {restartGoesOn} from '../../render/interrupted.js';
import {adviceOnLink} from '../../render/releases.js';
import {renderReady} from '../../render/verdict.js';
import type {Output} from '../../terminal/output.js';
import {type Progress, SILENT} from '../../terminal/progress.js';

export const restart: Command<'restart'> = (context, {wait, failOnDrops, release, ...details}) =>
  // Not `resolve`: it turns a/../b into b, which is another place if a is a symbolic link.
  ask(
    context,
    {wait, failOnDrops},
    {
      ...details,
      release: release && (isAbsolute(release) ? release : `${process.cwd()}/${release}`),
    },
  );

export const rollback: Command<'rollback'> = (context, {wait, failOnDrops, ...details}) =>
  ask(context, {wait, failOnDrops}, {...details, attempts: 1, rollback: true}).catch(failedRollback);

/** The request is one to restart, but the user asked for something else. */
function failedRollback(error: unknown): never {
  if (!(error instanceof Refusal)) throw error;
  const {failure} = error;
  const isNamed = failure.code === 'request-refused' || failure.code === 'timed-out';
  throw isNamed ? new Refusal({...failure, verb: 'rollback'}) : error;
}

type Demands = Pick<Details['restart'], 'wait' | 'failOnDrops'>;

async function ask(
  {connect, env, output, target, onInterrupt}: Context,
  {wait, failOnDrops}: Demands,
  bare: RestartRequest,
): Promise<ExitStatus | undefined> {
  const client = await connect();
  const request = {...bare, ...traceContextIn(env)};
  if (!wait) return acceptOnly(client, request, output);
  const isLogged = !output.json && sharesJournal(client.hello.pid, env);
  const progress = isLogged ? SILENT : output.progress;
  const news = tellNews(progress);
  const delay = tellDelay('restart', {client, target}, progress);
  const onEvent = (event: Event) => {
    news.take(event);
    delay.take(event);
  };
  onInterrupt(() => restartGoesOn(target, news.ready(), news.isTried()));
  const verdict = await requestRestart(client, {...request, onEvent})
    .catch(error => {
      news.end();
      throw error;
    })
    .finally(delay.end);
  if (isLogged && isBad(verdict)) return EXIT.failed;
  if (isLogged) {
    await adviseOnLink(client, bare, verdict, output);
    return demandNoDrops(verdict, failOnDrops);
  }
  if (verdict.verdict !== 'failed') news.end();
  // With --json a failed restart is data too. The exit status also reports it.
  output.data(verdict);
  const ready = readyOrThrow(verdict);
  output.progress.end();
  output.text(view => renderReady(ready, view));
  for (const problem of ready.problems ?? []) output.progress.keep(`warning: ${describeProblem(problem)}`);
  await adviseOnLink(client, bare, ready, output);
  return demandNoDrops(ready, failOnDrops);
}

/** A rollback leaves the link as it is: deployers own it. That it is done does not depend on this advice. */
async function adviseOnLink(
  client: Client,
  {rollback = false}: RestartRequest,
  verdict: Verdict,
  {json, progress}: Output,
): Promise<void> {
  if (!rollback || json || verdict.verdict !== 'completed' || verdict.release === undefined) return;
  const releases = await answerTo(client, 'releases').catch(() => null);
  const advice = releases && adviceOnLink(releases, verdict.release);
  if (advice) progress.keep(`warning: ${advice}`);
}

/** What is logged beside needs no second telling. systemd looks at the exit status. */
function isBad({verdict}: Verdict): boolean {
  return verdict === 'failed' || verdict === 'cancelled';
}

/** An older daemon does not count them. */
function demandNoDrops({drops = null, dropsBy = []}: Verdict, isDemanded: boolean): undefined {
  if (isDemanded && drops !== 0) throw new Refusal({code: 'connections-dropped', drops, dropsBy});
}

/**
 * Tells the events that are news to the person who asked. It holds a failed attempt back until another event follows,
 * because the verdict describes the last attempt in full.
 */
function tellNews({say, keep, whisper}: Progress) {
  const glance = createGlance();
  const trial = createTrialGlance(monotonicMs);
  let ready: number | null = null;
  let isTried = false;
  let failed: string | null = null;
  const end = () => {
    if (failed !== null) keep(failed);
    failed = null;
  };
  const take = (event: Event) => {
    // The verdict says the same in more detail.
    if (event.type === 'restart-ended') return;
    end();
    const [sentence, brief] = [describeEvent(event), trial(event) ?? glance(event)];
    if (event.type === 'ready') ready = event.generation;
    if (event.type === 'trial-began') isTried = true;
    if (event.type === 'trial-ended') isTried = false;
    if (event.type === 'start-failed') failed = sentence;
    else if (event.type === 'restart-asked' && !event.queued) whisper(sentence);
    else say(sentence, brief);
  };
  return {take, end, ready: () => ready, isTried: () => isTried};
}

/** Waits only for the acceptance: the first event of a restart reports it. */
async function acceptOnly(client: Client, request: RestartRequest, output: Output): Promise<undefined> {
  const accepted = new Promise<boolean>((resolve, reject) => {
    const onEvent = (event: Event) => {
      if (event.type === 'restart-asked') resolve(event.queued);
    };
    const decided = (verdict: Verdict) => {
      // Nothing was begun: there is no release to go back to.
      if (verdict.verdict === 'cancelled') readyOrThrow(verdict);
      resolve(false);
    };
    askForRestart(client, request, onEvent).then(decided).catch(reject);
  });
  const queued = await withinAnswerTime(client, accepted);
  const text = queued ? 'restart accepted; it follows the running one' : 'restart accepted';
  output.result({accepted: true, queued}, () => text);
}
