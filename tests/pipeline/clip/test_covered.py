"""Things in front of the mouth are found, named and bridged, and nothing else is."""

from collections.abc import Callable, Iterable
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.jobs.tracking import performance_notes
from portrait_addon.pipeline.clip import neutral, recording
from portrait_addon.pipeline.clip.covered import (
    UNLIT,
    Evidence,
    LowerFace,
    covered_frames,
    uncover_mouths,
    uncover_scores,
    unlike_a_covered_neutral,
    unlit_frames,
)
from portrait_addon.pipeline.clip.ratio_images import RatioImageExtractor
from portrait_addon.pipeline.face.canonical_face import CanonicalFace
from portrait_addon.pipeline.face.mesh import BROWS, JAW, MOUTH, outer_eye_distance
from portrait_addon.pipeline.imaging.colour import linear_to_srgb_clipped
from portrait_addon.pipeline.records.face import BLENDSHAPES
from portrait_addon.pipeline.records.performance import Performance

FOUND = np.ones(20, bool)


@pytest.fixture(scope="module")
def compared(film: list[NDArray[Any]], performance: Performance) -> Callable[..., float]:
    """The evidence in a frame by its row and what changes it."""
    row = performance.neutral - 1
    ratios = RatioImageExtractor(film[row], performance.neutral_points)
    lower = LowerFace.of(ratios.face, ratios.neutral_picture, ratios.region)

    def evidence(row: int, change: Callable[..., Any] = lambda frame, _points: frame) -> float:
        points = performance.points[row]
        return lower.evidence(ratios.seen(change(film[row].copy(), points), points)).unlike

    return evidence


def box(colour: tuple[int, int, int]) -> Callable[..., NDArray[Any]]:
    def drawn(frame: NDArray[Any], points: NDArray[Any]) -> NDArray[Any]:
        (x, y), unit = points[[13, 14], :2].mean(axis=0), outer_eye_distance(points)
        corners = [(round(x + side * 0.5 * unit), round(y + side * 0.35 * unit)) for side in (-1, 1)]
        return cv2.rectangle(frame, *corners, colour, -1)

    return drawn


def hand(frame: NDArray[Any], points: NDArray[Any]) -> NDArray[Any]:
    """Four fingers in the colour of the cheeks."""
    (x, y), unit = points[[13, 14], :2].mean(axis=0), outer_eye_distance(points)
    cheek = frame[tuple(np.round(points[205, 1::-1]).astype(int))].astype(float)
    for finger in range(4):
        centre = round(x), round(y + (finger - 1.5) * 0.18 * unit)
        for size, light in ((0.1, 0.6), (0.075, 1.0)):
            cv2.ellipse(frame, centre, (round(0.6 * unit), round(size * unit)), 8, 0, 360, (light * cheek).tolist(), -1)
    return frame


def test_a_face_that_speaks_and_blinks_is_not_covered(compared: Callable[..., float], film: list[NDArray[Any]]) -> None:
    assert max(compared(row) for row in range(len(film))) < 0.7


@pytest.mark.parametrize("thing", [box((20, 20, 20)), box((128, 128, 128)), box((230, 230, 230)), hand])
def test_what_is_before_the_mouth_is_evidence(
    compared: Callable[..., float], film: list[NDArray[Any]], thing: Callable[..., Any]
) -> None:
    assert min(compared(row, thing) for row in range(0, len(film), 4)) > 1


@pytest.mark.parametrize("light", [0.7, 1.3])
def test_other_light_is_no_thing(compared: Callable[..., float], light: float) -> None:
    assert compared(12, lambda frame, _: cv2.convertScaleAbs(frame, alpha=light)) < 1


@pytest.mark.parametrize("light", [0.2, 0.0])
def test_a_face_in_no_light_is_not_seen(compared: Callable[..., float], light: float) -> None:
    assert compared(12, lambda frame, _: cv2.convertScaleAbs(frame, alpha=light)) == UNLIT


def frames(**evidence: float) -> list[int]:
    shares = np.zeros(20)
    for rows, value in evidence.items():
        first, last = (int(number) for number in rows[1:].split("_"))
        shares[first:last] = value
    return np.flatnonzero(covered_frames(evident(shares), FOUND, 0)).tolist()


def evident(unlike: Iterable[float], foreign: float = 0.1) -> list[Evidence]:
    return [Evidence(value, foreign) for value in unlike]


