/** Reads YAML. Only this file imports yaml. */
import {readFileSync} from 'node:fs';
import {parseAllDocuments} from 'yaml';

/** What a test knows the form of. */
export type Parsed = ReturnType<typeof JSON.parse>;

/** The documents of a file. A warning of the parser is a failure. */
export function readYaml(path: string): readonly Parsed[] {
  const documents = [...parseAllDocuments(readFileSync(path, 'utf8'), {uniqueKeys: true})];
  const [problem] = documents.flatMap(({errors, warnings}) => [...errors, ...warnings]);
  if (problem) throw problem;
  return documents.map(document => document.toJS());
}
