"""Another camera sees the same head."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from portrait_addon.pipeline.clip.expression_curves import ExpressionCurves, performance_of
from portrait_addon.pipeline.face.mesh import EYES, FACE_OVAL, MOUTH, NOSE_TIP
from portrait_addon.pipeline.face.pose import Pose
from portrait_addon.pipeline.face.visible_outline import visible_outline
from portrait_addon.pipeline.frame.camera_view import look_anew, viewpoint_of
from portrait_addon.pipeline.frame.compositor import Compositor, Frame
from portrait_addon.pipeline.imaging.arrays import Float64Array
from portrait_addon.pipeline.imaging.raster import remap
from portrait_addon.pipeline.portrait.camera_move import HeadDepth, camera_moves
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings

RESTING = performance_of(ExpressionCurves.at_rest(np.arange(2) / 25))


@pytest.fixture(scope="module")
def prepared(portrait: Portrait) -> PreparedPortrait:
    return PreparedPortrait(portrait)


@pytest.fixture(scope="module")
def depth(prepared: PreparedPortrait) -> HeadDepth:
    return prepared.point_depth


def seen(prepared: PreparedPortrait, depth: HeadDepth, **settings: float) -> Float64Array:
    """The face as another camera sees it, in outer-eye distances from the middle of the head."""
    face = depth.viewpoint(Settings(**settings)).project(solid(prepared, depth))
    return np.asarray((face[:, :2] - depth.middle) / prepared.portrait.unit)


def solid(prepared: PreparedPortrait, depth: HeadDepth) -> Float64Array:
    """The portrait's points with their depth from the middle of the head."""
    points = prepared.portrait.points.astype(np.float64)
    points[:, 2] += depth.correction
    return points


def composed(prepared: PreparedPortrait, **settings: float) -> Frame:
    return Compositor(prepared).frame([Moment(RESTING, 1)], Settings(**settings))


def test_the_camera_that_took_it_sees_the_portrait(prepared: PreparedPortrait, depth: HeadDepth) -> None:
    there = seen(prepared, depth, camera_distance=depth.distance)
    own = (prepared.portrait.points[:, :2] - depth.middle) / prepared.portrait.unit
    np.testing.assert_allclose(there, own, atol=1e-4)
    assert not camera_moves(Settings())
    np.testing.assert_array_equal(composed(prepared).picture, prepared.portrait.picture)


def test_near_and_far_keep_the_size_of_the_face(prepared: PreparedPortrait, depth: HeadDepth) -> None:
    own = seen(prepared, depth)
    for distance in (0.4, 5.0):
        widths = [np.ptp(points[[33, 263], 0]) for points in (seen(prepared, depth, camera_distance=distance), own)]
        assert widths[0] == pytest.approx(widths[1], rel=0.08)


def test_a_near_camera_makes_the_nose_large_and_the_sides_small(prepared: PreparedPortrait, depth: HeadDepth) -> None:
    near, far = (seen(prepared, depth, camera_distance=distance) for distance in (0.4, 5.0))
    nose = [np.linalg.norm(np.ptp(points[[129, 358]], axis=0)) for points in (near, far)]
    sides = [np.ptp(points[[127, 356], 0]) for points in (near, far)]
    assert nose[0] / sides[0] > 1.1 * nose[1] / sides[1]


def test_near_far_near_comes_back(prepared: PreparedPortrait, depth: HeadDepth) -> None:
    """Points taken to 5 m, and from there to where they were, are where they were within a pixel."""
    points = solid(prepared, depth)
    far = depth.viewpoint(Settings(camera_distance=5.0)).project(points)
    times = 5.0 / depth.distance
    middle, centre = depth.middle, depth.middle - times * (depth.middle - depth.centre)
    back = replace(depth, focal=times * depth.focal, distance=5.0, middle=middle, centre=centre)
    again = back.viewpoint(Settings(camera_distance=depth.distance)).project(far)
    assert np.abs(again - points)[:, :2].max() < 1


@pytest.mark.parametrize(("name", "ahead"), [("camera_turn", (-1, 0)), ("camera_nod", (0, 1))])
def test_a_camera_to_the_right_sees_the_nose_to_the_left(
    prepared: PreparedPortrait, depth: HeadDepth, name: str, ahead: tuple[int, int]
) -> None:
    """And one from above sees it further down."""
    turned, own = seen(prepared, depth, **{name: 12}), seen(prepared, depth)
    eyes = [points[[33, 133, 362, 263]].mean(axis=0) for points in (turned, own)]
    shift = (turned[NOSE_TIP] - eyes[0]) - (own[NOSE_TIP] - eyes[1])
    assert shift @ ahead > 0.05