def test_covered_frames_are_those_beside_them_too() -> None:
    assert frames() == []
    assert frames(r8_13=1.2) == list(range(6, 15))
    assert frames(r14_15=0.8, r15_20=1.2) == list(range(12, 20))  # a hand that comes
    assert frames(r8_12=1.2) == []  # too short for so little
    assert frames(r8_9=4) == [6, 7, 8, 9, 10]
    assert frames(r8_9=2.5) == []  # a single frame must be surer
    assert frames(r14_15=0.6, r15_20=1.2) == list(range(13, 20))  # what comes must be seen by half at least
    assert frames(r2_19=4) == frames(r5_14=4) == []  # in most frames: it belongs to the driver
    assert 0 not in frames(r1_4=4)  # the neutral frame
    found = FOUND.copy()
    found[9] = False
    assert not covered_frames(evident(np.where(np.arange(20) == 9, 9.0, 0.0)), found, 0).any()


def test_either_most_frames_are_covered_or_the_neutral_one_is() -> None:
    """What shows more of what is no skin has something before it: a hand in the neutral frame shows no more."""
    unlike = np.where(np.arange(20) < 6, 0.0, 1.4)
    microphone = [Evidence(value, 0.3 if value else 0.1) for value in unlike]
    assert np.flatnonzero(covered_frames(microphone, FOUND, 0)).tolist() == list(range(4, 20))
    assert not unlike_a_covered_neutral(microphone, FOUND, 0).any()
    hand = [Evidence(value, 0.05 if value else 0.02) for value in unlike]
    assert not covered_frames(hand, FOUND, 0).any()
    assert np.flatnonzero(unlike_a_covered_neutral(hand, FOUND, 0)).tolist() == list(range(6, 20))
    few = [Evidence(value, 0.1) for value in np.where(np.arange(20) < 12, 0.0, 1.4)]
    assert not unlike_a_covered_neutral(few, FOUND, 0).any()
    assert not unlike_a_covered_neutral(evident([0.0] + 19 * [UNLIT]), FOUND, 0).any()


@pytest.mark.parametrize(
    ("evidence", "unlit"),
    [
        ({8: UNLIT, 9: UNLIT, 10: UNLIT}, range(6, 13)),
        ({8: 0.9, 9: UNLIT, 10: UNLIT}, range(6, 13)),  # darker and darker
        ({8: 4.0, 9: 4.0, 10: UNLIT}, ()),  # a hand that takes the light away
        ({1: 4.0, 12: UNLIT}, range(10, 15)),
    ],
)
def test_what_hides_the_mouth_is_light_or_a_thing(evidence: dict[int, float], unlit: tuple[()] | range) -> None:
    strength = np.zeros(20)
    strength[list(evidence)] = list(evidence.values())
    covered = covered_frames(evident(strength), FOUND, 0)
    assert np.flatnonzero(unlit_frames(evident(strength), covered)).tolist() == list(unlit)


def test_a_fade_is_no_thing_before_the_mouth(film: list[NDArray[Any]], record: Callable[..., Performance]) -> None:
    light = np.interp(range(len(film)), [10, 13, 15, 18], [1, 0.15, 0.15, 1])
    faded = record([cv2.convertScaleAbs(frame, alpha=share) for frame, share in zip(film, light, strict=True)])
    assert not faded.covered_frames
    assert {13, 14, 15, 16, 17} - set(faded.bridged) <= set(faded.unlit_frames) <= set(range(10, 21))
    (note,) = (note for note in performance_notes("a", faded) if "mouth" in note)
    assert note.startswith("a: the face is too dark or too bright in ")


def test_the_mouth_of_covered_frames_comes_from_the_frames_around(performance: Performance) -> None:
    points = performance.points.copy()
    row, now = 4, points[4].copy()
    points[row, MOUTH.lower, 1] += 40
    covered = np.arange(len(points)) == row
    found = uncover_mouths(points, performance.neutral_points, covered, ~covered)
    unit = outer_eye_distance(now)
    assert np.abs(found[row] - now)[MOUTH.lower].max() < 0.1 * unit < np.abs(points[row] - now)[MOUTH.lower].max()
    np.testing.assert_allclose(found[row][list(BROWS)], now[list(BROWS)], atol=1e-3)  # the rest is as it was tracked
    np.testing.assert_array_equal(found[~covered], points[~covered])
    scores = np.random.default_rng(0).random((3, len(BLENDSHAPES))).astype(np.float32)
    middle = uncover_scores(scores, np.array([False, True, False]), np.array([True, False, True]))[1]
    smile, brow = BLENDSHAPES.index("mouthSmileLeft"), BLENDSHAPES.index("browInnerUp")
    assert middle[smile] == pytest.approx(scores[[0, 2], smile].mean())
    assert middle[brow] == scores[1, brow]


