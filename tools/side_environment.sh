#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Builds .venv/NAME from tools/requirements/NAME.txt, for tests that need more than Blender brings. It has the packages of
# PYTHON's environment too.
#
#   tools/side_environment.sh PYTHON NAME [PROGRAM...]
#
# Where it cannot be built, or none of a PROGRAM's names, such as chromium|google-chrome, is on the PATH, one line says
# so and the exit status is 1.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=$1 name=$2
shift 2
readonly lock=tools/requirements/$name.txt folder=.venv/$name

for program in "$@"; do
    found=''
    for candidate in ${program//|/ }; do
        type -P "$candidate" >/dev/null && found=$candidate && break
    done
    if [[ -z $found ]]; then
        echo "make test-$name: left out, for ${program//|/ or } is not installed." >&2
        exit 1
    fi
done

cmp --silent "$lock" "$folder/lock.txt" && "$folder/bin/python" -c '' 2>/dev/null && exit
rm -rf "$folder"
if ! {
    "$python" -m venv "$folder" &&
        "$folder/bin/python" -m pip install --no-deps --require-hashes --only-binary=:all: --requirement "$lock" &&
        "$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))' >"$folder/default.pth" &&
        mv "$folder/default.pth" "$folder"/lib/python3*/site-packages/
} >".venv/setup-$name.log" 2>&1 </dev/null; then
    echo "make test-$name: left out, for $folder cannot be built; .venv/setup-$name.log says why." >&2
    exit 1
fi
cp "$lock" "$folder/lock.txt"
