/** What `startServer` runs. It is loaded only then, because it loads everything that ssd has. */
import {readConfig} from '../daemon/config/config.js';
import {runSuperdaemon} from '../daemon/superdaemon.js';
import {makeStandardBlocking} from '../daemon/system/descriptors.js';
import {catchSignals, StoppedAtStart} from '../daemon/system/signals.js';
import {sealStandardStreams} from '../shared/standard-streams.js';
import {explained} from './client/explain.js';
import {toRawOptions} from './to-options.js';
import type {StartServerOptions} from './types.js';

/**
 * Runs a superdaemon in this process. The workers share its standard descriptors, so Node's streams of them are put
 * aside meanwhile, and what they have done to the descriptors is undone.
 *
 * @throws {ServerError} as `startServer`
 */
export function runServer(options: StartServerOptions): Promise<void> {
  return explained(async () => {
    const config = readConfig(toRawOptions(options), options.exec, process.env);
    const signals = catchSignals();
    const putBack = sealStandardStreams({terminals: true});
    makeStandardBlocking();
    try {
      await runSuperdaemon({config, signals});
    } catch (error) {
      // A stop is not a failure.
      if (!(error instanceof StoppedAtStart)) throw error;
    } finally {
      putBack();
      signals.dispose();
    }
  });
}
