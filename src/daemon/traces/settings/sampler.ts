/** Which traces are recorded (OTEL_TRACES_SAMPLER). */
import type {Env} from '../../../shared/instance-paths.js';
import type {Tell} from './tell.js';

/** @param parent whether the trace to which it belongs is recorded; null: it belongs to none */
export type Sampler = (traceId: string, parent: boolean | null) => boolean;

const ALWAYS: Sampler = () => true;
const NEVER: Sampler = () => false;
const byParent =
  (root: Sampler): Sampler =>
  (traceId, parent) =>
    parent ?? root(traceId, null);

const VARIABLE = 'OTEL_TRACES_SAMPLER';

/** The default is `parentbased_always_on`. */
export function readSampler(env: Env, tell: Tell): Sampler {
  const name = env[VARIABLE] ?? 'parentbased_always_on';
  const [, parentBased, root = ''] = /^(parentbased_)?(.*)$/.exec(name) ?? [];
  const sampler = rootSampler(root, env, tell);
  if (!sampler) tell({variable: VARIABLE, fault: 'ignored', value: name});
  if (!sampler) return byParent(ALWAYS);
  return parentBased ? byParent(sampler) : sampler;
}

function rootSampler(name: string, env: Env, tell: Tell): Sampler | null {
  if (name === 'always_on') return ALWAYS;
  if (name === 'always_off') return NEVER;
  return name === 'traceidratio' ? byRatio(env, tell) : null;
}

/** The last 56 bits of a trace id are random. */
function byRatio({OTEL_TRACES_SAMPLER_ARG: text = '1'}: Env, tell: Tell): Sampler {
  const ratio = Number(text);
  if (!(ratio >= 0 && ratio <= 1)) {
    tell({variable: 'OTEL_TRACES_SAMPLER_ARG', fault: 'ignored', value: text});
    return ALWAYS;
  }
  return traceId => Number.parseInt(traceId.slice(-14), 16) < ratio * 2 ** 56;
}
