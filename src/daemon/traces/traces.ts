/**
 * Traces: each restart is one, if a collector is named in the environment (OpenTelemetry's OTEL_EXPORTER_OTLP_ENDPOINT). Nothing
 * else of this folder is loaded without it, and ssd takes no part in any trace.
 *
 *     request ─▶ nameTrace ─┐
 *     step of the core ─────┴▶ recorder: spans ─▶ exporter: a bounded queue ─▶ post: one request at a time
 *                                 │
 *     spawn ─▶ withTrace ◀────────┘  TRACEPARENT of the workers
 */
import {NOTHING} from '../handover/gather.js';
import type {Traces, TracesContext} from './port.js';
import type {TracesState} from './traces-state.js';

const NONE: Traces = {
  nameTrace: () => {},
  observe: null,
  withTrace: env => env,
  handOver: () => NOTHING,
  flush: async () => ({isHeldUp: false}),
};

/** @param former what a former image of ssd has handed over */
export async function openTraces(context: TracesContext, former: TracesState | null): Promise<Traces> {
  const {env} = context.config;
  if (!env.OTEL_EXPORTER_OTLP_ENDPOINT && !env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) return NONE;
  const {openOtlp} = await import('./open.js');
  return openOtlp(context, former) ?? NONE;
}
