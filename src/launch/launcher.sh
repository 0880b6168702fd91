#!/bin/sh
':' //; set -f
':' /*
# The first lines of @PROGRAM@. sh runs them and never reads beyond `exec`; for Node they are a comment. Both are in one
# file because npm installs a link to it: Node follows links, and sh cannot without starting another program.
#
# Some variables that are set for the server affect every Node program before its first line: a debugger would take its
# port, a missing module would end it, certificates take 60 ms. They are renamed here, and ssd restores them for its workers.
for ssd_variable in @VARIABLES@; do
  eval "case \${$ssd_variable+set} in set) export @PREFIX@$ssd_variable=\"\$$ssd_variable\"; unset $ssd_variable ;; esac"
done
# These describe the parent's channel and cluster. Neither this program nor its workers have that parent.
unset ssd_variable @LINKS@

# dash and busybox drop variables whose names are not valid in sh, such as `spring.profiles`, and change some others. ssd
# gets their original values in one variable, and the workers get them unchanged. PWD is exported only if it was before.
if [ @PROGRAM@ = ssd ] && [ -r "/proc/$$/environ" ]; then
  ssd_unlike_sh='^([^=]*[^A-Za-z0-9_=][^=]*|[0-9][^=]*|IFS|OPTIND|PPID|PWD)='
  { ssd_found=$(LC_ALL=C grep -aozE "$ssd_unlike_sh" "/proc/$$/environ"); } 2>/dev/null
  case $?$ssd_found in
    0PWD=) ;;
    0*) export @PREFIX@="$(LC_ALL=C grep -azE "$ssd_unlike_sh" "/proc/$$/environ" | base64)"; unset PWD ;;
    1*) unset PWD ;;
  esac
  unset ssd_unlike_sh ssd_found
fi

# npm installs the link beside its own node, which is often not in the PATH of a service manager.
ssd_node=${0%/*}/node
if ! [ -f "$ssd_node" ] || ! [ -x "$ssd_node" ]; then
  command -v node >/dev/null || {
    echo "@PROGRAM@: cannot find node in PATH or beside $0: install Node @NEEDS@ or newer" >&2
    exit 1
  }
  ssd_node=node
fi
set +f
exec "$ssd_node" "$0" "$@"
*/
