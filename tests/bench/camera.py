"""What a moved camera shows against what a camera there has seen; ``python -m tests.bench.camera FOLDER``.

The folder holds heads rendered from near and from far, see ``tools/head_truth.py --pictures``.

Protocol: the picture of one camera is taken to the distance of the other, its lens being known. How each landmark that
is in sight moves is compared with how it does in truth: the mean length of the difference, in per cent of the outer-eye
distance; before, it does not move. What the tracker finds in the result is given too, but says little: it expects faces
from further away, so that its points in a picture from 45 cm, moved as is true, are 1.6 % off those that it finds in
one from 480 cm. LPIPS is that of the whole pictures.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from portrait_addon.pipeline.face.mesh import face_triangles, outer_eye_distance
from portrait_addon.pipeline.frame.compositor import Compositor, Frame
from portrait_addon.pipeline.imaging.arrays import BoolArray, Points, UInt8Array
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings
from tests.bench.head import away
from tests.bench.lpips import Lpips
from tests.bench.report import camera_table
from tests.bench.subjects import Studio

FAR = 4800
"""Millimetres."""

Rows = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Photograph:
    """A rendered picture, and what its camera was."""

    picture: UInt8Array
    distance: float
    lens: float
    points: Points


def photographs(folder: Path) -> Iterator[list[Photograph]]:
    """Pictures of each person, of those that the tracker found."""
    with np.load(folder / "truth.npz", allow_pickle=False) as truth:
        persons, distances, lenses, points = (truth[name] for name in ("persons", "distances", "lenses", "true_points"))
    for person in np.unique(persons):
        rows = np.flatnonzero(persons == person)
        yield [
            Photograph(
                np.asarray(cv2.imread(str(folder / f"person{person}_{distances[row]:04.0f}.png")), np.uint8),
                float(distances[row]),
                float(lenses[row]),
                points[row],
            )
            for row in rows
        ]


def seen_from(portrait: Portrait, metres: float) -> Frame:
    """The portrait as nobody drives it, with its camera at another distance."""
    return Compositor(PreparedPortrait(portrait)).frame((), Settings(camera_distance=metres))


def in_sight(points: Points) -> BoolArray:
    """(478,) which points of a face are seen: no triangle round them is turned away."""
    triangles = face_triangles()
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    areas = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    seen = np.ones(len(points), np.bool_)
    seen[triangles[areas * np.sign(areas.sum()) < 0]] = False
    return seen


def camera_figures(folder: Path, lpips: Lpips) -> Rows:
    """Figures from near to far and back, by the near distance: means over the persons."""
    found: dict[str, list[dict[str, float]]] = {}
    with Studio() as studio:
        for pictures in photographs(folder):
            far = next((one for one in pictures if one.distance == FAR), None)
            for near in [one for one in pictures if one.distance != FAR and far is not None]:
                assert far is not None
                for source, target in ((near, far), (far, near)):
                    name = f"{source.distance / 10:.0f} to {target.distance / 10:.0f} cm"
                    figures = _compared(studio, lpips, source, target)
                    if figures:
                        found.setdefault(name, []).append(figures)
    return {
        name: {column: float(np.mean([row[column] for row in rows])) for column in rows[0]}
        for name, rows in sorted(found.items(), key=lambda item: float(item[0].split()[0]))
    }


def _compared(studio: Studio, lpips: Lpips, source: Photograph, target: Photograph) -> dict[str, float] | None:
    portrait = replace(studio.portrait(source.picture), lens=source.lens)
    frame = seen_from(portrait, target.distance / 1000)
    moved = np.asarray(frame.picture, np.uint8)
    there, found = (studio.tracker.points(picture) for picture in (target.picture, moved))
    if there is None or found is None:
        return None
    seen = in_sight(source.points)
    true_motion, motion = target.points - source.points, (frame.pose.moved - frame.pose.rest)[:, :2]
    percent = 100 / outer_eye_distance(portrait.points)
    true = lpips.features(target.picture)
    before, after = (lpips.distance(lpips.features(picture), true) for picture in (source.picture, moved))
    return {
        "points before": float(percent * np.linalg.norm(true_motion, axis=1)[seen].mean()),
        "points after": float(percent * np.linalg.norm(motion - true_motion, axis=1)[seen].mean()),
        "tracked before": float(away(portrait.points[:, :2], there).mean()),
        "tracked after": float(away(found[:, :2], there).mean()),
        "LPIPS before": before,
        "LPIPS after": after,
    }


def main() -> None:
    """Measure, and print the table."""
    from tests.bench.picture import ROOT, fetch_weights

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path)
    lpips = Lpips.from_archive(fetch_weights(ROOT / "build" / "bench" / "packages"))
    print(camera_table(camera_figures(parser.parse_args().folder, lpips)))


if __name__ == "__main__":
    main()
