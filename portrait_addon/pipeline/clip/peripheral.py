"""Step 1: points outside the face, so that hair, neck and shoulders move with the head.

Features are detected on the neutral driving frame and found again in every frame by optical flow [lecture]. Each frame
is matched with the neutral frame itself, not with the frame before: nothing drifts, and frames can be measured in any
order.

Sources: J. Shi and C. Tomasi, *Good features to track*, CVPR 1994; J.-Y. Bouguet, *Pyramidal implementation of the
Lucas Kanade feature tracker*, Intel 2001; forward-backward check after Z. Kalal et al., ICPR 2010. The reach of 2.7
outer-eye distances is that of public re-implementations.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from ..face.mesh import FACE_OVAL, NOSE_TIP, cranium, outer_eye_distance
from ..imaging.arrays import BoolArray, Float32Array, Points, UInt8Array
from ..imaging.scaling import downscale, scaled_size
from ..imaging.similarity import Similarity

REACH = 2.7
"""Furthest point from the tip of the nose, in outer-eye distances [re-implementations]."""

OVAL_MARGIN = 0.15
"""Width of the strip round the face that is left out, in outer-eye distances: the face's own points rule there."""

MAXIMUM_POINTS = 200
QUALITY = 0.003
"""Least corner strength, against the strongest in the picture: hair and dark cloth are weak but all there is."""

SPACING = 0.12
"""Least distance between two points, in outer-eye distances."""

WORKING_EYE_DISTANCE = 96.0
"""Flow is measured on pictures in which the outer-eye distance is at most this many pixels."""

WINDOW = 21
LEVELS = 2
FORWARD_BACKWARD_LIMIT = 1.0
"""Working pixels by which a point may miss its start after being followed to the frame and back."""

SAME_GUESS = 2.0
"""Working pixels by which two first guesses may differ and still end at the same place."""

LEAST_SHARE = 0.7
"""A point must be found in this share of the frames; the gaps are interpolated."""

PERSON = 0.5
"""Matte value above which a pixel belongs to the driver."""

SMOOTHING_SECONDS = 0.06
"""Standard deviation of the Gaussian along time that stills the points."""


@dataclass(frozen=True, eq=False)
class NeutralPatches:
    """The neutral driving frame, prepared for being found again in other frames.

    Attributes
    ----------
    points : (m, 2) float32 array
        Features in pixels of the clip.
    picture : (h, w) uint8 array
        Luminance at working size.
    zoom : float
        Working pixels per clip pixel.
    """

    points: Float32Array
    picture: UInt8Array
    zoom: float


def detect_features(frame: UInt8Array, face: Float32Array, person: Float32Array) -> NeutralPatches:
    """Features on hair, neck and shoulders of the neutral driving frame.

    Parameters
    ----------
    frame : (h, w, 3) uint8 array
        The neutral driving frame.
    face : (478, 3) array
        Its tracked points.
    person : (h, w) array
        Matte of the person, 0..1.

    Returns
    -------
    NeutralPatches
        Possibly with no points at all.
    """
    unit = outer_eye_distance(face)
    zoom = min(1.0, WORKING_EYE_DISTANCE / unit)
    picture = _working(frame, zoom)
    allowed = np.zeros(frame.shape[:2], np.uint8)
    nose = _pixel(face[NOSE_TIP])
    cv2.circle(allowed, nose, round(REACH * unit), (1,), -1)
    # What the background beside the driver's head does is no guide for the portrait's hair.
    head = np.zeros_like(allowed)
    cv2.fillConvexPoly(head, cv2.convexHull(np.round(cranium(face)[:, :2]).astype(np.int32)), (1,))
    allowed[(head > 0) & (person < PERSON)] = 0
    oval = np.round(face[list(FACE_OVAL), :2]).astype(np.int32)
    cv2.fillPoly(allowed, [oval], (0,))
    cv2.polylines(allowed, [oval], True, (0,), max(1, round(2 * OVAL_MARGIN * unit)))
    edge = max(1, round(0.05 * unit))  # a patch cut by the picture's edge cannot be followed
    allowed[:edge], allowed[-edge:], allowed[:, :edge], allowed[:, -edge:] = 0, 0, 0, 0
    mask = cv2.resize(allowed, picture.shape[::-1], interpolation=cv2.INTER_NEAREST)
    found = cv2.goodFeaturesToTrack(picture, MAXIMUM_POINTS, QUALITY, SPACING * unit * zoom, mask=mask)
    points = np.empty((0, 2), np.float32) if found is None else found.reshape(-1, 2)
    return NeutralPatches((points / zoom).astype(np.float32), picture, zoom)


