/**
 * The options that say how all listeners are bound. They are flags for all of them, not parameters of one `--port`: that
 * text is a name in SERVER_STARTER_PORT, by which servers look for their listener.
 */
export const LISTENING_OPTIONS = {
  'path-mode': {
    type: 'string',
    value: 'MODE',
    description: 'mode of the unix listeners, in octal',
    defaultDescription: '0777',
  },
  'path-owner': {
    type: 'string',
    value: 'USER[:GROUP]',
    description: 'owner of the unix listeners, by names or numbers',
    defaultDescription: 'the user of ssd',
  },
  'reuse-port': {
    type: 'boolean',
    description: 'let other processes of this user listen on the same ports (SO_REUSEPORT)',
  },
  'fast-open': {
    type: 'string',
    value: 'N',
    bare: '256',
    numeric: true,
    description: 'let TCP clients send data before the handshake is done; at most N of them at a time',
    defaultDescription: 'off; N is 256',
  },
  'defer-accept': {
    type: 'string',
    value: 'TIME',
    bare: '1',
    numeric: true,
    description: 'give TCP connections to workers when data has come, or after this time',
    defaultDescription: 'off; TIME is 1s',
  },
  'ipv6-dual': {type: 'boolean', description: 'let IPv6 listeners take IPv4 connections too'},
  freebind: {type: 'boolean', description: 'bind addresses that this machine does not have yet'},
  'bind-retry': {
    type: 'string',
    value: 'TIME',
    numeric: true,
    description: 'at the start, try an address that is in use again for this time',
    defaultDescription: '0',
  },
} as const;
