"""What a modelled mouth needs of a portrait.

Where its teeth stand, how it is lit, its colours, sharpness and grain. [ours]
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from ..face.mesh import FACE_OVAL, NOSE_BASE, OUTER_LIPS
from ..face.palette import CHEEKS
from ..head.dentition import Jaw
from ..head.fitting import HeadFit
from ..head.landmarks import TRACKED_UNITS, LandmarkModel
from ..head.model import HeadModel, Part
from ..imaging.arrays import Float32Array, Float64Array, ImageArray, IntArray, Points
from ..imaging.box import Box
from ..imaging.colour import LUMINANCE, lightness, luminance, srgb_to_linear_clipped, tint, white_level
from ..imaging.polygons import polygon_interior
from ..imaging.robust import clip_specks
from ..imaging.sharpness import SHARPEST, edge_blur
from ..records.portrait import Portrait
from .tooth_picture import ToothPicture

JAW_POINTS = (152, 148, 377, 176, 400, 175, 171, 396, 199, 208, 428)
"""Points of the chin, which move as the jaw does; lips and what is beside them move by themselves."""

LOWEST, HIGHEST = -0.03, 0.9
"""Range of the weight of ``jawOpen``: teeth meet, and a mouth opens no wider."""

TINGE = np.float32(0.5)
"""How far teeth go from the portrait's white towards the yellow in its skin, which lacks as much blue as that."""

LIT_BLUR = 0.03
"""Standard deviation of the blur that leaves of skin how it is lit, in outer-eye distances."""

UNLIKE = 0.25
"""Difference from the light that is fitted at which a place of the skin counts by half, as a share of the median."""

AMBIENT = 0.35
"""Least light from everywhere, as a share of the light on what faces the viewer."""

STEEP = 0.005
"""Share of a face's pixels that lie on its sharpest edges."""

LEAST_FACE = 8
"""A face that is narrower or lower in pixels tells nothing."""

GRAIN = (50, 280)
"""Points in the middle of a piece of cheek whose grain is taken."""

GRAIN_HALF, GRAIN_BLUR, SPECK = 0.14, 0.02, 2.5
"""Half the side of that piece, and standard deviation of the blur that is coarser than grain, in outer-eye distances;
largest deviation that is grain, see `clip_specks`."""


@dataclass(frozen=True, eq=False)
class Light:
    """How skin is lit: light from everywhere, and more from one side.

    Attributes
    ----------
    ambient : float
    direction : (3,) float64 array
        In the camera's axes. A surface with the normal n gets ``ambient + direction @ n``; one that faces the viewer 1.
    """

    ambient: float
    direction: Float64Array


@dataclass(frozen=True, eq=False)
class FaceLook:
    """What pixels of a face tell of how its mouth would look.

    Attributes
    ----------
    ivory : (3,) float32 array
        Colour of teeth in the portrait's light, BGR: its white with some of the yellow of its skin.
    light : Light
    softness : float
        Standard deviation of the picture's blur, in pixels.
    grain : (y, x, 3) float32 array
        Factors on encoded colours, around 1.
    """

    ivory: Float32Array
    light: Light
    softness: float
    grain: Float32Array = field(repr=False)

    @classmethod
    def of(cls, portrait: Portrait, picture: ImageArray, head: HeadModel, fit: HeadFit) -> FaceLook:
        """Measure the pixels of a portrait.

        Parameters
        ----------
        portrait : Portrait
        picture : (h, w, c) uint8 or float32 array
            Its picture, premultiplied BGR or BGRA.
        head : HeadModel
        fit : HeadFit
            Of the portrait.

        Returns
        -------
        FaceLook
        """
        white, face = portrait.palette.teeth, Box.around(portrait.points[:, :2], 0).within(picture)
        if min(face.right - face.left, face.bottom - face.top) < LEAST_FACE:
            return cls(white, EVEN_LIGHT, SHARPEST, np.ones((1, 1, 3), np.float32))
        colours = face.cut(picture)[..., :3].astype(np.float32) / white_level(picture)
        corner = face.left, face.top
        points = portrait.points[:, :2] - corner
        return cls(
            _ivory(colours, points, white),
            _light(colours, points, portrait.unit, head, fit, corner),
            edge_blur(lightness(colours), STEEP),
            _grain(colours, points, portrait.unit),
        )


