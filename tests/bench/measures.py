"""Figures of the picture benchmark: plain functions of pictures, points and fields.

Protocol: pictures are compared at 256 pixels on the longer side, flows at 512; distances of points are in pixels of the
256 picture. Pictures are BGR, ``uint8``; fields are backward, absolute, in pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from portrait_addon.pipeline.face.mesh import MOUTH, OUTER_LIPS
from portrait_addon.pipeline.imaging.arrays import BoolArray, Float32Array, Points, UInt8Array
from portrait_addon.pipeline.imaging.raster import jacobian
from portrait_addon.pipeline.records.face import BLENDSHAPES

COMPARED = 256
"""Longer side of compared pictures, in pixels."""

FLOW_SIDE = 512
"""Longer side of pictures whose flow is compared."""

LIPS = np.concatenate([OUTER_LIPS.contour, MOUTH.contour])
"""The 40 points of the lips."""

SSIM_WINDOW = 7
"""Side of the window of SSIM, with scikit-image's constants and sample covariance."""

JUMP = 3.0
"""Where neighbouring pixels look up places further apart than this many pixels, one surface hides another."""

SourceImage = UInt8Array
Field = Float32Array
Numbers = NDArray[np.floating[Any]]


def scaled(picture: SourceImage, side: int) -> SourceImage:
    """The picture with `side` pixels on its longer side."""
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    size = (round(width * scale), round(height * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def grey(picture: SourceImage) -> SourceImage:
    """Luminance, 8 bits."""
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)


def mean_difference(a: SourceImage, b: SourceImage) -> float:
    """L1: mean absolute difference, 0..1."""
    return float(np.abs(a.astype(np.float64) - b).mean() / 255)


def mean_square(a: SourceImage, b: SourceImage) -> float:
    """Mean squared difference of 8-bit values."""
    return float(((a.astype(np.float64) - b) ** 2).mean())


def psnr(mean_squares: list[float]) -> float:
    """Peak signal-to-noise ratio in dB, of the mean over frames: no single frame can run away with it."""
    return float(10 * np.log10(255**2 / max(float(np.mean(mean_squares)), 1e-9)))


def ssim(a: SourceImage, b: SourceImage) -> float:
    """Structural similarity, mean over the channels, as scikit-image computes it with its defaults.

    Source: Z. Wang et al., *Image quality assessment: from error visibility to structural similarity*, IEEE TIP 13(4).
    """
    x, y = a.astype(np.float64), b.astype(np.float64)
    count = SSIM_WINDOW**2

    def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(uniform_filter(values, (SSIM_WINDOW, SSIM_WINDOW, 0)[: values.ndim]))

    def covariance(p: NDArray[np.float64], q: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(count / (count - 1) * (mean(p * q) - mean(p) * mean(q)))

    mx, my, vx, vy, vxy = mean(x), mean(y), covariance(x, x), covariance(y, y), covariance(x, y)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    index = (2 * mx * my + c1) * (2 * vxy + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))
    edge = SSIM_WINDOW // 2
    return float(index[edge:-edge, edge:-edge].mean())


def point_distance(a: Points | None, b: Points | None, size: tuple[int, int]) -> tuple[float, float]:
    """AKD and AKD_mouth: mean absolute difference a coordinate, over all points and over the lips'.

    Parameters
    ----------
    a, b : (478, 2 or more) arrays or None
        Points found in two pictures; None where no face was found.
    size : (width, height)
        Of the pictures.
    """
    if a is None or b is None:
        return float("nan"), float("nan")
    difference = np.abs(a[:, :2].astype(np.float64) - b[:, :2]) * COMPARED / max(size)
    return float(difference.mean()), float(difference[LIPS].mean())


def flow(before: SourceImage, now: SourceImage) -> NDArray[np.float32]:
    """(h, w, 2) dense optical flow between two grey pictures."""
    method: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    # An array in place of None would be taken as a first guess, and give another flow.
    return np.asarray(method.calc(before, now, None), np.float32)


def flicker(frames: Sequence[SourceImage], mask: BoolArray) -> float:
    """How much of a frame neither its neighbours nor a steady change explain: what is there in one frame alone.

    Parameters
    ----------
    frames : three (h, w) uint8 arrays
        In their order.
    mask : (h, w) bool array
        Where.

    Returns
    -------
    float
        Mean absolute difference from the mean of both neighbours.
    """
    before, now, after = (frame[mask].astype(np.float32) for frame in frames)
    return float(np.abs(now - (before + after) / 2).mean())


def face_mask(points: Points, shape: tuple[int, ...], scale: float = 1.0) -> BoolArray:
    """(h, w) inside of the convex hull of the face's points."""
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(np.round(points[:, :2] * scale).astype(np.int32)), (1,))
    return mask > 0


