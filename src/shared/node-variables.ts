/**
 * The variables that affect every Node program before its first line. They are meant for the server. The launcher
 * (`src/launch/launcher.sh`) renames them before it starts Node, and ssd gives them to its workers under their own names.
 */
import {readWhole} from './read-whole.js';

type Variables = Readonly<Record<string, string | undefined>>;

/** Node, libuv or OpenSSL read these. Variables that choose colours, languages or the time zone are not among them. */
export const NODE_VARIABLES: readonly string[] = [
  'NODE_OPTIONS',
  'NODE_EXTRA_CA_CERTS',
  'NODE_USE_SYSTEM_CA',
  'NODE_USE_ENV_PROXY',
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'NODE_PATH',
  'NODE_PRESERVE_SYMLINKS',
  'NODE_PRESERVE_SYMLINKS_MAIN',
  'NODE_COMPILE_CACHE',
  'NODE_COMPILE_CACHE_PORTABLE',
  'NODE_DISABLE_COMPILE_CACHE',
  'NODE_V8_COVERAGE',
  'NODE_DEBUG',
  'NODE_DEBUG_NATIVE',
  'NODE_NO_WARNINGS',
  'NODE_PENDING_DEPRECATION',
  'NODE_REDIRECT_WARNINGS',
  'NODE_ICU_DATA',
  'NODE_SKIP_PLATFORM_CHECK',
  'NODE_CLUSTER_SCHED_POLICY',
  'NODE_TEST_CONTEXT',
  'NODE_REPL_EXTERNAL_MODULE',
  'WATCH_REPORT_DEPENDENCIES',
  'UV_THREADPOOL_SIZE',
  'UV_USE_IO_URING',
  'OPENSSL_CONF',
  'OPENSSL_MODULES',
  'SSLKEYLOGFILE',
];

/**
 * These tell a Node process the channel to its parent and its number in a cluster. A worker of ssd has neither that
 * descriptor nor that parent.
 */
export const NODE_LINKS: readonly string[] = [
  'NODE_UNIQUE_ID',
  'NODE_CHANNEL_FD',
  'NODE_CHANNEL_SERIALIZATION_MODE',
];

/** The prefix of a renamed variable. Alone it names the variables that sh would have dropped, in base64. */
export const ASIDE = 'SSD_ASIDE_';

/** The environment as it was before the launcher. */
export function givenEnvironment(env: Variables): Record<string, string> {
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !name.startsWith(ASIDE)) given[name] = value;
  }
  for (const name of NODE_VARIABLES) {
    const value = env[ASIDE + name];
    if (value !== undefined) given[name] = value;
  }
  return Object.assign(given, decode(env[ASIDE]));
}

/** Whether this process was started with variables that affect Node. */
export function isAffected(): boolean {
  const given = namesGiven();
  return [...NODE_VARIABLES, ...NODE_LINKS].some(name => given.has(name));
}

/** The names that Node was started with. Node removes the variables of its cluster once it has read them. */
function namesGiven(): ReadonlySet<string> {
  const names = new Set(Object.keys(process.env));
  try {
    for (const entry of readWhole('/proc/self/environ', 'latin1').split('\0')) {
      names.add(entry.slice(0, entry.indexOf('=')));
    }
  } catch {
    // No /proc.
  }
  return names;
}

/** An environment that does not affect a Node program. {@link givenEnvironment} turns it back. */
export function withNodeVariablesAside(env: Variables): Variables {
  const clean = {...env};
  for (const name of NODE_LINKS) delete clean[name];
  for (const name of NODE_VARIABLES) {
    if (clean[name] === undefined) continue;
    clean[ASIDE + name] = clean[name];
    delete clean[name];
  }
  return clean;
}

function decode(encoded: string | undefined): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of Buffer.from(encoded ?? '', 'base64')
    .toString()
    .split('\0')) {
    const end = entry.indexOf('=');
    if (end > 0) found[entry.slice(0, end)] = entry.slice(end + 1);
  }
  return found;
}
