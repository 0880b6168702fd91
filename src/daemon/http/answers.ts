/** What each path answers to GET. `/events` is apart: it does not end (`streams.ts`). */
import {printableJson} from '../../shared/words/printable.js';
import {METRICS_TYPES, metricsFormFor} from './negotiate.js';
import {createPage} from './page.js';
import {shareAnswers} from './share.js';
import type {HttpView, MetricsForm, Probe} from './view.js';

export type Answer = {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Question = {readonly path: string; readonly accept: string | undefined};

export type Answers = (question: Question) => Answer | Promise<Answer>;

export const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';

export function createAnswers(view: HttpView): Answers {
  const status = shareAnswers(async () => Buffer.from(`${printableJson(await view.status())}\n`));
  const metricsBy = (form: MetricsForm) => shareAnswers(async () => Buffer.from(await view.metricsIn(form)));
  const page = createPage();
  const metrics = {openmetrics: metricsBy('openmetrics'), text: metricsBy('text')};
  const paths: Readonly<Record<string, Answers>> = {
    '/livez': () => plain(200, 'alive'),
    '/readyz': () => readiness(view.probe()),
    '/metrics': async ({accept}) => {
      const form = metricsFormFor(accept);
      return {
        status: 200,
        type: METRICS_TYPES[form],
        body: await metrics[form](),
        headers: {Vary: 'Accept'},
      };
    },
    '/status.json': async () => ({status: 200, type: JSON_TYPE, body: await status()}),
  };
  return async question => {
    const {path} = question;
    const answer = Object.hasOwn(paths, path) ? paths[path] : undefined;
    if (answer) return answer(question);
    const file = await page(path);
    return file
      ? {status: 200, ...file}
      : plain(404, 'not found; there are /, /livez, /readyz, /metrics, /status.json, /events');
  };
}

function readiness({serving, isPaused, isStopping}: Probe): Answer {
  if (isStopping) return plain(503, 'not ready: ssd is stopping');
  if (isPaused) return plain(503, 'not ready: ssd is paused');
  if (serving === null) return plain(503, 'not ready: no generation serves');
  return plain(200, `ready: generation ${serving} serves`);
}

export function plain(status: number, text: string): Answer {
  return {status, type: TEXT, body: `${text}\n`};
}
