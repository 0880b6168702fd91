#!/bin/sh
# Installs npm's rivals in a directory, for the tests in managers.test.ts. It needs the npm registry.
#
#   managers.sh DIRECTORY      for SSD_MANAGERS
set -eu
# Versions that were tried. Their scripts do not run: that of bun puts its binary in place, and takes it from a package.
npm install --prefix="$1" --ignore-scripts --no-audit --no-fund --loglevel=error pnpm@12.21.0 yarn@1.22.22 bun@1.4.5
node "$1/node_modules/bun/install.js"
"$1/node_modules/.bin/bun" --version >/dev/null
