/** The control socket while ssd runs: it serves sessions, and is put back after somebody removed it. */
import {causeOf} from '../shared/words/errors.js';
import {describeFailure} from '../shared/words/wording.js';
import type {Config} from './config/config.js';
import type {ControlState} from './control/control-state.js';
import type {Daemon} from './control/handlers.js';
import {type ControlServer, serveControl} from './control/server.js';
import type {Border} from './faults/border.js';
import {createBrake} from './faults/last-net.js';
import {isOwnPath} from './files/own-path.js';
import type {Log} from './log/log.js';
import type {Problems} from './problems/problems.js';
import type {ControlSocket} from './resources/sockets.js';
import {guardControl} from './sockets/control-guard.js';
import {isOwnUser} from './sockets/control-place.js';
import {now} from './system/clock.js';
import type {Undo} from './system/undo.js';

export type ControlParts = {
  readonly config: Config;
  readonly daemon: Daemon;
  readonly log: Log;
  readonly problems: Problems;
  readonly border: Border;
  readonly undo: Undo;
  /** The sessions of the ssd before this one. */
  readonly revived: ControlState | null;
};

/** Serves `control`, and adds to `undo` what ends its guard. */
export function openControl(
  control: ControlSocket,
  {config, daemon, log, problems, border, undo, revived}: ControlParts,
): ControlServer {
  const brake = createBrake(now);
  const server = serveControl({
    fd: control.bound.fd,
    daemon,
    isPermitted: isOwnUser,
    onError: error => {
      problems.raise({code: 'control-failed', subject: control.bound.path, cause: causeOf(error)});
      // A connection that cannot be accepted stays in the backlog, and Node tries again at the next turn of the loop.
      brake();
    },
    border,
    revived,
  });
  control.server = server;
  const unguard = guardControl({
    bound: control.bound,
    wish: config,
    onBound: border.guard('the new control socket', bound => {
      control.bound = bound;
      server.moveTo(bound.fd);
      problems.solve('control-off', bound.path);
      log({type: 'control-restored', path: bound.path});
    }),
    onThere: () => problems.solve('control-off', control.bound.path),
    onFailed: failure =>
      problems.raise({code: 'control-off', subject: control.bound.path, cause: describeFailure(failure)}),
  });
  undo.add(unguard);
  // The ssd before this one may have ended before it saw that.
  if (isOwnPath(control.bound.path, control.bound.identity))
    problems.solve('control-off', control.bound.path);
  return server;
}
