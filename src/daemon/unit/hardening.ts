/**
 * The sandbox of `--hardened` (systemd.exec(5)). Under it ssd and servers in Node, Python and Perl were tried. What is not
 * here, and why:
 *
 * - MemoryDenyWriteExecute: V8 and other compilers of a running program write the code that they execute.
 * - PrivateUsers: in a user namespace of its own a service may not bind a low port.
 * - IPAddressDeny, PrivateNetwork: a server has clients.
 * - ProcSubset=pid: it hides the limit of a backlog and the load of the machine.
 */
export type Sandbox = {
  /** Whether the service has a user of its own making. */
  readonly dynamicUser: boolean;
  readonly lowPort: boolean;
  /** Whether something that the service needs is below /home, /root or /run/user. */
  readonly usesHome: boolean;
  /** What the service writes to and systemd does not make. */
  readonly written: readonly string[];
  /** Whether workers get limits or a niceness of their own. */
  readonly setsLimits: boolean;
};

/** @returns lines of the section [Service] */
export function hardeningLines(sandbox: Sandbox): string[] {
  const {dynamicUser, lowPort, usesHome, written, setsLimits} = sandbox;
  return [
    ...(dynamicUser ? ['DynamicUser=yes'] : []),
    'NoNewPrivileges=yes',
    `CapabilityBoundingSet=${lowPort ? 'CAP_NET_BIND_SERVICE' : ''}`,
    'ProtectSystem=strict',
    ...written.map(directory => `ReadWritePaths=${directory}`),
    `ProtectHome=${usesHome ? 'read-only' : 'yes'}`,
    ...ALWAYS,
    `SystemCallFilter=~@privileged${setsLimits ? '' : ' @resources'}`,
    'SystemCallErrorNumber=EPERM',
  ];
}

const ALWAYS = [
  'PrivateTmp=yes',
  'PrivateDevices=yes',
  'PrivateIPC=yes',
  'ProtectClock=yes',
  'ProtectControlGroups=yes',
  'ProtectHostname=yes',
  'ProtectKernelLogs=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelTunables=yes',
  'ProtectProc=invisible',
  'RemoveIPC=yes',
  'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
  'RestrictNamespaces=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'LockPersonality=yes',
  'SystemCallArchitectures=native',
  'SystemCallFilter=@system-service',
];
