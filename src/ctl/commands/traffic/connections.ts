import {Refusal} from '../../../shared/words/errors.js';
import {answerTo} from '../../instance/answer.js';
import type {Command} from '../../instance/context.js';

export const connections: Command<'connections'> = async ({connect, output}, whose) => {
  const client = await connect();
  // The code for tables is loaded while ssd looks.
  const [answer, {renderConnections}] = await Promise.all([
    answerTo(client, 'connections', whose),
    import('../../render/connections.js'),
  ]);
  const {workers, unknown} = answer;
  output.data(answer);
  const isAsked = whose.generation !== null || whose.worker !== null;
  if (isAsked && workers.length === 0) throw new Refusal({code: 'no-such-worker', ...whose});
  if (unknown.length < workers.length || workers.length === 0)
    output.text(view => renderConnections(answer, view));
  if (unknown.length > 0) throw new Refusal({code: 'connections-unknown', pids: unknown});
};
