/** The command line of the service: the options that were given, without those that only ask for the unit. */
import type {ConfigFile} from '../config/config-file.js';
import {OPTIONS, type OptionName, type RawOptions} from '../config/options.js';
import type {CommandLine} from '../config/parser-options.js';

const FOR_THE_UNIT: readonly OptionName[] = ['print-unit', 'socket', 'hardened'];

/**
 * What is in the configuration file is not repeated. The sandbox of `--hardened` takes new privileges from all processes, and
 * lets nobody change what that needs.
 *
 * @returns the words after `ssd`
 */
export function commandWords({options, program, file}: CommandLine): string[] {
  const isLeftOut = (name: OptionName) =>
    FOR_THE_UNIT.includes(name) || (name === 'no-new-privs' && options.hardened === true);
  const given = (Object.keys(options) as OptionName[]).filter(
    name => !isLeftOut(name) && !isFromFile(name, options, file),
  );
  const words = given.flatMap(name => wordsOf(name, options[name]));
  if (options.hardened && file?.options['no-new-privs']) words.push('--no-new-privs=false');
  return program === file?.program ? words : [...words, '--', ...program];
}

function isFromFile(name: OptionName, options: RawOptions, file: ConfigFile | null): boolean {
  if (!file || !Object.hasOwn(file.options, name)) return false;
  return JSON.stringify(file.options[name]) === JSON.stringify(options[name]);
}

function wordsOf(name: OptionName, value: RawOptions[OptionName]): string[] {
  if (OPTIONS[name].type === 'boolean') return value ? [`--${name}`] : [`--${name}=false`];
  return [value ?? []].flat().map(one => `--${name}=${String(one)}`);
}
