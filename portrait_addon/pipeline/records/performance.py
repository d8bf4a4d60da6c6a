"""Everything measured in a driving clip, independent of any portrait."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..face.canonical_face import CanonicalFace
from ..face.lid_space import HEIGHT, WIDTH, lid_space
from ..face.mesh import ALL_POINTS, LIDS
from ..face.palette import Palette
from ..imaging.bridge import Bridge
from .face import BLENDSHAPES
from .lid_patch import LidPatch
from .mouth_patch import MouthPatch

METHOD_VERSION = 28
"""Version of the method. Raise it whenever the same clip and portrait would give other frames; caches and bakes of
older versions are then computed again."""

PERFORMANCE_FORMAT = 24
"""Version of a performance's arrays. Raise it only when the arrays change. Files of every earlier format still load,
because a performance may be used without its clip."""

IDENTITY_MODES = 64
"""Numbers that tell who a fitted head is; see `LandmarkModel`."""

_OF_FRAMES = (
    "times", "found", "covered", "unlit", "points", "blendshapes", "head_matrices", "camera_offsets", "mouth_boxes",
    "lid_rows", "expressions", "head_rotations", "head_positions",
)  # fmt: skip
"""Fields with a row for each frame, of which a shot has its own rows."""

ANY_NUMBER = (-1e6, 1e6)
"""Range of lengths in pixels or centimetres, and of seconds, that a performance may hold: far above any clip's."""

LIMITS = {
    "blendshapes": (-0.01, 1.01),
    "palette": (0.0, 4.0),
    "log_ratios": (-3.5, 3.5),
    "lid_ratios": (-3.5, 3.5),
}
"""Ranges of what has no unit, somewhat wider than what is measured: an exponential of more would not be a number."""

LEAST_FACE = 0.01
"""A face that is smaller than this in width and height, in pixels, has no direction."""


class NeutralFrameError(InputError):
    """The chosen neutral frame is not in the clip, or shows no face."""


