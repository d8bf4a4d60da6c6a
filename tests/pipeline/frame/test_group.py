"""Several faces of one picture, each with a driver of its own."""

import pickle
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.media.exr import picture_layer
from portrait_addon.pipeline.face.mesh import FACE_OVAL
from portrait_addon.pipeline.frame.compositor import Compositor
from portrait_addon.pipeline.frame.group import Group
from portrait_addon.pipeline.imaging import compositing
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait
from portrait_addon.pipeline.records.moment import Moment, Shown
from portrait_addon.pipeline.records.passes import PASSES, with_faces
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.settings import Settings
from portrait_addon.srgb import linear_to_srgb
from tests.family import APART, TOUCHING, faces_of, family_picture, portraits_of

HEIGHT = 240
STILL = Shown((), Settings())
SPEAKING = 5


@pytest.fixture(scope="module")
def apart(assets: Path) -> Group:
    return group_of(family_picture(assets, APART, HEIGHT))


@pytest.fixture(scope="module")
def touching(assets: Path) -> Group:
    return group_of(family_picture(assets, TOUCHING, HEIGHT))


def group_of(picture: NDArray[Any]) -> Group:
    return Group([Compositor(PreparedPortrait(portrait)) for portrait in portraits_of(picture)])


def picture_of(group: Group) -> NDArray[Any]:
    return group.compositors[0].prepared.portrait.picture


@pytest.fixture(scope="module")
def driven(performance: Performance) -> list[Shown]:
    """Three frames of the same clip, with settings that differ."""
    settings = Settings(head_motion=1.5), Settings(expression=1.3), Settings(head_motion=0.5)
    return [Shown((Moment(performance, SPEAKING + 7 * k),), said) for k, said in enumerate(settings)]


def near_face(group: Group, person: int, room: float = 0.3) -> NDArray[Any]:
    """(h, w) bool: within the box of a face, which is larger by so many of its units, and not near anybody else."""
    portrait = group.compositors[person].prepared.portrait
    points = portrait.points[list(FACE_OVAL), :2]
    low, high = points.min(axis=0) - room * portrait.unit, points.max(axis=0) + room * portrait.unit
    y, x = np.mgrid[: portrait.size[1], : portrait.size[0]]
    others = [layer.whole_alpha(portrait.size) for k, layer in enumerate(group.people.layers) if k != person]
    free = cv2.dilate(np.max(others, axis=0), np.ones((9, 9), np.uint8)) == 0
    return (x >= low[0]) & (x <= high[0]) & (y >= low[1]) & (y <= high[1]) & free


def chosen(driven: Sequence[Shown], who: Sequence[int]) -> list[Shown]:
    return [face if person in who else STILL for person, face in enumerate(driven)]


@pytest.mark.parametrize("who", [(0,), (1,), (2,), (0, 2), (1, 2), (0, 1, 2)])
def test_far_from_each_other_each_face_is_the_one_of_its_own_frame(
    apart: Group, driven: list[Shown], who: tuple[int, ...]
) -> None:
    composed = apart.frame(chosen(driven, who)).picture
    for person, compositor in enumerate(apart.compositors):
        face = near_face(apart, person)
        if person in who:
            alone = compositor.frame(driven[person].mix, driven[person].settings).picture
            np.testing.assert_array_equal(composed[face], alone[face])
            assert (composed != picture_of(apart))[face].mean() > 0.3
        else:
            np.testing.assert_array_equal(composed[face], picture_of(apart)[face])


@pytest.mark.parametrize("form", ["8 bit", "16 bit", "float", "with alpha"])
def test_at_rest_it_is_the_portrait(touching: Group, form: str) -> None:
    picture = picture_of(touching)
    other = {
        "8 bit": picture,
        "16 bit": picture.astype(np.uint16) * 257,
        "float": picture.astype(np.float32) / np.float32(255),
        "with alpha": np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)]),
    }[form]
    sitters = [replace(compositor.prepared.portrait, picture=other) for compositor in touching.compositors]
    group = Group([Compositor(PreparedPortrait(sitter)) for sitter in sitters])
    composed = group.frame([STILL] * 3).picture
    assert composed.dtype == other.dtype
    np.testing.assert_array_equal(composed, other)


