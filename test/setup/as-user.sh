#!/usr/bin/env bash
# The fast tests as an ordinary user, in a copy of the tree that is this user's own: root may write, read and mount what
# nobody else may, so a suite that only root runs shows less than it seems to.
#
# usage: npm run test:user [-- test/FOLDER ...]      as root: changes to the user "nobody" (or $TEST_USER) by setpriv
set -euo pipefail
cd "$(dirname "$0")/../.."

here=$PWD
if [ "$(id -u)" -ne 0 ]; then
  echo "already an ordinary user ($(id -un)): the fast tests as they are"
  exec npm run test:fast -- "$@"
fi
user=${TEST_USER:-nobody}
copy=$(mktemp -d /tmp/slim-user-XXXXXX)
trap 'rm -rf "$copy"' EXIT
git ls-files -z --cached --others --exclude-standard | tar --null --files-from - --create | tar --extract --directory "$copy"
cp -r dist "$copy/dist"
# Read, never written.
ln -s "$(readlink -f node_modules)" "$copy/node_modules"
mkdir "$copy/home" "$copy/tmp" "$copy/.test-tools"
chown -R "$user:$(id -gn "$user")" "$copy"
chmod 755 "$copy"
cd "$copy"
# Only folders of programs that this user may read.
path=$here/node_modules/node/bin:$here/node_modules/.bin:/usr/local/bin:/usr/bin:/bin
as_user=(setpriv --reuid "$user" --regid "$(id -gn "$user")" --clear-groups env -i
  "PATH=$path" "HOME=$copy/home" "TMPDIR=$copy/tmp" LANG=C.UTF-8)
"${as_user[@]}" sh -c 'echo "as $(id -un) ($(id -u)), $(node --version), $(python3 --version)"'
for sandbox in "bwrap --ro-bind / / --unshare-all" "unshare -rmn"; do
  if "${as_user[@]}" $sandbox true 2>/dev/null; then echo "  ${sandbox%% *}: works"; else echo "  ${sandbox%% *}: NOT HERE"; fi
done
"${as_user[@]}" NODE_OPTIONS=--experimental-vm-modules jest --selectProjects fast --maxWorkers "${TEST_WORKERS:-2}" "$@"
