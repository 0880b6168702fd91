/**
 * Checks the text of a handover. It comes from this user's own ssd, but perhaps from another version of it: what cannot be
 * read must be found by the check that runs beside the former image, and not after that is gone.
 */
import {reviveModel} from '../core/handover/revive.js';
import {step} from '../core/supervisor.js';
import type {Settings} from '../core/types.js';
import {snapshot} from '../core/views/snapshot.js';
import {HANDOVER_VERSION, type Handover} from './handover.js';

/** @returns the handover, or why there is none, in words */
export function decodeHandover<Parts>(text: string): Handover<Parts> | {readonly problem: string} {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {problem: 'the handover is not whole: it does not end as JSON does'};
  }
  if (!isObject(value)) return {problem: 'the handover is not an object'};
  const {version} = value;
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1)
    return {problem: 'the handover has no version'};
  if (version > HANDOVER_VERSION)
    return {problem: `the handover has version ${version}, and this ssd reads up to ${HANDOVER_VERSION}`};
  const missing = Object.entries(SHAPE).find(([member, fits]) => !fits(value[member]));
  return missing ? {problem: `the handover has no sound ${missing[0]}`} : (value as Handover<Parts>);
}

/**
 * Whether the core can go on with the model of a handover under these settings: it takes a step and shows its status.
 *
 * @returns null, or why not, in words
 */
export function demandWorkable({model, workers}: Handover<unknown>, settings: Settings): string | null {
  try {
    const revived = reviveModel(model, {settings, workers: {asked: workers, before: workers}});
    const now = model.lastSpawnAt;
    snapshot(step(revived, {type: 'revive', now, from: '', to: '', token: null}).model, now);
    return null;
  } catch (error) {
    return `the core cannot go on with its model: ${error instanceof Error ? error.message : String(error)}`;
  }
}

type Fits = (value: unknown) => boolean;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText: Fits = value => typeof value === 'string';
const isBoolean: Fits = value => typeof value === 'boolean';

const SHAPE: Readonly<Record<keyof Omit<Handover<unknown>, 'version'>, Fits>> = {
  ssd: isText,
  lasting: value => isObject(value) && isText(value.name) && isText(value.control),
  ready: isText,
  logs: isBoolean,
  background: isBoolean,
  began: value => isObject(value) && Number.isFinite(value.startedAt) && isText(value.startTime),
  workers: value => Number.isSafeInteger(value) && Number(value) > 0,
  token: value => value === null || isText(value),
  model: value => isObject(value) && Array.isArray(value.generations) && isObject(value.settings),
  parts: value => isObject(value) && isObject(value.resources) && Array.isArray(value.resources.listeners),
};
