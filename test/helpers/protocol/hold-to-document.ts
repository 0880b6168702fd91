/** Fails a test in which a line at a control socket was not as the document of the protocol has it. */
import {readdirSync} from 'node:fs';

let loading: ReturnType<typeof load> | null = null;

/** @param directory where the programs of the test have recorded their connections */
export async function holdToDocument(directory: string, root: string): Promise<void> {
  if (readdirSync(directory).length === 0) return;
  // Once for all tests of a file, which may end together.
  loading ??= load(root);
  const {judge, problemsOf, readSessions} = await loading;
  const problems = readSessions(directory).flatMap(session => problemsOf(session, judge));
  if (problems.length > 0) throw new Error(problems.slice(0, 5).join('\n'));
}

async function load(root: string) {
  const {createJudge, readDocument} = await import('./judge.js');
  const sessions = await import('./sessions.js');
  return {...sessions, judge: createJudge(readDocument(root))};
}
