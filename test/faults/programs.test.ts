/** The program file is replaced while it runs: by half a deploy, by a file that does not run, by a good one. */
import {chmodSync, closeSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {restart} from '../helpers/clients/control.js';
import {needs} from '../helpers/programs.js';
import {installWorker, recovers, stage} from './scene.js';

/** An ELF header for no machine (EM_NONE): exec answers ENOEXEC, and a shell cannot read it. */
const FOREIGN_ELF = Buffer.from(`7f454c46020101${'00'.repeat(57)}`, 'hex');

type Fault = {
  readonly program: string;
  readonly spoil: (path: string) => (() => void) | undefined;
  /** How the start ends. ssd may first see that a worker which runs and ends has closed its readiness descriptor. */
  readonly cause: string | null;
};

const write =
  (content: string | Buffer, mode = 0o755) =>
  (path: string) => {
    writeFileSync(path, content, {mode});
    return undefined;
  };

/** In this order, in one ssd: after each a restart must fail, and after its repair one must work. */
const faults: readonly Fault[] = [
  {program: 'missing', spoil: () => undefined, cause: 'ENOENT'},
  {program: 'not executable', spoil: write('', 0o644), cause: 'EACCES'},
  {
    program: 'a directory',
    spoil: path => void mkdirSync(path),
    cause: 'EISDIR',
  },
  {
    program: 'a script without its interpreter',
    spoil: write('#!/no/such/interpreter\n'),
    cause: 'ENOENT',
  },
  {program: 'for another machine', spoil: write(FOREIGN_ELF), cause: 'ENOEXEC'},
  {program: 'empty', spoil: write(''), cause: null},
  {
    program: 'still being written',
    spoil: path => {
      installWorker(path);
      const fd = openSync(path, 'r+');
      return () => closeSync(fd);
    },
    cause: 'ETXTBSY',
  },
];

needs('perl')(
  'a program that cannot be run fails the restart, and its repair is run by the next',
  async t => {
    const scene = await stage(t, ['--interval=0.1']);
    let generation = 1;
    for (const {program, spoil, cause} of faults) {
      rmSync(scene.program);
      const settle = spoil(scene.program);
      const verdict = await restart(scene.rig);
      generation += 1;
      t.like(verdict, {verdict: 'failed', generation}, program);
      const ending = verdict.ending as {type: string; cause?: string};
      if (cause !== null) t.like(ending, {type: 'not-spawned', cause}, program);
      else t.true(['exited', 'not-ready'].includes(ending.type), `${program}: ${ending.type}`);
      settle?.();
      rmSync(scene.program, {recursive: true, force: true});

      const next = scene.rig.path('server.next');
      installWorker(next);
      renameSync(next, scene.program);
      generation += 1;
      t.like(await restart(scene.rig), {verdict: 'completed', generation}, `after: ${program}`);
    }
    chmodSync(scene.program, 0o700);
    await recovers(t, scene);
  },
);