@dataclass(frozen=True, eq=False)
class Performance:
    """Everything measured in a clip of n frames. Frames count from 1, rows of the arrays from 0.

    A clip that was cut is several shots. Each has a rest of its own, from which its frames are counted, and is a
    performance of its own: see `shots`.

    Methods that take a clip time `t` count it in frames: the first frame is 1. Values between frames are interpolated
    linearly; times outside the clip give its first or last frame.

    Attributes
    ----------
    times : (n,) float64 array
        Time stamps in seconds, increasing.
    size : (2,) int64 array
        Width and height of the clip in pixels.
    neutral : int
        Number of the neutral driving frame of the first shot, 1..n; 0 if no frame rests, but the first one displaced by
        `rest_offsets` does.
    found : (n,) bool array
        Whether a face was found; values of the other frames are interpolated.
    covered : (n,) bool array
        Whether the mouth is not seen, such as behind a hand; mouth and shading are interpolated.
    unlit : (n,) bool array
        Which of the covered frames are too dark or too bright, as in a fade; others have something before the mouth.
    points : (n, 478, 3) float32 array
        Smoothed control points in pixels of the clip.
    blendshapes : (n, 52) float32 array
        Smoothed blendshapes, 0..1, in the order of `BLENDSHAPES`; of numbers, whose `neutral` is 0, the first is
        ``tongueOut``.
    head_matrices : (n, 4, 4) float32 array
        Transforms from the canonical head to the camera, y up, z towards the viewer.
    peripheral : (m, 2) float32 array
        Points outside the face in the neutral frame, in pixels of the clip; those of each shot one after the other.
    peripheral_offsets : (n, k, 2) float32 array
        Their displacement in each frame, in pixels of the clip; k is the largest number of points of a shot, and a
        frame has those of its own shot first.
    camera_offsets : (n, 2) float32 array
        Displacement of the background by the camera's motion, in pixels of the clip; 0 if the camera stood still.
    palette : (12,) float32 array
        The driver's white, flesh, dark, brightest, skin and teeth in the first shot; see `Palette`.
    log_ratios : (n, h, w) float16 array
        Natural logarithm of the ratio images in canonical face space, without outliers and filtered in time. A shot
        whose face is smaller fills the upper left of it.
    mouth_pixels : (k,) uint8 array
        BGR patches of the driver's mouth, concatenated.
    mouth_starts : (n + 1,) int64 array
        Start of each frame's patch in `mouth_pixels`; an empty patch means a closed mouth.
    mouth_boxes : (n, 4) int32 array
        Left, top, width and height of each patch in pixels of the clip.
    lid_rows : (n,) int32 array
        Row of `lid_ratios` that each frame has; -1 where no lid closes.
    lid_ratios : (k, 2, h, w) float16 array
        Natural logarithm of the shade of the sitter's right and left lid against bare skin, see `lid_space`.
    later_shots : (s - 1, 3) int64 array
        Of each of the s shots but the first: number of its first frame, of its neutral frame, and number of its
        peripheral points.
    later_palettes : (s - 1, 12) float32 array
        Palettes of these shots.
    strangers : (s - 1,) bool array
        Which of these shots seem to show another person than the first shot.
    identities : (s, 64) float32 array
        Identity of the head that was fitted to each shot, see `HeadModel`; no rows if none was fitted.
    identity_offsets : (s, 478, 3) float32 array
        What its points have beyond the identity modes, in millimetres.
    focal : float
        Assumed focal length of the camera that sees it, in pixels.
    expressions : (n, 51) float32 array
        Its weights of expression units in each frame, counted from the driver's rest, -1..1; no rows if none was
        fitted.
    head_rotations, head_positions : (n, 3, 3) and (n, 3) float32 arrays
        Where it stands before the camera, in millimetres; no rows if none was fitted.
    rest_offsets : (s, 478, 3) float32 array
        What brings the mouth of each shot's neutral frame to rest, in pixels of the clip; 0 if no head was fitted.
    rest_shares : (s,) float32 array
        How much of the expression of that frame goes with them, 0..1.
    faces : int
        Largest number of faces found in one frame; one of them is followed.
    """

    times: NDArray[np.float64]
    size: NDArray[np.int64]
    neutral: int
    found: NDArray[np.bool_]
    covered: NDArray[np.bool_]
    unlit: NDArray[np.bool_]
    points: NDArray[np.float32] = field(repr=False)
    blendshapes: NDArray[np.float32] = field(repr=False)
    head_matrices: NDArray[np.float32] = field(repr=False)
    peripheral: NDArray[np.float32] = field(repr=False)
    peripheral_offsets: NDArray[np.float32] = field(repr=False)
    camera_offsets: NDArray[np.float32] = field(repr=False)
    palette: NDArray[np.float32] = field(repr=False)
    log_ratios: NDArray[np.float16] = field(repr=False)
    mouth_pixels: NDArray[np.uint8] = field(repr=False)
    mouth_starts: NDArray[np.int64] = field(repr=False)
    mouth_boxes: NDArray[np.int32] = field(repr=False)
    lid_rows: NDArray[np.int32] = field(repr=False)
    lid_ratios: NDArray[np.float16] = field(repr=False)
    later_shots: NDArray[np.int64] = field(repr=False)
    later_palettes: NDArray[np.float32] = field(repr=False)
    strangers: NDArray[np.bool_]
    identities: NDArray[np.float32] = field(repr=False)
    identity_offsets: NDArray[np.float32] = field(repr=False)
    focal: float
    expressions: NDArray[np.float32] = field(repr=False)
    head_rotations: NDArray[np.float32] = field(repr=False)
    head_positions: NDArray[np.float32] = field(repr=False)
    rest_offsets: NDArray[np.float32] = field(repr=False)
    rest_shares: NDArray[np.float32]
    faces: int = 1

    @property
    def frame_count(self) -> int:
        """Number of frames of the clip."""
        return len(self.times)

    @property
    def bridged(self) -> list[int]:
        """Numbers of the frames in which no face was found."""
        return [int(row) + 1 for row in np.flatnonzero(~self.found)]

    @property
    def covered_frames(self) -> list[int]:
        """Numbers of the frames in which something is before the mouth."""
        return [int(row) + 1 for row in np.flatnonzero(self.covered & ~self.unlit)]

    @property
    def unlit_frames(self) -> list[int]:
        """Numbers of the frames that are too dark or too bright for the mouth to be seen."""
        return [int(row) + 1 for row in np.flatnonzero(self.unlit)]

    @property
    def cuts(self) -> list[int]:
        """Numbers of the first frames of all shots but the first."""
        return [int(first) for first in self.later_shots[:, 0]]

    @property
    def neutrals(self) -> list[int]:
        """Numbers of the neutral frames of all shots."""
        return [self.neutral, *(int(neutral) for neutral in self.later_shots[:, 1])]

    @property
    def shots(self) -> tuple[Performance, ...]:
        """The shots of the clip, each a performance of its own whose frames count from 1."""
        return self._parts or (self,)

    def shot_at(self, t: float) -> tuple[int, float]:
        """Find the shot that a clip time shows. Nothing is interpolated across a cut.

        Parameters
        ----------
        t : float
            Clip time in frames.

        Returns
        -------
        shot : int
            Row of `shots`.
        time : float
            Time in that shot, in frames; its first frame is 1.
        """
        shot = int(np.searchsorted(self.later_shots[:, 0], t + 0.5, "right"))
        return shot, t - (self.first_frames[shot] - 1)

    @property
    def first_frames(self) -> list[int]:
        """Numbers of the first frames of all shots."""
        return [1, *self.cuts]

    @cached_property
    def _parts(self) -> tuple[Performance, ...]:
        """The shots of a clip that was cut; none where the clip itself is the only one: it would hold itself alive."""
        if not len(self.later_shots):
            return ()
        firsts, features = self.first_frames, np.cumsum([0, *_features_of_shots(self.peripheral, self.later_shots)])
        palettes = [self.palette, *self.later_palettes]
        parts = []
        for shot, (first, end) in enumerate(pairwise([*firsts, self.frame_count + 1])):
            rows, own = slice(first - 1, end - 1), slice(features[shot], features[shot + 1])
            starts = self.mouth_starts[first - 1 : end]
            width, height = CanonicalFace.of(self.points[self.neutrals[shot] - 1]).size
            parts.append(
                replace(
                    self,
                    **{name: getattr(self, name)[rows] for name in _OF_FRAMES},
                    neutral=self.neutrals[shot] - first + 1,
                    peripheral=self.peripheral[own],
                    peripheral_offsets=self.peripheral_offsets[rows, : own.stop - own.start],
                    palette=palettes[shot],
                    log_ratios=self.log_ratios[rows, :height, :width],
                    mouth_pixels=self.mouth_pixels[starts[0] : starts[-1]],
                    mouth_starts=starts - starts[0],
                    later_shots=self.later_shots[:0],
                    later_palettes=self.later_palettes[:0],
                    strangers=self.strangers[:0],
                    identities=self.identities[shot : shot + 1],
                    identity_offsets=self.identity_offsets[shot : shot + 1],
                    rest_offsets=self.rest_offsets[shot : shot + 1],
                    rest_shares=self.rest_shares[shot : shot + 1],
                )
            )
        return tuple(parts)

    def __getstate__(self) -> dict[str, Any]:
        return {item.name: getattr(self, item.name) for item in fields(self)}  # and nothing that is computed from them

    @property
    def has_head(self) -> bool:
        """Whether a head was fitted to the clip: files of earlier formats have none."""
        return len(self.identities) > 0

    @property
    def has_mouth(self) -> bool:
        """Whether the mouth is open in any frame."""
        return self.mouth_pixels.size > 0

    @property
    def of_numbers(self) -> bool:
        """Whether numbers moved a head, and no pixel of a driver is in it."""
        return self.neutral == 0

    def alone(self, number: int) -> Performance:
        """Cut out a frame that is counted from a rest which no frame shows: it depends on no other frame.

        Parameters
        ----------
        number : int
            Of the frame. `neutral` is 0.

        Returns
        -------
        Performance
            Of this frame. It is the same wherever in a clip the frame stands.
        """
        row = slice(number - 1, number)
        starts = self.mouth_starts[number - 1 : number + 1]
        return replace(
            self,
            **{name: getattr(self, name)[row] for name in _OF_FRAMES} | {"times": np.zeros(1)},
            peripheral_offsets=self.peripheral_offsets[row],
            log_ratios=self.log_ratios[row],
            mouth_pixels=self.mouth_pixels[starts[0] : starts[1]],
            mouth_starts=starts - starts[0],
            rest_offsets=(self.neutral_points - self.points[number - 1])[None],
        )

    def without_mouth(self) -> Performance:
        """Copy the performance without the pixels of the driver's mouth.

        Returns
        -------
        Performance
            All patches are empty; all other arrays are shared.
        """
        return replace(
            self,
            mouth_pixels=np.empty(0, np.uint8),
            mouth_starts=np.zeros_like(self.mouth_starts),
            mouth_boxes=np.zeros_like(self.mouth_boxes),
        )

    @property
    def neutral_points(self) -> NDArray[np.float32]:
        """(478, 3) float32 array, points of the neutral frame in pixels of the clip."""
        if self.neutral == 0:
            return np.asarray(self.points[0] + self.rest_offsets[0], np.float32)
        return np.asarray(self.points[self.neutral - 1])

    def rest_points(self, share: float) -> NDArray[np.float64]:
        """Points of the neutral frame, brought to rest.

        Parameters
        ----------
        share : float
            0..1, how far the mouth comes to rest.

        Returns
        -------
        (478, 3) float64 array
            In pixels of the clip.
        """
        if self.neutral == 0:
            return self.neutral_points.astype(np.float64)
        return np.asarray(self.neutral_points + np.float64(share) * self.rest_offsets[0])

    @property
    def neutral_blendshapes(self) -> NDArray[np.float32]:
        """(52,) float32 array, blendshapes of the neutral frame, 0..1."""
        if self.neutral == 0:
            return np.zeros(len(BLENDSHAPES), np.float32)
        return np.asarray(self.blendshapes[self.neutral - 1])

    @property
    def neutral_head_matrix(self) -> NDArray[np.float32]:
        """(4, 4) float32 array, head matrix of the neutral frame."""
        return np.eye(4, dtype=np.float32) if self.neutral == 0 else np.asarray(self.head_matrices[self.neutral - 1])

    def points_at(self, t: float) -> NDArray[np.float32]:
        """Interpolate the points at a clip time.

        Parameters
        ----------
        t : float
            Clip time in frames.

        Returns
        -------
        (478, 3) float32 array
            In pixels of the clip.
        """
        return self._at(self.points, t)

    def blendshapes_at(self, t: float) -> NDArray[np.float32]:
        """Interpolate the blendshapes at a clip time.

        Parameters
        ----------
        t : float
            Clip time in frames.

        Returns
        -------
        (52,) float32 array
            0..1, in the order of `BLENDSHAPES`.
        """
        return self._at(self.blendshapes, t)

    def tongue_out_at(self, t: float) -> float:
        """Tell how far the tongue is put out at a clip time.

        Parameters
        ----------
        t : float
            Clip time in frames.

        Returns
        -------
        float
            0..1; 0 for a clip, whose tracker does not see tongues.
        """
        return float(self.blendshapes_at(t)[0]) if self.of_numbers else 0.0

    def expression_at(self, t: float) -> NDArray[np.float32]:
        """Interpolate the weights of the fitted head's expression units at a clip time.

        Parameters
        ----------
        t : float
            Clip time in frames.

        Returns
        -------
        (51,) float32 array
            0..1, in the order of `TRACKED_UNITS`.
        """
        return self._at(self.expressions, t)

    def head_matrix_at(self, t: float) -> NDArray[np.float32]:
        """Interpolate the head matrix at a clip time.

        Parameters
        ----------
        t : float
            Clip time in frames.

        Returns
        -------
        (4, 4) float32 array
            Transform from the canonical head to the camera. Between frames it is a mean of two and only nearly rigid.
        """
        return self._at(self.head_matrices, t)

    def peripheral_offsets_at(self, t: float) -> NDArray[np.float32]:
        """Interpolate the displacements of the peripheral points at a clip time.

        Parameters
        ----------
        t : float
            Clip time in frames.

        Returns
        -------
        (m, 2) float32 array
            In pixels of the clip.
        """
        return self._at(self.peripheral_offsets, t)

    def camera_offset_at(self, t: float) -> NDArray[np.float32]:
        """Interpolate the displacement by the camera's motion at a clip time.

        Parameters
        ----------
        t : float
            Clip time in frames.

        Returns
        -------
        (2,) float32 array
            In pixels of the clip.
        """
        return self._at(self.camera_offsets, t)

    def log_ratio_at(self, t: float) -> NDArray[np.float32]:
        """Interpolate the log ratio image at a clip time.

        Parameters
        ----------
        t : float
            Clip time in frames.

        Returns
        -------
        (h, w) float32 array
            In canonical face space.
        """
        return self._at(self.log_ratios, t)

    def mouths_at(self, t: float) -> list[tuple[float, MouthPatch]]:
        """Find the patches of the driver's mouth at a clip time.

        Parameters
        ----------
        t : float
            Clip time in frames.

        Returns
        -------
        list of (float, MouthPatch)
            Weights and patches of the nearest frames that show the mouth; the weights are positive and sum to 1.
        """
        return [(weight, self.mouth_of(row)) for row, weight in self._near_of(self._mouth_bridge, t)]

    def lids_at(self, t: float) -> list[tuple[float, tuple[LidPatch, LidPatch]]]:
        """Find the shade of the driver's lids at a clip time.

        Parameters
        ----------
        t : float
            Clip time in frames.

        Returns
        -------
        list of (float, (LidPatch, LidPatch))
            Weights, and the right and left lid, of the nearest frames that show the face; a frame in which no lid
            closes is left out, so the weights sum to at most 1.
        """
        near = self._near_of(self._face_bridge, t)
        return [(weight, self._lids(row)) for row, weight in near if self.lid_rows[row] >= 0]

    def _lids(self, row: int) -> tuple[LidPatch, LidPatch]:
        ratios, points = self.lid_ratios[self.lid_rows[row]], self.points[row]
        right, left = (
            LidPatch(np.asarray(ratio, np.float32), lid_space(points, lids)(points[:, :2]))
            for ratio, lids in zip(ratios, LIDS, strict=True)
        )
        return right, left

    @cached_property
    def canonical_face(self) -> CanonicalFace:
        """Canonical face space of the ratio images."""
        return CanonicalFace.of(self.neutral_points)

    @cached_property
    def colours(self) -> Palette:
        """The driver's palette."""
        return Palette.from_array(self.palette)

    def mouth_of(self, row: int) -> MouthPatch:
        """Take the driver's mouth out of a frame.

        Parameters
        ----------
        row : int
            0 is the first frame.

        Returns
        -------
        MouthPatch
            Of this very frame, whether it shows the mouth or not.
        """
        left, top, width, height = (int(v) for v in self.mouth_boxes[row])
        pixels = self.mouth_pixels[self.mouth_starts[row] : self.mouth_starts[row + 1]]
        return MouthPatch(pixels.reshape(height, width, 3), np.array([left, top]), self.points[row])

    def frame_at(self, seconds: float) -> float:
        """Convert seconds to a clip time in frames.

        Parameters
        ----------
        seconds : float
            On the scale of `times`.

        Returns
        -------
        float
            1..n; clipped at both ends.
        """
        return float(np.interp(seconds, self.times, np.arange(1.0, self.frame_count + 1)))

    @property
    def frame_seconds(self) -> float:
        """Median duration of a frame in seconds; 1/25 if the clip has a single frame."""
        return float(np.median(np.diff(self.times))) if self.frame_count > 1 else 1 / 25

    @property
    def mean_frame_seconds(self) -> float:
        """Mean duration of a frame in seconds, for the frame rate; 1/25 if the clip has a single frame."""
        return float(self.times[-1] - self.times[0]) / (self.frame_count - 1) if self.frame_count > 1 else 1 / 25

    @property
    def is_even(self) -> bool:
        """Whether the frames follow each other evenly: none is off by half a frame."""
        even = np.linspace(self.times[0], self.times[-1], self.frame_count)
        return bool(np.abs(self.times - even).max() < self.mean_frame_seconds / 2)

    def _row(self, t: float) -> tuple[int, float]:
        """Row at or before a clip time, and the fraction 0..1 of the way to the next row."""
        position = min(max(t - 1.0, 0.0), self.frame_count - 1.0)
        return int(position), position - int(position)

    def _near(self, t: float) -> list[tuple[int, float]]:
        """Rows of the one or two frames nearest to a clip time, with weights above 0 of sum 1."""
        before, fraction = self._row(t)
        near = [(before, 1 - fraction), (min(before + 1, self.frame_count - 1), fraction)]
        return [(row, weight) for row, weight in near if weight > 0]

    def _near_of(self, bridge: Bridge, t: float) -> list[tuple[int, float]]:
        """Rows nearest to a clip time that a bridge rests on, with weights above 0 of sum 1."""
        weights: dict[int, float] = {}
        for row, weight in self._near(t):
            for seen, share in bridge.rows(row):
                weights[seen] = weights.get(seen, 0.0) + weight * share
        return list(weights.items())

    @cached_property
    def _mouth_bridge(self) -> Bridge:
        """Where frames take the mouth from."""
        return _bridge(self.found & ~self.covered)

    @cached_property
    def _face_bridge(self) -> Bridge:
        """Where frames take the lids from."""
        return _bridge(self.found)

    def _at(self, rows: NDArray[Any], t: float) -> NDArray[np.float32]:
        """Interpolate rows linearly at a clip time."""
        before, fraction = self._row(t)
        first = np.asarray(rows[before], np.float32)
        if fraction == 0:
            return first
        return np.asarray(first + np.float32(fraction) * (np.asarray(rows[before + 1], np.float32) - first), np.float32)

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Convert the performance to named arrays, for a file.

        Returns
        -------
        dict
            An array for each field, by the field's name; numbers become arrays without dimensions.
        """
        whole = {"neutral": np.int64(self.neutral), "faces": np.int64(self.faces), "focal": np.float64(self.focal)}
        return {item.name: np.asarray(whole.get(item.name, getattr(self, item.name))) for item in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[np.generic]]) -> Performance:
        """Make a performance from named arrays; the inverse of `to_arrays`.

        Parameters
        ----------
        arrays : dict
            An array for each field, by the field's name.

        Returns
        -------
        Performance
            Holds the arrays themselves, not copies.

        Raises
        ------
        ValueError
            If an array is missing or has a wrong shape, type or value range; the message is one line.
        """
        arrays = _as_todays_format(arrays)
        _check_arrays(arrays)
        whole = {name: int(arrays[name]) for name in ("neutral", "faces")} | {"focal": float(arrays["focal"])}
        return cls(**{item.name: arrays[item.name] for item in fields(cls)} | whole)  # type: ignore[arg-type]


def no_head(shots: int) -> dict[str, Any]:
    """Fields of a performance to which no head was fitted.

    Parameters
    ----------
    shots : int
        Number of its shots.

    Returns
    -------
    dict
        Values by the names of the fields.
    """
    return {
        "identities": np.empty((0, IDENTITY_MODES), np.float32),
        "identity_offsets": np.empty((0, ALL_POINTS, 3), np.float32),
        "focal": 1.0,
        "expressions": np.empty((0, 51), np.float32),
        "head_rotations": np.empty((0, 3, 3), np.float32),
        "head_positions": np.empty((0, 3), np.float32),
        "rest_offsets": np.zeros((shots, ALL_POINTS, 3), np.float32),
        "rest_shares": np.zeros(shots, np.float32),
    }


def _bridge(seen: NDArray[np.bool_]) -> Bridge:
    """A bridge over frames; where none shows what is wanted, each has its own."""
    return Bridge.over(seen if seen.any() else np.ones_like(seen))


def _as_todays_format(arrays: dict[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
    """Add what files of earlier formats do not have."""
    if "times" not in arrays or "palette" not in arrays:
        return arrays
    if "covered" not in arrays:  # until format 20
        arrays = arrays | {
            "covered": np.zeros(len(np.atleast_1d(arrays["times"])), np.bool_),
            "later_shots": np.empty((0, 3), np.int64),
            "later_palettes": np.empty((0, 12), np.float32),
        }
    if "unlit" not in arrays:  # until format 21
        arrays = arrays | {"unlit": np.zeros_like(arrays["covered"])}
    if "strangers" not in arrays:  # until format 22
        arrays = arrays | {"strangers": np.zeros(len(np.atleast_1d(arrays["later_shots"])), np.bool_)}
    if "identities" not in arrays:  # until format 23
        arrays = arrays | {
            name: np.asarray(value) for name, value in no_head(1 + len(np.atleast_1d(arrays["later_shots"]))).items()
        }
    if "lid_rows" in arrays:
        return arrays
    palette = arrays["palette"]
    if palette.shape == (8,):  # until format 19; its ratio images leave the lips out, so the skin does not matter
        palette = np.concatenate([palette, palette[7:8], palette[:3]])
    return arrays | {
        "palette": palette,
        "lid_rows": np.full(len(np.atleast_1d(arrays["times"])), -1, np.int32),
        "lid_ratios": np.empty((0, len(LIDS), HEIGHT, WIDTH), np.float16),
    }


def _check_arrays(arrays: dict[str, NDArray[np.generic]]) -> None:
    """Raise ValueError if `to_arrays` cannot have written these arrays."""
    missing = [item.name for item in fields(Performance) if item.name not in arrays]
    if missing:
        raise ValueError(f"{missing[0]} is missing")
    for name, (kind, shape) in _layout(arrays).items():
        array = arrays[name]
        if array.dtype != kind or array.shape != shape:
            raise ValueError(f"{name} is {array.dtype} of shape {array.shape}, not {kind} of shape {shape}")
        if kind.startswith("float") and not _all_within(array, *LIMITS.get(name, ANY_NUMBER)):
            raise ValueError(f"{name} holds values that are not numbers, or beyond all that is measured")
    neutrals = _check_shots(arrays)
    _check_faces(arrays, neutrals)
    _check_mouths(arrays)
    if (np.diff(arrays["times"].astype(np.float64)) <= 0).any():
        raise ValueError("the time stamps do not increase")


def _layout(arrays: dict[str, NDArray[np.generic]]) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Type and shape of each array, for as many frames, shots and features as these arrays have."""
    frames, features = len(np.atleast_1d(arrays["times"])), len(np.atleast_1d(arrays["peripheral"]))
    cuts = len(np.atleast_1d(arrays["later_shots"]))
    heads, fitted = (cuts + 1, frames) if len(np.atleast_1d(arrays["identities"])) else (0, 0)
    return {
        "times": ("float64", (frames,)),
        "size": ("int64", (2,)),
        "neutral": ("int64", ()),
        "found": ("bool", (frames,)),
        "covered": ("bool", (frames,)),
        "unlit": ("bool", (frames,)),
        "points": ("float32", (frames, ALL_POINTS, 3)),
        "blendshapes": ("float32", (frames, len(BLENDSHAPES))),
        "head_matrices": ("float32", (frames, 4, 4)),
        "peripheral": ("float32", (features, 2)),
        "peripheral_offsets": ("float32", (frames, *np.shape(arrays["peripheral_offsets"])[1:2], 2)),
        "camera_offsets": ("float32", (frames, 2)),
        "palette": ("float32", (12,)),
        "log_ratios": ("float16", (frames, *np.shape(arrays["log_ratios"])[1:3])),
        "mouth_pixels": ("uint8", (arrays["mouth_pixels"].size,)),
        "mouth_starts": ("int64", (frames + 1,)),
        "mouth_boxes": ("int32", (frames, 4)),
        "lid_rows": ("int32", (frames,)),
        "lid_ratios": ("float16", (len(np.atleast_1d(arrays["lid_ratios"])), len(LIDS), HEIGHT, WIDTH)),
        "later_shots": ("int64", (cuts, 3)),
        "later_palettes": ("float32", (cuts, 12)),
        "strangers": ("bool", (cuts,)),
        "identities": ("float32", (heads, IDENTITY_MODES)),
        "identity_offsets": ("float32", (heads, ALL_POINTS, 3)),
        "focal": ("float64", ()),
        "expressions": ("float32", (fitted, 51)),
        "head_rotations": ("float32", (fitted, 3, 3)),
        "head_positions": ("float32", (fitted, 3)),
        "rest_offsets": ("float32", (cuts + 1, ALL_POINTS, 3)),
        "rest_shares": ("float32", (cuts + 1,)),
        "faces": ("int64", ()),
    }


