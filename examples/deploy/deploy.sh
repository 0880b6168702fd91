#!/bin/sh
# deploy.sh DIRECTORY [ROOT]: copies DIRECTORY into ROOT/releases, builds it there, points the link ROOT/current to it, and
# restarts. ROOT is /srv/app unless it is given; ssd runs with --dir=ROOT/current.
#
#   0  the new release serves
#   1  it could not be built, or did not come up: ROOT/current points to the old release, which still serves
#   2  the command line is wrong, or several ssd run and none was chosen: nothing was restarted, and ROOT/current points to
#      the old release
#   3  ssd is not running: its next start takes the new release
#   4  ssd does not answer: ROOT/current points to the old release
# 126, 127  ssctl cannot be run: nothing was restarted, and ROOT/current points to the old release
#
# $SSCTL is the command that reaches ssd, such as 'ssctl -n app'. Without it, ssctl takes the only ssd that runs.
set -eu

say() { echo "deploy: $*" >&2; }

if [ $# -lt 1 ] || [ ! -d "$1" ]; then
  echo 'usage: deploy.sh DIRECTORY [ROOT]' >&2
  exit 2
fi
source=$1
root=${2:-/srv/app}

# A second deployment at the same time would take the first one's link for the old release.
mkdir -p "$root/releases"
exec 9>"$root/lock"
flock -n 9 || { say "another deployment to $root is under way"; exit 1; }

# The link is replaced by a rename: a worker that starts meanwhile finds the old release or the new one.
point_to() {
  ln -sfn "$1" "$root/current.new"
  mv -T "$root/current.new" "$root/current"
}

new=releases/$(date -u +%Y%m%d-%H%M%S)-$$
cp -R "$source" "$root/$new"
if [ -x "$root/$new/build" ] && ! (cd "$root/$new" && ./build 9>&-); then
  rm -rf "${root:?}/$new"
  say 'the build failed; nothing has changed'
  exit 1
fi

old=$(readlink "$root/current" || true)
point_to "$new"

# ssctl says on standard error how it went and why. With --until=ready a long request of the old generation does not hold
# up the deployment. --ready-timeout of ssd sets how long the new one may take to be ready.
status=0
${SSCTL:-ssctl} restart --until=ready || status=$?

# The old generation still serves. But when a worker is lost later, ssd must not start the broken release.
go_back() {
  [ -z "$old" ] || point_to "$old"
  say "$1; current points to ${old:-$new, as there is no other release}"
}

case $status in
  0) say "$new serves" ;;
  2) go_back "nothing was restarted; choose an instance with SSCTL='ssctl -n NAME'" ;;
  3) say "ssd is not running; its next start takes $new" ;;
  4) go_back "ssd does not answer" ;;
  126 | 127) go_back "nothing was restarted; ${SSCTL:-ssctl} cannot be run" ;;
  *) go_back "$new failed" ;;
esac
exit "$status"
