/**
 * The trace to which a request belongs, as the W3C has it (https://www.w3.org/TR/trace-context/): the texts of `traceparent`
 * and `tracestate`, which the variables TRACEPARENT and TRACESTATE hand from one process to the next. Part of the protocol.
 */

export type TraceContext = {
  /** @example 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 */
  readonly traceparent: string;
  /** What tracing systems add to it. Left out if there is none. */
  readonly tracestate?: string;
};

/** The longest text of either that a request may have. */
export const MAX_TRACE_TEXT = 512;

const VERSION_00 = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
/** A list of `key=value`. What is in it is not for us to read. */
const PRINTABLE = /^[\x20-\x7e]+$/;

/**
 * Checks them strictly: what is no context of version 00 is none at all, and a tracestate that is too long is left out.
 * Tracing is no reason to refuse a restart.
 */
export function traceContext(
  traceparent: string | null | undefined,
  tracestate?: string | null,
): TraceContext | null {
  if (!traceparent || !parseTraceparent(traceparent)) return null;
  const state = tracestate?.trim() ?? '';
  const isSound = state.length <= MAX_TRACE_TEXT && PRINTABLE.test(state);
  return isSound ? {traceparent, tracestate: state} : {traceparent};
}

/** That of an environment, or null. */
export function traceContextIn(env: Readonly<Record<string, string | undefined>>): TraceContext | null {
  return traceContext(env.TRACEPARENT, env.TRACESTATE);
}

/** The variables that tell a process of it. */
export function traceVariables({traceparent, tracestate}: TraceContext): Record<string, string> {
  return {TRACEPARENT: traceparent, ...(tracestate !== undefined && {TRACESTATE: tracestate})};
}

export type Traceparent = {readonly traceId: string; readonly spanId: string; readonly flags: number};

/** @returns null if it is not one of version 00, or an id has only zeros */
export function parseTraceparent(text: string): Traceparent | null {
  const [, traceId = '', spanId = '', flags = ''] = VERSION_00.exec(text) ?? [];
  if (!/[^0]/.test(traceId) || !/[^0]/.test(spanId)) return null;
  return {traceId, spanId, flags: Number.parseInt(flags, 16)};
}
