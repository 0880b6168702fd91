/** Workers go on when ssd is replaced by execve(2), as if the new image had started them. */
import test from 'ava';
import {acrossExec} from '../../../helpers/adapters/reexec.js';
import {source} from '../../../helpers/adapters/script.js';
import {createRig} from '../../../helpers/rig.js';

const common = `
  import {createReadiness} from '${source('daemon/workers/readiness/create')}';
  import {createEnvironmentReader} from '${source('daemon/workers/environment')}';
  import {createPins} from '${source('daemon/workers/release/pins')}';
  import {createStderrTails} from '${source('daemon/workers/stderr/tails')}';
  import {createBorder} from '${source('daemon/faults/border')}';
  import {resumeWorkers} from '${source('daemon/workers/watching/watch-worker')}';
  import {spawnWorkers} from '${source('daemon/workers/spawn')}';
  import {watchChildren} from '${source('daemon/workers/children')}';
  import {UNCONFINED} from '${source('daemon/workers/privileges/confinement')}';
  import {monotonicMs} from '${source('shared/monotonic')}';
  const told = [];
  let heard = () => {};
  const until = done => new Promise(resolve => {
    heard = () => { if (done()) setImmediate(resolve); };
    heard();
  });
  const has = (type, worker) => told.some(one => one.type === type && one.worker === worker);
  const create = (program, revived = {}) => {
    const {children: former = null, tails: tailsState = null, readiness: readinessState = null} = revived;
    const children = watchChildren(false, former);
    const now = () => Math.floor(monotonicMs());
    const submit = ({now, generation, pid, ...input}) => { told.push(input); heard(); };
    const onStop = (_, signal) => { told.push({type: 'stop', signal}); heard(); };
    const tails = createStderrTails({capture: true, now, passOn: data => data.length}, tailsState);
    const given = {listeners: [], children, now, submit, confinement: UNCONFINED};
    const problems = {raise: () => {}, solve: () => {}};
    const readiness = createReadiness({how: 'fd'}, {...given, problems}, readinessState);
    const environment = createEnvironmentReader(process.env);
    return {
      ...given, program, directory: null, environment, pins: createPins(null, environment), checks: {prepare: () => {}},
      killGroup: true, listenFds: false, forms: [], border: createBorder(problem => { throw new Error(problem.cause); }),
      readiness, tails, withTrace: env => env, onEnvironment: () => {}, onStop,
    };
  };
  const handAll = ({children, tails, readiness}, rest) => {
    const handed = {children: children.handOver(), tails: tails.handOver(), readiness: readiness.handOver()};
    const state = Object.fromEntries(Object.entries(handed).map(([name, {state}]) => [name, state]));
    handOver({state, fds: Object.values(handed).flatMap(({fds}) => fds)}, rest);
  };`;

/** By its index: one that becomes ready later, one whose leader has ended, one that is stopped, one that ends. */
const WORKER = `
  case $SSD_WORKER_INDEX in
    0) echo before >&2; read line <go; echo >&$SSD_READY_FD; read line <go; echo after >&2; exit 3;;
    1) echo >&$SSD_READY_FD; read line <end & exit 4;;
    2) echo >&$SSD_READY_FD; kill -STOP $$; exit 5;;
    3) echo last words >&2; exit 6;;
  esac`;

test('readiness, ends, stops and last words of workers are told once across an exec', async t => {
  const rig = await createRig(t);
  await rig.run(['mkfifo', 'go', 'end']);
  const program = JSON.stringify(['/bin/sh', '-c', WORKER]);
  const found = await acrossExec(rig, {
    common,
    before: `
      const context = create(${program});
      const order = (...ids) => ({
        type: 'spawn', generation: 7, places: ids.map(id => ({id, index: id})), of: 4, origin: {type: 'link'}, keep: [], serving: true,
      });
      spawnWorkers(context, order(0, 1, 2));
      await until(() => has('leader-ended', 1) && told.some(({type}) => type === 'stop') && has('ready', 2));
      while (context.tails.read({generation: 7, worker: 0}).lines.length === 0) await new Promise(setImmediate);
      spawnWorkers(context, order(3));
      const pids = context.readiness.handOver().state.hold.workers.map(({worker, generation, pid}) => ({worker, generation, pid}));
      // It is forgotten with the end of its leader, as the model does not.
      pids.push({generation: 7, worker: 1, pid: context.children.handOver().state.children.find(({ended}) => ended).pid});
      handAll(context, {pids, before: told});`,
    after: `
      const context = create(${program}, state);
      resumeWorkers(context, rest.pids);
      const left = context.children.forgetRest();
      const go = openSync('go', 'r+');
      writeSync(go, '\\n');
      await until(() => has('ready', 0) && has('exited', 3));
      for (const {worker, pid} of rest.pids) if (worker === 2) context.children.resume(pid);
      writeSync(go, '\\n');
      writeSync(openSync('end', 'r+'), '\\n');
      await until(() => [0, 1, 2, 3].every(worker => has('exited', worker)));
      const lines = [0, 3].map(worker => context.tails.read({generation: 7, worker}).lines);
      const all = [...rest.before, ...told].filter(({type}) => !['environment', 'spawned'].includes(type));
      context.readiness.dispose();
      print({left, lines, told: all.map(({type, worker, ending, signal}) =>
        [worker ?? '', type, ending?.code ?? signal ?? ''].join(' ').trim()).sort()});`,
  });
  t.deepEqual(found, {
    left: [],
    lines: [['before', 'after'], ['last words']],
    told: [
      '0 exited 3',
      '0 ready',
      '1 exited 4',
      '1 leader-ended 4',
      '2 exited 5',
      '2 ready',
      '3 exited 6',
      'stop',
      'stop SIGSTOP',
    ],
  });
});
