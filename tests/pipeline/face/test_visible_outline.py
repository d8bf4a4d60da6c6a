import numpy as np
import pytest

from portrait_addon.pipeline.face.mesh import FACE_OVAL
from portrait_addon.pipeline.face.visible_outline import visible_outline
from portrait_addon.pipeline.frame.control_points import control_points
from portrait_addon.pipeline.frame.surround import surround_field
from portrait_addon.pipeline.imaging.raster import remap
from portrait_addon.pipeline.pair.pair import Pair
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings

from .. import golden

FAR_CHEEK = [172, 58, 132, 93, 234, 127]
"""Points of the oval that Mona Lisa's cheek hides."""


def test_a_face_from_the_front_is_bounded_by_its_oval() -> None:
    assert visible_outline(golden.ford().points).tolist() == list(FACE_OVAL)


def test_a_face_turned_away_is_bounded_by_its_far_cheek() -> None:
    points = golden.mona_lisa().points
    rows = visible_outline(points)
    hidden = points[FAR_CHEEK, 0]
    cheek = points[[row for row in rows if row not in FACE_OVAL], 0]
    assert not set(rows) & set(FAR_CHEEK)
    assert len(cheek) >= len(FAR_CHEEK)
    assert cheek.max() < hidden.min() + 0.1 * np.ptp(points[:, 0])  # it is further out, or beside them


def seam(sitter: Portrait, rows: list[int]) -> float:
    """How far what lies around an open mouth's face is from where the face ends, in outer-eye distances."""
    driver, settings, unit = golden.smile(), Settings(mouth=3.0), sitter.unit
    pair = Pair.of(sitter, driver)
    moved = control_points(sitter, driver, pair, settings, float(len(driver.points)))
    grid = PreparedPortrait(sitter).surround_grid
    field = surround_field(sitter, grid, pair.correspondence, moved, settings.smoothing)
    there = np.asarray(grid.to_cells(moved.face[None, rows, :2]), np.float32)
    found = remap(field, there, 1)[0]
    return float(np.linalg.norm(found - sitter.points[rows, :2], axis=1).max() / unit)


@pytest.mark.parametrize("name", ["ford", "mona_lisa"])
def test_what_lies_around_a_face_follows_the_rim_that_is_seen(name: str) -> None:
    sitter = golden.portrait(name)
    assert seam(sitter, visible_outline(sitter.points).tolist()) < 0.05
