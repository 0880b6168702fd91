import type {Env} from '../../shared/instance-paths.js';
import type {Order} from '../arguments/order.js';
import type {Given} from '../arguments/parser-options.js';

/** What is to be done on each host. */
export type Errand = {
  readonly order: Order;
  readonly given: Given;
  readonly env: Env;
  /** The path of ssh. */
  readonly ssh: string;
};
