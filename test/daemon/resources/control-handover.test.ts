import {existsSync, fstatSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import type {Config} from '../../../src/daemon/config/config.js';
import {handOverPath, type ResourcesState} from '../../../src/daemon/resources/handed-over.js';
import type {MakeContext} from '../../../src/daemon/resources/resource.js';
import {control} from '../../../src/daemon/resources/sockets.js';
import {bindUnixSocket} from '../../../src/daemon/sockets/unix-socket.js';
import {createUndo} from '../../../src/daemon/system/undo.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';

async function make(path: string, handover: ResourcesState | null) {
  const undo = createUndo(error => {
    throw error;
  });
  const told: string[] = [];
  const context: Partial<MakeContext> = {
    log: line => told.push(line.type),
    problems: {raise: ({code}) => told.push(code), solve: () => {}},
    undo,
    former: handover && {resources: handover, children: {children: []}},
  };
  const config: Partial<Config> = {name: {value: 'web', given: true}, control: path, env: {}};
  return {made: await control.make(config as Config, context as MakeContext), undo, told};
}

test('a control socket that was handed over is not bound anew, and is removed at the end', async t => {
  const path = join(temporaryDirectory(t), 'c');
  const bound = bindUnixSocket(path, {mode: 0o600, owner: null}, 8);
  if ('problem' in bound) throw new Error(bound.problem);
  const {state, fds} = handOverPath(bound);
  t.deepEqual(fds, [bound.fd]);
  const {made, undo, told} = await make(path, {
    control: JSON.parse(JSON.stringify(state)),
    pidFile: null,
    logTarget: null,
    listeners: [],
  });
  t.deepEqual(made, {bound, server: null});
  t.deepEqual(told, []);
  undo.run();
  t.false(existsSync(path));
  t.throws(() => fstatSync(bound.fd), {code: 'EBADF'});
});

test('where there was none, none is made', async t => {
  const path = join(temporaryDirectory(t), 'c');
  const {made, told} = await make(path, {control: null, pidFile: null, logTarget: null, listeners: []});
  t.deepEqual([made, told], [null, []]);
  t.false(existsSync(path));
});

test('in an ordinary start it is bound, and told', async t => {
  const path = join(temporaryDirectory(t), 'c');
  const {made, told, undo} = await make(path, null);
  t.is(made?.bound.path, path);
  t.deepEqual(told, ['control-ready']);
  undo.run();
});
