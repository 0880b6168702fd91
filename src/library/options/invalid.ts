/** The errors for an option that is wrong. They are loaded for an error only. */
import {inspect} from 'node:util';
import {nearest} from '../../shared/nearest.js';
import {didYouMean} from '../../shared/words/command-line.js';
import {printable} from '../../shared/words/printable.js';
import type {Fault} from './fault.js';

/** A `ServerError` with the code `option-invalid`. */
export type InvalidOption = Error & {readonly code: string; readonly option: string};

export function faulty(fault: Fault): InvalidOption {
  const {option} = fault;
  if ('known' in fault) return unknown(option, fault.known);
  return invalid(option, fault.value, fault.problem);
}

export function invalid(option: string, value: unknown, problem: string): InvalidOption {
  const shown = inspect(value, {depth: 1, breakLength: Number.POSITIVE_INFINITY}).slice(0, MOST_SHOWN);
  const subject = option === 'options' ? option : `option ${option}`;
  return made(option, `${subject} is ${shown}: ${problem}`);
}

function unknown(option: string, known: readonly string[]): InvalidOption {
  return made(option, `unknown option ${option.slice(0, MOST_SHOWN)}${didYouMean(nearest(option, known))}`);
}

function made(option: string, message: string): InvalidOption {
  return Object.assign(new Error(printable(message)), {code: 'option-invalid', option});
}

const MOST_SHOWN = 200;
