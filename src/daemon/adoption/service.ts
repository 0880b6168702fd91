import type {Config} from '../config/config.js';

export type ServiceOptions = Pick<Config, 'release' | 'directory' | 'program'>;

/** A state file is small, and a command line can be two megabytes. What differs later only is taken for the same. */
const LONGEST = 4096;

/**
 * What tells two services of one program apart: where it runs, and its command line. It is compared only with what another ssd
 * has left, and shown to nobody.
 *
 * @example serviceOf(config) // '/srv/app:["node","worker.js"]'
 */
export function serviceOf({release, directory, program}: ServiceOptions): string {
  return `${release ?? directory ?? here()}:${JSON.stringify(program)}`.slice(0, LONGEST);
}

function here(): string {
  try {
    return process.cwd();
  } catch {
    // The directory was removed meanwhile. The start fails for it.
    return '';
  }
}