def follow(patches: NeutralPatches, frame: UInt8Array, head: Similarity) -> Float32Array:
    """Where the features are in a frame.

    Parameters
    ----------
    patches : NeutralPatches
    frame : (h, w, 3) uint8 array
    head : Similarity
        Best similarity of the face from the neutral frame to this one: a first guess for what moves with the head.
        What does not is looked for where it was.

    Returns
    -------
    (m, 2) float32 array
        Pixels; NaN where a point is lost.
    """
    if not len(patches.points):
        return np.empty((0, 2), np.float32)
    now = _working(frame, patches.zoom)
    start = patches.points * np.float32(patches.zoom)
    guess = (head(patches.points) * patches.zoom).astype(np.float32)
    apart = np.flatnonzero(np.linalg.norm(guess - start, axis=1) > SAME_GUESS)
    ends, misses = _flow_there_and_back(
        patches.picture, now, np.vstack([start, start[apart]]), np.vstack([start, guess[apart]])
    )
    (end, other), (miss, other_miss) = (np.split(both, [len(start)]) for both in (ends, misses))
    better = other_miss < miss[apart]
    end[apart[better]], miss[apart[better]] = other[better], other_miss[better]
    end[miss > FORWARD_BACKWARD_LIMIT] = np.nan
    return np.asarray(end / patches.zoom, np.float32)


def steady_tracks(
    tracks: Float32Array, origin: Float32Array, frame_seconds: float
) -> tuple[Float32Array, Float32Array]:
    """Drop the points that are lost too often, fill the gaps of the others, and still them.

    Parameters
    ----------
    tracks : (n, m, 2) float32 array
        From `follow`, frame by frame; the result is written over it, so that a long clip is not held twice.
    origin : (m, 2) array
        The points in the neutral frame.
    frame_seconds : float
        Duration of a frame.

    Returns
    -------
    points : (k, 2) float32 array
        The points that stay, in the neutral frame.
    offsets : (n, k, 2) float32 array
        Their displacement from there in each frame.
    """
    seen = np.isfinite(tracks[..., 0])
    kept = np.flatnonzero(seen.mean(axis=0) >= LEAST_SHARE) if len(tracks) else np.empty(0, int)
    frames = np.arange(len(tracks))
    for place, point in enumerate(kept):
        good = seen[:, point]
        found = tracks[good, point] - origin[point]
        offsets = np.column_stack([np.interp(frames, frames[good], found[:, axis]) for axis in range(2)])
        if len(offsets) > 1:
            offsets = gaussian_filter1d(offsets, SMOOTHING_SECONDS / frame_seconds, axis=0, mode="nearest")
        tracks[:, place] = offsets
    return origin[kept], tracks[:, : len(kept)]


def _flow_there_and_back(
    before: UInt8Array, after: UInt8Array, start: Float32Array, guess: Float32Array
) -> tuple[Float32Array, Float32Array]:
    """Ends of the points, and by how much each misses its start on the way back (infinite if lost)."""
    end, there = _flow(before, after, start, guess)
    back, again = _flow(after, before, end, start)
    height, width = after.shape
    inside = (end >= 0).all(axis=1) & (end[:, 0] < width) & (end[:, 1] < height)
    good = there & again & inside
    return end, np.where(good, np.linalg.norm(back - start, axis=1), np.inf).astype(np.float32)


def _flow(
    before: UInt8Array, after: UInt8Array, start: Float32Array, guess: Float32Array
) -> tuple[Float32Array, BoolArray]:
    """Ends of the points (m, 2), and which were found."""
    end, found, _ = cv2.calcOpticalFlowPyrLK(
        before,
        after,
        start[:, None],
        guess[:, None].copy(),
        winSize=(WINDOW, WINDOW),
        maxLevel=LEVELS,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    return np.asarray(end[:, 0], np.float32), np.asarray(found[:, 0] == 1)


def _working(frame: UInt8Array, zoom: float) -> UInt8Array:
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    height, width = grey.shape
    return downscale(np.asarray(grey, np.uint8), scaled_size((width, height), zoom))


def _pixel(point: Points) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
