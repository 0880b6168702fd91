/** The resources that are sockets: the control socket and the listeners. */
import {existsSync} from 'node:fs';
import {dirname} from 'node:path';
import type {Raise} from '../../shared/protocol/problem.js';
import {causeIfFails, Refusal} from '../../shared/words/errors.js';
import {describeFailure} from '../../shared/words/wording.js';
import type {Orphans} from '../adoption/orphans.js';
import {inodeOf} from '../adoption/take-listeners.js';
import type {PlacedListener} from '../config/address.js';
import type {Config} from '../config/config.js';
import {removeIfEmpty, removeOwnPath} from '../files/own-path.js';
import type {Log} from '../log/log.js';
import type {InUse} from '../sockets/binding/in-use.js';
import {fastOpenProblem} from '../sockets/binding/socket-options.js';
import {bindControl, controlPath} from '../sockets/control-place.js';
import {handedListeners, identityOfHanded} from '../sockets/inherited/handed.js';
import type {Passed} from '../sockets/inherited/passed.js';
import {
  describePassed,
  findPassed,
  forgetPassed,
  type PassedListener,
} from '../sockets/inherited/passed-listeners.js';
import {bindingOf, identityAt, namesFile} from '../sockets/inherited/stored.js';
import type {Listener} from '../sockets/listener.js';
import {closeListeners, openListeners} from '../sockets/listeners.js';
import type {BoundPath} from '../sockets/unix-socket.js';
import {closeQuietly} from '../system/close-quietly.js';
import {type Store, storeIn} from '../systemd/store.js';
import {revivePath} from './handed-over.js';
import type {CheckContext, MakeContext, Resource, Running} from './resource.js';

/** The server exists once the loop does. Until then clients wait in the backlog. */
export type ControlSocket = {bound: BoundPath; server: {readonly close: () => void} | null};

export const control: Resource<ControlSocket | null> = {
  make: (config, {log, problems, undo, former}) => {
    // What was handed over is in its place already, or its guard puts it there.
    const handed = former?.resources.control ?? null;
    const bound = former ? handed && revivePath(handed) : bindOrWarn(config, problems.raise);
    if (!bound) return null;
    const made: ControlSocket = {bound, server: null};
    undo.add(() => (made.server ? made.server.close() : closeQuietly(bound.fd)));
    undo.add(() => removeOwnPath(made.bound.path, made.bound.identity));
    if (!former) log({type: 'control-ready', path: bound.path});
    return made;
  },
  check: (config, {problems, running}) => {
    if (running) return;
    const directory = dirname(controlPath(config));
    const wasThere = existsSync(directory);
    const bound = bindOrWarn(config, problems.raise);
    if (bound) {
      removeOwnPath(bound.path, bound.identity);
      closeQuietly(bound.fd);
    }
    if (!wasThere) removeIfEmpty(directory);
  },
};

export const listeners: Resource<readonly Listener[]> = {
  make: (config, context) => makeListeners(config, context).finally(() => closeTaken(context.orphans)),
  check: (config, context) => checkListeners(config, context).finally(() => closeTaken(context.orphans)),
};

async function makeListeners(
  config: Config,
  {log, tellNow, undo, stopAsked, store, orphans, former}: MakeContext,
): Promise<readonly Listener[]> {
  if (config.fdstore && !former) demandStore(store, config);
  const {listeners: given, passedOver, broken} = findPassed(config.env);
  const before = former ? handedListeners(former.resources.listeners) : orphans.listeners;
  const passed = withAdopted(given, before);
  let unwanted: readonly PassedListener[] = [];
  const letGo = (stale: readonly PassedListener[]) => {
    unwanted = stale;
    for (const one of stale) log({type: 'passed-over', ...describeStale(one)});
    removeHanded(stale);
    return clearStore(store, [...stale.filter(({adopted}) => !adopted).map(asStored), ...broken]);
  };
  const onWait = (failure: InUse, ms: number) =>
    tellNow({type: 'address-in-use', problem: describeFailure(failure), ms});
  const opening = {passed, letGo, stopAsked, onWait};
  const made = await openListeners(config, opening);
  removeStored(unwanted);
  forgetPassed();
  undo.add(() => closeListeners(made));
  for (const {subject, cause} of passedOver) log({type: 'passed-over', subject, cause});
  tellOf(made, config, log);
  if (store && !config.fdstore) takeOut(made, store);
  return made;
}

async function checkListeners(
  config: Config,
  {running, orphans, handed, onListeners, keep}: CheckContext,
): Promise<void> {
  if (handed && config.fdstore) demandStore(storeIn(config.env), config);
  const {listeners: given, passedOver} = findPassed(config.env);
  const passed = withAdopted(given, handed?.listeners ?? orphans.listeners);
  const {reusePort} = config.listening;
  // A UDP socket that shares its port would take datagrams of others as soon as it is bound.
  const isLeft = (listener: PlacedListener) => reusePort && listener.type === 'udp';
  const tried = config.listeners.filter(listener => !isHeld(listener, running) && !isLeft(listener));
  const wish = {...config, listeners: tried};
  const made = await openListeners(wish, {passed, isTrial: true});
  keep(() => closeListeners(made));
  onListeners(made, passedOver);
}

