/** The options that say how a new generation takes over. */
import {ORDERS} from '../../../shared/protocol/verdict.js';

export const ADOPT = ['auto', 'no'] as const;
export const ON_DEATH = ['keep', 'term', 'kill'] as const;

export const DEPLOY_OPTIONS = {
  bake: {
    type: 'string',
    value: 'TIME',
    numeric: true,
    description: 'keep the old generation for this time, and go back to it if the new one fails',
    defaultDescription: 'no trial',
  },
  'bake-check': {
    type: 'string',
    value: 'exec=COMMAND',
    choices: ['exec='],
    description: 'command to run again and again during --bake; it must exit with 0',
    defaultDescription: 'none',
  },
  'bake-every': {
    type: 'string',
    value: 'TIME',
    numeric: true,
    description: 'time from one check to the next',
    defaultDescription: '1s',
  },
  'bake-timeout': {
    type: 'string',
    value: 'TIME',
    numeric: true,
    description: 'time that one check may take',
    defaultDescription: 'as --bake-every',
  },
  'bake-failures': {
    type: 'string',
    value: 'N',
    numeric: true,
    description: 'number of checks in a row that must fail',
    defaultDescription: '1',
  },
  adopt: {
    type: 'string',
    value: 'HOW',
    choices: ADOPT,
    description: 'take over the workers of an ssd that was killed (auto), or do not (no)',
    defaultDescription: 'auto',
  },
  'on-death': {
    type: 'string',
    value: 'WHAT',
    choices: ON_DEATH,
    description: 'when ssd is killed, its workers serve on (keep), get SIGTERM (term) or are killed (kill)',
    defaultDescription: 'keep',
  },
  order: {
    type: 'string',
    value: 'ORDER',
    choices: ORDERS,
    description: 'start the new generation beside the old one (overlap), or when it is gone (stop-first)',
    defaultDescription: 'overlap',
  },
} as const;
