/** Keeps the resources as they were made: the listeners, and the files that somebody may remove. */
import type {Config} from '../config/config.js';
import type {Problems} from '../problems/problems.js';
import {systemBacklog} from '../sockets/binding/room.js';
import {storeListeners} from '../sockets/inherited/store-listeners.js';
import {careForListeners, type ListenerCare, type ListenerCareState} from '../sockets/listener-care.js';
import {now} from '../system/clock.js';
import type {Manager} from '../systemd/manager.js';
import type {Resources} from './list.js';

export type CareContext = {
  readonly config: Config;
  readonly made: Resources;
  readonly problems: Problems;
  readonly manager: Manager;
  /** What a former image of ssd has handed over. */
  readonly handover: {readonly parts: {readonly care: ListenerCareState}} | null;
};

export function careForResources({config, made, problems, manager, handover}: CareContext): ListenerCare {
  const {listeners, pidFile, statusFile, stateFile, logTarget} = made;
  const backlog = config.backlog ?? systemBacklog();
  const context = {listeners, backlog, kept: config, problems, now};
  const care = careForListeners(context, handover?.parts.care);
  const lookAtFiles = () => {
    pidFile?.look();
    statusFile?.look();
    stateFile?.look();
    logTarget?.look();
  };
  const {store} = manager;
  const keep = () => {
    if (config.fdstore && store) storeListeners(listeners, config.listening, store);
  };
  return {
    ...care,
    prepare: generation => {
      lookAtFiles();
      care.prepare(generation);
      keep();
    },
    hear: event => {
      care.hear(event);
      keep();
    },
    look: () => {
      lookAtFiles();
      care.look();
      keep();
    },
  };
}
