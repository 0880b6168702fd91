/** Reads the options of HTTP. Pure. */
import {pathProblem} from '../../../shared/instance-paths.js';
import {EMPTY_VALUE} from '../../../shared/words/command-line.js';
import {invalidOption, type Refusal} from '../../../shared/words/errors.js';
import type {RawOptions} from '../options.js';

/** Where HTTP is to be served. Whether a host is a loopback address shows when it is looked up. */
export type HttpWish = {
  /** The address as it is compared with that of another ssd. */
  readonly asked: string;
  /** `--http-public`. */
  readonly isPublic: boolean;
} & (
  | {readonly type: 'tcp'; readonly host: string; readonly port: number}
  | {readonly type: 'unix'; readonly path: string}
);

const FORM = 'expected [HOST:]PORT or a path, as in 9090, 127.0.0.1:9090, [::1]:9090, /run/app/http';
const INET = /^(?:(?:\[([^\][]+)\]|([^:\][/\s*]+)):)?(\d+)$/;
const LOOPBACK = '127.0.0.1';

/** @throws {Refusal} `option-invalid` */
export function readHttp(options: RawOptions): HttpWish | null {
  const {http: value, 'http-public': isPublic = false} = options;
  if (value === undefined) {
    if (isPublic) throw invalidOption('http-public', 'true', 'it works only with --http');
    return null;
  }
  const refuse = (problem: string) => invalidOption('http', value, problem);
  if (value === '') throw refuse(EMPTY_VALUE);
  if (value.startsWith('@'))
    throw refuse('an abstract socket has no mode, and every user may connect to it: give a path');
  const [, scheme, rest = ''] = /^([a-z]+):(?:\/\/)?(.*?)\/*$/i.exec(value) ?? [];
  if (scheme === 'unix') throw refuse(`give the path alone: ${rest}`);
  if (scheme !== undefined && value.includes('://')) throw refuse(`it is not a URL: give ${rest}`);
  return value.includes('/') ? readPath(value, isPublic, refuse) : readInet(value, isPublic, refuse);
}

function readPath(path: string, isPublic: boolean, refuse: (problem: string) => Refusal): HttpWish {
  const problem = pathProblem(path);
  if (problem !== null) throw refuse(problem);
  return {type: 'unix', path, asked: path, isPublic};
}

function readInet(value: string, isPublic: boolean, refuse: (problem: string) => Refusal): HttpWish {
  const [, bracketed, name, digits] = INET.exec(value) ?? [];
  if (digits === undefined) throw refuse(FORM);
  const port = Number(digits);
  if (port > 65_535) throw refuse('a port is at most 65535');
  const host = bracketed ?? name ?? LOOPBACK;
  const asked = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return {type: 'tcp', host, port, asked, isPublic};
}
