/** What ssctl says at Ctrl-C: ssd continues with the request, and how to end or watch that. */
import type {Target} from '../arguments/order.js';

/**
 * @param ready the generation that is ready, or null
 * @param isTried it is on trial
 */
export function restartGoesOn(target: Target, ready: number | null, isTried: boolean): string {
  const ssctl = commandFor(target);
  if (isTried)
    return `interrupted; the trial of generation ${ready} continues: ${ssctl} reject or ${ssctl} accept ends it, ${ssctl} events --follow shows it`;
  if (ready !== null)
    return `interrupted; generation ${ready} serves, and those before it are still finishing`;
  return `interrupted; the restart continues: ${ssctl} cancel ends it, ${ssctl} events --follow shows it`;
}

export function scalingGoesOn(target: Target): string {
  return `interrupted; the change of the number of workers continues: ${commandFor(target)} status shows it`;
}

export function pauseGoesOn(target: Target): string {
  return `interrupted; the pause continues: ${commandFor(target)} resume ends it`;
}

export function resumeGoesOn(target: Target): string {
  return `interrupted; a generation is starting: ${commandFor(target)} status shows it`;
}

export function reexecGoesOn(target: Target): string {
  return `interrupted; the replacement of ssd goes on: ${commandFor(target)} events shows how it ends`;
}

export function stopGoesOn(target: Target): string {
  return `interrupted; ssd continues to stop: ${commandFor(target)} stop --force kills the workers that remain`;
}

/** How to call ssctl for the same instance. */
export function commandFor({name, socket, host}: Target): string {
  const ssctl = host === undefined ? 'ssctl' : `ssctl -H ${host}`;
  if (name !== null) return `${ssctl} -n ${name}`;
  return socket === null ? ssctl : `${ssctl} -s ${socket}`;
}
