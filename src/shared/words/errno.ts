import {getSystemErrorMap} from 'node:util';

/** The errors for which libuv has no text. */
const OTHERS: Readonly<Record<string, string>> = {
  ENOEXEC: 'the format of the file cannot be executed',
};

/** Adds the meaning to an errno name: `EACCES (permission denied)`. Other text stays unchanged. */
export function explain(cause: string): string {
  if (Object.hasOwn(OTHERS, cause)) return `${cause} (${OTHERS[cause]})`;
  for (const [name, meaning] of getSystemErrorMap().values())
    if (name === cause) return `${cause} (${meaning})`;
  return cause;
}

/** As `explain`, for an envdir or a file in it. */
export function explainSetting(subject: string, cause: string): string {
  const isFile = cause === 'ENOTDIR' && subject.startsWith('envdir ');
  return `${explain(cause)}${isFile ? '; an envdir is a directory with one file per variable' : ''}`;
}
