/** A collector of OpenTelemetry: it takes traces by OTLP/HTTP in JSON, checks their shape, and gives them to the test. */
import http, {type IncomingMessage, type RequestListener, type ServerResponse} from 'node:http';
import type {AddressInfo, Server} from 'node:net';
import type {ExecutionContext} from 'ava';
import * as v from 'valibot';
import {Mailbox} from '../mailbox.js';
import {type Exported, plain, REQUEST} from './shape.js';

export type Seen = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parent: string | null;
  readonly state: string | undefined;
  readonly name: string;
  readonly flags: number;
  /** In milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly attributes: ReturnType<typeof plain>;
  readonly events: readonly {readonly name: string; readonly attributes: ReturnType<typeof plain>}[];
  readonly links: readonly {readonly traceId: string; readonly spanId: string}[];
  /** null: it did not fail. */
  readonly error: string | null;
};

export type Request = {
  readonly path: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly resource: ReturnType<typeof plain>;
  readonly spans: readonly Seen[];
  readonly respond: (status?: number, headers?: http.OutgoingHttpHeaders, body?: string) => void;
  /** For answers that are none. */
  readonly response: ServerResponse;
};

export type Collector = {
  readonly port: number;
  readonly env: {readonly OTEL_EXPORTER_OTLP_ENDPOINT: string};
  /** The next request, which is not answered yet. */
  readonly next: () => Promise<Request>;
  /** The next trace that is whole: the span that has all others in it comes last. Answers all requests. */
  readonly trace: () => Promise<Trace>;
};

export type Trace = {
  /** The one that has the others in it. */
  readonly root: Seen;
  /** The others, in the order in which they ended. */
  readonly parts: readonly Seen[];
  readonly part: (name: string) => Seen;
  readonly resource: Request['resource'];
};

/** @param serve makes the server; by default one of plain HTTP */
export async function createCollector(
  t: Pick<ExecutionContext, 'teardown'>,
  serve: (listener: RequestListener) => Server = http.createServer,
): Promise<Collector> {
  const requests = new Mailbox<Request | Error>('a request to the collector');
  const server = serve((message, response) => {
    received(message, response).then(
      request => requests.put(request),
      error => requests.put(error instanceof Error ? error : new Error(String(error))),
    );
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.close();
    if (server instanceof http.Server) server.closeAllConnections();
  });
  const {port} = server.address() as AddressInfo;
  const next = async () => {
    const request = await requests.take();
    if (request instanceof Error) throw request;
    return request;
  };
  const waiting: Seen[] = [];
  const whole: Trace[] = [];
  const trace = async () => {
    while (whole.length === 0) {
      const {spans, resource, respond} = await next();
      respond();
      for (const span of spans) {
        const isRoot = 'ssd.verdict' in span.attributes;
        // What was not answered is sent again, with the same ids.
        if (waiting.some(({spanId}) => spanId === span.spanId)) continue;
        if (!isRoot) waiting.push(span);
        else whole.push(traceOf(span, resource, takeOut(waiting, span.traceId)));
      }
    }
    return whole.shift() as Trace;
  };
  return {port, env: {OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`}, next, trace};
}

function takeOut(spans: Seen[], traceId: string): readonly Seen[] {
  const taken = spans.filter(span => span.traceId === traceId);
  spans.splice(0, spans.length, ...spans.filter(span => span.traceId !== traceId));
  return taken;
}

function traceOf(root: Seen, resource: Request['resource'], parts: readonly Seen[]): Trace {
  const strangers = parts.filter(({parent}) => parent !== root.spanId);
  if (strangers.length > 0) throw new Error(`parts of another: ${JSON.stringify(strangers)}`);
  const part = (name: string) => {
    const [one, ...more] = parts.filter(each => each.name === name);
    if (!one || more.length > 0)
      throw new Error(`${more.length + (one ? 1 : 0)} ${name} in ${JSON.stringify(parts)}`);
    return one;
  };
  return {root, parts, part, resource};
}

async function received(message: IncomingMessage, response: ServerResponse): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  if (message.method !== 'POST') throw new Error(`the method is ${message.method}`);
  const {headers, url: path} = message;
  if (headers['content-type'] !== 'application/json') throw new Error(`it is ${headers['content-type']}`);
  const {resourceSpans} = v.parse(REQUEST, JSON.parse(Buffer.concat(chunks).toString()));
  const [all, ...more] = resourceSpans;
  if (!all || more.length > 0) throw new Error(`it has ${resourceSpans.length} resources`);
  const respond: Request['respond'] = (status = 200, sent = {}, body = '{}') => {
    response.writeHead(status, {'content-type': 'application/json', ...sent}).end(body);
  };
  const spans = all.scopeSpans.flatMap(scope => scope.spans.map(seen));
  return {path, headers, resource: plain(all.resource.attributes), spans, respond, response};
}

type Span = Exported['resourceSpans'][number]['scopeSpans'][number]['spans'][number];

function seen(span: Span): Seen {
  const {traceId, spanId, name, flags, status} = span;
  return {
    traceId,
    spanId,
    parent: span.parentSpanId ?? null,
    state: span.traceState,
    name,
    flags,
    start: Number(BigInt(span.startTimeUnixNano) / 1_000_000n),
    end: Number(BigInt(span.endTimeUnixNano) / 1_000_000n),
    attributes: plain(span.attributes),
    events: span.events.map(event => ({name: event.name, attributes: plain(event.attributes)})),
    links: span.links.map(link => ({traceId: link.traceId, spanId: link.spanId})),
    error: status.code === 2 ? (status.message ?? '') : null,
  };
}
