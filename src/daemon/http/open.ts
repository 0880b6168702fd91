/** HTTP while ssd runs: it is served, and its path is put back after somebody removed it. */
import {MADE_AGAIN} from '../../shared/words/describe-problem.js';
import {causeOf, Refusal} from '../../shared/words/errors.js';
import {describeFailure} from '../../shared/words/wording.js';
import type {Border} from '../faults/border.js';
import {createBrake} from '../faults/last-net.js';
import {guardPath, makeDirectoryOf} from '../files/guard-path.js';
import {isOwnPath} from '../files/own-path.js';
import type {Problems} from '../problems/problems.js';
import type {HttpSocket} from '../resources/http.js';
import {openFilesLimit} from '../sockets/binding/room.js';
import {type BoundHttp, bindHttpPath} from '../sockets/http/bind.js';
import {now} from '../system/clock.js';
import type {Undo} from '../system/undo.js';
import {MAX_CONNECTIONS} from './connections.js';
import {type HttpServer, serveHttp} from './server.js';
import type {HttpView} from './view.js';

export type HttpParts = {
  readonly view: HttpView;
  readonly problems: Problems;
  readonly border: Border;
  readonly undo: Undo;
};

/** The part of the limit of open files that HTTP may take. Workers and control clients need the rest. */
const SHARE_OF_FILES = 4;

/** Serves HTTP, and adds to `undo` what ends the guard of its path. */
export function openHttp(http: HttpSocket, {view, problems, border, undo}: HttpParts): void {
  const brake = createBrake(now);
  const {place, wish, isLoopback} = http.bound;
  const server = serveHttp({
    fd: http.bound.fd,
    clients: http.clients,
    view,
    loopback: wish.type === 'tcp' && isLoopback ? wish.host : null,
    mostConnections: Math.min(MAX_CONNECTIONS, Math.ceil(openFilesLimit() / SHARE_OF_FILES)),
    border,
    onError: error => {
      problems.raise({code: 'http-failed', subject: place, cause: causeOf(error)});
      // Node tries again at the next turn of the loop.
      brake();
    },
  });
  http.server = server;
  if (wish.type === 'unix') undo.add(guardHttp(http, {wish, server, problems}));
}

type Guarded = {
  readonly wish: BoundHttp['wish'] & {readonly type: 'unix'};
  readonly server: HttpServer;
  readonly problems: Pick<Problems, 'raise' | 'solve'>;
};

function guardHttp(http: HttpSocket, {wish, server, problems}: Guarded): () => void {
  const {path} = wish;
  const problem = {code: 'http-off', subject: path} as const;
  const isThere = () => http.bound.identity !== null && isOwnPath(path, http.bound.identity);
  const solve = () => problems.solve(problem.code, problem.subject);
  let isOff = false;
  // The image before this one may have ended before it saw that.
  if (isThere()) solve();
  const guard = guardPath<string>({
    path: () => path,
    isThere,
    putBack: () => {
      makeDirectoryOf(path, 0o755);
      try {
        http.bound = bindHttpPath(wish);
      } catch (error) {
        return error instanceof Refusal ? describeFailure(error.failure) : causeOf(error);
      }
      server.moveTo(http.bound.fd);
      return null;
    },
    onBack: () => {
      // What was told already ends with its own words.
      if (!isOff) problems.raise({...problem, cause: MADE_AGAIN});
      isOff = false;
      solve();
    },
    onThere: () => {
      isOff = false;
      solve();
    },
    onFailed: cause => {
      isOff = true;
      problems.raise({...problem, cause});
    },
  });
  return guard.dispose;
}