EVEN_LIGHT = Light(1.0, np.zeros(3))
"""Light from everywhere alone."""


@dataclass(frozen=True, eq=False)
class MouthModel:
    """What a modelled mouth needs of a portrait.

    Attributes
    ----------
    fit : HeadFit
    meeting : (3,) float64 array
        Where the person's lips meet, in the axes of the head, in millimetres.
    scale : float
        Pixels a millimetre.
    offset : (3,) float64 array
        From projected points, and their depth in pixels, to the portrait's points.
    jaw : Jaw
        Of the portrait.
    opening, aside : (11, 2) float64 arrays
        Displacement of `JAW_POINTS` by the full weights of ``jawOpen``, and of ``jawLeft`` without ``jawRight``, in
        pixels.
    look : FaceLook
    teeth : ToothPicture, optional
        Real teeth for the arches.
    """

    fit: HeadFit = field(repr=False)
    meeting: Float64Array
    scale: float
    offset: Float64Array
    jaw: Jaw
    opening: Float64Array = field(repr=False)
    aside: Float64Array = field(repr=False)
    look: FaceLook = field(repr=False)
    teeth: ToothPicture | None = field(repr=False, default=None)

    @classmethod
    def of(
        cls, portrait: Portrait, picture: ImageArray, landmarks: LandmarkModel, head: HeadModel, fit: HeadFit
    ) -> MouthModel:
        """Measure a portrait.

        Parameters
        ----------
        portrait : Portrait
        picture : (h, w, c) uint8 or float32 array
            Its picture, premultiplied BGR or BGRA.
        landmarks : LandmarkModel
        head : HeadModel
        fit : HeadFit
            Of the portrait.

        Returns
        -------
        MouthModel
        """
        at_rest = landmarks.at_rest(fit.identity)
        units = landmarks.units_of(at_rest)
        posed = fit.pose(at_rest + np.tensordot(fit.weights, units, 1))
        scale = fit.camera.focal / float(posed[:, 2].mean())
        seen = np.column_stack([fit.camera.project(posed), scale * posed[:, 2]])
        anchors = [NOSE_BASE, *OUTER_LIPS.contour]
        upper, lower = (at_rest + np.tensordot(landmarks.rest, units, 1))[[13, 14]]
        change = dict(zip(TRACKED_UNITS, fit.weights - landmarks.rest, strict=True))
        opened, left, right = (
            scale * (units[TRACKED_UNITS.index(name), list(JAW_POINTS)] @ fit.pose.rotation.T)[:, :2]
            for name in ("jawOpen", "jawLeft", "jawRight")
        )
        return cls(
            fit=fit,
            meeting=np.array([*((upper + lower) / 2)[:2], upper[2]]),
            scale=scale,
            offset=(portrait.points[anchors] - seen[anchors]).mean(axis=0),
            jaw=Jaw(change["jawOpen"], change["jawLeft"] - change["jawRight"], change["jawForward"]),
            opening=opened,
            aside=(left - right) / 2,
            look=FaceLook.of(portrait, picture, head, fit),
            teeth=ToothPicture.of(portrait.masks["teeth"], scale) if "teeth" in portrait.masks else None,
        )

    def placed(self, points: Points) -> Float64Array:
        """Where points of the mouth lie in the portrait.

        Parameters
        ----------
        points : (n, 3) array
            In the axes of the head, in millimetres.

        Returns
        -------
        (n, 3) float64 array
            In pixels; z away from the viewer, as that of the portrait's points.
        """
        posed = self.fit.pose(points)
        return np.column_stack([self.fit.camera.project(posed), self.scale * posed[:, 2]]) + self.offset

    def jaw_after(self, shift: Points) -> Jaw:
        """Where the jaw stands after the points of the chin have moved.

        Parameters
        ----------
        shift : (11, 2) array
            Displacement of `JAW_POINTS` on the unmoved head, in pixels.

        Returns
        -------
        Jaw
        """
        opened, aside = (
            float((shift * unit).sum() / max((unit * unit).sum(), 1e-9)) for unit in (self.opening, self.aside)
        )
        sideways = min(max(self.jaw.aside + aside, -1.0), 1.0)
        return Jaw(min(max(self.jaw.opened + opened, LOWEST), HIGHEST), sideways, self.jaw.forward)


