import test from 'ava';
import type {Client} from '../../../src/shared/client/client.js';

/** What the compiler lets a client ask; each `@ts-expect-error` fails the build where there is no error. */
async function ask({request}: Pick<Client, 'request'>): Promise<void> {
  await request('status');
  await request('restart');
  await request('restart', {until: 'ready'}, ({type}) => type);
  await request('events', {follow: true}, ({at}) => at);
  const {text}: {readonly text: string} = await request('metrics');
  // @ts-expect-error a verb that is none
  await request(text);
  // @ts-expect-error a parameter of a verb that has none
  await request('status', {attempts: 1});
  // @ts-expect-error no parameters, where one is required
  await request('scale');
  // @ts-expect-error a parameter of another verb
  await request('stop', {attempts: 1});
  // @ts-expect-error only `events` tells the time of day
  await request('restart', {}, ({at}) => at);
  // @ts-expect-error no event comes before a status
  await request('status', {}, event => event.type);
}

test('a client is held to the parameters, events and results of each verb', async t => {
  const asked: string[] = [];
  const request: Client['request'] = async (verb, ..._) => {
    asked.push(verb);
    return {text: 'x'} as never;
  };
  await ask({request});
  t.is(asked.length, 11);
});
