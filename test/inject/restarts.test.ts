/** One system call of ssd fails while a generation is replaced. */
import {needs} from '../helpers/programs.js';
import {campaign} from './campaign.js';
import {RESTARTS} from './phases.js';

for (const phase of RESTARTS) {
  needs('strace', 'perl')(`${phase.title}: one call that fails costs neither ssd nor a worker`, t =>
    campaign(t, phase),
  );
}
