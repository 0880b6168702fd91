/** Every command, loaded on demand. A deploy script should not wait for the code that draws tables. */

import type {CommandName} from './arguments/options.js';
import type {Command} from './instance/context.js';

export const loaders: {readonly [C in CommandName]: () => Promise<Command<C>>} = {
  status: async () => (await import('./commands/status.js')).status,
  restart: async () => (await import('./commands/generations/restart.js')).restart,
  rollback: async () => (await import('./commands/generations/restart.js')).rollback,
  releases: async () => (await import('./commands/generations/releases.js')).releases,
  accept: async () => (await import('./commands/generations/judge.js')).accept,
  reject: async () => (await import('./commands/generations/judge.js')).reject,
  pause: async () => (await import('./commands/generations/pause.js')).pause,
  resume: async () => (await import('./commands/generations/pause.js')).resume,
  cancel: async () => (await import('./commands/generations/judge.js')).cancel,
  stop: async () => (await import('./commands/stop.js')).stop,
  reexec: async () => (await import('./commands/reexec.js')).reexec,
  scale: async () => (await import('./commands/generations/scale.js')).scale,
  signal: async () => (await import('./commands/signal.js')).signal,
  connections: async () => (await import('./commands/traffic/connections.js')).connections,
  drain: async () => (await import('./commands/traffic/drain.js')).drain,
  wait: async () => (await import('./commands/wait.js')).wait,
  events: async () => (await import('./commands/events.js')).events,
  logs: async () => (await import('./commands/logs.js')).logs,
  'reopen-logs': async () => (await import('./commands/reopen-logs.js')).reopenLogs,
  metrics: async () => (await import('./commands/metrics.js')).metrics,
  list: async () => (await import('./commands/list.js')).list,
  completion: async () => (await import('./commands/completion.js')).completion,
};