def _ivory(colours: Float32Array, points: Points, white: Float32Array) -> Float32Array:
    """(3,) colour of teeth."""
    blurred = cv2.blur(colours, (5, 5))
    x, y = _within(points[list(CHEEKS)], colours)
    skin = tint(srgb_to_linear_clipped(np.asarray(np.median(blurred[y, x], axis=0), np.float32)))
    yellow = tint(np.array([skin[0], *2 * [(skin[1:] * LUMINANCE[1:]).sum() / LUMINANCE[1:].sum()]], np.float32))
    tinged = tint(white) + TINGE * ((skin + yellow) / 2 - tint(white))
    return np.asarray(np.float32(luminance(white)) * tinged, np.float32)


def _within(points: Points, picture: Float32Array) -> IntArray:
    """(2, n) columns and rows of the pixels nearest to points."""
    return np.clip(np.round(points), 0, np.array(picture.shape[1::-1]) - 1).astype(int).T


def _grain(colours: Float32Array, points: Points, unit: float) -> Float32Array:
    """(y, x, 3) grain of the calmer cheek, as factors around 1."""
    pieces = []
    for middle in points[list(GRAIN)]:
        box = Box.around(middle[None], GRAIN_HALF * unit).within(colours)
        if not box.empty:
            skin = box.cut(colours) + np.float32(1 / 64)  # black beside black is no grain
            pieces.append(clip_specks(skin / cv2.GaussianBlur(skin, (0, 0), max(GRAIN_BLUR * unit, 1.0)) - 1, SPECK))
    calmest = min(pieces, key=np.std, default=np.zeros((1, 1, 3), np.float32))
    return 1 + calmest


def _light(
    colours: Float32Array, points: Points, unit: float, head: HeadModel, fit: HeadFit, corner: tuple[int, int]
) -> Light:
    """Fit light to the skin of a face, whose normals are those of the fitted head."""
    vertices = fit.pose(head.vertices(fit.identity, fit.all_weights))
    normals = _normals(vertices, head.quads)
    light = luminance(
        srgb_to_linear_clipped(np.asarray(cv2.GaussianBlur(colours, (0, 0), LIT_BLUR * unit), np.float32))
    )
    x, y = _within(fit.camera.project(vertices) - corner, light)
    inside = polygon_interior(light.shape, points[list(FACE_OVAL)])[y, x]
    used = inside & head.of(Part.SKIN) & (normals[:, 2] < 0)
    if not used.any():
        return EVEN_LIGHT
    design = np.column_stack([np.ones(int(used.sum())), normals[used]])
    values = light[y, x][used].astype(np.float64)
    calm = np.diag([0.0, 1.0, 1.0, 1.0]) * 0.02 * len(values)
    weights, found = np.ones(len(values)), np.zeros(4)
    for _ in range(5):
        weighted = design * weights[:, None]
        found = np.linalg.solve(weighted.T @ design + calm, weighted.T @ values)
        away = (values - design @ found) / max(float(np.median(values)), 1e-6)
        weights = 1 / (1 + (away / UNLIKE) ** 2)
    front = max(float(found[0] - found[3]), 1e-6)
    ambient = max(float(found[0]) / front, AMBIENT)
    return Light(ambient, np.array([*(found[1:3] / front), ambient - 1]))


def _normals(vertices: Float64Array, quads: IntArray) -> Float64Array:
    """(v, 3) unit normals of a mesh of quads, outwards."""
    a, b, c, d = (vertices[quads[:, corner]] for corner in range(4))
    across = np.cross(c - a, d - b)
    normals = np.zeros_like(vertices)
    for corner in range(4):
        np.add.at(normals, quads[:, corner], across)
    return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9), np.float64)
