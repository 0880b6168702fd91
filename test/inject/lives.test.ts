/** One system call of ssd fails between its start and its end. */
import {needs} from '../helpers/programs.js';
import {liveAndLetFail} from './life.js';

needs('strace', 'perl')(
  'with files and --ready=fd: a start comes up or is refused with one line, and a stop leaves nothing behind',
  t =>
    liveAndLetFail(t, rig => [
      ...['--port=127.0.0.1:0', '--ready=fd', `--metrics-file=${rig.path('metrics')}`],
      ...[`--pid-file=${rig.path('pid')}`, `--status-file=${rig.path('status')}`],
    ]),
);

needs('strace', 'perl')(
  'with pipes and --ready=notify: a start comes up or is refused with one line, and a stop leaves nothing behind',
  t =>
    liveAndLetFail(t, () => [
      '--ready=notify',
      '--capture-stderr',
      '--log-file=| cat >&2',
      '--port=127.0.0.1:u0',
    ]),
);
