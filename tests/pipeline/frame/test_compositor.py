"""The figures of a whole frame, on real pictures and clips."""

from collections.abc import Callable
from dataclasses import fields, replace
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.face.mesh import FACE_OVAL, MOUTH, NOSE_TIP, SKIN_POINTS, outer_eye_distance
from portrait_addon.pipeline.face.openings import mouth_gap
from portrait_addon.pipeline.frame.canvas import Canvas
from portrait_addon.pipeline.frame.control_points import control_points
from portrait_addon.pipeline.frame.face_warp import skin_of
from portrait_addon.pipeline.frame.shading import Shading
from portrait_addon.pipeline.frame.surround import surround_field
from portrait_addon.pipeline.imaging.raster import jacobian
from portrait_addon.pipeline.pair.pair import Pair
from portrait_addon.pipeline.portrait.analysis import analyse_portrait
from portrait_addon.pipeline.portrait.edges import pinned_edges
from portrait_addon.pipeline.portrait.headroom import Headroom
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait
from portrait_addon.pipeline.portrait.surround_grid import surround_grid
from portrait_addon.pipeline.portrait.texture import PortraitTexture
from portrait_addon.pipeline.records.expression import REST
from portrait_addon.pipeline.records.face import BLENDSHAPES, Face
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings
from portrait_addon.pipeline.tracking.landmarker import FaceTracker
from tests.composing import compose, compose_mix, compositor_of

STILL = Settings(head_motion=0.0, expression=0.0)
SPEAKING, BLINKING = 5, 13


