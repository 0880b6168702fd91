/** What hostile clients of HTTP do. */
export const KINDS = [
  'clients that send a head byte by byte',
  'clients that send half a request',
  'clients that follow the events and never read',
  'clients that ask and never read',
  'heads without an end',
  'pipelines without an end',
  'clients that ask 3,000 things at once and never read',
  'clients that ask at once when they are answered',
  'bytes that are no HTTP',
  'methods that there are not',
  'bodies without an end',
  'chunks without an end',
  '1,000 connections',
] as const;

export type Kind = (typeof KINDS)[number];
