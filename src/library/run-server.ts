/** What `startServer` runs. It is loaded only then, because it loads everything that ssd has. */
import {readConfig} from '../daemon/config/config.js';
import {runSuperdaemon} from '../daemon/superdaemon.js';
import {makeStandardBlocking} from '../daemon/system/descriptors.js';
import {catchSignals, StoppedAtStart} from '../daemon/system/signals.js';
import {instanceDirectory, ownUid, socketPath} from '../shared/instance-paths.js';
import {sealStandardStreams} from '../shared/standard-streams.js';
import {explained} from './client/explain.js';
import {toCommand, toRawOptions, underOwnName} from './to-options.js';
import type {StartServerOptions} from './types.js';

export type Hooks = {
  /** Called with the place of the control socket. */
  readonly onPlace: (control: string) => void;
  /** Called when a generation is ready for the first time. */
  readonly onReady: () => void;
  /** Resolves when the server is to stop. */
  readonly stopAsked: Promise<void>;
};

/**
 * Runs a superdaemon in this process. The workers share its standard descriptors, so Node's streams of them are put
 * aside meanwhile, and what they have done to the descriptors is undone.
 *
 * @throws {ServerError} as `startServer`
 */
export async function runServer(options: StartServerOptions, hooks: Hooks): Promise<void> {
  const running = run(options, hooks).catch(error => {
    throw underOwnName(error);
  });
  await explained(() => running);
}

async function run(options: StartServerOptions, hooks: Hooks): Promise<void> {
  const config = readConfig(toRawOptions(options), toCommand(options.exec), process.env);
  hooks.onPlace(config.control ?? socketPath(instanceDirectory(config.env, ownUid()), config.name.value));
  const signals = catchSignals();
  void hooks.stopAsked.then(() => signals.take('SIGTERM'));
  const putBack = sealStandardStreams({terminals: true});
  makeStandardBlocking();
  try {
    await runSuperdaemon({config, signals, onEvent: ({type}) => type === 'ready' && hooks.onReady()});
  } catch (error) {
    // A stop is not a failure.
    if (!(error instanceof StoppedAtStart)) throw error;
  } finally {
    putBack();
    signals.dispose();
  }
}