def test_a_face_alone_moves_nobody_whom_it_does_not_touch(touching: Group, driven: list[Shown]) -> None:
    """The outer two are not neighbours: what one does, the other does not show."""
    far, *_, near = touching.people.far_to_near
    for mover, other in ((far, near), (near, far)):
        composed = touching.frame(chosen(driven, [mover])).picture
        np.testing.assert_array_equal(
            composed[near_face(touching, other, 0)], picture_of(touching)[near_face(touching, other, 0)]
        )


def test_who_is_lower_hides_who_is_behind(touching: Group, driven: list[Shown]) -> None:
    """The moved face of who is further away ends where the nearer person begins, who is as in the portrait."""
    far, middle, _ = touching.people.far_to_near
    layer = touching.people.layers[middle]
    opaque = layer.whole_alpha(touching.compositors[0].prepared.portrait.size) == 255
    composed = touching.frame(chosen(driven, [far])).picture
    np.testing.assert_array_equal(composed[opaque], picture_of(touching)[opaque])


def test_a_head_that_moves_uncovers_its_neighbour_and_no_copy_of_itself(touching: Group, driven: list[Shown]) -> None:
    """Behind the nearer one, the layer of the other holds none of the nearer one's pixels."""
    far, middle, _ = touching.people.far_to_near
    size = touching.compositors[0].prepared.portrait.size
    layer, nearer = touching.people.layers[far], touching.people.layers[middle]
    behind = layer.box.cut(nearer.whole_alpha(size) == 255) & (layer.alpha > 0)
    assert behind.sum() > 200
    copied = (layer.colours == layer.box.cut(picture_of(touching))).all(axis=2)
    assert copied[behind].mean() < 0.1


def test_a_picture_of_one_face_is_its_own_frame(photograph: NDArray[Any], driven: list[Shown]) -> None:
    group = group_of(photograph)
    alone = group.compositors[0].frame(driven[0].mix, driven[0].settings).picture
    np.testing.assert_array_equal(group.frame(driven[:1]).picture, alone)


def test_faces_that_never_move_need_points_alone(apart: Group, driven: list[Shown]) -> None:
    others = [face.points for face in faces_of(picture_of(apart))[1:]]
    composed = Group(apart.compositors[:1], others).frame(driven[:1]).picture
    np.testing.assert_array_equal(
        composed[near_face(apart, 0)], apart.frame(chosen(driven, [0])).picture[near_face(apart, 0)]
    )
    for person in (1, 2):
        np.testing.assert_array_equal(composed[near_face(apart, person)], picture_of(apart)[near_face(apart, person)])


def test_a_copy_in_another_process_composes_the_same(touching: Group, driven: list[Shown]) -> None:
    touching.prepare([[moment.performance for moment in face.mix] for face in driven])
    copy = pickle.loads(pickle.dumps(touching))
    np.testing.assert_array_equal(copy.frame(driven).picture, touching.frame(driven).picture)


