import {servingGeneration} from '../../shared/protocol/serving.js';
import type {Status} from '../../shared/protocol/status.js';
import {Refusal} from '../../shared/words/errors.js';
import {answerTo} from '../instance/answer.js';
import type {Command, Context} from '../instance/context.js';

export const status: Command<'status'> = async (context, {watch: isWatch}) => {
  if (isWatch) return watch(context);
  const client = await context.connect();
  // The code for tables is loaded while ssd looks at its workers.
  const [answer, {renderStatus}] = await Promise.all([
    answerTo(client, 'status'),
    import('../render/status.js'),
  ]);
  context.output.result(answer, view => renderStatus(answer, null, view));
  const {instance, failing = null} = answer;
  if (servingGeneration(answer) !== null) return;
  // A generation is current as long as a worker of it is ready, so what keeps it from serving is a signal.
  throw new Refusal({
    code: 'nothing-serves',
    instance,
    failing,
    stopped: answer.current,
    paused: answer.paused,
  });
};

const VIEW_MS = 1000;

/** Prints one view after the other. On a terminal each view replaces the one before. */
async function watch({connect, output, interrupted}: Context): Promise<void> {
  const [client, {renderOverview}, {renderStatus}] = await Promise.all([
    connect(),
    import('../render/overview.js'),
    import('../render/status.js'),
  ]);
  let over = false;
  const ended = Promise.race([interrupted(), output.closed]).then(() => {
    over = true;
  });
  let before: Status | null = null;
  const screen = output.openScreen();
  try {
    while (!over) {
      const answer: Status = await answerTo(client, 'status');
      const earlier = before;
      if (screen) screen.show(view => renderOverview(answer, earlier, view));
      else output.result(answer, view => `${earlier ? '\n' : ''}${renderStatus(answer, earlier, view)}`);
      before = answer;
      await pause(VIEW_MS, [ended, client.closed]);
    }
  } finally {
    screen?.close();
  }
}

/** Waits for `ms`, or until one of `others` ends. */
async function pause(ms: number, others: readonly Promise<void>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>(resolve => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([over, ...others]);
  clearTimeout(timer);
}
