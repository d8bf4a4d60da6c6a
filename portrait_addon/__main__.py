"""``python -m portrait_addon``: the command line, if the libraries that it needs are there."""

from __future__ import annotations

import os
import sys

from . import libraries

MISSING = 1


def main() -> int:
    """Run a command with the arguments of the process.

    Returns
    -------
    int
        Exit status, see `command_line`.
    """
    if reason := libraries.problem():
        print(f"portrait: {reason}", file=sys.stderr)
        return MISSING
    from .command_line import main as run  # with all that computes: not before it is known to load

    return run()


if __name__ == "__main__":
    status = main()
    if "bpy" in sys.modules:  # Blender's module can hang where it should end, and has its own last words
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)
