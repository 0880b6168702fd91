/** One system call of ssd fails while it serves. */
import {needs} from '../helpers/programs.js';
import {campaign} from './campaign.js';
import {SERVING} from './phases.js';

for (const phase of SERVING) {
  needs('strace', 'perl')(`${phase.title}: one call that fails costs neither ssd nor a worker`, t =>
    campaign(t, phase),
  );
}
