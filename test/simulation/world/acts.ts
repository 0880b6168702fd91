/** The things that happen to ssd in a test of the core, under short names. */
import type {StopSignal} from '../../../src/shared/protocol/event.js';
import type {Until} from '../../../src/shared/protocol/verdict.js';
import type {Simulation} from './simulation.js';

export type Act = (simulation: Simulation) => void;

export const hup: Act = s => s.hup();

export function wait(ms: number): Act {
  return s => s.advance(ms);
}

export function ask(token: string, attempts: number | null = 1, until: Until = 'gone'): Act {
  return s => s.ask(token, attempts, until);
}

export function stop(
  signal: StopSignal,
  token: string | null = null,
  killAfterMs: number | null = null,
): Act {
  return s => s.stop(signal, token, killAfterMs);
}

export function cancel(token: string): Act {
  return s => s.submit({type: 'cancel', token});
}

export function scale(workers: number, token: string): Act {
  return s => s.submit({type: 'scale', workers, token});
}

/** An operator's own signal. */
export function signal(name: string, generation: number | null, token: string): Act {
  return s => s.submit({type: 'signal', signal: name, generation, token});
}

export function environment(killOldDelayMs: number, autoRestartMs: number | null): Act {
  return s => s.submit({type: 'environment', tunables: {killOldDelayMs, autoRestartMs}});
}

/** Workers die. Each is given as `generation/worker`. */
export function lose(...names: readonly string[]): Act {
  return s => {
    for (const name of names) {
      const [generation, worker] = name.split('/').map(Number);
      s.kill({generation: generation ?? 0, worker: worker ?? 0});
    }
  };
}

/** The effects of these acts until nothing more happens. */
export function play(simulation: Simulation, ...acts: readonly Act[]): readonly string[] {
  for (const act of acts) act(simulation);
  simulation.rest();
  return simulation.story();
}

/** The effects of these acts, without those that only time brings. */
export function playNow(simulation: Simulation, ...acts: readonly Act[]): readonly string[] {
  for (const act of acts) act(simulation);
  return simulation.story();
}