def rebuilt(group: Group, passes: dict[str, Any]) -> NDArray[Any]:
    """The frame as a compositor builds it, encoded, 0..1 BGR; see `records.passes`."""
    picture = picture_of(group)
    height, width = picture.shape[:2]
    st = passes["st_map"]
    field = np.dstack([st[..., 0] * width - 0.5, (1 - st[..., 1]) * height - 0.5]).astype(np.float32)
    encoded = cv2.remap(picture, field, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    linear = picture_layer(encoded)[..., :3].astype(np.float32) * passes["shading"]
    rgb: Any = linear_to_srgb(np.clip(linear, 0, 1))
    for name in ("patches", "mouth"):
        layer = passes[name].astype(np.float32)
        alpha = layer[..., 3:]
        straight = linear_to_srgb(np.clip(layer[..., :3] / np.maximum(alpha, 1e-6), 0, 1))
        rgb = rgb * (1 - alpha) + straight * alpha
    return rgb[..., ::-1]


@pytest.mark.parametrize("name", ["apart", "touching"])
def test_passes_rebuild_the_frame(name: str, driven: list[Shown], request: pytest.FixtureRequest) -> None:
    group: Group = request.getfixturevalue(name)
    frame = group.frame(driven, [item.name for item in PASSES])
    error = np.abs(rebuilt(group, frame.passes) - frame.picture / 255.0)
    alone: float = 0.0
    for compositor, face in zip(group.compositors, driven, strict=True):
        single = compositor.frame(face.mix, face.settings, [item.name for item in PASSES])
        alone += np.abs(rebuilt(group, single.passes) - single.picture / 255.0).mean()
    assert error.mean() < 1.05 * alone
    assert np.quantile(error, 0.999) < 0.05


def test_passes_do_not_change_the_frame(touching: Group, driven: list[Shown]) -> None:
    wanted = [item.name for item in PASSES]
    frame = touching.frame(driven, wanted)
    np.testing.assert_array_equal(frame.picture, touching.frame(driven).picture)
    assert list(frame.passes) == wanted


def test_mattes_are_parted_by_face(touching: Group, driven: list[Shown]) -> None:
    wanted = with_faces(["person_matte", "face_matte", "mouth_matte", "depth"], (1, 2, 3))
    passes = touching.frame(driven, wanted).passes
    assert tuple(passes) == wanted
    assert tuple(touching.frame(driven, ["face_matte_2"]).passes) == ("face_matte_2",)
    for name in ("person_matte", "face_matte", "mouth_matte"):
        parts = [passes[f"{name}_{number}"].astype(float) for number in (1, 2, 3)]
        assert (np.sum(parts, axis=0) <= passes[name] + 0.01).all()
        for person, part in enumerate(parts):
            centre = touching.compositors[person].state(*_said(driven[person])).pose.moved[13 if "mouth" in name else 4]
            x, y = np.round(centre[:2]).astype(int)
            assert part[y, x] > 0.9
            assert sum(other[y, x] for other in parts) < part[y, x] + 0.05


def test_mattes_by_face_have_no_holes_where_a_large_face_covers_its_person(
    touching: Group, driven: list[Shown], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compositing, "STRIP_PIXELS", 1 << 10)  # as in a picture that is many strips high
    passes = touching.frame(driven, with_faces(["person_matte"], (1, 2, 3))).passes
    whole, *parts = (matte.astype(float) for matte in passes.values())
    assert ((whole > 0.95) & (np.sum(parts, axis=0) < 0.9)).mean() < 0.01


def _said(face: Shown) -> tuple[Any, Settings]:
    return face.mix, face.settings


def test_depth_is_that_of_each_person(touching: Group, driven: list[Shown]) -> None:
    depth = touching.frame(driven, ["depth"]).passes["depth"]
    for compositor, face in zip(touching.compositors, driven, strict=True):
        alone = compositor.frame(face.mix, face.settings, ["depth"]).passes["depth"]
        x, y = np.round(compositor.state(face.mix, face.settings).pose.moved[4, :2]).astype(int)
        assert depth[y, x] == pytest.approx(alone[y, x], abs=1e-6)


def test_the_background_follows_who_is_near(apart: Group, driven: list[Shown]) -> None:
    """Its settings are those of the nearest person: beside one who lets it go it moves, beside others it is held."""
    loose = [Shown(driven[0].mix, Settings(hold=0.0, head_motion=3.0)), STILL, STILL]
    composed = apart.frame(loose).picture
    changed = (composed != picture_of(apart)).any(axis=2)
    away = ~np.any([apart.people.layers[k].whole_alpha(changed.shape[::-1]) > 0 for k in range(3)], axis=0)
    around = cv2.resize(apart.people.around, changed.shape[::-1])
    assert changed[away & (around[..., 0] > 0.99)].mean() > 0.5
    assert not changed[away & (around[..., 0] < 0.001)].any()
