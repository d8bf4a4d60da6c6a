"""The points drawn over the portrait in a 3D view, and over the clip in a Clip editor.

The Clip editor is where a clip is looked at frame by frame, zoomed and scrubbed, so that the points stand there and not
in a picture of our own. Drawn is what `face_views.face_view_of` finds; where there is no window, nothing is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import bpy

if TYPE_CHECKING:
    from .face_views import FaceNumber, FaceView

CONTOUR = (0.35, 0.9, 1.0, 0.9)
SHADE = (0.0, 0.0, 0.0, 0.35)
MESH = (1.0, 1.0, 1.0, 0.1)
HANDLE = (1.0, 1.0, 1.0, 0.95)
MOVED = (1.0, 0.6, 0.1, 1.0)
HEAD = (0.45, 1.0, 0.5, 0.45)
OTHER = (1.0, 1.0, 1.0, 0.7)
TEXT_SIZE = 12
HANDLE_SIZES = 2.0, 3.5
"""Least and greatest radius in pixels; between them handles grow with the face."""

GROWTH = 0.025
"""Radius of a handle, in outer-eye distances on the screen."""

_handlers: list[tuple[Any, Any]] = []


def contours() -> Iterator[list[int]]:
    """The lines of a face, as points from end to end."""
    from ...pipeline.face.mesh import EYES, FACE_OVAL, MOUTH, OUTER_LIPS

    closed = [[*FACE_OVAL], OUTER_LIPS.contour.tolist(), MOUTH.contour.tolist()]
    for eye, iris in EYES:
        closed += [eye.contour.tolist(), [*iris[1:]]]
    yield from ([*line, line[0]] for line in closed)
    yield from (
        [70, 63, 105, 66, 107], [336, 296, 334, 293, 300], [168, 6, 195, 4], [240, 97, 2, 326, 460]
    )  # fmt: skip


def _draw() -> None:
    from .face_views import face_numbers_of, face_view_of

    context = bpy.context
    space, scale = context.space_data, context.preferences.system.ui_scale
    if space.type == "VIEW_3D" and not space.overlay.show_overlays:
        return
    face_view = face_view_of(context)
    if face_view is not None:
        draw_face_view(face_view, scale)
    elif numbers := face_numbers_of(context):
        draw_face_numbers(numbers, scale)


def draw_face_view(face_view: FaceView, scale: float) -> None:
    """Draw mesh, contours, handles and the other faces of a face view."""
    import gpu
    import numpy as np

    from ...pipeline.editing.handles import HANDLE_POINTS, HANDLES
    from ...pipeline.face.mesh import outer_eye_distance, skin_triangles

    places = face_view.on_screen(face_view.points)
    gpu.state.blend_set("ALPHA")
    if face_view.head is not None:
        draw_lines(face_view.on_screen(face_view.head.reshape(-1, 2)), HEAD, scale)
    edges = skin_triangles()[:, [0, 1, 1, 2, 2, 0]].ravel()
    draw_lines(places[edges], MESH, scale)
    pairs = [end for line in contours() for pair in pairwise(line) for end in pair]
    draw_lines(places[pairs], SHADE, 3.5 * scale)
    draw_lines(places[pairs], CONTOUR, 1.5 * scale)
    moved = np.array([name in face_view.offsets for name in HANDLES])
    dots = places[list(HANDLE_POINTS)]
    size = float(np.clip(GROWTH * outer_eye_distance(places) / scale, *HANDLE_SIZES))
    draw_dots(dots, SHADE, (size + 1) * scale)
    draw_dots(dots[~moved], HANDLE, size * scale)
    draw_dots(dots[moved], MOVED, (size + 1) * scale)
    for gizmo_handle in face_view.gizmo_handles:
        place = face_view.on_screen(gizmo_handle.place[None])
        draw_lines(np.vstack([face_view.on_screen(gizmo_handle.anchor[None]), place]), MOVED, 1.5 * scale)
        draw_dots(place, SHADE, 8 * scale)
        draw_dots(place, MOVED, 7 * scale)
    for number, outline in face_view.other_faces:
        line = face_view.on_screen(outline)
        draw_lines(line[[end for pair in pairwise([*range(len(line)), 0]) for end in pair]], OTHER, 1.5 * scale)
        draw_text(line.mean(axis=0), str(number), OTHER, 2 * TEXT_SIZE * scale)
    gpu.state.blend_set("NONE")


def draw_face_numbers(numbers: Sequence[FaceNumber], scale: float) -> None:
    """Write the number of each face of a plane on a disc over its forehead; one that is switched off is faint."""
    import gpu
    import numpy as np

    gpu.state.blend_set("ALPHA")
    for number in numbers:
        colour = MOVED if number.chosen else OTHER
        strength = 1.0 if number.animated else 0.4
        draw_dots(np.array([number.place]), (0.0, 0.0, 0.0, 0.6 * strength), 11 * scale)
        draw_text(number.place, number.text, (*colour[:3], strength), TEXT_SIZE * scale)
    gpu.state.blend_set("NONE")


def draw_lines(places: Any, colour: tuple[float, ...], width: float) -> None:
    """Draw lines between pairs of places (2n, 2) in the region."""
    import gpu
    from gpu_extras.batch import batch_for_shader

    shader = gpu.shader.from_builtin("POLYLINE_UNIFORM_COLOR")
    _, _, region_width, region_height = gpu.state.viewport_get()
    shader.uniform_float("viewportSize", (region_width, region_height))
    shader.uniform_float("lineWidth", width)
    shader.uniform_float("color", colour)
    flat = [(x, y, 0.0) for x, y in places]
    batch_for_shader(shader, "LINES", {"pos": flat}).draw(shader)


def draw_dots(places: Any, colour: tuple[float, ...], radius: float) -> None:
    """Draw discs at places (n, 2) in the region."""
    import gpu
    import numpy as np
    from gpu_extras.batch import batch_for_shader

    if not len(places):
        return
    corners = 12
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    rim = radius * np.column_stack([np.cos(angles), np.sin(angles)])
    fan = np.array([(0, k, k + 1) for k in range(1, corners - 1)]).ravel()
    triangles = np.asarray(places)[:, None] + rim[fan]
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    shader.uniform_float("color", colour)
    batch_for_shader(shader, "TRIS", {"pos": triangles.reshape(-1, 2).astype(np.float32)}).draw(shader)


def draw_text(place: Any, text: str, colour: tuple[float, ...], size: float) -> None:
    """Write a text about a place in the region."""
    import blf

    blf.size(0, size)
    width, height = blf.dimensions(0, text)
    blf.color(0, *colour)
    blf.position(0, float(place[0]) - width / 2, float(place[1]) - height / 2, 0)
    blf.draw(0, text)


def register() -> None:
    """Draw where there is a window."""
    if not bpy.app.background:
        for space in (bpy.types.SpaceView3D, bpy.types.SpaceClipEditor):
            _handlers.append((space, space.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL")))


def unregister() -> None:
    """Draw no more."""
    while _handlers:
        space, handler = _handlers.pop()
        space.draw_handler_remove(handler, "WINDOW")
