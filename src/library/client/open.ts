/** Finds an instance, connects to it, and makes a function for each verb. */
import {GREETING_MS} from '../../shared/client/client.js';
import {connectTo} from '../../shared/client/find-instance.js';
import {answered} from '../../shared/client/requests.js';
import {VERBS} from '../../shared/protocol/decode.js';
import type {Verb} from '../../shared/protocol/verbs.js';
import {
  type Fault,
  faultAsObject,
  faultIn,
  type Kinds,
  LISTENER,
  NAME,
  PATH,
  SIGNAL,
  SWITCH,
} from '../options/fault.js';
import {refuse} from '../options/refuse.js';
import {abortable} from './abortable.js';
import {eventsOf} from './events.js';
import {explain} from './explain.js';
import {createLine, type Line, reasonOf} from './line.js';
import {listen} from './listen.js';
import {type Connection, type ConnectOptions, NAMES, type Requests} from './types.js';

/** @throws {ServerError} as `connect` of the package */
export async function openConnection(options: ConnectOptions): Promise<Connection> {
  await refuse(faultIn(options, CONNECT) ?? faultOfBoth(options));
  return open(options);
}

/** To the ssd of this process, wherever its options are from. @throws {ServerError} as `connect` of the package */
export async function openConnectionTo(
  control: string,
  options: Pick<ConnectOptions, 'signal'>,
): Promise<Connection> {
  await refuse(faultIn(options, {signal: SIGNAL}));
  return open({...options, control});
}

const CONNECT: Kinds = {name: NAME, control: PATH, reconnect: SWITCH, signal: SIGNAL};

function faultOfBoth({name, control}: ConnectOptions): Fault | null {
  if (name === undefined || control === undefined) return null;
  return {option: 'control', value: control, problem: 'expected a path or a name, not both'};
}

async function open(options: ConnectOptions): Promise<Connection> {
  const {name = null, control = null, reconnect = false, signal} = options;
  signal?.throwIfAborted();
  const warn = () => {};
  const found = connectTo({name, socket: control}, {env: process.env, patienceMs: GREETING_MS, warn});
  try {
    const line = createLine(await abortable(found, signal), reconnect);
    return connectionOf(line);
  } catch (error) {
    found.then(late => late.close()).catch(() => {});
    throw await explain(error);
  }
}

function connectionOf(line: Line): Connection {
  return {
    ...requestsOf(line),
    get instance() {
      const {instance, pid, version} = line.last().hello;
      return {name: instance, pid, version};
    },
    control: line.last().path,
    events: (params, options) => eventsOf(line, params, options),
    closed: line.closed,
    close: line.close,
  };
}

function requestsOf(line: Line): Requests {
  const others = VERBS.filter(verb => verb !== 'events');
  const made = others.map(verb => [nameOf(verb), (...rest: Rest) => send(line, verb, rest)]);
  // Each verb has its function, under its name.
  return Object.fromEntries(made) as Requests;
}

function nameOf(verb: Verb): string {
  return (NAMES as Partial<Record<Verb, string>>)[verb] ?? verb;
}

/** As the types of `Request` have them. The parameters are checked by ssd. */
type Rest = readonly [params?: object, options?: Options];
type Options = {readonly signal?: AbortSignal; readonly onEvent?: (event: unknown) => unknown};
type AnyRequest = (verb: Verb, params: object, onEvent?: (event: unknown) => void) => Promise<unknown>;

const REQUEST: Kinds = {signal: SIGNAL, onEvent: LISTENER};

async function send(line: Line, verb: Verb, [params = {}, options = {}]: Rest): Promise<unknown> {
  await refuse(faultAsObject('params', params) ?? faultIn(options, REQUEST));
  const {signal, onEvent} = options;
  signal?.throwIfAborted();
  const listener = onEvent && listen(onEvent);
  const sent = async () => {
    const client = await line.client();
    // A request that was given up while the line was made anew is not sent.
    signal?.throwIfAborted();
    return answered(client, verb, (client.request as AnyRequest)(verb, params, listener?.tell), null);
  };
  try {
    return await abortable(listener ? Promise.race([sent(), listener.failed]) : sent(), signal);
  } catch (error) {
    throw await explain(reasonOf(error, verb, line));
  } finally {
    listener?.end();
  }
}
