"""Where the tracker's 478 points lie on the head.

The rims of lids and lips are contours of the rendered head, along which the points of a rim are spread as on the
tracker's canonical face. All other points are closest points of the surface, while identity modes and units of mouth
and eyes bend the head onto the canonical face, whose mouth is 5.5 mm open; those of the lips, whose thickness differs
most, are put by all others first, and only then move to what is closest. Irises lie on the eyeballs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator
from scipy.spatial import KDTree

from portrait_addon.pipeline.face.mesh import (
    ALL_POINTS,
    LEFT_EYE,
    LOWER_LIP,
    MOUTH,
    SKIN_POINTS,
    UPPER_LIP,
    canonical_skin,
    skin_triangles,
)
from portrait_addon.pipeline.head.model import EXPRESSION_UNITS, HeadModel, Part, SurfacePoints
from portrait_addon.pipeline.imaging.similarity import best_similarity

from .rendering import Window, render
from .wheel import Doubles, Indices

MILLIMETRES = 10.0
"""In a centimetre, the canonical face's unit."""

OPENED = 0.3
"""Weight of jawOpen at which the rims of the lips are seen from the front; wider, the lower lip tilts."""

INNER_CANTHUS = (16.0, -3.2, 13.7)
"""The sitter's left eye ends here, beyond what is seen of the eyeball: found by looking."""

LOWER_BORDER = ((-21.0, -71.5), (-17.5, -75.0), (-12.3, -78.4), (-6.5, -80.0), (0.0, -80.5))
"""Where the red of the lower lip ends, from the sitter's right corner to the middle: found by looking. It is fuller
than that of the canonical face, whose points would lie within it."""

EYE_WINDOW = Window(12, 46, -14, 12, 0.05)
MOUTH_WINDOW = Window(-32, 32, -95, -45, 0.1)

STEP = 0.8
"""Millimetres of depth between neighbouring pixels that make an edge."""

BENDING = (
    "jawOpen", "jawForward", "mouthClose", "mouthFunnel", "mouthPucker", "mouthRollLower", "mouthRollUpper",
    "mouthShrugLower", "mouthShrugUpper", "mouthSmileLeft", "mouthStretchLeft", "eyeBlinkLeft", "eyeSquintLeft",
    "eyeWideLeft", "browInnerUp", "browOuterUpLeft",
)  # fmt: skip
"""Units that bend the head onto the canonical face, beside the identity modes."""

RIDGES = (1.0,) * 20 + (0.5,) * 10 + (0.3,) * 10 + (0.1,) * 30
"""Of each round: millimetres of distance that count as much as one standard deviation of a change, or a full unit. A
head that bends easily from the beginning comes nearer too, but slides: its lips gather where the canonical face has
them."""

FOREHEAD = (54, 103, 67, 109, 10, 338, 297, 332, 284)
"""Points below the hairline, where skin has no features to hold them: they lie where they are before the head bends.
Else they slide up to the crown, because persons differ most in the height of their skulls."""

LIP_RIDGES = (0.3,) * 4
"""The same, once all other points have settled, for the lips."""

AROUND_THE_LIPS, LIP_SMOOTHING = 45.0, 10.0
"""Millimetres from the middle of the mouth to the points that tell where lips are, and how smoothly they do: ridge of
the thin plate."""

RIM_WEIGHT = 2.0
LEAST_COSINE = 0.3
"""Between the normals of a point and of the surface that it may lie on."""

NEAREST = 24
"""Triangles that are tried, of those whose centres are nearest to a point."""

LIPS = (UPPER_LIP, LOWER_LIP)
LIP_SKIN = np.setdiff1d(LIPS, [*MOUTH.contour, *LOWER_LIP[-1]])
"""Points of the lips that nothing fixes: all but the rim of the mouth and the lower border."""

IRIS_RADIUS = 5.85
"""Millimetres; irises differ little between persons."""


