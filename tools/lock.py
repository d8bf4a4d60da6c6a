# SPDX-License-Identifier: GPL-3.0-or-later
"""Print the lock file of one environment: every package with its exact version and checksum.

Run with the environment's own Python: what it can install is what is locked.
"""

import json
import subprocess
import sys
from pathlib import Path

_REQUIREMENTS = Path(__file__).parent / "requirements"


def resolve(*arguments: str) -> list[str]:
    """Ask pip what it would install.

    Parameters
    ----------
    *arguments : str
        What to install, as pip's command line takes it.

    Returns
    -------
    list of str
        One line a package: ``name==version --hash=sha256:...``
    """
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--only-binary=:all:"]
    report = subprocess.run(
        [*command, "-qq", "--report=-", *arguments], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    return [
        f"{package['metadata']['name'].lower()}=={package['metadata']['version']}"
        f" --hash=sha256:{package['download_info']['archive_info']['hashes']['sha256']}"
        for package in json.loads(report)["install"]
    ]


if __name__ == "__main__":
    lines = resolve(f"--requirement={_REQUIREMENTS / 'direct.in'}")
    lines += resolve("--no-deps", f"--requirement={_REQUIREMENTS / 'direct-without-dependencies.in'}")
    print("# Written by `make lock`; edit the .in files instead.", *sorted(lines), sep="\n")
