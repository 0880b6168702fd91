/** The control file of the package. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {koffiBinary} from './lay-out.mjs';
import {maintainer} from './maintainer.mjs';

const DESCRIPTION = `superdaemon that replaces a running server without a gap
 ssd binds the ports, starts a server with them already open, and replaces the
 running server by a new version without ever closing them. The new version
 starts first, and the old one is told to finish only when the new one is
 ready: no connection is refused.
 .
 It takes every option of Perl's Server::Starter (start_server) and runs
 servers in any language. ssctl, the operator's tool, restarts the server,
 waits, and reports whether the new version came up. The service ssd@NAME runs
 an instance for the file /etc/ssd/NAME.json.
`;

export function controlFile({manifest, version, architecture, cpu, kilobytes, root}) {
  const node = manifest.engines.node.replace('>=', '');
  const fields = {
    Package: manifest.name,
    Version: version,
    Architecture: architecture,
    Maintainer: maintainer(),
    'Installed-Size': kilobytes,
    Depends: [`nodejs (>= ${node})`, `libc6 (>= ${glibcOf(root, cpu)})`, 'libgcc-s1', 'libstdc++6'].join(
      ', ',
    ),
    Section: 'admin',
    Priority: 'optional',
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\n`);
  return `${lines.join('')}Description: ${DESCRIPTION}`;
}

/** The newest version of glibc whose symbols the binary of koffi names. */
function glibcOf(root, cpu) {
  const binary = readFileSync(join(root, koffiBinary(cpu)), 'latin1');
  const minors = [...binary.matchAll(/GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor));
  return `2.${Math.max(...minors)}`;
}
