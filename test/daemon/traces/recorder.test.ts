/** Whatever happens in the core, each restart becomes one trace, once, and its parts lie within it. */
import test, {type ExecutionContext} from 'ava';
import {createRecorder} from '../../../src/daemon/traces/recording/recorder.js';
import type {Root, Span} from '../../../src/daemon/traces/recording/span.js';
import {runScenario} from '../../simulation/run.js';
import {scenarioOf} from '../../simulation/storm/scenario.js';
import type {Observed} from '../../simulation/world/simulation.js';

const RUNS = 300;
/** More restarts than these a model cannot have at once. */
const SLOTS = 4;

/** The traces of a world, and how the log says that its restarts have ended. */
type Recorded = {spans: Span[]; ends: string[]; most: number; left: readonly Root[]};

/** @param isHandedOver whether another recorder goes on after each step */
function record(seed: number, isHandedOver = false): Recorded {
  const recorded: Recorded = {spans: [], ends: [], most: 0, left: []};
  const create = (roots: readonly Root[]) =>
    createRecorder(
      {
        sampler: () => true,
        timeOfDay: () => 0,
        now: () => 0,
        startedBy: null,
        instance: 'test',
        onSpan: span => recorded.spans.push(span),
      },
      roots,
    );
  let recorder = create([]);
  const listen = ({before, event: input, model: after, effects}: Observed) => {
    // An ssd that was killed has taken along what went on.
    const isNew = input.type === 'adopt' || input.type === 'boot';
    if (isNew) Object.assign(recorded, {spans: [], ends: []});
    if (isNew) recorder = create([]);
    else if (isHandedOver) recorder = create(JSON.parse(JSON.stringify(recorder.roots())));
    recorder.observe({before, input, after, effects});
    recorded.most = Math.max(recorded.most, recorder.roots().length);
    for (const effect of effects)
      if (effect.type === 'publish' && effect.event.type === 'restart-ended')
        recorded.ends.push(effect.event.verdict);
  };
  const {broken} = runScenario(scenarioOf(seed), undefined, listen);
  if (broken !== null) throw new Error(`${broken}: seed ${seed}`);
  return {...recorded, left: recorder.roots()};
}

for (const isHandedOver of [false, true]) {
  const how = isHandedOver ? ', though it goes over into another image at each step' : '';
  test(`each restart of ${RUNS} worlds is one trace, with its parts in it${how}`, t => {
    for (let seed = 1; seed <= RUNS; seed++) {
      const {spans, most, left} = record(seed, isHandedOver);
      t.true(most <= SLOTS, `seed ${seed}`);
      t.deepEqual(left, [], `seed ${seed}: a trace has no end`);
      checkTraces(t, spans, seed);
    }
  });
}

test('a trace says how its restart has ended, as the log does', t => {
  for (let seed = 1; seed <= RUNS; seed++) {
    const {spans, ends} = record(seed);
    const verdicts = spans.map(({attributes}) => attributes['ssd.verdict']);
    // `failed` may be for one client, while the restart goes on for others.
    for (const verdict of ['superseded', 'completed']) {
      const told = ends.filter(end => end === verdict).length;
      const shown = verdicts.filter(end => end === verdict).length;
      // A start that replaces nothing ends as well, without an event.
      t.true(shown >= told, `seed ${seed}: ${told} ${verdict} in the log, ${shown} in the traces`);
    }
  }
});

function checkTraces(t: ExecutionContext, spans: readonly Span[], seed: number): void {
  const roots = spans.filter(({parentSpanId}) => parentSpanId === null);
  t.is(new Set(roots.map(({traceId}) => traceId)).size, roots.length, `seed ${seed}: a trace ends twice`);
  t.is(new Set(spans.map(({spanId}) => spanId)).size, spans.length, `seed ${seed}: an id is there twice`);
  for (const part of spans.filter(({parentSpanId}) => parentSpanId !== null)) {
    const root = roots.find(({traceId}) => traceId === part.traceId);
    t.is(part.parentSpanId, root?.spanId ?? null, `seed ${seed}: ${part.name} is without its restart`);
    t.true(root !== undefined && part.startMs >= root.startMs && part.endMs <= root.endMs, `seed ${seed}`);
  }
}