function tellOf(made: readonly Listener[], {listening}: Config, log: Log): void {
  for (const listener of made) {
    if (listener.isHanded) continue;
    const {type: kind, address, fd, name, passed, stored, adopted} = listener;
    const from = passed ? {from: describePassed(passed)} : adopted && {holder: adopted.pid};
    log({type: 'listening', kind, address, fd, ...from, stored: stored !== null});
    const others = unboundOf(listener, made, listening.ipv6Dual);
    if (others.length > 0) log({type: 'addresses-unbound', kind, name, others});
  }
  const problem = listening.fastOpen === null ? null : fastOpenProblem();
  if (problem !== null) log({type: 'fast-open-off', problem});
  const fixed = made.filter(({type, passed}) => passed !== null && bindingOf(type, listening) !== '');
  for (const {type, address} of fixed) log({type: 'passed-as-is', kind: type, address});
}

/** The addresses of the listener's name on which no other listener is bound. */
function unboundOf({type, others}: Listener, all: readonly Listener[], isDual: boolean): readonly string[] {
  const isBound = (address: string) => {
    const port = address.split(':').at(-1);
    const isV6 = address.startsWith('[');
    const covering = [
      address,
      ...(isV6 || isDual ? [`[::]:${port}`] : []),
      ...(isV6 ? [] : [`0.0.0.0:${port}`]),
    ];
    return all.some(other => other.type === type && covering.includes(other.address));
  };
  return others.filter(address => !isBound(address));
}

/** @throws {Refusal} `no-store` */
function demandStore(store: Pick<Store, 'limit'> | null, {listeners: {length}, env}: Config): void {
  const address = env.NOTIFY_SOCKET ? 'is no address that ssd can use' : 'is not set';
  if (!store) throw new Refusal({code: 'no-store', cause: `NOTIFY_SOCKET ${address}`});
  if (store.limit === null || store.limit >= length) return;
  throw new Refusal({code: 'no-store', cause: `there are ${length}, and the store takes ${store.limit}`});
}

const UNWANTED = 'ssd has kept it for an option that is not there any more, or is another one now';

/** A socket that a service manager has passed to ssd is not taken out of a worker as well. */
function withAdopted(
  given: readonly PassedListener[],
  adopted: readonly PassedListener[],
): readonly PassedListener[] {
  const known = new Set(given.map(({fd}) => inodeOf(fd)));
  return [...given, ...adopted.filter(({fd}) => !known.has(inodeOf(fd)))];
}

/** Whatever comes of it: a listener is a duplicate of what was taken. */
function closeTaken({listeners: taken}: Orphans): void {
  for (const {fd} of taken) closeQuietly(fd);
}

function describeStale(one: PassedListener): {readonly subject: string; readonly cause: string} {
  const {type, address, adopted, handed} = one;
  if (handed) return {subject: `${type} ${address}`, cause: NOT_ASKED};
  if (!adopted) return {subject: describePassed(one), cause: UNWANTED};
  return {subject: `${type} ${address} of pid ${adopted.pid}`, cause: NOT_ASKED};
}

/** The paths of what the former image had bound itself. */
function removeHanded(stale: readonly PassedListener[]): void {
  for (const {handed, address} of stale) {
    const identity = handed ? identityOfHanded(handed) : null;
    if (!identity || handed?.stored !== null) continue;
    // A path that is left over harms nobody, and a start that fails here would leave the workers alone.
    causeIfFails(() => removeOwnPath(address, identity));
  }
}

/** The same for what was in the store of the service manager, where a stop leaves the path to the next start. */
function removeStored(stale: readonly PassedListener[]): void {
  for (const one of stale) {
    const {name} = asStored(one);
    const identity = one.type === 'unix' ? identityAt(one.address) : null;
    if (name === null || identity === null || !namesFile(name, identity)) continue;
    causeIfFails(() => removeOwnPath(one.address, identity));
  }
}

/** By the name under which the service manager keeps it. */
function asStored({fd, name, handed}: PassedListener): Passed {
  return {fd, name: handed ? handed.stored : name};
}

const NOT_ASKED = 'no option asks for it any more';

/** What is bound next may have the address of a socket that is not wanted any more. */
async function clearStore(store: Store | null, stale: readonly Passed[]): Promise<void> {
  for (const {name, fd} of stale) {
    if (name !== null) store?.forget(name);
    closeQuietly(fd);
  }
  if (stale.length > 0) await store?.settled();
}

/** Without `--fdstore` they end with ssd, as always. */
function takeOut(made: readonly Listener[], store: Store): void {
  for (const listener of made) {
    if (listener.stored !== null) store.forget(listener.stored);
    listener.stored = null;
  }
}

/** Whether the running instance has this listener. Then it is not tried, because a bind or a connection would disturb it. */
export function isHeld(listener: PlacedListener, running: Running | null): boolean {
  return (running?.listeners ?? []).some(({type, name, address}) => {
    if (type !== listener.type) return false;
    return listener.type === 'unix'
      ? name === listener.name
      : listener.port !== 0 && address.endsWith(`:${listener.port}`);
  });
}

function bindOrWarn(config: Config, raise: Raise): BoundPath | null {
  const bound = bindControl(config);
  if ('identity' in bound) return bound;
  raise({code: 'control-off', subject: controlPath(config), cause: describeFailure(bound)});
  return null;
}
