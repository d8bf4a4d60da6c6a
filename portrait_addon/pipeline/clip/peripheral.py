"""Step 1: points outside the face, by which hair, neck and shoulders move with the head.

Features are detected in the neutral driving frame and followed to every frame by optical flow [lecture]. Each frame is
matched with the neutral frame itself, not with the frame before: nothing drifts, and frames can be measured in any
order.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from ..face.mesh import FACE_OVAL, NOSE_TIP, cranium, outer_eye_distance
from ..imaging.arrays import BoolArray, Float32Array, Points, UInt8Array
from ..imaging.colour import encoded_luminance
from ..imaging.scaling import downscale, scaled_size
from ..imaging.similarity import Similarity

REACH = 2.7
"""Largest distance of a point from the tip of the nose, in outer-eye distances [re-implementations]."""

OVAL_MARGIN = 0.15
"""Width of the strip round the face without features, in outer-eye distances; the face's own points move it."""

MAXIMUM_POINTS = 200
"""Largest number of features."""

QUALITY = 0.003
"""Least corner strength, as a share of the strongest in the picture. It is low, as corners in hair and dark cloth are
weak."""

SPACING = 0.12
"""Least distance between two features, in outer-eye distances."""

WORKING_EYE_DISTANCE = 96.0
"""Largest outer-eye distance, in pixels, of the pictures on which flow is measured; larger ones are scaled down."""

WINDOW = 21
"""Side of the window of the optical flow, in working pixels."""

LEVELS = 2
"""Highest level of the pyramid of the optical flow; level 0 is the picture itself."""

FORWARD_BACKWARD_LIMIT = 1.0
"""Largest distance, in working pixels, of a point from its start after it was followed to the frame and back."""

SAME_GUESS = 2.0
"""Distance of two first guesses, in working pixels, up to which they lead to the same place."""

LEAST_SHARE = 0.7
"""Least share of the frames, 0..1, in which a point must be found; the gaps are interpolated."""

PERSON = 0.5
"""Matte value above which a pixel belongs to the driver."""

SMOOTHING_SECONDS = 0.06
"""Standard deviation, in seconds, of the Gaussian that smooths the points along time."""


@dataclass(frozen=True, eq=False)
class NeutralPatches:
    """Features of the neutral driving frame, to be followed to other frames.

    Attributes
    ----------
    points : (m, 2) float32 array
        Features in pixels of the clip.
    picture : (h, w) uint8 array
        Luminance of the neutral frame at working size.
    zoom : float
        Working pixels per pixel of the clip, at most 1.
    """

    points: Float32Array
    picture: UInt8Array
    zoom: float


def detect_features(frame: UInt8Array, face: Float32Array, person: Float32Array) -> NeutralPatches:
    """Detect features on hair, neck and shoulders of the neutral driving frame.

    Parameters
    ----------
    frame : (h, w, 3) uint8 array
        The neutral driving frame, BGR.
    face : (478, 3) float32 array
        Its tracked points in pixels.
    person : (h, w) float32 array
        Matte of the person, 0..1.

    Returns
    -------
    NeutralPatches
        It may have no points.

    References
    ----------
    .. [1] J. Shi, C. Tomasi, *Good features to track*, CVPR 1994.
    """
    unit = outer_eye_distance(face)
    zoom = min(1.0, WORKING_EYE_DISTANCE / unit)
    picture = _working_picture(frame, zoom)
    allowed = np.zeros(frame.shape[:2], np.uint8)
    nose = _pixel(face[NOSE_TIP])
    cv2.circle(allowed, nose, round(REACH * unit), (1,), -1)
    # The background beside the driver's head must not move the portrait's hair.
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
    """Follow the features from the neutral frame to another frame.

    The search starts twice: where a feature moves with the head, and where it stays. The better result counts.

    Parameters
    ----------
    patches : NeutralPatches
        From `detect_features`.
    frame : (h, w, 3) or (h, w) uint8 array
        BGR or luminance.
    head : Similarity
        Best similarity of the face from the neutral frame to `frame`, in pixels.

    Returns
    -------
    (m, 2) float32 array
        Features in pixels of the clip; NaN where a feature is lost.

    References
    ----------
    .. [1] J.-Y. Bouguet, *Pyramidal implementation of the Lucas Kanade feature tracker*, Intel 2001.
    .. [2] Z. Kalal, K. Mikolajczyk, J. Matas, *Forward-backward error: automatic detection of tracking failures*,
       ICPR 2010.
    """
    if not len(patches.points):
        return np.empty((0, 2), np.float32)
    now = _working_picture(frame, patches.zoom)
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
    """Drop the points that are lost too often; fill the gaps of the others and smooth them along time.

    Parameters
    ----------
    tracks : (n, m, 2) float32 array
        Points from `follow` in each frame. It is overwritten, so that a long clip is not in memory twice.
    origin : (m, 2) float32 array
        The points in the neutral frame, in pixels.
    frame_seconds : float
        Duration of a frame, above 0.

    Returns
    -------
    points : (k, 2) float32 array
        The points that are kept, in the neutral frame, in pixels.
    offsets : (n, k, 2) float32 array
        Their displacement from there in each frame, in pixels; a view of `tracks`.
    """
    tracked = np.isfinite(tracks[..., 0])
    kept = np.flatnonzero(tracked.mean(axis=0) >= LEAST_SHARE) if len(tracks) else np.empty(0, int)
    frames = np.arange(len(tracks))
    for column, point in enumerate(kept):
        good = tracked[:, point]
        found = tracks[good, point] - origin[point]
        offsets = np.column_stack([np.interp(frames, frames[good], found[:, axis]) for axis in range(2)])
        if len(offsets) > 1:
            offsets = gaussian_filter1d(offsets, SMOOTHING_SECONDS / frame_seconds, axis=0, mode="nearest")
        tracks[:, column] = offsets
    return origin[kept], tracks[:, : len(kept)]


def _flow_there_and_back(
    before: UInt8Array, after: UInt8Array, start: Float32Array, guess: Float32Array
) -> tuple[Float32Array, Float32Array]:
    """End of each point (m, 2), and its distance from its start after the way back (m,), infinite if it is lost."""
    end, found_there = _flow(before, after, start, guess)
    back, found_back = _flow(after, before, end, start)
    height, width = after.shape
    inside = (end >= 0).all(axis=1) & (end[:, 0] < width) & (end[:, 1] < height)
    good = found_there & found_back & inside
    return end, np.where(good, np.linalg.norm(back - start, axis=1), np.inf).astype(np.float32)


def _flow(
    before: UInt8Array, after: UInt8Array, start: Float32Array, guess: Float32Array
) -> tuple[Float32Array, BoolArray]:
    """End of each point (m, 2), and whether it was found (m,)."""
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


def _working_picture(frame: UInt8Array, zoom: float) -> UInt8Array:
    """Luminance of a frame at working size."""
    height, width = frame.shape[:2]
    return downscale(encoded_luminance(frame), scaled_size((width, height), zoom))


def _pixel(point: Points) -> tuple[int, int]:
    """Nearest pixel x, y."""
    return round(float(point[0])), round(float(point[1]))
