/** Fails a test in which a line at a control socket was not as the document of the protocol has it. */
import {readdirSync} from 'node:fs';
import type {Judge} from './judge.js';

let judge: Judge | null = null;

/** @param directory where the programs of the test have recorded their connections */
export async function holdToDocument(directory: string, root: string): Promise<void> {
  if (readdirSync(directory).length === 0) return;
  const [{createJudge, readDocument}, {problemsOf, readSessions}] = await Promise.all([
    import('./judge.js'),
    import('./sessions.js'),
  ]);
  const held = judge ?? createJudge(readDocument(root));
  judge = held;
  const problems = readSessions(directory).flatMap(session => problemsOf(session, held));
  if (problems.length > 0) throw new Error(problems.slice(0, 5).join('\n'));
}
