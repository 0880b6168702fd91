#!/bin/sh
# Runs the end-to-end suite on other versions of Node, from the npm registry's package `node`:
#
#     npm run test:nodes              # Node 22 and 24
#     npm run test:nodes -- 24        # one of them
#
# The versions are downloaded into a temporary directory that is removed at the end. If SSD_NODES names a directory, they are
# kept there and used again. The Node that runs a test also runs what the test starts.
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- 22 24

nodes=${SSD_NODES:-}
if [ -z "$nodes" ]; then
  nodes=$(mktemp -d)
  trap 'rm -rf "$nodes"' EXIT
  trap 'exit 1' INT TERM
fi

failed=0
for version; do
  # Its install script puts the binary of this machine's kind in its place.
  npm install --silent --no-audit --no-fund --prefix "$nodes/$version" "node@$version"
  node=$nodes/$version/node_modules/node/bin/node
  echo "Node $("$node" --version)"
  "$node" node_modules/ava/entrypoints/cli.mjs 'dist/test/e2e/**/*.test.js' || failed=1
done
exit "$failed"