@dataclass(frozen=True)
class Surface:
    """The head, and the triangles of it that points may lie on."""

    head: HeadModel

    @cached_property
    def mean(self) -> Doubles:
        """(v, 3) vertices at rest."""
        return self.head.mean.astype(np.float64)

    @cached_property
    def triangles(self) -> Indices:
        """(t, 3) all triangles of skin and eyeballs."""
        quads = self.head.quads.astype(np.int64)
        triangles = np.vstack([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
        return np.asarray(triangles[(self.head.parts[triangles] <= Part.RIGHT_EYEBALL).all(axis=1)])

    @cached_property
    def visible(self) -> NDArray[np.bool_]:
        """(t,) which triangles are skin that is seen from the front, the mouth being open."""
        shown = render(self.opened, self.triangles, Window(-100, 100, -130, 125, 0.3)).triangles
        seen = np.zeros(len(self.triangles), np.bool_)
        seen[shown[shown >= 0]] = True
        mouth = render(self.opened, self.triangles, MOUTH_WINDOW)
        seen[mouth.triangles[mouth.triangles >= 0]] = True
        seen[mouth.triangles[_opening(mouth.depth)]] = False
        return np.asarray(seen & (self.head.parts[self.triangles].max(axis=1) == Part.SKIN))

    @cached_property
    def opened(self) -> Doubles:
        """(v, 3) vertices with the mouth opened."""
        return self.mean + OPENED * self.unit("jawOpen")

    def of_the_jaw(self, triangles: Indices) -> NDArray[np.bool_]:
        """(...) whether the jaw takes triangles (..., 3) with it: those below the mouth."""
        opening = np.linalg.norm(self.unit("jawOpen"), axis=1)
        return np.asarray(opening[triangles].mean(axis=-1) > opening.max() / 3)

    def unit(self, name: str) -> Doubles:
        """(v, 3) displacements by an expression unit."""
        return np.asarray(self.head.expressions[EXPRESSION_UNITS.index(name)], np.float64)


def landmark_places(head: HeadModel, changes: Doubles) -> SurfacePoints:
    """The 478 points on a head, the same on both sides.

    Parameters
    ----------
    head : HeadModel
    changes : (k, v, 3) array
        What persons differ by, more finely than by the head's modes; see `modes.variations`.
    """
    surface = Surface(head)
    rims = _rims(surface)
    skin = _symmetric(surface, _settled_lips(surface, changes, _smooth_lips(surface, _fitted(surface, changes, rims))))
    return _with_irises(surface, skin)


def _rims(surface: Surface) -> dict[int, tuple[Indices, Doubles]]:
    """Places of the points on the rims of lids and lips: triangle's corners, and coordinates, by point."""
    mirror = canonical_mirror()
    places = _lid_rims(surface) | _lip_rims(surface)
    left = {point: place for point, place in places.items() if point in LEFT_EYE.contour}
    for point, (vertices, coordinates) in left.items():
        places[int(mirror[point])] = (surface.head.mirror[vertices].astype(np.int64), coordinates)
    return places


def _lid_rims(surface: Surface) -> dict[int, tuple[Indices, Doubles]]:
    """Rims of the sitter's left eye: where skin borders on the eyeball."""
    shown = render(surface.mean, surface.triangles, EYE_WINDOW)
    eyeball = surface.head.parts[surface.triangles[shown.triangles, 0]] == Part.LEFT_EYEBALL
    eyeball &= shown.triangles >= 0
    columns = np.flatnonzero(eyeball.any(axis=0))
    top = eyeball.argmax(axis=0)[columns] - 1
    bottom = len(eyeball) - eyeball[::-1].argmax(axis=0)[columns]
    canthus = int(np.linalg.norm(surface.mean - INNER_CANTHUS, axis=1).argmin())
    inner = EYE_WINDOW.to_pixels(surface.mean[canthus])
    places = {}
    for rim, rows in ((LEFT_EYE.upper, top), (LEFT_EYE.lower, bottom)):
        contour = np.vstack([inner, np.column_stack([columns, rows])])
        path = [LEFT_EYE.corners[0], *rim, LEFT_EYE.corners[1]]
        for point, (x, y) in zip(path[1:], _spread(contour, path)[1:], strict=True):
            if x >= columns[0]:  # what lies on the way to the canthus is found as a closest point
                row, column = round(float(y)), round(float(x))
                places[int(point)] = _skin_at(surface, shown.triangles, shown.coordinates, row, column)
    return places


def _lip_rims(surface: Surface) -> dict[int, tuple[Indices, Doubles]]:
    """Inner rims of the lips: the edge of the opening of an opened mouth."""
    shown = render(surface.opened, surface.triangles, MOUTH_WINDOW)
    opening = _opening(shown.depth)
    columns = np.flatnonzero(opening.any(axis=0))
    top = opening.argmax(axis=0)[columns] - 1
    bottom = len(opening) - opening[::-1].argmax(axis=0)[columns]
    places = {}
    for rim, rows in ((MOUTH.upper, top), (MOUTH.lower, bottom)):
        path = [MOUTH.corners[0], *rim, MOUTH.corners[1]]
        for point, (x, y) in zip(path, _spread(np.column_stack([columns, rows]), path), strict=True):
            row, column = round(float(y)), round(float(x))
            corners = surface.triangles[shown.triangles[row, column]]
            places[int(point)] = (corners, shown.coordinates[row, column])
    return places


def _opening(depth: Doubles) -> NDArray[np.bool_]:
    """(h, w) the hole that holds the middle of a mouth: what is reached from there without an edge of depth."""
    inside = np.zeros(depth.shape, np.bool_)
    deepest = int(depth[:, depth.shape[1] // 2].argmin())
    waiting = [(deepest, depth.shape[1] // 2)]
    while waiting:
        row, column = waiting.pop()
        if inside[row, column]:
            continue
        inside[row, column] = True
        for other in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            if abs(depth[other] - depth[row, column]) < STEP:
                waiting.append(other)
    return inside


def _spread(contour: Doubles, path: list[int]) -> Doubles:
    """(n, 2) points along a contour, at the same shares of its length as on the canonical face."""
    canonical = canonical_skin()[path]
    shares = _lengths(canonical) / _lengths(canonical)[-1]
    along = _lengths(contour)
    return np.column_stack([np.interp(shares * along[-1], along, contour[:, axis]) for axis in (0, 1)])


def _lengths(path: Doubles) -> Doubles:
    """(n,) length of a path up to each of its points."""
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])


def _skin_at(surface: Surface, shown: Indices, coordinates: Doubles, row: int, column: int) -> tuple[Indices, Doubles]:
    """The triangle of skin that is nearest to a pixel in its column, and where in it."""
    skin = (shown[:, column] >= 0) & (surface.head.parts[surface.triangles[shown[:, column], 0]] == Part.SKIN)
    rows = np.flatnonzero(skin)
    nearest = rows[np.abs(rows - row).argmin()]
    return surface.triangles[shown[nearest, column]], coordinates[nearest, column]


def _fitted(surface: Surface, changes: Doubles, rims: dict[int, tuple[Indices, Doubles]]) -> SurfacePoints:
    """Bend the head onto the canonical face, and take the closest points."""
    weights = np.ones(SKIN_POINTS)
    weights[[*rims]] = RIM_WEIGHT
    weights[np.array(LIPS)[:, 1:3]] = 0  # all of the lips is put anew afterwards; without their outlines, others slide
    bender = _Bender(surface, changes, weights)
    canonical = canonical_skin() * MILLIMETRES
    normals = _normals(canonical, skin_triangles().astype(np.int64))
    shape, target = surface.mean, canonical - canonical[[33, 263, 133, 362]].mean(axis=0)
    places = _closest(surface, shape, target, normals, rims)
    target = best_similarity(target, places.of(shape), weights)(target)
    places = _closest(surface, shape, target, normals, rims)
    fixed = rims | {point: (places.vertices[point], places.coordinates[point]) for point in FOREHEAD}
    for ridge in RIDGES:
        shape, target = bender.bend(places, shape, target, ridge)
        places = _closest(surface, shape, target, normals, fixed)
    return places


class _Bender:
    """Bends the head so that its points come near to those of the canonical face."""

    def __init__(self, surface: Surface, changes: Doubles, weights: Doubles) -> None:
        self._mean = surface.mean
        modes = np.concatenate([changes, [surface.unit(name) for name in BENDING]])
        self._modes = (modes + modes[:, surface.head.mirror] * [-1, 1, 1]) / 2  # both faces are symmetric
        self._weights = weights

    def bend(self, places: SurfacePoints, shape: Doubles, target: Doubles, ridge: float) -> tuple[Doubles, Doubles]:
        """Vertices of a head bent better than `shape`, and the canonical face's points laid over it."""
        onto = places.of(shape)
        target = best_similarity(target, onto, self._weights)(target)
        design = places.of(self._modes).reshape(len(self._modes), -1).T * np.repeat(self._weights, 3)[:, None]
        residual = ((target - places.of(self._mean)) * self._weights[:, None]).ravel()
        strengths = np.linalg.solve(design.T @ design + ridge**2 * np.eye(len(self._modes)), design.T @ residual)
        return self._mean + np.tensordot(strengths, self._modes, 1), target


def distances(head: HeadModel, changes: Doubles, places: SurfacePoints) -> Doubles:
    """(468,) millimetres from the points of the canonical face to those of the head, which is bent onto them."""
    bender = _Bender(Surface(head), changes, np.ones(SKIN_POINTS))
    shape, target = head.mean.astype(np.float64), canonical_skin() * MILLIMETRES
    skin = SurfacePoints(places.vertices[:SKIN_POINTS], places.coordinates[:SKIN_POINTS])
    for ridge in RIDGES:
        shape, target = bender.bend(skin, shape, target, ridge)
    return np.asarray(np.linalg.norm(skin.of(shape) - target, axis=1))


def _closest(
    surface: Surface, shape: Doubles, points: Doubles, normals: Doubles, rims: dict[int, tuple[Indices, Doubles]]
) -> SurfacePoints:
    """Closest points on the skin that is seen from the front; points of lips stay on their lip, rims where they are."""
    vertices, coordinates = np.zeros((len(points), 3), np.int64), np.zeros((len(points), 3))
    surface_normals = _triangle_normals(shape, surface.triangles)
    upper, lower = {*UPPER_LIP.ravel().tolist()}, {*LOWER_LIP.ravel().tolist()}
    jaw = surface.of_the_jaw(surface.triangles)
    choices = {"any": surface.visible, "upper": surface.visible & ~jaw, "lower": surface.visible & jaw}
    trees = {
        kind: (np.flatnonzero(some), KDTree(shape[surface.triangles[some]].mean(axis=1)))
        for kind, some in choices.items()
    }
    for point in range(len(points)):
        if point in rims:
            vertices[point], coordinates[point] = rims[point]
            continue
        rows, tree = trees["upper" if point in upper else "lower" if point in lower else "any"]
        near = rows[tree.query(points[point], NEAREST)[1]]
        facing = surface_normals[near] @ normals[point] > LEAST_COSINE
        near = near[facing] if facing.any() else near
        vertices[point], coordinates[point] = closest_place(points[point], shape, surface.triangles[near])
    return SurfacePoints(vertices, coordinates)


def closest_place(point: Doubles, vertices: Doubles, triangles: Indices) -> tuple[Indices, Doubles]:
    """The triangle, of some, that is closest to a point, and where in it."""
    inside = closest_coordinates(point, vertices[triangles])
    best = int(np.linalg.norm((inside[:, :, None] * vertices[triangles]).sum(axis=1) - point, axis=1).argmin())
    return triangles[best], inside[best]


def closest_coordinates(point: Doubles, corners: Doubles) -> Doubles:
    """(t, 3) barycentric coordinates of the points of triangles (t, 3, 3) that are closest to a point."""
    a, b, c = corners.transpose(1, 0, 2)
    ab, ac, ap = b - a, c - a, point - a
    d00, d01, d11 = (ab * ab).sum(1), (ab * ac).sum(1), (ac * ac).sum(1)
    d20, d21 = (ap * ab).sum(1), (ap * ac).sum(1)
    area = d00 * d11 - d01**2
    flat = area < 1e-9 * np.maximum(d00 * d11, 1e-12)
    v, w = np.where(flat, -1, [d11 * d20 - d01 * d21, d00 * d21 - d01 * d20] / np.where(flat, 1, area))
    inside = np.column_stack([1 - v - w, v, w])
    found, least = inside.copy(), np.where((inside >= 0).all(axis=1), -1.0, np.inf)
    for first, second in ((0, 1), (1, 2), (2, 0)):
        start, end = corners[:, first], corners[:, second]
        along = np.clip(((point - start) * (end - start)).sum(1) / np.maximum(((end - start) ** 2).sum(1), 1e-12), 0, 1)
        distance = np.linalg.norm(start + along[:, None] * (end - start) - point, axis=1)
        better = distance < least
        found[better] = 0
        found[better, first], found[better, second] = 1 - along[better], along[better]
        least = np.where(better, distance, least)
    return found


def canonical_mirror() -> Indices:
    """(468,) the skin point on the other side of each."""
    canonical = canonical_skin()
    return np.asarray(KDTree(canonical).query(canonical * [-1, 1, 1])[1], np.int64)


def _smooth_lips(surface: Surface, places: SurfacePoints) -> SurfacePoints:
    """Put the points of the lips where a thin plate through those around them takes them from the canonical face."""
    places = _with_lower_border(surface, places)
    canonical, at = canonical_skin() * MILLIMETRES, places.of(surface.mean)
    from_middle = np.abs(canonical - canonical[[MOUTH.upper, MOUTH.lower]].mean(axis=(0, 1))).max(axis=1)
    around = np.setdiff1d(np.flatnonzero(from_middle < AROUND_THE_LIPS), LIP_SKIN)
    plate = RBFInterpolator(canonical[around], at[around], kernel="thin_plate_spline", smoothing=LIP_SMOOTHING)
    goals = at.copy()
    goals[LIP_SKIN] = plate(canonical[LIP_SKIN])
    return _closest_on_lips(surface, places, surface.mean, goals)


def _with_lower_border(surface: Surface, places: SurfacePoints) -> SurfacePoints:
    """Put the outline of the lower lip where its red ends."""
    vertices, coordinates = places.vertices.copy(), places.coordinates.copy()
    shown = render(surface.mean, surface.triangles, MOUTH_WINDOW)
    right = np.array(LOWER_BORDER)
    outline = np.vstack([right, right[-2::-1] * [-1, 1]])
    for point, (x, y) in zip(LOWER_LIP[-1].tolist(), MOUTH_WINDOW.to_pixels(outline).round().astype(int), strict=True):
        vertices[point], coordinates[point] = surface.triangles[shown.triangles[y, x]], shown.coordinates[y, x]
    return SurfacePoints(vertices, coordinates)


def _settled_lips(surface: Surface, changes: Doubles, places: SurfacePoints) -> SurfacePoints:
    """Let the points of the lips move to what is closest, while the head bends by all points."""
    bender = _Bender(surface, changes, np.ones(SKIN_POINTS))
    shape, target = surface.mean, canonical_skin() * MILLIMETRES
    for ridge in LIP_RIDGES:
        shape, target = bender.bend(places, shape, target, ridge)
        places = _closest_on_lips(surface, places, shape, target)
    return places


def _closest_on_lips(surface: Surface, places: SurfacePoints, shape: Doubles, goals: Doubles) -> SurfacePoints:
    """Move the points of the lips as near to their goals as the triangles around them allow."""
    vertices, coordinates = places.vertices.copy(), places.coordinates.copy()
    jaw = surface.of_the_jaw(surface.triangles)
    for lip, of_lip in zip(LIPS, (surface.visible & ~jaw, surface.visible & jaw), strict=True):
        triangles = surface.triangles[of_lip]
        tree = KDTree(shape[triangles].mean(axis=1))
        for point in np.intersect1d(lip, LIP_SKIN):
            around = triangles[tree.query(goals[point], NEAREST)[1]]
            vertices[point], coordinates[point] = closest_place(goals[point], shape, around)
    return SurfacePoints(vertices, coordinates)


def _symmetric(surface: Surface, places: SurfacePoints) -> SurfacePoints:
    """The points of the sitter's left side, their twins just opposite, and those in the middle in the middle."""
    vertices, coordinates = places.vertices.copy(), places.coordinates.copy()
    at, middle = places.of(surface.mean), _middle_edges(surface)
    jaw = surface.of_the_jaw
    for point, twin in enumerate(canonical_mirror().tolist()):
        if twin == point:
            own = middle[jaw(middle) == jaw(places.vertices[point])]
            vertices[point], coordinates[point] = closest_place(at[point], surface.mean, own)
        elif at[point, 0] > at[twin, 0]:
            vertices[twin], coordinates[twin] = surface.head.mirror[vertices[point]], coordinates[point]
    return SurfacePoints(vertices, coordinates)


def _middle_edges(surface: Surface) -> Indices:
    """(e, 3) edges in the middle of the face, as triangles whose last two corners are one."""
    triangles = surface.triangles
    on_line = np.abs(surface.mean[:, 0]) < 0.01
    edges = np.sort(np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1)
    edges = np.unique(edges[on_line[edges].all(axis=1)], axis=0)
    return np.asarray(edges[:, [0, 1, 1]])


def _with_irises(surface: Surface, skin: SurfacePoints) -> SurfacePoints:
    """Add the irises: the front of each eyeball, then right, top, left and bottom of the ring as seen by the viewer."""
    vertices, coordinates = [skin.vertices], [skin.coordinates]
    for part in (Part.RIGHT_EYEBALL, Part.LEFT_EYEBALL):
        of_ball = surface.head.of(part)
        triangles = surface.triangles[of_ball[surface.triangles].all(axis=1)]
        centre = surface.mean[of_ball].mean(axis=0)
        radius = float(np.ptp(surface.mean[of_ball, 0])) / 2
        forward = float(np.sqrt(max(radius**2 - IRIS_RADIUS**2, 0.0)))
        ring = [(IRIS_RADIUS, 0.0), (0.0, IRIS_RADIUS), (-IRIS_RADIUS, 0.0), (0.0, -IRIS_RADIUS)]
        for offset in ((0.0, 0.0, radius), *((x, y, forward) for x, y in ring)):
            point = centre + np.array(offset)
            corners, inside = closest_place(point, surface.mean, triangles)
            vertices.append(corners[None])
            coordinates.append(inside[None])
    places = SurfacePoints(np.concatenate(vertices), np.concatenate(coordinates))
    assert len(places.vertices) == ALL_POINTS
    return places


def _triangle_normals(vertices: Doubles, triangles: Indices) -> Doubles:
    """(t, 3) unit normals."""
    a, b, c = (vertices[triangles[:, corner]] for corner in range(3))
    normals = np.cross(b - a, c - a)
    return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12))


def _normals(vertices: Doubles, triangles: Indices) -> Doubles:
    """(n, 3) unit normals of vertices."""
    normals = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(normals, triangles[:, corner], _triangle_normals(vertices, triangles))
    return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12))
