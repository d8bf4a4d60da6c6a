"""High dynamic range pictures made into ordinary ones, so that they are measured as the eye sees them.

HLG and PQ [ITU-R BT.2100] become light, the light of a 1000 nit screen is brought to diffuse white by the curve of
ITU-R BT.2390-11, section 5.4, and the colours of BT.2020 to those of sRGB. All of it is tables and one matrix.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ..srgb import linear_to_srgb

PQ, HLG = 16, 18
"""Transfer characteristics [ITU-T H.273, table 3]."""

NAMES = {PQ: "PQ", HLG: "HLG"}

WHITE = 203.0
"""Light of diffuse white in nits [ITU-R BT.2408]."""

PEAK = 1000.0
"""Brightest light that is told apart, in nits: what HLG means and most PQ is graded for."""

CODES = 1 << 16
ROWS = 128
"""Mapped at once."""

FROM_2020 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32)
"""RGB of BT.2020 to that of sRGB [ITU-R BT.2087]."""


def tone_mapped(rgb: NDArray[np.uint16], transfer: int) -> NDArray[np.uint8]:
    """Make an ordinary picture of a high dynamic range one.

    Parameters
    ----------
    rgb : (h, w, 3) uint16 array
        As encoded, in the colours of BT.2020.
    transfer : int
        `PQ` or `HLG`.

    Returns
    -------
    (h, w, 3) uint8 array
        BGR, sRGB-encoded.
    """
    bgr = np.empty(rgb.shape, np.uint8)
    for top in range(0, len(rgb), ROWS):  # the floats of a whole picture would take six times its memory
        light = cv2.transform(_light_of_codes(transfer)[rgb[top : top + ROWS]], FROM_2020)
        codes = np.clip(light * (CODES - 1), 0, CODES - 1).astype(np.uint16)
        bgr[top : top + ROWS] = _srgb_of_light()[codes][..., ::-1]
    return bgr


@cache
def _light_of_codes(transfer: int) -> NDArray[np.float32]:
    """Light of each code after tone mapping, 1 is white."""
    code = np.linspace(0, 1, CODES)
    nits = pq_to_nits(code) if transfer == PQ else _hlg_to_nits(code)
    return np.asarray(pq_to_nits(_rolled_off(nits_to_pq(nits))) / WHITE, np.float32)


@cache
def _srgb_of_light() -> NDArray[np.uint8]:
    return np.asarray(np.rint(255 * linear_to_srgb(np.linspace(0, 1, CODES, dtype=np.float32))), np.uint8)


def _rolled_off(pq: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring PQ codes up to `PEAK` below that of `WHITE`: unchanged to a knee, a Hermite curve above it."""
    peak = float(nits_to_pq(np.array(PEAK)))
    top = float(nits_to_pq(np.array(WHITE))) / peak
    knee = 1.5 * top - 0.5
    x = np.minimum(pq / peak, 1)
    t = (x - knee) / (1 - knee)
    curve = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (3 * t**2 - 2 * t**3) * top
    return np.where(x < knee, x, curve) * peak


_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32


def nits_to_pq(nits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Encode light as PQ [SMPTE ST 2084].

    Parameters
    ----------
    nits : float64 array
        From 0 to 10,000.

    Returns
    -------
    float64 array
        From 0 to 1.
    """
    y = (nits / 10_000) ** _M1
    return np.asarray(((_C1 + _C2 * y) / (1 + _C3 * y)) ** _M2)


def pq_to_nits(code: NDArray[np.float64]) -> NDArray[np.float64]:
    """Decode PQ, the inverse of `nits_to_pq`.

    Parameters
    ----------
    code : float64 array
        From 0 to 1.

    Returns
    -------
    float64 array
        Light in nits.
    """
    y = code ** (1 / _M2)
    return np.asarray(10_000 * (np.maximum(y - _C1, 0) / (_C2 - _C3 * y)) ** (1 / _M1))


def _hlg_to_nits(code: NDArray[np.float64]) -> NDArray[np.float64]:
    """Decode HLG, and show it on a screen of `PEAK` nits; its system gamma of 1.2 is applied to each channel."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)
    return np.asarray(PEAK * np.minimum(scene, 1) ** 1.2)
