/** The socket of `--http`. Clients wait in its queue until the server is there. */
import {causeIfFails, Refusal} from '../../shared/words/errors.js';
import {describeFailure} from '../../shared/words/wording.js';
import type {HttpWish} from '../config/http/read.js';
import {removeOwnPath} from '../files/own-path.js';
import {fromPlain} from '../files/plain-identity.js';
import {createPatience} from '../sockets/binding/in-use.js';
import {type BoundHttp, bindHttp} from '../sockets/http/bind.js';
import {type HttpState, isInTheWay, isSameHttp, reviveHttp} from '../sockets/http/handed.js';
import {closeQuietly} from '../system/close-quietly.js';
import type {MakeContext, Resource, Running} from './resource.js';

/** `server` is null until it is loaded. */
export type HttpSocket = {
  bound: BoundHttp;
  /** Connections that the former image has accepted. They are the server's as soon as that is there. */
  readonly clients: readonly number[];
  server: {
    readonly close: () => void;
    readonly settled: () => Promise<unknown>;
    readonly idle: () => readonly number[];
  } | null;
};

export const http: Resource<HttpSocket | null> = {
  make: async ({http: wish, listening}, context) => {
    const {undo, former} = context;
    const handed = former?.resources.http ?? null;
    const revived = handed && wish && (await revive(handed, wish));
    if (handed && !revived) letGo(handed);
    const bound =
      revived ??
      (wish &&
        (former ? await bindIfPossible(wish, context) : await bind(wish, listening.bindRetryMs, context)));
    if (!bound) return null;
    const clients = revived ? (handed?.clients ?? []) : [];
    const made: HttpSocket = {bound, clients, server: null};
    undo.add(() => (made.server ? made.server.close() : closeQuietly(made.bound.fd)));
    undo.add(() => removePath(made.bound));
    return made;
  },
  check: async ({http: wish}, {running, handed}) => {
    const former = handed?.http ?? null;
    if (!wish || isHeld(wish, running) || (former && (await isSameHttp(former, wish)))) return;
    try {
      const bound = await bindHttp(wish, {patience: createPatience(0)});
      removePath(bound);
      closeQuietly(bound.fd);
    } catch (error) {
      if (!former || !isInTheWay(former, error)) throw error;
    }
  },
};

async function bind(
  wish: HttpWish,
  retryMs: number,
  {log, tellNow, stopAsked}: Pick<MakeContext, 'log' | 'tellNow' | 'stopAsked'>,
): Promise<BoundHttp> {
  const bound = await bindHttp(wish, {
    patience: createPatience(retryMs, stopAsked),
    stopAsked,
    onWait: (failure, ms) => tellNow({type: 'address-in-use', problem: describeFailure(failure), ms}),
  });
  log({type: 'http-ready', place: bound.place});
  return bound;
}

/** The check of the handover has tried that. A start that fails here would leave the workers alone, so ssd goes on without HTTP. */
async function bindIfPossible(wish: HttpWish, context: MakeContext): Promise<BoundHttp | null> {
  try {
    return await bind(wish, 0, context);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const cause = describeFailure(error.failure);
    context.problems.raise({code: 'http-off', subject: wish.asked, cause});
    return null;
  }
}

/** @returns null: it is elsewhere, or it cannot be told where it is to be, or its path cannot get its mode; a new one may */
async function revive(handed: HttpState, wish: HttpWish): Promise<BoundHttp | null> {
  try {
    return (await isSameHttp(handed, wish)) ? reviveHttp(handed, wish) : null;
  } catch {
    return null;
  }
}

/** A path that is left over harms nobody. */
function letGo({fd, place, file, clients}: HttpState): void {
  if (file) causeIfFails(() => removeOwnPath(place, fromPlain(file)));
  for (const one of [fd, ...clients]) closeQuietly(one);
}

function removePath({place, identity}: BoundHttp): void {
  if (identity) removeOwnPath(place, identity);
}

/** Whether the running instance serves HTTP there. Then it is not tried. */
export function isHeld(wish: HttpWish, running: Running | null): boolean {
  const place = running?.http;
  if (place === undefined) return false;
  return wish.type === 'unix' ? place === wish.path : wish.port !== 0 && place.endsWith(`:${wish.port}`);
}
