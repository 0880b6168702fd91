/** What is said of an ssd that has given its place to the installed one. */
import type {Hello} from '../../shared/protocol/protocol.js';
import type {Upgraded} from '../../shared/protocol/verdict.js';
import type {Target} from '../arguments/order.js';
import {commandFor} from './interrupted.js';

type Case = {
  readonly hello: Pick<Hello['params'], 'instance' | 'pid'>;
  /** Whether a new command line was given. */
  readonly isChanged: boolean;
  readonly target: Target;
};

export function renderUpgraded({from, to}: Upgraded, {hello, isChanged, target}: Case): string {
  const {instance, pid} = hello;
  const before = from === to ? 'the one before it' : `ssd ${from}`;
  const line = `${instance} (pid ${pid}): ssd ${to} has taken the place of ${before}; its workers go on`;
  return isChanged
    ? `${line}\nthey keep what they were started with until ${commandFor(target)} restart`
    : line;
}
