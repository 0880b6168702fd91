/** Each verb as the document describes it: what it does, what it takes, and what comes of it. */
import * as v from 'valibot';
import {HELLO} from '../protocol/decode.js';
import type {ControlErrorCode} from '../protocol/protocol.js';
import type {EventOf, ResultOf, Verb} from '../protocol/verbs.js';
import type {Agrees} from './agreement.js';
import {event, recorded} from './events.js';
import {ending, problem, withProblems} from './failures.js';
import {connections, releases, status} from './status.js';
import {pid, pids, says, text, whole} from './values.js';
import {accepted, cancelled, paused, rejected, scaled, signalled, upgraded, verdict} from './verdicts.js';

const stopped = v.object({stopped: v.literal(true), pid, ...withProblems});
const sent = v.object({events: whole});
const metrics = v.object({text: says(text, 'Text for Prometheus.')});
const reopened = v.object({
  logFile: says(text, 'The path of the opened file.'),
  onFormer: says(pids, 'The processes that still write to the file that had this name before.'),
});
const document = v.looseObject({openrpc: text, info: v.looseObject({version: text})});

/** In the order in which the document has them. */
export const MESSAGES = {
  status: {summary: 'Shows what is running.', event: null, result: status},
  restart: {
    summary: 'Replaces the generation that serves.',
    event,
    result: verdict,
    errors: ['stopping', 'no-release'],
  },
  cancel: {summary: 'Cancels the restart that is under way.', event: null, result: cancelled},
  accept: {summary: 'Ends the trial of the current generation: it stays.', event: null, result: accepted},
  reject: {
    summary: 'Ends the trial of the current generation: the one before it comes back.',
    event: null,
    result: rejected,
  },
  pause: {
    summary: 'Tells all workers to finish and starts none for a while. The listeners stay.',
    event,
    result: paused,
    errors: ['stopping'],
  },
  resume: {summary: 'Ends a pause.', event, result: verdict, errors: ['stopping']},
  scale: {summary: 'Changes how many workers a generation has.', event, result: scaled, errors: ['stopping']},
  signal: {summary: 'Sends a signal to the workers.', event: null, result: signalled},
  connections: {summary: 'Lists the open connections of the workers.', event: null, result: connections},
  events: {
    summary: 'Sends past events, and with `follow` new ones too.',
    event: recorded,
    result: sent,
  },
  releases: {
    summary: 'Lists what this ssd has run. Only with `--release`.',
    event: null,
    result: releases,
    errors: ['no-release'],
  },
  metrics: {summary: 'Returns figures for a monitoring system.', event: null, result: metrics},
  'reopen-logs': {
    summary: 'Opens the log file again after it was renamed.',
    event: null,
    result: reopened,
    errors: ['no-log-file', 'log-file-unusable'],
  },
  reexec: {
    summary: 'Replaces the ssd that runs by the one that is installed, under the same pid.',
    event,
    result: upgraded,
    errors: ['stopping', 'not-replaced'],
  },
  stop: {summary: 'Ends all workers, then ssd.', event, result: stopped},
  'rpc.discover': {
    summary: 'Returns this description of the protocol.',
    event: null,
    result: document,
    errors: ['no-description'],
  },
} as const satisfies Readonly<Record<Verb, Message>>;

type Message = {
  readonly summary: string;
  readonly event: v.GenericSchema | null;
  readonly result: v.GenericSchema;
  /** What only this verb can be refused for, in the words of the protocol. */
  readonly errors?: readonly ControlErrorCode[];
};

/** What any request can be refused for. JSON-RPC defines the others. */
export const COMMON_ERRORS: readonly ControlErrorCode[] = [
  'invalid-params',
  'duplicate-id',
  'too-many-requests',
  'internal-error',
];

/** The schemas that the document names, and refers to. */
export const NAMED = {
  Event: event,
  Recorded: recorded,
  Verdict: verdict,
  Status: status,
  Problem: problem,
  Ending: ending,
  Hello: HELLO,
} as const;

type Made<S> = S extends v.GenericSchema ? v.InferOutput<S> : never;

export const messagesAgree: {
  readonly [V in Verb]: readonly [
    Agrees<Made<(typeof MESSAGES)[V]['event']>, EventOf<V>>,
    Agrees<Made<(typeof MESSAGES)[V]['result']>, ResultOf<V>>,
  ];
} = {
  status: [true, true],
  restart: [true, true],
  cancel: [true, true],
  accept: [true, true],
  reject: [true, true],
  pause: [true, true],
  resume: [true, true],
  scale: [true, true],
  signal: [true, true],
  connections: [true, true],
  events: [true, true],
  releases: [true, true],
  metrics: [true, true],
  'reopen-logs': [true, true],
  reexec: [true, true],
  stop: [true, true],
  'rpc.discover': [true, true],
};