def _check_faces(arrays: dict[str, NDArray[np.generic]], neutrals: list[int]) -> None:
    """Raise ValueError if a frame shows no face, or if the ratio images do not fit the neutral faces."""
    small = [row + 1 for row, frame in enumerate(arrays["points"]) if np.ptp(frame[:, :2], axis=0).max() < LEAST_FACE]
    if small:
        raise ValueError(f"the face of frame {small[0]} is a single point")
    rows = arrays["lid_rows"].astype(np.int64)
    if (rows < -1).any() or (rows >= len(arrays["lid_ratios"])).any():
        raise ValueError("the shade of the lids does not fit its frames")
    rests = [arrays["points"][neutral - 1] for neutral in neutrals]
    if int(arrays["neutral"]) == 0:
        rests = [np.asarray(rests[0] + arrays["rest_offsets"][0], np.float32)]
    sizes = [CanonicalFace.of(rest).size[::-1] for rest in rests]
    if arrays["log_ratios"].shape[1:] != tuple(np.max(sizes, axis=0)):
        raise ValueError("the ratio images do not fit the face")


def _check_mouths(arrays: dict[str, NDArray[np.generic]]) -> None:
    """Raise ValueError if the pixels of the mouths do not fit their boxes."""
    boxes = arrays["mouth_boxes"].astype(np.int64)
    if (boxes[:, 2:] < 0).any() or not np.array_equal(
        arrays["mouth_starts"], np.concatenate([[0], np.cumsum(3 * boxes[:, 2] * boxes[:, 3])])
    ):
        raise ValueError("the mouth's pixels do not fit their boxes")
    if int(arrays["mouth_starts"].astype(np.int64)[-1]) != arrays["mouth_pixels"].size:
        raise ValueError("the mouth's pixels are cut short")