def test_a_tilted_camera_tilts_the_picture_the_other_way(prepared: PreparedPortrait, depth: HeadDepth) -> None:
    right, left = seen(prepared, depth, camera_tilt=10)[[33, 263]] - seen(prepared, depth)[[33, 263]]
    assert right[1] > 0.05
    assert left[1] < -0.05


def test_who_looks_does_not_open_a_mouth(prepared: PreparedPortrait) -> None:
    """The dark inside of a mouth without a driver does not show on lips that perspective alone has moved."""
    near = composed(prepared, camera_distance=0.3)
    mouth = near.picture[tuple(near.pose.moved[MOUTH.contour, 1::-1].round().astype(int).T[:2])]
    own = prepared.portrait.picture[tuple(prepared.portrait.points[MOUTH.contour, 1::-1].round().astype(int).T[:2])]
    assert np.abs(mouth.astype(float) - own).mean() < 25


def test_nothing_breaks_at_the_ends_of_the_range(prepared: PreparedPortrait) -> None:
    for settings in ({"camera_distance": 0.2}, {"camera_distance": 20.0}, {"camera_turn": 15.0, "camera_nod": -15.0}):
        frame = composed(prepared, **settings)
        oval = frame.pose.moved[list(FACE_OVAL), :2]
        assert cv2.contourArea(oval.astype(np.float32)) > 0.5 * cv2.contourArea(
            prepared.portrait.points[list(FACE_OVAL), :2].astype(np.float32)
        )
        assert all(frame.pose.openness(eye) > 0.1 for eye, _ in EYES)


def test_a_camera_too_near_is_put_to_the_least_distance(prepared: PreparedPortrait, depth: HeadDepth) -> None:
    near, nearest = (seen(prepared, depth, camera_distance=distance) for distance in (0.05, 0.2))
    np.testing.assert_array_equal(near, nearest)


def test_a_known_lens_tells_the_distance(portrait: Portrait) -> None:
    wide, tele = (PreparedPortrait(replace(portrait, lens=lens)).head for lens in (35.0, 135.0))
    assert not wide.camera.assumed
    assert tele.pose.distance == pytest.approx(135 / 35 * wide.pose.distance, rel=0.1)
    assert PreparedPortrait(portrait).head.camera.assumed


def test_the_distance_it_was_taken_from_changes_nothing(prepared: PreparedPortrait, depth: HeadDepth) -> None:
    still = Settings(camera_distance=depth.distance)
    np.testing.assert_array_equal(Compositor(prepared).frame((), still).picture, prepared.portrait.picture)


def test_a_picture_taken_far_and_back_is_the_portrait_again(prepared: PreparedPortrait, depth: HeadDepth) -> None:
    """Frames of 5 m, seen from where the portrait was taken: what was there lies within a pixel of its place."""
    there = Compositor(prepared).frame((), Settings(camera_distance=5.0), ["st_map"])
    far = PreparedPortrait(replace(prepared.portrait, picture=there.picture, points=there.pose.moved, lens=850.0))
    times = 5.0 / depth.distance
    centre = depth.middle - times * (depth.middle - depth.centre)
    far.point_depth = replace(depth, focal=times * depth.focal, distance=5.0, centre=centre)
    back = Compositor(far).frame((), Settings(camera_distance=depth.distance))
    away = np.abs(back.pose.moved - prepared.portrait.points)[:, :2].max(axis=1)
    well_seen = np.abs(depth.rim - depth.correction) < 0.02 * prepared.portrait.unit
    assert well_seen.sum() > 350
    assert away[well_seen].max() < 1 and away.max() < 0.02 * prepared.portrait.unit


def test_nobody_drives_and_the_expression_stays(prepared: PreparedPortrait) -> None:
    """Without a moment nothing comes to rest: a smile stays a smile, whoever looks."""
    frame = Compositor(prepared).frame([Moment(RESTING, 1, 0.0)], Settings(camera_turn=5))
    np.testing.assert_array_equal(frame.picture, Compositor(prepared).frame((), Settings(camera_turn=5)).picture)


def shift_of(frame: Frame, size: tuple[int, int], at: tuple[int, int]) -> Float64Array:
    """(2,) by how many pixels right and down what lies at a pixel of a frame has moved."""
    width, height = size
    across, up, _ = frame.passes["st_map"][at[1], at[0]]
    return np.array([at[0] + 0.5 - across * width, at[1] + 0.5 - (1 - up) * height])


def test_ears_go_with_the_skull_and_the_background_stays(prepared: PreparedPortrait) -> None:
    """Beside the face the head is deeper than its middle: a camera to the right moves it to the right."""
    frame = Compositor(prepared).frame((), Settings(camera_turn=10), ["st_map"])
    side = prepared.portrait.points[454, :2].round().astype(int)
    beside = (int(side[0] + 0.15 * prepared.portrait.unit), int(side[1]))
    assert shift_of(frame, prepared.portrait.size, beside)[0] > 0.03 * prepared.portrait.unit
    assert np.abs(shift_of(frame, prepared.portrait.size, (3, 3))).max() < 0.5


