/**
 * What OpenTelemetry's variables say, as far as ssd heeds them. They are read once, from ssd's own environment.
 *
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
import type {Env} from '../../../shared/instance-paths.js';
import {readHeaders, readPairs} from './pairs.js';
import {readSampler, type Sampler} from './sampler.js';
import type {Tell} from './tell.js';

export type TraceSettings = {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Files with certificates and a key, for https. */
  readonly tls: {readonly ca: string | null; readonly cert: string | null; readonly key: string | null};
  readonly sampler: Sampler;
  /** What the environment says of the resource. */
  readonly resource: Readonly<Record<string, string>>;
};

const DEFAULT_TIMEOUT_MS = 10_000;
/** A request that takes longer helps nobody, and the next one waits for it. */
const LONGEST_TIMEOUT_MS = 60_000;
const PATH = 'v1/traces';
const SERVICE = 'ssd';

/** @returns null: no traces are to be sent */
export function readTraceSettings(given: Env, tell: Tell): TraceSettings | null {
  const env = nonEmpty(given);
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || !isExporter(env, tell)) return null;
  const url = readUrl(env, tell);
  if (!url || !isSpoken(env, tell)) return null;
  const [headers = '', headersIn] = ofTraces(env, 'HEADERS');
  return {
    url,
    headers: readHeaders(headers, headersIn, tell),
    timeoutMs: readTimeout(env, tell),
    tls: {
      ca: ofTraces(env, 'CERTIFICATE')[0] ?? null,
      cert: ofTraces(env, 'CLIENT_CERTIFICATE')[0] ?? null,
      key: ofTraces(env, 'CLIENT_KEY')[0] ?? null,
    },
    sampler: readSampler(env, tell),
    resource: readResource(env, tell),
  };
}

/** An empty variable is as good as none. */
function nonEmpty(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()));
}

/** What is said of traces alone comes first. */
function ofTraces(env: Env, what: string): readonly [value: string | undefined, name: string] {
  const own = `OTEL_EXPORTER_OTLP_TRACES_${what}`;
  const name = env[own] === undefined ? `OTEL_EXPORTER_OTLP_${what}` : own;
  return [env[name], name];
}

function isExporter({OTEL_TRACES_EXPORTER: exporters = 'otlp'}: Env, tell: Tell): boolean {
  const named = exporters.split(',').map(name => name.trim());
  if (named.includes('otlp')) return true;
  if (!named.includes('none'))
    tell({variable: 'OTEL_TRACES_EXPORTER', fault: 'other-exporter', value: exporters});
  return false;
}

/** The address for traces is taken as it is, and the general one is where all paths begin. */
function readUrl(env: Env, tell: Tell): URL | null {
  const [text = '', variable] = ofTraces(env, 'ENDPOINT');
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    tell({variable, fault: 'no-address'});
    return null;
  }
  url.hash = '';
  if (variable === 'OTEL_EXPORTER_OTLP_ENDPOINT')
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/${PATH}`;
  return url;
}

/** Who takes `http/protobuf` takes JSON at the same address. gRPC has another. */
function isSpoken(env: Env, tell: Tell): boolean {
  const [value = 'http/json', variable] = ofTraces(env, 'PROTOCOL');
  if (value === 'http/json') return true;
  const isHttp = value === 'http/protobuf';
  tell({variable, fault: isHttp ? 'sent-as-json' : 'other-protocol', value});
  return isHttp;
}

function readTimeout(env: Env, tell: Tell): number {
  const [text, variable] = ofTraces(env, 'TIMEOUT');
  if (text === undefined) return DEFAULT_TIMEOUT_MS;
  const ms = /^\s*\d{1,15}\s*$/.test(text) ? Number(text) : 0;
  if (ms > 0) return Math.min(ms, LONGEST_TIMEOUT_MS);
  tell({variable, fault: 'ignored', value: text});
  return DEFAULT_TIMEOUT_MS;
}

function readResource(env: Env, tell: Tell): Readonly<Record<string, string>> {
  const variable = 'OTEL_RESOURCE_ATTRIBUTES';
  const pairs = readPairs(env[variable] ?? '');
  // As the specification has it: what cannot be read is discarded whole.
  if (!pairs) tell({variable, fault: 'ignored'});
  const service = env.OTEL_SERVICE_NAME;
  return {'service.name': SERVICE, ...pairs, ...(service && {'service.name': service})};
}
