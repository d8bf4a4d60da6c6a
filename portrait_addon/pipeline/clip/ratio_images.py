"""Step 4: the ratio images of a clip, measured frame by frame and calmed in time.

A ratio image says by how much an expression brightens or darkens each point of the skin: ``r_i = L(F_i) / L(F'*_i)``,
with ``F'*_i`` the neutral driving frame warped to frame i and L luminance [lecture]. Here both are seen in canonical
face space. The temporal filter is shorter than the 21 frames of the lecture.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from ..face.canonical_face import CANONICAL_MARGIN, CanonicalFace
from ..face.lip_region import lip_region
from ..face.mesh import SKIN_POINTS, face_triangles, outer_eye_distance
from ..imaging.arrays import Float32Array, Points, UInt8Array
from ..imaging.box import Box
from ..imaging.colour import encoded_luminance, linear_of_bytes, luminance
from ..imaging.easing import smoothstep
from ..imaging.half_floats import from_half, to_half
from ..imaging.neighbourhood import disc, slope
from ..imaging.raster import affine_maps, piecewise_affine_map, rasterize_triangle_ids, remap
from ..imaging.robust import median
from ..imaging.sample_grid import SampleGrid
from ..imaging.scaling import downscale, scaled_points
from .face_region import face_region, glasses_region, wears_glasses
from .outliers import outliers

NOISE_BLUR = 0.009
"""Standard deviation, in outer-eye distances, of the blur that takes camera noise out of both pictures."""

DARK_FLOOR = 0.01
"""Added to both luminances, so that black beside black is no ratio."""

FILTER_SIGMA = 0.9
"""Standard deviation of the temporal Gaussian filter, in frames of a 25 frames-a-second clip."""

FILTER_RADIUS = 4
"""Number of frames on either side, of the same clip, that have a say. The lecture's filter spans 21 frames, and a frown
of half a second does not outlive it."""

MISTRACKED = 0.0025
"""Error of the tracked points on the skin, in outer-eye distances: a ratio that such a shift explains is no wrinkle."""

HARD_SLOPE = 12.0
"""Slope of the logarithm of light, an outer-eye distance, above which an edge is not skin but a brow, a nostril, hair
or the frame of glasses. Creases have slopes of 2 to 8."""

SLIDES = 0.01
"""Error of the tracked points at such an edge, in outer-eye distances: glasses slide on a face."""

LIPS_COUNT = 1.5
"""Inverse of the share of the lip region from which on every ratio counts."""

SLIDE_REACH = 0.03
"""Distance from such an edge at which a ratio may still come from it, in outer-eye distances."""

OUTLIER_SOFTNESS = 0.04
"""Standard deviation of the soft edge round what merely moved, in outer-eye distances: shade that ends in a line looks
like a stain."""

SKIN_LOG = 0.7
"""Logarithm of a ratio up to which it is skin that is shaded; at twice as much it is something else, such as hair that
falls into the face, a hand, the frame of glasses or teeth, and does not count."""


class RatioImageExtractor:
    """Measures the ratio images of a clip, frame by frame.

    Parameters
    ----------
    neutral_frame : (h, w, 3) uint8 array
        The neutral driving frame.
    neutral : (478, 3) array
        Its points.
    """

    def __init__(self, neutral_frame: UInt8Array, neutral: Points) -> None:
        self.face = CanonicalFace.of(neutral)
        width, height = self.face.size
        self._grid = SampleGrid(0, 0, 1, width, height)
        self._triangle_ids = rasterize_triangle_ids(self._grid, face_triangles(), self.face.points)
        self.neutral_picture = self.seen(neutral_frame, neutral)
        self.lips = lip_region(self.face, self.face.size[::-1])
        self.region = np.maximum(face_region(self.face, self.neutral_picture), self.lips)
        self._neutral_light = self._light(self.neutral_picture)
        log_light = np.log(self._neutral_light)
        self.glasses = np.zeros_like(self.region)
        if wears_glasses(self.face, log_light):  # they slide, and would print on another face
            self.glasses = glasses_region(self.face, log_light)
            self.region = self.region * (1 - self.glasses)

    @property
    def neutral_grey(self) -> UInt8Array:
        """(h, w) luminance of the neutral frame, as thresholds take it."""
        return encoded_luminance(self.neutral_picture)

    def log_ratio(self, canonical: UInt8Array) -> NDArray[np.float16]:
        """Compute the natural logarithm of the raw ratio image of a frame.

        The median over the face is taken out: a camera that adapts its exposure is no expression.

        Parameters
        ----------
        canonical : (h, w, 3) uint8 array
            The frame in canonical space, from `seen`.

        Returns
        -------
        (h, w) float16 array
            0 outside the face region.
        """
        log = np.log(self._light(canonical) / self._neutral_light)
        inside = log[self.region > 0.5]
        exposure = np.float32(median(inside)) if len(inside) else 0.0
        return to_half((log - exposure) * (self.region > 0))

    def explained(self) -> Float32Array:
        """Compute the log ratios that a point's error by `MISTRACKED` makes of the neutral frame's own edges.

        Brows, glasses, moles and the rims of nostrils never lie exactly on themselves.

        Returns
        -------
        (h, w) float32 array
            In canonical space, at least 0.
        """
        log = np.log(self._neutral_light)
        steep = slope(log)
        error = MISTRACKED * self.face.unit
        skin = cv2.GaussianBlur(cv2.dilate(error * steep, disc(error)), (0, 0), max(error, 0.5))
        hard = SLIDES * np.maximum(steep * self.face.unit - HARD_SLOPE, 0)
        reach = SLIDE_REACH * self.face.unit
        edges = cv2.GaussianBlur(cv2.dilate(hard, disc(reach)), (0, 0), reach / 2)
        # Lips are edges all over, and change most of all.
        return np.asarray((skin + edges) * np.maximum(1 - LIPS_COUNT * self.lips, 0), np.float32)

    def without_outliers(self, log_ratio: NDArray[np.float16], reference: UInt8Array) -> Float32Array:
        """Find where the ratios of the reference frame come from shading, not from something that merely moved.

        Parameters
        ----------
        log_ratio : (h, w) float16 array
            Logarithm of the raw ratio image of the reference frame, from `log_ratio`.
        reference : (h, w) uint8 array
            Luminance of the reference frame.

        Returns
        -------
        (h, w) float32 array
            0..1; 0 where something merely moved.
        """
        moved = outliers(np.exp(log_ratio.astype(np.float32)), reference, self.neutral_grey, self.face.unit)
        soft = cv2.GaussianBlur((~moved).astype(np.float32), (0, 0), OUTLIER_SOFTNESS * self.face.unit)
        return np.where(moved, 0, np.clip(2 * soft - 1, 0, 1)).astype(np.float32)

    def seen(self, frame: UInt8Array, points: Points) -> UInt8Array:
        """Warp the face of a frame to canonical space.

        Parameters
        ----------
        frame : (y, x, 3) uint8 array
            BGR.
        points : (478, 3) array
            Its points, in pixels.

        Returns
        -------
        (h, w, 3) uint8 array
            BGR; black if the face lies beside the frame.
        """
        triangles, unit = face_triangles(), outer_eye_distance(points)
        face = Box.around(points[:SKIN_POINTS, :2], CANONICAL_MARGIN * unit).within(frame)
        if face.empty:  # beside the picture
            return np.zeros((*self._triangle_ids.shape, 3), np.uint8)
        source, zoom = face.cut(frame), self.face.unit / unit
        before = np.array(source.shape[1::-1])
        if zoom < 0.75:  # shrunk first, so that the lookup does not alias
            halvings = int(np.log2(1 / zoom))
            before = np.maximum(before >> halvings, 1) << halvings  # what is halved must not be cut
            after = np.maximum(np.round(zoom * before), 1).astype(int)
            source = downscale(source[: before[1], : before[0]], (int(after[0]), int(after[1])))
        moved = scaled_points(points[:, :2] - (face.left, face.top), before, source.shape[1::-1])
        field = piecewise_affine_map(
            self._grid, self._triangle_ids, affine_maps(self.face.points[triangles], moved[triangles])
        )
        return remap(source, field, cv2.INTER_LINEAR)

    def _light(self, picture: UInt8Array) -> Float32Array:
        light = luminance(linear_of_bytes(picture))
        return np.asarray(cv2.GaussianBlur(light, (0, 0), NOISE_BLUR * self.face.unit) + DARK_FLOOR, np.float32)


def _counted(log_ratio: Float32Array, keep: Float32Array, explained: Float32Array) -> Float32Array:
    """What counts of a raw log ratio image (h, w)."""
    strength = np.abs(log_ratio)
    share = strength / explained
    share -= 1
    np.clip(share, 0, 1, out=share)
    share *= keep
    foreign = strength > SKIN_LOG  # seldom anywhere
    share[foreign] *= 1 - smoothstep(strength[foreign] / SKIN_LOG - 1)
    share *= log_ratio
    return share


def clean_log_ratios(
    raw: NDArray[np.float16],
    keep: Float32Array,
    explained: Float32Array,
    frame_seconds: float | None,
    out: NDArray[np.float16] | None = None,
) -> NDArray[np.float16]:
    """Keep the ratio images of a clip where they count, and calm them in time.

    Parameters
    ----------
    raw : (n, h, w) array
        Logarithms of the raw ratio images.
    keep : (h, w) array
        0..1, how far each pixel counts.
    explained : (h, w) array
        From `RatioImageExtractor.explained`: up to it a ratio does not count, from twice as much on it counts whole.
    frame_seconds : float, optional
        Duration of a frame; the filter keeps its duration at other frame rates than 25. Without it nothing is filtered.
    out : (n, h, w) array, optional
        Where the result goes, `raw` itself if it is not needed any more.

    Returns
    -------
    (n, h, w) float16 array
        Logarithms of the clean ratio images; `out` if it is given.
    """
    clean = np.empty_like(raw) if out is None else out
    explained = np.asarray(explained + 1e-6, np.float32)
    for row, frame in enumerate(raw):
        clean[row] = to_half(_counted(from_half(frame), keep, explained))
    if frame_seconds:
        frames = 0.04 / frame_seconds  # for one of a 25 frames-a-second clip
        for line in range(raw.shape[1]):  # a line of all frames at a time: a long clip is never held twice
            calm = gaussian_filter1d(
                from_half(clean[:, line]),
                frames * FILTER_SIGMA,
                axis=0,
                mode="nearest",
                radius=round(frames * FILTER_RADIUS),
            )
            clean[:, line] = to_half(np.asarray(calm, np.float32))
    return clean
