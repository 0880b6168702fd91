/** Ties the parts together: what the environment asks for, the recorder, the exporter. */
import {hostname} from 'node:os';
import {packageVersion} from '../../shared/package.js';
import {traceContextIn} from '../../shared/protocol/trace/context.js';
import {now, systemNow} from '../system/clock.js';
import type {Traces, TracesContext} from './port.js';
import {createRecorder} from './recording/recorder.js';
import {encode} from './sending/encode.js';
import {createExporter} from './sending/exporter.js';
import {isLookingUp} from './sending/look-up.js';
import {readTraceSettings} from './settings/read.js';
import type {TracesState} from './traces-state.js';

/** @returns null: no traces are to be sent */
export function openOtlp(context: TracesContext, former: TracesState | null): Traces | null {
  const {config, log, problems, border} = context;
  const settings = readTraceSettings(config.env, oddity => log({type: 'trace-setting', ...oddity}));
  if (!settings) return null;
  const instance = config.name.value;
  const version = packageVersion();
  const resource = {'host.name': hostname(), 'process.pid': process.pid, ...settings.resource};
  const exporter = createExporter(
    {
      encode: spans => encode(spans, {resource, version}),
      // Loads node:http, when there is something to send.
      post: async (...sent) => (await import('./sending/post.js')).post(settings, ...sent),
      subject: `${settings.url.origin}${settings.url.pathname}`,
      problems,
      border,
    },
    former,
  );
  const recorder = createRecorder(
    {
      sampler: settings.sampler,
      now,
      timeOfDay: () => systemNow().getTime(),
      startedBy: traceContextIn(config.env),
      instance,
      onSpan: exporter.add,
    },
    former?.roots,
  );
  return {
    observe: border.guard('traces', recorder.observe),
    nameTrace: recorder.nameTrace,
    withTrace: (env, order) => {
      try {
        return recorder.withTrace(env, order);
      } catch (error) {
        // The start of a worker does not depend on it.
        border.report('traces', error);
        return env;
      }
    },
    handOver: () => ({state: {roots: recorder.roots(), ...exporter.unsent()}, fds: []}),
    flush: async () => {
      await exporter.flush();
      return {isHeldUp: isLookingUp()};
    },
  };
}
