"""A face as an editor shows it: the portrait on its plane in a 3D view, a frame of the clip in a Clip editor.

A projection takes picture to screen, and a mouse to the picture; the plane may be bent. What draws the points, finds
the one under the mouse and drags it needs to know no more of where it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import cv2
import numpy as np

from ...errors import InputError
from ...pipeline.editing.corrections import offsets_at
from ...pipeline.editing.handles import HANDLE_POINTS, HANDLES, Offset, displaced, face_axes
from ...pipeline.editing.placing import placed_points
from ...pipeline.face.mesh import FACE_OVAL
from ...pipeline.imaging.arrays import Float32Array, Float64Array, Points
from ..data.faces import faces_of, host_of, shows_several
from ..data.points import corrections_of
from ..data.properties import active_portrait, has_driver, is_portrait
from ..output.surface import bent_surface
from ..running import object_cache
from . import plane
from .gizmo_handles import GizmoHandle, gizmo_handles_of
from .projections import BentSurface, Homography, Projection

FOREHEAD = 10
"""Point at the upper end of a face."""

LEAST_AREA = 100.0
"""Pixels of the screen below which nobody sees a point."""


@dataclass(frozen=True, eq=False)
class FaceView:
    """A picture on the screen with the face on it.

    Attributes
    ----------
    ob : bpy.types.Object
        The portrait.
    frame : int
        Number of the clip's frame; 0 is the portrait itself.
    size : tuple of int
        Width and height of the picture in pixels.
    projection : Projection
        Between the picture and the region.
    found : (478, 3) array
        Points as they were found or placed.
    offsets : mapping from str to pair of numbers
        The handles that are moved here.
    faces : sequence of (478, 3) arrays
        All faces of the picture, the largest first, where they are known.
    chosen : int
        Which of them this is; 1 is the largest.
    gizmo_handles : sequence of GizmoHandle
        Where the face was placed by hand.
    head : (n, 2, 2) array, optional
        Lines of the fitted head, if they are to be seen.
    """

    ob: Any
    frame: int
    size: tuple[int, int]
    projection: Projection = field(repr=False)
    found: Float32Array = field(repr=False)
    offsets: Mapping[str, Offset]
    faces: Sequence[Float32Array] = field(default=(), repr=False)
    chosen: int = 1
    gizmo_handles: Sequence[GizmoHandle] = ()
    head: Float64Array | None = field(default=None, repr=False)

    @cached_property
    def points(self) -> Float32Array:
        """(478, 3) points as they stand, put right."""
        return displaced(self.found, self.offsets)

    def on_screen(self, points: Points) -> Float64Array:
        """(n, 2) places in the region of points (n, 2 or more) of the picture."""
        return self.projection.on_screen(points[:, :2])

    def in_picture(self, x: float, y: float) -> Float64Array:
        """(2,) the place in the picture under a place in the region."""
        return self.projection.in_picture(np.array([x, y], np.float64))

    def handle_at(self, x: float, y: float, reach: float) -> str | None:
        """The handle that is nearest to a place in the region, if one is within reach."""
        distances = np.linalg.norm(self.on_screen(self.points[list(HANDLE_POINTS)]) - [x, y], axis=1)
        nearest = int(np.argmin(distances))
        return HANDLES[nearest] if distances[nearest] <= reach else None

    def gizmo_handle_at(self, x: float, y: float, reach: float) -> GizmoHandle | None:
        """The gizmo handle within reach of a place in the region."""
        near = (k for k in self.gizmo_handles if np.linalg.norm(self.on_screen(k.place[None])[0] - [x, y]) <= reach)
        return next(near, None)

    @property
    def other_faces(self) -> list[tuple[int, Float32Array]]:
        """Number and outline (n, 2), in the picture, of the faces that were not chosen."""
        oval = list(FACE_OVAL)
        return [(number, face[oval, :2]) for number, face in enumerate(self.faces, start=1) if number != self.chosen]

    def other_face_at(self, x: float, y: float) -> tuple[int, Float32Array] | None:
        """The face that was not chosen under a place in the region."""
        place = tuple(float(value) for value in self.in_picture(x, y))
        inside = (face for face in self.other_faces if cv2.pointPolygonTest(face[1], place, False) >= 0)
        return next(inside, None)

    def place_of(self, handle: str) -> Float64Array:
        """(2,) where a handle stands in the picture."""
        return np.asarray(self.points[HANDLE_POINTS[HANDLES.index(handle)], :2], np.float64)

    def offset_to(self, handle: str, place: Points) -> Offset:
        """How far a handle must be moved to stand at a place in the picture."""
        away = place - self.found[HANDLE_POINTS[HANDLES.index(handle)], :2]
        along, down = away @ np.linalg.inv(face_axes(self.found))
        return float(along), float(down)


def face_view_of(context: Any) -> FaceView | None:
    """The face that the context's editor shows, with points to be seen; None if there is none.

    Called at every redraw and move of the mouse: it only looks at what is loaded already.
    """
    ob, space, region = active_portrait(context), context.space_data, context.region
    if not is_portrait(ob) or space is None or region is None:
        return None
    try:
        if space.type == "VIEW_3D" and ob.portrait.show_points and context.region_data is not None and ob.visible_get():
            matrix = context.region_data.perspective_matrix @ ob.matrix_world
            depsgraph = context.view_layer.depsgraph
            return portrait_face_view(ob, np.array(matrix), (region.width, region.height), depsgraph)
        if (
            space.type == "CLIP_EDITOR"
            and ob.portrait.show_clip_points
            and space.clip is not None
            and space.clip == ob.portrait.clip
        ):
            return clip_face_view(ob, clip_frame(space), region.view2d)
    except InputError:  # the panel says which
        return None
    return None


def portrait_face_view(
    ob: Any, matrix: Float64Array, region: tuple[int, int], depsgraph: Any | None = None
) -> FaceView | None:
    """The portrait on its plane, seen through a matrix (4, 4) from the object's space to the view's.

    With a dependency graph the plane may be bent by what was modelled on it, and by modifiers.
    """
    found, size = _portrait_points(ob)
    if found is None or not all(size):
        return None
    width, height = region
    pixels = np.array([[width / 2, 0, 0, width / 2], [0, height / 2, 0, height / 2], [0, 0, 0, 1]])
    surface = bent_surface(ob, depsgraph) if depsgraph is not None else None
    projection = _flat(pixels @ matrix, ob, size) if surface is None else _bent(pixels @ matrix, *surface, size)
    if projection is None:
        return None
    corrections = corrections_of(ob)
    placement = corrections.placement
    return FaceView(
        ob,
        0,
        size,
        projection,
        found,
        dict(corrections.portrait),
        faces=[] if placement else [face.points for face in object_cache.faces_in_memory(ob)],
        chosen=ob.portrait.face,
        gizmo_handles=gizmo_handles_of(placement, size) if placement else [],
        head=object_cache.portrait_wire(ob) if ob.portrait.show_head else None,
    )


@dataclass(frozen=True)
class FaceNumber:
    """The number of one of several faces that a plane shows.

    Attributes
    ----------
    place : (2,) array
        In the region, on the forehead.
    text : str
    chosen : bool
        Whether the panels show this face.
    animated : bool
        Whether it is switched on.
    """

    place: Float64Array
    text: str
    chosen: bool
    animated: bool


def face_numbers_of(context: Any) -> list[FaceNumber]:
    """The faces on the active portrait's plane as a 3D view shows it; none where only one is animated.

    Called at every redraw: it only looks at what is loaded already.
    """
    ob, region = active_portrait(context), context.region
    if not is_portrait(ob) or context.space_data.type != "VIEW_3D" or context.region_data is None or region is None:
        return []
    host = host_of(ob)
    if not shows_several(host) or not host.visible_get():
        return []
    matrix = np.array(context.region_data.perspective_matrix @ host.matrix_world)
    try:
        shown = portrait_face_view(host, matrix, (region.width, region.height), context.view_layer.depsgraph)
        points = {} if shown is None else {face.name: _portrait_points(face)[0] for face in faces_of(host)}
    except InputError:  # the panel says which
        return []
    if shown is None:
        return []
    return [
        FaceNumber(
            shown.on_screen(found[FOREHEAD : FOREHEAD + 1])[0],
            str(face.portrait.face),
            face == ob,
            face.portrait.animate_face and has_driver(face),
        )
        for face in faces_of(host)
        if (found := points[face.name]) is not None
    ]


def _flat(to_region: Float64Array, ob: Any, size: tuple[int, int]) -> Projection | None:
    """Projection of a flat plane; None where it cannot be seen."""
    matrix = to_region @ plane.from_picture(ob, size)
    corners = np.array([(0, 0), (size[0], 0), size, (0, size[1])], np.float32)
    if (cv2.transform(corners[None], matrix)[..., 2] <= 0).any():
        return None  # partly behind the viewer
    flat = Homography(matrix)
    edge_on = cv2.contourArea(flat.on_screen(corners).astype(np.float32)) < LEAST_AREA
    return None if edge_on else flat


def _bent(to_region: Float64Array, places: Float64Array, uvs: Float64Array, size: tuple[int, int]) -> Projection | None:
    """Projection of a bent plane, of whose triangles the corners (t, 3, 3) and their UVs (t, 3, 2) are known."""
    seen = np.concatenate([places, np.ones((*places.shape[:2], 1))], axis=2) @ to_region.T
    if (seen[..., 2] <= 0).any():
        return None  # partly behind the viewer
    picture = np.stack([uvs[..., 0] * size[0], (1 - uvs[..., 1]) * size[1]], axis=2) - 0.5
    return BentSurface(picture, seen[..., :2] / seen[..., 2:])


def _portrait_points(ob: Any) -> tuple[Float32Array | None, tuple[int, int]]:
    corrections, size = corrections_of(ob), tuple(ob.portrait.size)
    if corrections.placement is not None and all(size):  # known at once, while it is dragged
        return placed_points(corrections.placement, size), size
    portrait = object_cache.portrait_in_memory(ob)
    return (portrait.points, portrait.size) if portrait else (None, size)


def clip_face_view(ob: Any, frame: int, view2d: Any) -> FaceView | None:
    """A frame of the object's clip in a Clip editor, whose view counts the picture's sides as 1."""
    performance = object_cache.tracked_in_memory(ob)
    if performance is None or not frame >= 1:
        return None
    if not performance.is_even and ob.portrait.clip.fps:  # the editor counts even frames of such a clip, too
        frame = int(performance.frame_at((frame - 1) / ob.portrait.clip.fps + 0.001))
    if frame > performance.frame_count:
        return None
    looked_at, faces = object_cache.clip_faces_in_memory(ob)
    width, height = (int(side) for side in performance.size)
    far = 100  # `view_to_region` rounds to pixels
    left, bottom = view2d.view_to_region(0, 0, clip=False)
    right, top = view2d.view_to_region(far, far, clip=False)
    across, up = (right - left) / far / width, (top - bottom) / far / height
    projection = Homography(
        np.array([[across, 0, left + across / 2], [0, -up, bottom + up * (height - 0.5)], [0, 0, 1]])
    )
    offsets = offsets_at(corrections_of(ob).clip, frame)
    return FaceView(
        ob,
        frame,
        (width, height),
        projection,
        performance.points[frame - 1],
        offsets,
        faces=[face.points for face in faces] if frame == looked_at else [],
        chosen=ob.portrait.driving_face,
        head=object_cache.clip_wire(ob, frame) if ob.portrait.show_head else None,
    )


def clip_frame(space: Any) -> int:
    """Number of the frame that a Clip editor shows, the clip's first is 1."""
    clip = space.clip
    return int(space.clip_user.frame_current - clip.frame_start + 1 + clip.frame_offset)
