/** Tells the story of one world: its options, what happened, and how the core reacted. */
import type {Input} from '../../src/daemon/core/types.js';
import {runScenario} from './run.js';
import {bounded, type Scenario} from './storm/scenario.js';
import {HEALTHY} from './world/fate.js';
import {type Core, DEFAULTS} from './world/options.js';
import {describeEffect} from './world/story.js';

export function tell(scenario: Scenario, core?: Core): string {
  const {fates, ...options} = bounded(scenario);
  const lines: string[] = [];
  const {broken} = runScenario(scenario, core, ({now, event, effects}) => {
    const did = effects.map(describeEffect).filter(line => line !== null);
    lines.push([`${String(now).padStart(7)}  ${describe(event)}`, ...did].join('\n             '));
  });
  return [
    `options  ${differences(options, DEFAULTS)}`,
    ...fates.map((fate, nth) => `worker ${nth}  ${differences(fate, HEALTHY)}`),
    `actions  ${JSON.stringify(scenario.actions)}`,
    `ties     ${scenario.ties ?? 'as planned'}`,
    ...lines,
    broken ?? 'no rule is broken',
  ].join('\n');
}

function describe({now: _, type, ...details}: Input): string {
  const words = Object.entries(details).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return [type, ...words].join(' ');
}

function differences(value: object, plain: object): string {
  const defaults = new Map(Object.entries(plain).map(([key, each]) => [key, JSON.stringify(each)]));
  const differing = Object.entries(value).filter(([key, each]) => defaults.get(key) !== JSON.stringify(each));
  return JSON.stringify(Object.fromEntries(differing));
}
