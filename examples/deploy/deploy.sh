#!/bin/sh
# deploy.sh DIRECTORY [ROOT]: copies DIRECTORY into ROOT/releases, builds it there, restarts with it, and points the link
# ROOT/current to it once it serves. ROOT is /srv/app unless it is given; ssd runs with --release=ROOT/current.
#
#   0  the new release serves
#   1  it could not be built, or did not come up: nothing has changed, the old release still serves
#   2  the command line is wrong, or several ssd run and none was chosen: nothing was restarted
#   3  no ssd answers: its next start takes the new release
#   4  ssd does not answer: nothing has changed
# 126, 127  ssctl cannot be run: nothing was restarted
#
# $SSCTL is the command that reaches ssd, such as 'ssctl -n app'. Without it, ssctl takes the only ssd that runs.
set -eu

say() { echo "deploy: $*" >&2; }

if [ $# -lt 1 ]; then
  echo 'usage: deploy.sh DIRECTORY [ROOT]' >&2
  exit 2
fi
[ -d "$1" ] || { say "there is no directory $1"; exit 2; }
source=$1
root=${2:-/srv/app}

# A second deployment at the same time would take the first one's link for its own.
mkdir -p "$root/releases"
exec 9>"$root/lock"
flock -n 9 || { say "another deployment to $root is under way"; exit 1; }

# The link is replaced by a rename: at no time is it missing.
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

# ssctl says on standard error how it went and why. With --until=ready a long request of the old generation does not hold
# up the deployment. --ready-timeout of ssd sets how long the new one may take to be ready.
status=0
${SSCTL:-ssctl} restart --release="$root/$new" --until=ready || status=$?

case $status in
  0) point_to "$new"; say "$new serves" ;;
  2) say "nothing was restarted; choose an instance with SSCTL='ssctl -n NAME'" ;;
  3) point_to "$new"; say "no ssd answers here; its next start takes $new" ;;
  4) say "ssd does not answer; current points where it did" ;;
  126 | 127) say "nothing was restarted; ${SSCTL:-ssctl} cannot be run" ;;
  # What ssd starts later, when a worker is lost, is from the release that was good.
  *) say "$new failed; nothing has changed" ;;
esac
exit "$status"