def occlusion_edges(field: Field, layers: NDArray[np.uint8]) -> BoolArray:
    """(h - 1, w - 1) where one surface ends in front of another.

    There the field jumps, or it folds over from one layer to the next.
    """
    across = np.linalg.norm(field[:-1, 1:] - field[:-1, :-1], axis=-1)
    down = np.linalg.norm(field[1:, :-1] - field[:-1, :-1], axis=-1)
    corner = layers[:-1, :-1]
    border = (layers[:-1, 1:] != corner) | (layers[1:, :-1] != corner)
    return np.asarray((np.maximum(across, down) > JUMP) | (border & folds(field)), bool)


def folds(field: Field) -> BoolArray:
    """(h - 1, w - 1) where the picture folds over: det J <= 0."""
    return np.asarray(jacobian(field, 1) <= 0, bool)


def roughness(field: Field) -> NDArray[np.float32]:
    """(h, w) length of the Laplacian of the displacement, per pixel: 0 where the picture is moved affinely."""
    laplacian = [cv2.Laplacian(np.ascontiguousarray(field[..., axis]), cv2.CV_32F) for axis in (0, 1)]
    return np.asarray(np.hypot(*laplacian), np.float32)


def correlation(a: Numbers, b: Numbers) -> float:
    """Pearson's, or NaN where one side does not vary."""
    if np.std(a) < 1e-6 or np.std(b) < 1e-6:
        return float("nan")
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def gain(output: Numbers, driver: Numbers) -> float:
    """How much of the driver's variation arrives."""
    return float(np.std(output) / max(float(np.std(driver)), 1e-6))


def slope(output: Numbers, driver: Numbers) -> float:
    """Slope of the output on the driver, by least squares, or NaN where the driver does not vary."""
    spread = driver - driver.mean()
    square = float(spread @ spread)
    return float(spread @ (output - output.mean())) / square if square > 1e-12 else float("nan")


def expressions(blendshapes: Numbers) -> dict[str, float]:
    """Mouth opening, blink, smile and brow of one frame, out of the tracker's 52 blendshapes."""
    of: dict[str, float] = dict(zip(BLENDSHAPES, blendshapes.tolist(), strict=True))

    def both(name: str) -> float:
        return (of[f"{name}Left"] + of[f"{name}Right"]) / 2

    return {
        "mouth_open": of["jawOpen"],
        "blink": both("eyeBlink"),
        "smile": both("mouthSmile"),
        "brow": of["browInnerUp"] + both("browOuterUp") - both("browDown"),
    }


def sharpness(picture: SourceImage, points: Points) -> float:
    """Variance of the Laplacian in the face's box."""
    low, high = np.maximum(points[:, :2].min(axis=0), 0).astype(int), points[:, :2].max(axis=0).astype(int)
    face = grey(np.ascontiguousarray(picture[low[1] : high[1], low[0] : high[0]]))
    return float(cv2.Laplacian(face, cv2.CV_32F).var())


def far_from_face(points: Points, shape: tuple[int, ...]) -> BoolArray:
    """(h, w) further from the face's middle than three times its radius."""
    centre = points[:, :2].mean(axis=0)
    radius = np.linalg.norm(points[:, :2] - centre, axis=1).max()
    near = np.zeros(shape[:2], np.uint8)
    cv2.circle(near, (int(centre[0]), int(centre[1])), int(3 * radius), (1,), -1)
    return np.asarray(near == 0)


def chroma_leak(picture: NDArray[Any]) -> int:
    """Largest difference between the channels of one pixel: 0 in a grey picture."""
    channels = picture[..., :3].astype(np.int64)
    return int((channels.max(axis=-1) - channels.min(axis=-1)).max())


def precision_recall(found: BoolArray, true: BoolArray) -> tuple[float, float]:
    """Share of the found that is true, and of the true that is found; NaN where there is nothing."""
    hits = float((found & true).sum())
    return hits / found.sum() if found.any() else float("nan"), hits / true.sum() if true.any() else float("nan")
