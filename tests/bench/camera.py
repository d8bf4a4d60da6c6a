"""What a moved camera shows against what a camera there has seen; ``python -m tests.bench.camera FOLDER``.

The folder holds heads rendered from near and from far, see ``tools/head_truth.py --pictures``.

Protocol: the picture of one camera is taken to the distance of the other, its lens being known. Each true landmark is
followed through the ST map to where the result shows it, and compared with the true landmark of the other camera's
picture: the mean distance of those that are not hidden, in per cent of the outer-eye distance. The tracker's own points
are given too, but they hardly count: moved by what is true, those of a picture from 45 cm are still 1.6 % off those of
one from 480 cm, because the tracker expects faces from further away. LPIPS is that of the whole pictures.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from scipy.spatial import cKDTree

from portrait_addon.pipeline.clip.expression_curves import ExpressionCurves, performance_of
from portrait_addon.pipeline.frame.compositor import Compositor
from portrait_addon.pipeline.imaging.arrays import Float32Array, Float64Array, Points, UInt8Array
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings
from tests.bench.head import away
from tests.bench.lpips import Lpips
from tests.bench.report import table
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


def seen_from(portrait: Portrait, metres: float) -> tuple[UInt8Array, Float32Array]:
    """The portrait at rest, with its camera at another distance, and where each pixel lies in the portrait."""
    resting = performance_of(ExpressionCurves.at_rest(np.arange(2) / 25))
    composer = Compositor(PreparedPortrait(portrait))
    frame = composer.frame([Moment(resting, 1)], Settings(camera_distance=metres), ["st_map"])
    width, height = portrait.size
    across, up = np.moveaxis(frame.passes["st_map"][..., :2], 2, 0)
    return np.asarray(frame.picture, np.uint8), np.dstack([across * width, (1 - up) * height]) - np.float32(0.5)


def carried(positions: Float32Array, points: Points) -> Float64Array:
    """(n, 2) where a frame shows places of its portrait; NaN where it shows none within a pixel."""
    away, nearest = cKDTree(positions.reshape(-1, 2)).query(points)
    y, x = np.unravel_index(nearest, positions.shape[:2])
    return np.where((away < 1)[:, None], np.column_stack([x, y]), np.nan)


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
    moved, positions = seen_from(portrait, target.distance / 1000)
    reached = carried(positions, source.points)
    shown = ~np.isnan(reached[:, 0])
    there, seen = (studio.tracker.points(picture) for picture in (target.picture, moved))
    if there is None or seen is None:
        return None
    true = lpips.features(target.picture)
    before, after = (lpips.distance(lpips.features(picture), true) for picture in (source.picture, moved))
    return {
        "points before": float(away(source.points, target.points)[shown].mean()),
        "points after": float(away(reached, target.points)[shown].mean()),
        "tracked before": float(away(portrait.points[:, :2], there).mean()),
        "tracked after": float(away(seen[:, :2], there).mean()),
        "LPIPS before": before,
        "LPIPS after": after,
    }


def camera_table(rows: Rows) -> str:
    """Markdown table, with what is left of each."""
    lines = []
    for name, row in rows.items():
        left = [row[f"{what} after"] / row[f"{what} before"] for what in ("points", "LPIPS")]
        lines.append([name, *(f"{value:.3f}" for value in row.values()), *(f"{share:.2f}" for share in left)])
    header = ["", *next(iter(rows.values())), "left of points", "left of LPIPS"]
    return f"## Moved camera on rendered heads\n\n{table(header, lines)}"


def main() -> None:
    """Measure, and print the table."""
    from tests.bench.picture import ROOT, fetch_weights

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path)
    lpips = Lpips.from_archive(fetch_weights(ROOT / "build" / "bench" / "packages"))
    print(camera_table(camera_figures(parser.parse_args().folder, lpips)))


if __name__ == "__main__":
    main()