def _check_shots(arrays: dict[str, NDArray[np.generic]]) -> list[int]:
    """Raise ValueError if the clip cannot have these shots and neutral frames; else list the neutral frames."""
    frames = len(arrays["times"])
    least = 1 if len(arrays["later_shots"]) else 0  # a clip that was cut rests in each shot
    if not frames or not least <= int(arrays["neutral"]) <= frames:
        raise ValueError("the neutral frame is not in the clip")
    first, neutral, features = arrays["later_shots"].astype(np.int64).T
    firsts, neutrals = np.concatenate([[1], first]), np.concatenate([[max(int(arrays["neutral"]), 1)], neutral])
    ends = np.concatenate([first, [frames + 1]])
    if (firsts >= ends).any() or (neutrals < firsts).any() or (neutrals >= ends).any():
        raise ValueError("the shots do not fit the clip")
    counts = _features_of_shots(arrays["peripheral"], arrays["later_shots"].astype(np.int64))
    if min(counts) < 0 or (features > len(arrays["peripheral"])).any():
        raise ValueError("the points beside the face do not fit their shots")
    if max(counts) != arrays["peripheral_offsets"].shape[1]:
        raise ValueError("the points beside the face do not fit their motion")
    return [int(number) for number in neutrals]


def _features_of_shots(peripheral: NDArray[Any], later_shots: NDArray[np.int64]) -> list[int]:
    """Number of peripheral points of each shot."""
    later = [int(count) for count in later_shots[:, 2]]
    return [len(peripheral) - sum(later), *later]


def _all_within(array: NDArray[Any], low: float, high: float) -> bool:
    """Whether all values lie in a range; row by row, because the check of a whole array needs as much memory again."""
    return all(bool((row >= low).all() and (row <= high).all()) for row in np.atleast_1d(array))