@pytest.mark.parametrize("settings", [{"camera_turn": 2.0}, {"stereo_eye": 1.0}, {"camera_distance": 5.0}])
def test_a_background_at_a_distance_has_parallax(prepared: PreparedPortrait, settings: dict[str, float]) -> None:
    """What is further away goes to the side that the camera goes to, and grows with its distance."""
    frame = Compositor(prepared).frame((), Settings(**settings, background_distance=2.0), ["st_map"])
    width, height = prepared.portrait.size
    left, right = (shift_of(frame, (width, height), (x, height // 8))[0] for x in (width // 8, width - width // 8))
    if "camera_distance" in settings:
        assert left < -1 and right > 1
    else:
        assert min(left, right) > 1


def test_what_lies_beyond_the_picture_is_its_mirror_image(prepared: PreparedPortrait) -> None:
    near = Compositor(prepared).frame((), Settings(camera_distance=0.3, background_distance=5.0), ["st_map"])
    st_map = near.passes["st_map"][..., :2]
    assert ((st_map > 0) & (st_map < 1)).all()
    assert np.unique(st_map[0, :, 0].round(2)).size > 20


def test_eyes_see_the_head_in_its_place_and_the_nose_apart(prepared: PreparedPortrait, depth: HeadDepth) -> None:
    right, left = (seen(prepared, depth, stereo_eye=eye) for eye in (1.0, -1.0))
    disparity = (right - left)[:, 0]
    assert disparity[NOSE_TIP] < -0.01 < 0 < disparity[[234, 454]].min()


def test_depth_counts_from_the_camera_that_looks(prepared: PreparedPortrait) -> None:
    frame = Compositor(prepared).frame((), Settings(camera_distance=3.0), ["depth"])
    x, y = frame.pose.moved[[33, 263], :2].mean(axis=0).round().astype(int)
    assert frame.passes["depth"][y, x] == pytest.approx(3.0, abs=0.06)


def test_painted_glasses_stay_straight(portrait: Portrait) -> None:
    """Three points on a line across both rims, from the side: with the mask they are still on a line."""
    unit, eyes = portrait.unit, portrait.points[[33, 263], :2]
    mask = np.zeros(portrait.picture.shape[:2], np.uint8)
    (left, top), (right, bottom) = eyes.min(axis=0) - 0.25 * unit, eyes.max(axis=0) + 0.25 * unit
    mask[round(top) : round(bottom), round(left) : round(right)] = 255

    def bend(masks: dict[str, np.ndarray]) -> float:
        pose = Compositor(PreparedPortrait(replace(portrait, masks=masks))).frame((), Settings(camera_nod=15)).pose
        outer, inner = pose.moved[[33, 263], :2], pose.moved[[168], :2]
        rest = portrait.points[168, 1] - portrait.points[[33, 263], 1].mean()
        return abs(float(inner[0, 1] - outer[:, 1].mean() - rest))

    assert bend({"rigid": mask}) < 0.5 * bend({})


def test_numbers_for_rigs_tell_what_the_camera_sees(prepared: PreparedPortrait) -> None:
    composer = Compositor(prepared)
    turned, own = (composer.result((), Settings(camera_turn=turn)).rotation[2] for turn in (10.0, 0.0))
    assert abs(turned - own) == pytest.approx(np.radians(10), abs=0.03)


@pytest.mark.parametrize("turn", [-15.0, 15.0])
@pytest.mark.parametrize("yaw", [-0.6, 0.0, 0.6])
def test_what_lies_around_a_face_follows_its_rim_from_elsewhere(portrait: Portrait, yaw: float, turn: float) -> None:
    """The far cheek of a face that is turned away, too: the oval lies hidden behind it."""
    curves = ExpressionCurves.at_rest(np.zeros(2))
    curves.angles[1, 0] = yaw
    front, points = performance_of(curves).points
    points = points * (portrait.unit / np.linalg.norm(front[33, :2] - front[263, :2]))
    points[:, :2] += portrait.points[:, :2].mean(axis=0) - points[:, :2].mean(axis=0)
    sitter = replace(portrait, points=points.astype(np.float32))
    turned = PreparedPortrait(sitter)
    view = viewpoint_of(turned, Settings(camera_turn=turn))
    assert view is not None
    grid, rows = turned.surround_grid, visible_outline(sitter.points)
    face, surround = look_anew(turned, view, Pose(sitter.points, sitter.points), grid.positions(), None)
    found = remap(surround, np.asarray(grid.to_cells(face[None, rows, :2]), np.float32), cv2.INTER_LINEAR)[0]
    away = np.linalg.norm(found - sitter.points[rows, :2], axis=1) / sitter.unit
    assert np.quantile(away, 0.9) < 0.06
