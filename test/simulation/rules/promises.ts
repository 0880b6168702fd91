/** Checks an answer: a client asked for it, it is the only one, and it agrees with the observed world. */
import {currentOf} from '../../../src/daemon/core/model.js';
import type {Answer} from '../../../src/shared/protocol/verdict.js';
import type {Observed} from '../world/simulation.js';
import {checkWish} from './releases.js';
import {demand, type Seen, type World} from './seen.js';
import {checkPaused} from './vacancy.js';

export function checkAnswer(
  {token, answer}: {readonly token: string; readonly answer: Answer},
  observed: Observed,
  seen: Seen,
  simulation: World,
): void {
  const asked = takeAnswer(seen, token);
  if (!('verdict' in answer)) return;
  const {model, now} = observed;
  checkWish(token, answer, seen);
  if (answer.verdict === 'cancelled') {
    demand(isCancelled(token, answer.reason, observed, seen), 'only a stop and a cancel cancel');
  } else if (answer.verdict === 'failed') {
    demand(answer.attempts >= 1, 'a failure is one of attempts');
    demand(asked.budget === null || answer.attempts <= asked.budget, 'no more attempts than were asked for');
    const {serving} = answer;
    const isThere = model.generations.some(({number}) => number === serving);
    demand(serving === null || isThere || now === asked.at, 'what is said to serve lives');
  } else if ('generation' in answer) {
    demand(answer.generation > asked.last, 'a restart is younger than who asked for it');
    demand(asked.budget === null || answer.attempts <= asked.budget, 'no more attempts than were asked for');
    if (answer.verdict === 'superseded') demand(answer.by > answer.generation, 'the later supersedes');
    else checkCompleted(answer, asked.at, observed, simulation);
  } else if ('leftMs' in answer) {
    checkPaused(simulation);
  } else if ('from' in answer) {
    demand(
      observed.event.type === 'revive' && observed.event.token === token,
      'an upgrade is told to who asked for it',
    );
  } else if (answer.verdict === 'completed') {
    const {workers, pids} = answer;
    demand(workers === model.workers && pids.length === workers, 'as many as were asked for');
    demand(areAlive(simulation, pids), 'those that are named live');
  } else demand(answer.workers === model.workers, 'another number supersedes');
}

function isCancelled(
  token: string,
  reason: Extract<Answer, {verdict: 'cancelled'}>['reason'],
  {event, before, model}: Observed,
  seen: Seen,
): boolean {
  if (reason === 'stopping') return seen.stopped;
  if (reason === 'cancel') return event.type === 'cancel';
  if (reason === 'paused') return event.type === 'pause';
  if (reason === 'not-paused') return event.type === 'resume' && before.paused === null;
  if (reason === 'resumed') return before.paused !== null && model.paused === null;
  const wish = seen.wishes.get(token);
  if (reason === 'no-former-release') return wish?.release === null;
  return model.settings.pinned && (wish !== undefined || event.type === 'restart');
}

type Completed = Extract<Answer, {verdict: 'completed'; generation: number}>;

function checkCompleted(
  answer: Completed,
  askedAt: number,
  {before, model, now}: Observed,
  world: World,
): void {
  const {generation, pids, replaced, retiring, readyMs, tookMs} = answer;
  // The same step may tell it to make room for the next.
  const isNow = currentOf(model)?.number === generation || model.restart?.stopped.includes(generation);
  demand(isNow === true, 'what was brought up serves');
  demand(pids.length > 0 && areAlive(world, pids), 'those that are named live');
  demand(tookMs === now - askedAt && readyMs >= 0 && readyMs <= tookMs, 'the times are those that passed');
  const lingering = model.generations.filter(({number}) => replaced.includes(number));
  // The event of a worker's end may come with the verdict. So what is gone by now still lived when the verdict was
  // decided.
  demand(
    lingering.every(({number}) => retiring.includes(number)),
    'those not named are gone',
  );
  demand(
    retiring.every(named => before.generations.some(({number}) => number === named)),
    'those named as retiring were not gone before',
  );
}

export function areAlive({alive}: World, pids: readonly number[]): boolean {
  const living = new Set([...alive.values()].flatMap(({pid, leads}) => (leads ? [pid] : [])));
  return pids.every(pid => living.has(pid));
}

export function takeAnswer(seen: Seen, token: string): {at: number; last: number; budget: number | null} {
  const asked = seen.asked.get(token);
  demand(asked !== undefined, 'only those who asked are answered');
  demand(asked.answers === 0, 'nobody is answered twice');
  asked.answers = 1;
  return asked;
}
