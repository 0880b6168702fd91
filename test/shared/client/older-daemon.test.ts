/** An ssd of an earlier version takes no trace with a restart, and refuses what it does not know. */
import test, {type ExecutionContext} from 'ava';
import {connect} from '../../../src/shared/client/client.js';
import {requestRestart} from '../../../src/shared/client/requests.js';
import {Refusal} from '../../../src/shared/words/errors.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';
import {fakeDaemon} from '../../helpers/clients/fake-daemon.js';

const TRACE = {traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', tracestate: 'a=b'};
const REQUEST = {attempts: 1, timeoutMs: null};

async function stage(t: ExecutionContext) {
  const path = `${temporaryDirectory(t)}/control`;
  const daemon = await fakeDaemon(path, process.pid);
  const client = await connect(path);
  t.teardown(() => {
    client.close();
    daemon.close();
  });
  return {client, daemon};
}

test('it is asked again without the trace', async t => {
  const {client, daemon} = await stage(t);
  const verdict = requestRestart(client, {...REQUEST, ...TRACE});
  const first = await daemon.nextRequest();
  t.like(first.params, TRACE);
  first.refuse('invalid-params', 'the parameters do not match the method');
  const second = await daemon.nextRequest();
  t.false('traceparent' in second.params || 'tracestate' in second.params);
  second.result({verdict: 'cancelled', reason: 'cancel'});
  t.is((await verdict).verdict, 'cancelled');
});

test('what it refuses without a trace, or for another reason, stays refused', async t => {
  const {client, daemon} = await stage(t);
  for (const [request, code] of [
    [REQUEST, 'invalid-params'],
    [{...REQUEST, ...TRACE}, 'stopping'],
  ] as const) {
    const refused = t.throwsAsync(requestRestart(client, request), {instanceOf: Refusal});
    (await daemon.nextRequest()).refuse(code, 'no');
    t.like((await refused)?.failure, {code: 'request-refused', error: code});
  }
});
