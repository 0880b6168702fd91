/**
 * Runs the lines of ssd(8) with which a worker reports readiness, each in its own language. Those of Go are compiled, in
 * test/servers/go.test.ts.
 */
import {readFileSync} from 'node:fs';
import {needs} from '../../helpers/programs.js';
import {createRig} from '../../helpers/rig.js';

const manual = readFileSync(new URL('../../../../man/ssd.8', import.meta.url), 'utf8').replaceAll(
  /\\e|\\\(ti/g,
  code => (code === '\\e' ? '\\' : '~'),
);

/** The line of a language in the manual, without its name and with what follows it indented. */
function line(language: string, contains: string): string {
  const found = manual
    .split(/\n(?=\S)/)
    .find(paragraph => paragraph.startsWith(`${language} `) && paragraph.includes(contains));
  if (!found) throw new Error(`the manual has no line of ${language} with ${contains}`);
  return found.slice(language.length).trim();
}

const WAITS = {
  shell: (code: string) => ['/bin/bash', '-c', `${code}; exec sleep 600`],
  Python: (code: string) => ['python3', '-c', `import os, signal, socket\n${code}\nsignal.pause()`],
  Perl: (code: string) => ['perl', '-MSocket', '-e', `${code.split(';   #')[0]}; sleep`],
  Ruby: (code: string) => ['ruby', '-rsocket', '-e', `${code}; sleep`],
  Node: (code: string) => ['node', '-e', `const fs = require('fs'); ${code}; setInterval(() => {}, 1e6)`],
} as const;

const LINES = [
  ['shell', 'fd', 'bash', 'SSD_READY_FD'],
  ['Python', 'fd', 'python3', 'SSD_READY_FD'],
  ['Perl', 'fd', 'perl', 'SSD_READY_FD'],
  ['Ruby', 'fd', 'ruby', 'SSD_READY_FD'],
  ['Node', 'fd', 'node', 'SSD_READY_FD'],
  ['shell', 'notify', 'systemd-notify', 'systemd-notify'],
  ['Python', 'notify', 'python3', 'NOTIFY_SOCKET'],
  ['Perl', 'notify', 'perl', 'NOTIFY_SOCKET'],
  ['Ruby', 'notify', 'ruby', 'NOTIFY_SOCKET'],
] as const;

for (const [language, how, program, contains] of LINES) {
  needs(program)(`${language}: the line of the manual for --ready=${how}`, async t => {
    const rig = await createRig(t);
    const ssd = rig.ssd([`--ready=${how}`], WAITS[language](line(language, contains)));
    await ssd.line(/generation 1 is ready/);
    t.pass();
  });
}
