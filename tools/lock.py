# SPDX-License-Identifier: GPL-3.0-or-later
"""Print a lock file: every package with its exact version and checksums.

Without arguments it is that of an environment; run it with the environment's own Python: what it can install is what is
locked. With a platform's name it is that of the wheels bundled for it, with ``farm`` or ``web`` that of what
`make test-farm` or `make test-web` needs: the versions that its lock file names already, with the checksums of the
wheels for every Python.
"""

import json
import re
import subprocess
import sys

from build_zip import REQUIREMENTS, WHEEL_TAGS

_PYTHONS = ("311", "313", "314")
"""The last is that of Blender 5.2 in some Linux distributions."""


def resolve(*arguments: str) -> list[tuple[str, str]]:
    """Ask pip what it would install.

    Parameters
    ----------
    *arguments : str
        What to install, as pip's command line takes it.

    Returns
    -------
    list of (str, str)
        ``name==version`` and ``--hash=sha256:...`` of each package.
    """
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--only-binary=:all:"]
    report = subprocess.run(
        [*command, "-qq", "--report=-", *arguments], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    return [
        (
            f"{package['metadata']['name'].lower()}=={package['metadata']['version']}",
            f"--hash=sha256:{package['download_info']['archive_info']['hashes']['sha256']}",
        )
        for package in json.loads(report)["install"]
    ]


def environment() -> list[str]:
    """Lines of this environment's lock file."""
    packages = resolve(f"--requirement={REQUIREMENTS / 'direct.in'}")
    packages += resolve("--no-deps", f"--requirement={REQUIREMENTS / 'direct-without-dependencies.in'}")
    lines = sorted(f"{package} {checksum}" for package, checksum in packages)
    return ["# Written by `make lock`; edit the .in files instead.", *lines]


def wheels(name: str) -> list[str]:
    """Lines of the lock file of the wheels that are bundled for a platform, or of what some tests need on Linux."""
    bundled = name in WHEEL_TAGS
    text = (REQUIREMENTS / f"{'wheels-' if bundled else ''}{name}.txt").read_text(encoding="utf-8")
    header = [line for line in text.splitlines() if line.startswith("#")]
    versions = re.findall(r"^[\w.-]+==\S+", text, flags=re.MULTILINE)
    known = WHEEL_TAGS[name] if bundled else (*WHEEL_TAGS["linux-x64"], "manylinux1_x86_64")
    tags = [f"--platform={tag}" for tag in known]
    checksums: dict[str, set[str]] = {version: set() for version in versions}
    for python in _PYTHONS:
        target = ["--target=nowhere", "--implementation=cp", f"--python-version={python}", *tags]
        for package, checksum in resolve("--no-deps", *target, *versions):
            checksums[package].add(checksum)
    return header + [" \\\n    ".join([version, *sorted(checksums[version])]) for version in sorted(versions)]


if __name__ == "__main__":
    print(*(wheels(sys.argv[1]) if sys.argv[1:] else environment()), sep="\n")
