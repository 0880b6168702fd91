/** The intended differences: the rows of COMPATIBILITY in ssd(8), under the names that scenarios use. */
export const ROWS = {
  restart: '--restart',
  'hup-while-starting': 'SIGHUP while a generation is starting',
  'interval-0': '--interval=0',
  'envdir-unreadable': 'An envdir that cannot be read',
  'envdir-removed': 'A variable whose envdir file is removed',
  'term-while-restarting': 'SIGTERM during a restart',
  'hup-during-delay': 'SIGHUP during --kill-old-delay',
  'int-after-term': 'SIGINT after SIGTERM',
  'stopped-worker': 'A stopped worker',
  'fixed-number': 'A fixed descriptor number that another listener would get',
  'tcp-and-udp': 'TCP and UDP on one port',
  'pid-file-in-use': 'A pid file in use',
  'stale-pid-file': '--stop with a stale pid file',
  'path-in-use': 'A unix socket in use',
  'path-is-file': 'A regular file at the path of a unix socket',
  daemonize: '--daemonize',
  'status-file': 'The status file',
  'many-listeners': 'Thousands of listeners',
  'exit-status': 'Exit status of a start that fails',
  'no-program': 'A program that does not exist',
  'log-command': 'A log command that ends',
  lingering: 'An old generation that lingers',
  'other-signals': 'SIGQUIT, SIGUSR1 and SIGUSR2',
  numbers: 'Descriptor numbers',
  inherited: 'Descriptors that the superdaemon inherited',
  'own-variables': 'Additional variables',
  'service-manager': 'Variables of a service manager',
  'ignored-signals': 'Ignored signals',
  'process-group': 'The process group of workers',
  'open-files': 'The limit of open files',
  udp: 'UDP',
  'ipv6-names': 'Names that have IPv6 addresses only',
  tunables: 'Tunables',
  'command-line': 'The command line',
} as const;

export type Row = keyof typeof ROWS;

/** Rows that no scenario shows, and why. */
export const NOT_PLAYED: Partial<Record<Row, string>> = {
  'envdir-unreadable': 'start_server starts without a word; e2e/restart/envdir.test.ts has the side of ssd',
  restart: 'it is about waiting for ever; e2e/files/restart-by-pid-file.test.ts has the side of ssd',
  'interval-0':
    'start_server forks as fast as it can; e2e/restart/failed-restart.test.ts has the side of ssd',
  daemonize: 'start_server only can be too early; e2e/start/daemonize.test.ts has the side of ssd',
  'many-listeners': 'it would take thousands of them, for start_server to fail again and again',
  'stopped-worker': 'start_server waits for ever; e2e/stop/stopped-worker.test.ts has the side of ssd',
  'log-command': 'start_server writes to a broken pipe; e2e/files/log-file.test.ts has the side of ssd',
  'ipv6-names': 'no machine can be counted on to have such a name',
};