def test_a_box_on_the_mouth_is_named_and_nothing_snaps(
    film: list[NDArray[Any]], performance: Performance, record: Callable[..., Performance]
) -> None:
    boxed = list(film)
    for row in range(8, 14):
        boxed[row] = box((30, 30, 30))(film[row].copy(), performance.points[row])
    found = record(boxed)
    assert set(range(9, 15)) <= set(found.covered_frames) <= set(range(7, 17))
    assert not found.unlit_frames
    assert any("something is before the mouth in" in note for note in performance_notes("a", found))
    unit = outer_eye_distance(found.neutral_points)
    steps = np.abs(np.diff(found.points[6:16, MOUTH.contour, :2], axis=0)).max()
    assert steps < 0.1 * unit
    colours = found.mouths_at(11.0)
    assert all(patch.points.tobytes() != found.points[10].tobytes() for _, patch in colours)


def test_a_frame_behind_a_thing_does_not_stay_the_neutral_one(
    film: list[NDArray[Any]],
    performance: Performance,
    record: Callable[..., Performance],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Though its mouth does least: once it is seen that most frames are unlike it, another one is chosen."""
    behind = range(8, 15)
    hidden = list(film)
    for row in behind:
        hidden[row] = box((128, 128, 128))(film[row].copy(), performance.points[row])
    monkeypatch.setattr(
        recording, "neutral_frame", lambda *given: 11 if given[2][11] else neutral.neutral_frame(*given)
    )
    found = record(hidden)
    assert found.neutral - 1 not in behind
    assert set(range(9, 15)) <= set(found.covered_frames) <= set(range(7, 18))


@pytest.fixture(scope="module")
def textures(face: NDArray[Any]) -> tuple[CanonicalFace, NDArray[Any], NDArray[Any]]:
    """A face in canonical space, and two textures that have nothing in common: logarithms of linear light, BGR."""
    canonical = CanonicalFace.of(face)
    width, height = canonical.size
    noise = np.random.default_rng(0).normal(0, 1, (2, height, width, 3)).astype(np.float32)
    fine, coarse = (
        np.stack([cv2.GaussianBlur(one, (0, 0), share * canonical.unit) for one in noise]) for share in (0.04, 0.12)
    )
    one, other = 0.06 * (fine - coarse) / (fine - coarse).std()
    return canonical, one, other


def shown(log_light: NDArray[Any]) -> NDArray[Any]:
    """The 8-bit picture of a texture on skin of a fifth of white."""
    return np.rint(255 * linear_to_srgb_clipped((0.2 * np.exp(log_light)).astype(np.float32))).astype(np.uint8)


def evidence_of(textures: tuple[CanonicalFace, NDArray[Any], NDArray[Any]], log_light: NDArray[Any]) -> float:
    canonical, one, _ = textures
    return lower_face(canonical, one).evidence(shown(log_light)).unlike


def lower_face(canonical: CanonicalFace, log_light: NDArray[Any]) -> LowerFace:
    picture = shown(log_light)
    return LowerFace.of(canonical, picture, np.ones(picture.shape[:2], np.float32))


def part_of(textures: tuple[CanonicalFace, NDArray[Any], NDArray[Any]], share: float) -> NDArray[Any]:
    """(h, w, 1) bool: the left part of the lower face, as large as a share of it."""
    canonical, one, _ = textures
    where = np.repeat(np.repeat(lower_face(canonical, one).where, 2, 0), 2, 1)[: one.shape[0], : one.shape[1]]
    last = np.quantile(np.nonzero(where)[1], share)
    return np.broadcast_to((np.arange(one.shape[1]) < last)[None, :, None], (*one.shape[:2], 1)) & (
        np.arange(one.shape[0])[:, None, None] > np.nonzero(where)[0].min() - 5
    )


BLUER = np.array([1.0, -0.04, -0.3], np.float32)
"""Change of the logarithms of blue, green and red that leaves the light about as it is."""


@pytest.mark.parametrize(
    ("change", "share", "covered"),
    [
        (0.7 * BLUER, 0.15, False),  # a thing in another colour must hide a fifth of the lower face
        (0.7 * BLUER, 0.22, True),
        (0.24 * BLUER, 0.5, False),  # half of a face in another lamp
        (0.4 * BLUER, 0.5, True),
        (-0.6, 0.3, False),  # a deep shade
        (-0.85, 0.3, True),
    ],
)
def test_a_thing_is_much_darker_than_skin_or_of_another_colour(
    textures: tuple[CanonicalFace, NDArray[Any], NDArray[Any]], change: Any, share: float, covered: bool
) -> None:
    _, one, _ = textures
    assert (evidence_of(textures, one + change * part_of(textures, share)) >= 1) == covered


@pytest.mark.parametrize(("correlation", "covered"), [(0.55, False), (0.36, True)])
def test_a_thing_of_the_colour_of_skin_hides_the_pattern_of_the_lower_face(
    textures: tuple[CanonicalFace, NDArray[Any], NDArray[Any]], correlation: float, covered: bool
) -> None:
    _, one, other = textures
    mixed = correlation * one + np.sqrt(1 - correlation**2) * other
    assert (evidence_of(textures, mixed) >= 1) == covered


@pytest.mark.parametrize(("light", "seen"), [(-0.85, True), (-1.2, False), (0.85, True), (1.2, False)])
def test_a_face_in_a_third_of_the_light_is_not_seen(
    textures: tuple[CanonicalFace, NDArray[Any], NDArray[Any]], light: float, seen: bool
) -> None:
    assert (evidence_of(textures, textures[1] + light) != UNLIT) == seen


def test_the_strip_along_the_jaw_does_not_count(
    textures: tuple[CanonicalFace, NDArray[Any], NDArray[Any]],
) -> None:
    canonical, one, _ = textures
    jaw = np.zeros(one.shape[:2], np.uint8)
    cv2.fillConvexPoly(jaw, cv2.convexHull(canonical.contour(JAW)), (1,))
    inside = cv2.distanceTransform(jaw, cv2.DIST_C, 3)[::2, ::2] / canonical.unit
    where = lower_face(canonical, one).where
    assert 0.058 < inside[where].min() < 0.078


def texture(canonical: CanonicalFace, finest: float, coarsest: float, strength: float) -> NDArray[Any]:
    """A third texture, between two sizes in outer-eye distances."""
    width, height = canonical.size
    noise = np.random.default_rng(5).normal(0, 1, (height, width, 3)).astype(np.float32)
    fine, coarse = (cv2.GaussianBlur(noise, (0, 0), size * canonical.unit) for size in (finest, coarsest))
    return strength * (fine - coarse) / (fine - coarse).std()


@pytest.mark.parametrize(
    ("finest", "coarsest", "strength", "least", "most"),
    [
        (0.008, 0.02, 0.3, 0.38, 0.5),  # much camera noise, finer than anything on a face
        (0.1, 0.14, 0.09, 0.6, 0.74),  # spots as large as lips
    ],
    ids=["noise", "spots"],
)
def test_what_is_as_large_as_lips_says_more_than_noise(
    textures: tuple[CanonicalFace, NDArray[Any], NDArray[Any]],
    finest: float,
    coarsest: float,
    strength: float,
    least: float,
    most: float,
) -> None:
    canonical, one, _ = textures
    assert least < evidence_of(textures, one + texture(canonical, finest, coarsest, strength)) < most


@pytest.mark.parametrize(("tinted", "covered"), [(0.4, False), (0.46, True)])
def test_the_colour_of_what_is_all_but_black_hardly_counts(
    textures: tuple[CanonicalFace, NDArray[Any], NDArray[Any]], tinted: float, covered: bool
) -> None:
    """A beard a tenth as light as the skin: a third bluer, it would be covered if it were skin."""
    canonical, one, _ = textures
    bearded = (np.arange(one.shape[1]) < 0.45 * one.shape[1])[None, :, None] * np.ones((one.shape[0], 1, 1))
    dark = one + np.log(0.1) * bearded
    assert (lower_face(canonical, dark).evidence(shown(dark + tinted * BLUER * bearded)).unlike >= 1) == covered
