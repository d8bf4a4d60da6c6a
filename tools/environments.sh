#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Builds .venv/<Blender version>: Blender as a Python module, and what the extension and its tests need.
#
#   tools/environments.sh           every Blender whose Python is found; a missing one is named in one line
#   tools/environments.sh --first   the first of them: the default environment
#   tools/environments.sh --all     every Blender, or fail
#   tools/environments.sh --packages  only the Debian packages that Blender's module needs, to install beforehand
#
# Several are built at once. When all are ready, standard output has one line each: the path of its interpreter. All
# else goes to standard error.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Blender's version and the Python that it is made for, the default first.
readonly blenders=("4.5 3.11" "5.2 3.13")

# What Blender's module loads, and the Debian package that has it.
readonly libraries=(
    libX11.so.6:libx11-6 libXrender.so.1:libxrender1 libXfixes.so.3:libxfixes3 libXi.so.6:libxi6
    libxkbcommon.so.0:libxkbcommon0 libSM.so.6:libsm6 libGL.so.1:libgl1 libEGL.so.1:libegl1
)
readonly drivers=libgl1-mesa-dri # which libegl1 loads

readonly package_log=.venv/setup.log

say() { printf '%s\n' "$*" >&2; }
die() {
    say "$*"
    exit 1
}

# Where interpreters are found: on the PATH, with the system, and where version managers keep theirs.
python_candidates() {
    local name=python$1
    type -aP "$name" python3 || true
    shopt -s nullglob
    printf '%s\n' {/usr,/usr/local,/opt/*,/opt/*/*}/bin/"$name" \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/"$name" \
        "${UV_PYTHON_INSTALL_DIR:-$HOME/.local/share/uv/python}"/*/bin/"$name" \
        "$HOME"/.local/share/{mise,rtx}/installs/python/*/bin/"$name" \
        "$HOME"/.local/share/hatch/pythons/*/python/bin/"$name" \
        "$HOME"/{.asdf/installs/python,.rye/py}/*/bin/"$name" \
        "$HOME"/{miniconda3,miniforge3,anaconda3}/{,envs/*/}bin/"$name"
}

# Sets `python` to an interpreter of the version that starts (a version manager's shim may not) and can make
# environments. Where only that last ability is missing, sets `package` to what would bring it.
find_python() {
    local version=$1 candidate status
    python='' package=''
    while IFS= read -r candidate; do
        [[ -x $candidate && $candidate != "$PWD"/* ]] || continue
        status=0
        timeout 20 "$candidate" -c '
import sys
if "%d.%d" % sys.version_info[:2] != sys.argv[1] or sys.abiflags: sys.exit(1)
try: import ensurepip, venv
except ImportError: sys.exit(3)' "$version" </dev/null >/dev/null 2>&1 || status=$?
        ((status == 3)) && package=python$version-venv
        ((status == 0)) && python=$candidate && return
    done < <(python_candidates "$version" | awk '!seen[$0]++')
    return 1
}

# Installs Debian packages when we may, else names the line to run.
install_packages() {
    if ((EUID == 0)) && type -P apt-get >/dev/null; then
        say "Installing $*"
        apt-get update >>"$package_log" 2>&1 || true # a stale list may still do
        DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@" >>"$package_log" 2>&1 && return
        tail -n 3 "$package_log" >&2
    fi
    die "System packages are missing. Run this line, then try again: sudo apt-get install $*"
}

require_libraries() {
    local missing
    missing=$("$python" - "$drivers" "${libraries[@]}" <<'PYTHON'
import ctypes
import sys

drivers, *pairs = sys.argv[1:]
for library, package in (pair.split(":") for pair in pairs):
    try:
        ctypes.CDLL(library)
    except OSError:
        print(package)
        if package == "libegl1":
            print(drivers)
PYTHON
    )
    # Word splitting is wanted: one package a word.
    # shellcheck disable=SC2086
    [[ -z $missing ]] || install_packages $missing
}

# The stamp is a copy of the lock file, written last: an interrupted or outdated environment does not match.
is_ready() {
    cmp --silent "tools/requirements/blender-$1.txt" ".venv/$1/lock.txt" && ".venv/$1/bin/python" -c '' 2>/dev/null
}

# Runs beside other builds, so what it says names its Blender.
build() {
    SECONDS=0
    local blender=$1 python=$2 folder=.venv/$1 lock=tools/requirements/blender-$1.txt log=.venv/setup-$1.log
    say "Blender $blender: building $folder with $python (1 GB, about a minute)"
    rm -rf "$folder"
    if ! {
        "$python" -m venv "$folder" &&
            "$folder/bin/python" -m pip install --no-deps --require-hashes --only-binary=:all: --requirement "$lock" &&
            timeout 120 "$folder/bin/python" -c 'import os, bpy; os._exit(0)' # without its exit, which can hang
    } >"$log" 2>&1 </dev/null; then
        die "$(tail -n 5 "$log")
Blender $blender: building $folder failed; the whole story is in $log"
    fi
    cp "$lock" "$folder/lock.txt"
    say "Blender $blender: ready after $SECONDS s"
}

builds=() # process groups, which end with this script

start_build() {
    set -m
    build "$blender" "$python" &
    set +m
    builds+=($!)
}

stop_builds() { ((${#builds[@]} == 0)) || kill -- "${builds[@]/#/-}" 2>/dev/null || true; }

wait_for_builds() {
    local running failed=0
    for running in "${builds[@]}"; do wait "$running" || failed=1; done
    builds=()
    ((failed == 0)) || exit 1
}

main() {
    local mode=${1:-} entry blender version python package ready=() left_out=()
    [[ $mode =~ ^(|--first|--all|--packages)$ ]] || die "usage: tools/environments.sh [--first | --all | --packages]"
    if [[ $mode == --packages ]]; then
        printf '%s\n' "${libraries[@]#*:}" "$drivers"
        return
    fi
    export HOME=${HOME:-/}
    mkdir -p .venv
    exec 9>.venv/lock # two at once would build into one folder
    flock --nonblock 9 || { say "Waiting for another build" && flock 9; }
    : >"$package_log"
    trap stop_builds EXIT

    for entry in "${blenders[@]}"; do
        read -r blender version <<<"$entry"
        if ! is_ready "$blender"; then
            if ! find_python "$version" && [[ -n $package && $EUID == 0 ]]; then
                install_packages "$package"
                find_python "$version" || true
            fi
            if [[ -z $python ]]; then
                left_out+=("Python $version not found: Blender $blender left out."
                    "Install ${package:-Python $version} to run it too.")
                continue
            fi
            [[ $mode == --first ]] && ((${#ready[@]} > 0)) && continue
            require_libraries
            start_build
        fi
        [[ $mode == --first ]] && ((${#ready[@]} > 0)) && continue
        ready+=("$PWD/.venv/$blender/bin/python")
        # Having built something, look on, to name what is missing; once is enough.
        [[ $mode == --first ]] && ((${#builds[@]} == 0)) && left_out=() && break
    done
    wait_for_builds

    if ((${#ready[@]} == 0)); then
        install_packages python3 python3-venv
        find_python 3.11 || find_python 3.13 || die "Python 3.11 or 3.13 is needed."
        exec tools/environments.sh "$@"
    fi
    printf '%s\n' "${ready[@]}"
    ((${#left_out[@]} == 0)) || say "${left_out[@]}"
    [[ $mode != --all ]] || ((${#ready[@]} == ${#blenders[@]})) || die "Every Blender is needed here."
}

main "$@"
