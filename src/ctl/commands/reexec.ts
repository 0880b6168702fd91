/** The ssd that runs gives its place to the one that is installed. The connection outlives that. */
import {type Client, connect as connectAgain} from '../../shared/client/client.js';
import {within} from '../../shared/client/patience.js';
import {isEnding, timedOut} from '../../shared/client/requests.js';
import {describeEvent} from '../../shared/words/describe-event.js';
import {Refusal} from '../../shared/words/errors.js';
import type {Command} from '../instance/context.js';
import {reexecGoesOn} from '../render/interrupted.js';
import {renderUpgraded} from '../render/upgraded.js';

export const reexec: Command<'reexec'> = async (context, {args, timeoutMs}) => {
  const {connect, output, target, onInterrupt} = context;
  const client = await connect();
  const {whisper, end} = output.progress;
  onInterrupt(() => reexecGoesOn(target));
  whisper('the installed ssd is asked whether it can take over');
  const params = args === null ? {} : {args: [...args]};
  const asked = client.request('reexec', params, event => whisper(describeEvent(event)));
  const upgraded = await within(asked, timeoutMs, timedOut('reexec', timeoutMs)).catch(error =>
    explained(error, client),
  );
  end();
  output.result(upgraded, () =>
    renderUpgraded(upgraded, {hello: client.hello, isChanged: args !== null, target}),
  );
};

/** Nobody knows from the failure alone what has become of ssd. */
async function explained(error: unknown, client: Client): Promise<never> {
  if (!(error instanceof Refusal)) throw error;
  const {failure} = error;
  const {
    path,
    hello: {version, pid},
  } = client;
  if (failure.code === 'request-refused' && failure.error === 'unknown-method')
    throw new Refusal({code: 'reexec-unknown', version});
  if (failure.code !== 'connection-lost') throw error;
  const isGone = await isEnding(client);
  throw new Refusal({code: 'reexec-lost', path, pid, answers: isGone ? null : await versionAt(path)});
}

/** null: nobody greets there. */
async function versionAt(path: string): Promise<string | null> {
  try {
    const client = await connectAgain(path);
    client.close();
    return client.hello.version;
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}
