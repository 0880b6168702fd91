/** The forms in which servers want their listeners (`--fds-as`). Each is tried with its server in test/servers. Pure. */
import {nearest} from '../../../shared/nearest.js';
import {didYouMean} from '../../../shared/words/command-line.js';
import {invalidOption} from '../../../shared/words/errors.js';
import {parseTemplate, render, type Template, type Told} from './template.js';

/** The values of `--fds-as`, beside `NAME=TEXT`. */
export const FORM_NAMES = ['unicorn', 'php-fpm', 'nginx', 'puma', 'nghttpx'] as const;
export type FormName = (typeof FORM_NAMES)[number];

export type Form = {
  readonly text: string;
  /** For a unix listener, where that is another. */
  readonly unix?: string;
  /** It would take a UDP listener for one that it can accept on. */
  readonly streamsOnly?: true;
  /** It writes IPv6 addresses without brackets. */
  readonly bareIpv6?: true;
};

const FORMS: Readonly<Record<FormName, Form>> = {
  unicorn: {text: 'UNICORN_FD={fd}[,]', streamsOnly: true},
  'php-fpm': {text: 'FPM_SOCKETS={address}={fd}[,]', streamsOnly: true, bareIpv6: true},
  nginx: {text: 'NGINX={fd};'},
  puma: {text: 'PUMA_INHERIT_{index}={fd}:{url}', streamsOnly: true},
  nghttpx: {
    text: 'NGHTTPX_ACCEPT_{number}={type},{fd}',
    unix: 'NGHTTPX_ACCEPT_{number}={type},{fd},{address}',
    streamsOnly: true,
  },
};

/** These take O_NONBLOCK as they find it, and a worker would hang where another one was quicker to accept. */
export const NEED_NONBLOCKING: readonly string[] = ['nginx', 'nghttpx'] satisfies FormName[];

/** @throws {Refusal} `option-invalid` */
export function readForm(value: string): Form {
  const name = FORM_NAMES.find(known => known === value);
  if (name !== undefined) return FORMS[name];
  const parsed = parseTemplate(value);
  if (!('problem' in parsed)) return {text: value};
  const meant = value.includes('=') ? '' : didYouMean(nearest(value, FORM_NAMES));
  const expected = value.includes('=') ? '' : `expected ${FORM_NAMES.join(', ')} or NAME=TEXT${meant}`;
  throw invalidOption('fds-as', value, expected || parsed.problem);
}

/** The variables by which workers find their listeners in these forms. */
export function formVariables(forms: readonly Form[], listeners: readonly Told[]): Record<string, string> {
  return Object.assign({}, ...forms.map(form => variablesIn(form, listeners)));
}

function variablesIn(
  {text, unix = text, streamsOnly, bareIpv6}: Form,
  listeners: readonly Told[],
): Record<string, string> {
  const told = listeners
    .filter(({type}) => !streamsOnly || type !== 'udp')
    .map(one => (bareIpv6 ? {...one, address: one.address.replace(/^\[(.*)\]:/, '$1:')} : one));
  const [template, forUnix] = [checked(text), checked(unix)];
  return render(template, told, ({type}) => (type === 'unix' ? forUnix : template));
}

/** All of them were read when ssd started. */
function checked(text: string): Template {
  const parsed = parseTemplate(text);
  if ('problem' in parsed) throw new TypeError(parsed.problem);
  return parsed;
}