def apart(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Largest difference in 8-bit grey levels."""
    level = 257 if one.dtype == np.uint16 else 1
    return float(np.abs(one.astype(float) - other).max() / level)


@pytest.fixture(scope="module")
def icon(painting: NDArray[Any], tracker: FaceTracker) -> Portrait:
    """The painting, 384 pixels wide."""
    return analyse_portrait(cv2.resize(painting, (384, 572), interpolation=cv2.INTER_AREA), tracker)


@pytest.fixture(scope="module")
def large_icon(painting: NDArray[Any], tracker: FaceTracker) -> Portrait:
    return analyse_portrait(painting, tracker)


def composed(portrait: Portrait, performance: Performance, t: float, **settings: float) -> NDArray[Any]:
    return compose(portrait, performance, Settings(**settings), t).picture


def test_without_a_mouth_the_lips_open_over_a_dark_inside(portrait: Portrait, performance: Performance) -> None:
    settings = replace(STILL, head_motion=1.0, expression=1.0, mouth_modelled=0.0)
    dark = compose(portrait, performance.without_mouth(), settings, SPEAKING)
    lips = composed(portrait, performance, SPEAKING, mouth_transfer=0)
    changed = np.argwhere((dark.picture != lips).any(axis=-1))
    contour = dark.pose.moved[MOUTH.contour, 1::-1]
    assert len(changed)
    reach = 0.25 * outer_eye_distance(dark.pose.moved)  # of the skin beside the corners
    assert (changed >= contour.min(axis=0) - reach).all() and (changed <= contour.max(axis=0) + reach).all()
    inside = dark.picture[tuple(contour.mean(axis=0).astype(int))]
    assert 0 < inside.mean() < 60


def test_frozen_driver_gives_a_still_picture(
    portrait: Portrait, icon: Portrait, film: list[NDArray[Any]], record: Callable[..., Performance]
) -> None:
    frozen = record([film[SPEAKING]] * 10)
    for sitter in (portrait, icon):
        frames = [composed(sitter, frozen, t) for t in range(1, 11)]
        assert max(apart(frame, frames[0]) for frame in frames) <= 2
        # The trackers repeat exactly, and so does all that follows.
        assert all(np.array_equal(frame, frames[0]) for frame in frames)


@pytest.mark.parametrize("depth", [0.0, 1.0])
def test_no_motion_and_no_expression_give_the_portrait(
    portrait: Portrait, icon: Portrait, large_icon: Portrait, performance: Performance, depth: float
) -> None:
    for sitter in (portrait, icon, large_icon):
        for t in (1, SPEAKING + 0.5, BLINKING):
            frame = compose(sitter, performance, replace(STILL, depth=depth), t).picture
            assert apart(frame, sitter.picture) <= 1


@pytest.mark.parametrize("border", [cv2.BORDER_REPLICATE, cv2.BORDER_REFLECT], ids=["replicated", "reflected"])
@pytest.mark.parametrize("name", ["portrait", "icon"])
def test_wider_margin_changes_nothing_within(
    name: str, border: int, performance: Performance, tracker: FaceTracker, request: pytest.FixtureRequest
) -> None:
    sitter: Portrait = request.getfixturevalue(name)
    height, width = sitter.picture.shape[:2]
    for margin in (24, 60):
        wide = analyse_portrait(cv2.copyMakeBorder(sitter.picture, *[margin] * 4, border), tracker)
        for t in (2, SPEAKING, BLINKING):
            shared = composed(wide, performance, t)[margin : margin + height, margin : margin + width]
            assert np.abs(shared.astype(float) - composed(sitter, performance, t)).mean() < 1


def test_movement_does_not_depend_on_the_margin(portrait: Portrait, performance: Performance) -> None:
    """The same face in a wider picture: with the tracker's own error left out, only the border differs."""
    margin = 90
    wide = replace(
        portrait,
        picture=cv2.copyMakeBorder(portrait.picture, *[margin] * 4, cv2.BORDER_REFLECT),
        points=portrait.points + np.float32((margin, margin, 0)),
    )
    for t in (2, SPEAKING, BLINKING):
        shared = composed(wide, performance, t)[margin:-margin, margin:-margin].astype(float)
        assert np.abs(shared - composed(portrait, performance, t)).mean() < 0.5


def deepened(picture: NDArray[Any]) -> NDArray[Any]:
    return picture.astype(np.uint16) * 257


def with_alpha(picture: NDArray[Any]) -> NDArray[Any]:
    """A soft hole in a corner, far from the face."""
    whole = np.iinfo(picture.dtype).max
    alpha = np.full(picture.shape[:2], whole, picture.dtype)
    alpha[:40, :40] = np.linspace(0, whole, 40).astype(picture.dtype)
    return np.dstack([picture, alpha])


FORMS = {
    "8 bit": lambda picture: picture,
    "8 bit with alpha": with_alpha,
    "16 bit": deepened,
    "16 bit with alpha": lambda picture: with_alpha(deepened(picture)),
    "float": lambda picture: picture.astype(np.float32) / np.float32(255),
}


@pytest.mark.parametrize("form", FORMS)
def test_type_channels_and_greyness_survive(
    form: str, photograph: NDArray[Any], performance: Performance, tracker: FaceTracker
) -> None:
    sitter = analyse_portrait(FORMS[form](photograph), tracker)
    frame = composed(sitter, performance, SPEAKING)
    assert frame.dtype == sitter.picture.dtype
    assert frame.shape == sitter.picture.shape
    assert (frame != sitter.picture).any()
    assert not np.ptp(frame[..., :3].astype(float), axis=2).any()


@pytest.mark.parametrize("form", ["8 bit with alpha", "16 bit", "16 bit with alpha", "float"])
def test_every_form_moves_alike(
    form: str, photograph: NDArray[Any], performance: Performance, tracker: FaceTracker, portrait: Portrait
) -> None:
    sitter = replace(analyse_portrait(FORMS[form](photograph), tracker), points=portrait.points)
    frame = composed(sitter, performance, SPEAKING)[60:, :, :3].astype(float)
    frame *= {np.dtype(np.uint8): 1, np.dtype(np.uint16): 1 / 257, np.dtype(np.float32): 255}[sitter.picture.dtype]
    assert np.abs(frame - composed(portrait, performance, SPEAKING)[60:].astype(float)).mean() < 0.6


def test_16_bits_are_more_than_8(photograph: NDArray[Any], performance: Performance, tracker: FaceTracker) -> None:
    frame = composed(analyse_portrait(deepened(photograph), tracker), performance, SPEAKING)
    assert (frame % 257 != 0).mean() > 0.2


def test_alpha_is_carried_along(photograph: NDArray[Any], performance: Performance, tracker: FaceTracker) -> None:
    sitter = analyse_portrait(with_alpha(photograph), tracker)
    still = compose(sitter, performance, STILL, SPEAKING).picture
    solid = sitter.picture[..., 3] > 0
    assert apart(still[..., 3], sitter.picture[..., 3]) <= 1
    assert (
        apart(still[solid & (sitter.picture[..., 3] > 50)], sitter.picture[solid & (sitter.picture[..., 3] > 50)]) <= 1
    )
    moved = composed(sitter, performance, SPEAKING)
    assert (moved[100:, 100:, 3] == 255).all()
    assert moved[0, 0, 3] < 10


def test_half_a_frame_lies_between_its_neighbours(portrait: Portrait, performance: Performance) -> None:
    """By the way that every point goes, where the clip moves most."""
    pair = Pair.of(portrait, performance)
    first = 1 + int(np.abs(np.diff(performance.points[:, :SKIN_POINTS, :2], axis=0)).max(axis=(1, 2)).argmax())
    times = (first, first + 0.5, first + 1)
    before, between, after = (
        control_points(portrait, performance, pair, Settings(), t).face[:SKIN_POINTS, :2] for t in times
    )
    step = np.linalg.norm(after - before, axis=1)
    assert step.max() > 0.5
    assert (np.linalg.norm(between - before, axis=1) <= step + 0.1).all()
    np.testing.assert_allclose(between, (before + after) / 2, atol=0.1 * step.max())
    frames = [composed(portrait, performance, t).astype(float) for t in times]
    whole = np.abs(frames[2] - frames[0]).mean()
    assert 0 < np.abs(frames[1] - frames[0]).mean() < whole
    assert 0 < np.abs(frames[1] - frames[2]).mean() < whole


def test_times_outside_the_clip_hold_its_ends(portrait: Portrait, performance: Performance) -> None:
    last = performance.frame_count
    np.testing.assert_array_equal(composed(portrait, performance, -3), composed(portrait, performance, 1))
    np.testing.assert_array_equal(composed(portrait, performance, last + 9.5), composed(portrait, performance, last))


def test_compose_is_pure(icon: Portrait, performance: Performance) -> None:
    """Same arguments, same bytes, in any order; nothing that it is given changes."""
    times = [1, BLINKING, SPEAKING, 12.5]
    before = icon.picture.copy(), icon.points.copy(), {k: v.copy() for k, v in performance.to_arrays().items()}
    forwards = {t: composed(icon, performance, t) for t in times}
    compositor_of.cache_clear()
    for t in reversed(times):
        np.testing.assert_array_equal(composed(icon, performance, t), forwards[t])
    np.testing.assert_array_equal(icon.picture, before[0])
    np.testing.assert_array_equal(icon.points, before[1])
    for name, array in performance.to_arrays().items():
        np.testing.assert_array_equal(array, before[2][name])
    assert not np.shares_memory(forwards[1], icon.picture)


def test_composed_frame_can_be_written_to(portrait: Portrait, performance: Performance) -> None:
    frame = compose(portrait, performance, STILL, 1).picture
    frame[:] = 0
    assert portrait.picture.any()


OF_OTHER_PORTRAITS = {"absolute", "own_teeth", "background_distance"}
"""None has an effect on a portrait at rest whose camera stays."""

OF_MODELLED_MOUTH = {
    "tooth_size": 0.7, "tooth_whiteness": 0.3, "tooth_gap": 1.0, "tooth_wear": 1.0, "overbite": 8.0, "teeth_out": 8.0,
    "tongue_up": 1.0,
}  # fmt: skip


@pytest.mark.parametrize(
    "name", [item.name for item in fields(Settings) if item.name not in {*OF_OTHER_PORTRAITS, *OF_MODELLED_MOUTH}]
)
def test_every_setting_has_its_effect(name: str, icon: Portrait, performance: Performance) -> None:
    """Each for itself, on a frame that speaks with the head turned a little and the brows raised."""
    changed = composed(icon, performance, SPEAKING, **{name: 0.3})
    assert apart(changed, composed(icon, performance, SPEAKING)) > 2


@pytest.mark.parametrize(("name", "value"), OF_MODELLED_MOUTH.items())
def test_every_setting_of_a_modelled_mouth_has_its_effect(
    name: str, value: float, portrait: Portrait, performance: Performance
) -> None:
    settings = {"mouth_modelled": 1.0, "expression": 1.5}
    changed = composed(portrait, performance, SPEAKING, **settings, **{name: value})
    assert apart(changed, composed(portrait, performance, SPEAKING, **settings)) > 2


def test_expression_arrives(portrait: Portrait, icon: Portrait, performance: Performance, tracker: FaceTracker) -> None:
    """The driver speaks and blinks: so does the tracked output."""
    blink = BLENDSHAPES.index("eyeBlinkLeft")

    def seen(sitter: Portrait, t: int) -> Face:
        return tracker.detect(composed(sitter, performance, t))[0]

    # The score of an open jaw reads photographs of 1888 too low: the gap is measured, over a whole syllable, as one
    # frame of a small picture reads by some hundredths more or less.
    syllable = range(SPEAKING - 3, SPEAKING + 1)
    driven = [mouth_gap(performance.points_at(t)) - mouth_gap(performance.neutral_points) for t in syllable]
    closed = mouth_gap(seen(portrait, performance.neutral).points)
    arrived = [mouth_gap(seen(portrait, t).points) - closed for t in syllable]
    assert max(driven) > 0.1
    assert sum(arrived) / sum(driven) == pytest.approx(1, abs=0.3)
    assert performance.blendshapes[BLINKING - 1, blink] > 0.6
    assert seen(icon, BLINKING).blendshapes[blink] > seen(icon, performance.neutral).blendshapes[blink] + 0.25


def test_field_does_not_fold_outside_the_face(portrait: Portrait, performance: Performance) -> None:
    pair, grid = Pair.of(portrait, performance), surround_grid(portrait)
    for t in (2, SPEAKING, BLINKING):
        points = control_points(portrait, performance, pair, Settings(), t)
        still, field = (
            grid.upsample(surround_field(portrait, grid, pair.correspondence, points, smoothing), portrait.box)
            for smoothing in (0.0, 1.0)
        )
        height, width = portrait.picture.shape[:2]
        assert field.shape == (height, width, 2)
        assert (jacobian(field, 1) > 0).mean() > 0.995
        rough, smooth = (np.abs(cv2.Laplacian(f, cv2.CV_32F)).mean() for f in (still, field))
        assert smooth < rough


def test_background_far_away_stays(performance: Performance, photograph: NDArray[Any], tracker: FaceTracker) -> None:
    wide = analyse_portrait(cv2.copyMakeBorder(photograph, 320, 320, 320, 320, cv2.BORDER_REFLECT), tracker)
    frame = composed(wide, performance, SPEAKING)
    y, x = np.indices(frame.shape[:2])
    far = np.hypot(*(np.stack([x, y]) - wide.points[NOSE_TIP, :2, None, None])) > 5.5 * wide.unit
    assert far.any()
    assert apart(frame[far], wide.picture[far]) <= 1


def test_face_at_the_edge_of_the_picture_is_painted(portrait: Portrait, performance: Performance) -> None:
    """A crop through the face, with points outside the picture."""
    for cut in (np.s_[150:, :], np.s_[:, :120]):
        top, left = cut[0].start or 0, cut[1].start or 0
        cropped = replace(
            portrait,
            picture=np.ascontiguousarray(portrait.picture[cut]),
            points=portrait.points - np.float32((left, top, 0)),
        )
        frame = composed(cropped, performance, SPEAKING)
        assert frame.shape == cropped.picture.shape
        assert (frame != cropped.picture).any()


def test_skin_is_drawn_far_to_near(portrait: Portrait, performance: Performance) -> None:
    """The nose moved over a cheek covers it from the front and is covered from behind."""
    rest = portrait.points
    height, width = portrait.picture.shape[:2]
    columns = np.tile(np.linspace(0, 1, width, dtype=np.float32)[:, None], (height, 1, 3))  # every pixel says its x
    flat = Shading(performance.canonical_face, performance.log_ratios[0].astype(np.float32), 0.0, 1.0, portrait.shade)
    moved = rest.copy()
    moved[NOSE_TIP, 0] += 30
    x, y = np.round(moved[NOSE_TIP, :2]).astype(int)
    seen = []
    for depth in (-200, 200):
        moved[NOSE_TIP, 2] = depth
        frame = columns.copy()
        skin = skin_of(rest, moved, [flat], portrait.box, Headroom.of(portrait))
        Canvas(frame).warp_and_composite(
            PortraitTexture.of(columns, rest), skin.grid, skin.samples, skin.silhouette, skin.curve_gain
        )
        seen.append(frame[y, x, 0] * (width - 1))
    assert seen[0] == pytest.approx(rest[NOSE_TIP, 0], abs=3)
    assert seen[1] == pytest.approx(x, abs=3)


def mixed(portrait: Portrait, *mix: tuple[Performance, int, float], **settings: Any) -> NDArray[Any]:
    return compose_mix(portrait, [Moment(*moment) for moment in mix], Settings(**settings)).picture


@pytest.fixture(scope="module")
def other(film: list[NDArray[Any]], record: Callable[..., Performance]) -> Performance:
    """The same film from another neutral frame on: another clip to all that compares by neutral frames."""
    return record(film[:12], neutral=SPEAKING)


def test_a_whole_moment_is_the_frame_itself(icon: Portrait, performance: Performance, other: Performance) -> None:
    expected = composed(icon, performance, SPEAKING)
    np.testing.assert_array_equal(mixed(icon, (performance, SPEAKING, 1.0), (other, 3, 0.0)), expected)
    assert apart(mixed(icon), icon.picture) <= 1


def test_a_moment_blended_with_itself_is_itself(icon: Portrait, performance: Performance) -> None:
    expected = composed(icon, performance, SPEAKING)
    halves = mixed(icon, (performance, SPEAKING, 0.5), (performance, SPEAKING, 0.5))
    assert np.abs(halves.astype(int) - expected).mean() < 0.1


def test_weights_that_fade_lead_to_the_portrait_at_rest(
    icon: Portrait, performance: Performance, other: Performance
) -> None:
    away = [
        np.abs(mixed(icon, (performance, SPEAKING, weight), (other, 2, weight / 4)).astype(int) - icon.picture).mean()
        for weight in (0.8, 0.5, 0.2, 1e-3)
    ]
    assert away == sorted(away, reverse=True)
    assert away[-1] < 0.2


def test_from_one_clip_to_another_nothing_jumps(icon: Portrait, performance: Performance, other: Performance) -> None:
    """The steps of a blend are of one size."""
    frames = [
        mixed(icon, (performance, SPEAKING, 1 - weight), (other, 9, weight)).astype(int)
        for weight in np.linspace(0, 1, 6)
    ]
    steps = [np.abs(after - before).mean() for before, after in pairwise(frames)]
    assert max(steps) < 1.6 * np.mean(steps)
    np.testing.assert_array_equal(frames[-1], composed(icon, other, 9))


def test_half_way_between_two_frames_the_mouth_is_as_dense(portrait: Portrait, performance: Performance) -> None:
    before, between, after = (composed(portrait, performance, t).astype(int) for t in (4, 4.5, 5))
    outside = np.maximum(np.minimum(before, after) - between, between - np.maximum(before, after))
    assert outside.max() < 40


@pytest.mark.parametrize("aside", [(0.5, 0.0), (-0.4, 0.1), (0.0, 0.35)])
def test_skin_and_surround_meet_however_far_a_head_moves(
    portrait: Portrait, performance: Performance, aside: tuple[float, float]
) -> None:
    """At the outline of the moved face its surround is looked up where the outline is at rest."""
    rest = performance.neutral_points
    moved = rest + np.float32([*aside, 0]) * np.float32(outer_eye_distance(rest))
    shifted = replace(performance, neutral=1, points=np.stack([rest, moved, *performance.points[2:]]))
    pair, grid = Pair.of(portrait, performance), surround_grid(portrait)
    points = control_points(portrait, shifted, pair, Settings(expression=0.0), 2.0)
    for edges in (None, pinned_edges(PreparedPortrait(portrait).cut_off, 1.0)):
        field = surround_field(portrait, grid, pair.correspondence, points, 1.0, edges)
        oval = list(FACE_OVAL)
        at = grid.to_cells(points.face[oval, :2]).astype(np.float32)
        seen = cv2.remap(field, at[:, None], None, cv2.INTER_LINEAR)[:, 0]
        apart = np.linalg.norm(seen - portrait.points[oval, :2], axis=1) / portrait.unit
        assert np.median(apart) < 0.01
        assert np.quantile(apart, 0.8) < 0.03


def test_a_frame_starts_no_threads_of_a_library(
    portrait: Portrait, performance: Performance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_arguments: Any, **_options: Any) -> None:
        raise AssertionError("OpenBLAS shares this among its threads, which wait busily afterwards")

    added = REST._replace(weights=(0.3, *REST.weights[1:]))
    settings = Settings(crease_bank=1.0, jaw=1.5, mouth_modelled=1.0)
    mix = (Moment(performance, 6.0, added=added),)
    before = compose_mix(portrait, mix, settings).picture  # what is computed once may do so
    for module, names in ((np, ("tensordot",)), (np.linalg, ("inv", "lstsq", "pinv", "solve"))):
        for name in names:
            monkeypatch.setattr(module, name, refused)
    assert np.array_equal(compose_mix(portrait, mix, settings).picture, before)
