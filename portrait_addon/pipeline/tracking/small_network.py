"""Step 1: run a small TFLite network in numpy, as OpenCV cannot read every TFLite file.

MediaPipe's blendshape network is an MLP-Mixer of 146 points with about two hundred operators. They are read from the
file, a FlatBuffer with the layout of TensorFlow Lite's ``schema.fbs``, and run one after the other.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..imaging.arrays import Float32Array

Array = NDArray[Any]

TYPES = {0: np.float32, 1: np.float16, 2: np.int32}
"""Data types of tensors by TFLite's number, as far as the network uses them."""

RELU = 1
"""TFLite's number of the fused activation; 0 is none."""


class _Table:
    """A table of a FlatBuffer. Fields are addressed by number; any may be missing."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at

    @classmethod
    def root(cls, data: bytes) -> _Table:
        return cls(data, *struct.unpack_from("<I", data))

    def number(self, field: int, kind: str = "i", missing: int = 0) -> int:
        place = self._place(field)
        return int(struct.unpack_from("<" + kind, self._data, place)[0]) if place else missing

    def numbers(self, field: int) -> list[int]:
        start, count = self._vector(field)
        return list(struct.unpack_from(f"<{count}i", self._data, start))

    def content(self, field: int) -> bytes:
        start, count = self._vector(field)
        return self._data[start : start + count]

    def table(self, field: int) -> _Table:
        place = self._place(field)
        return _Table(self._data, self._target(place))

    def tables(self, field: int) -> list[_Table]:
        start, count = self._vector(field)
        return [_Table(self._data, self._target(start + 4 * k)) for k in range(count)]

    def _place(self, field: int) -> int:
        fields = self._at - int(struct.unpack_from("<i", self._data, self._at)[0])
        length = int(struct.unpack_from("<H", self._data, fields)[0])
        if 4 + 2 * field >= length:
            return 0
        offset = int(struct.unpack_from("<H", self._data, fields + 4 + 2 * field)[0])
        return self._at + offset if offset else 0

    def _target(self, place: int) -> int:
        return place + int(struct.unpack_from("<I", self._data, place)[0])

    def _vector(self, field: int) -> tuple[int, int]:
        place = self._place(field)
        if not place:
            return 0, 0
        start = self._target(place)
        return start + 4, int(struct.unpack_from("<I", self._data, start)[0])


class SmallNetwork:
    """A TFLite network with one input and one output, run in numpy.

    Parameters
    ----------
    model : bytes
        The TFLite file.

    Raises
    ------
    ValueError
        If the network has an operator that is not in `STEPS`.

    References
    ----------
    .. [1] TensorFlow Lite, ``schema.fbs`` (Apache-2.0).
    """

    def __init__(self, model: bytes) -> None:
        root = _Table.root(model)
        codes = [max(code.number(0, "b"), code.number(3)) for code in root.tables(1)]
        graph, buffers = root.tables(2)[0], root.tables(4)
        self._constants: dict[int, Array] = {}
        for index, tensor in enumerate(graph.tables(0)):
            content = buffers[tensor.number(2, "I")].content(0)
            if content:
                values = np.frombuffer(content, TYPES[tensor.number(1, "b")])
                self._constants[index] = values.reshape(tensor.numbers(0))
        (self._input,), (self._output,) = graph.numbers(1), graph.numbers(2)
        self._steps = [(codes[step.number(0, "I")], step) for step in graph.tables(3)]
        unknown = {code for code, _ in self._steps} - STEPS.keys()
        if unknown:
            raise ValueError(f"steps {sorted(unknown)} are not known")

    def __call__(self, values: Float32Array) -> Float32Array:
        """Run the network.

        Parameters
        ----------
        values : float32 array
            Input, of the network's input shape; (1, 146, 2) points in pixels for the blendshape network.

        Returns
        -------
        float32 array
            Output, of the network's output shape; 52 scores, 0..1, for the blendshape network.
        """
        tensors = self._constants | {self._input: values}
        for code, step in self._steps:
            inputs = [tensors[index] for index in step.numbers(1) if index >= 0]
            tensors[step.numbers(2)[0]] = STEPS[code](step, *inputs)
        return np.asarray(tensors[self._output], np.float32)


def _axes(axes: Array) -> tuple[int, ...]:
    """Axes of a tensor as numpy takes them."""
    return tuple(int(axis) for axis in np.atleast_1d(axes))


def _convolution(step: _Table, values: Array, weights: Array, bias: Array) -> Array:
    """Convolution with a kernel of 1 x 1: a matrix product, a bias, and perhaps ReLU."""
    product = values @ weights.reshape(len(weights), -1).T + bias
    return np.asarray(np.maximum(product, 0) if step.table(4).number(3, "b") == RELU else product)


def _slice(step: _Table, values: Array, begin: Array, end: Array, stride: Array) -> Array:
    """Strided slice; bits of its masks mark axes that begin or end with the array, or are dropped."""
    options = step.table(4)
    from_start, to_end, single = (options.number(field) for field in (0, 1, 4))
    index: list[int | slice] = []
    for axis, (first, last, pace) in enumerate(zip(begin.tolist(), end.tolist(), stride.tolist(), strict=True)):
        bit = 1 << axis
        if single & bit:
            index.append(first)
        else:
            index.append(slice(None if from_start & bit else first, None if to_end & bit else last, pace))
    return np.asarray(values[tuple(index)])


STEPS: dict[int, Callable[..., Array]] = {
    0: lambda step, a, b: a + b,
    2: lambda step, *arrays: np.concatenate(
        [np.broadcast_to(array, array.shape) for array in arrays], axis=step.table(4).number(0)
    ),
    3: _convolution,
    6: lambda step, a: a.astype(np.float32),
    14: lambda step, a: 1 / (1 + np.exp(-a)),
    18: lambda step, a, b: a * b,
    22: lambda step, a, shape: a.reshape(shape.tolist()),
    39: lambda step, a, order: a.transpose(order.tolist()),
    40: lambda step, a, axes: a.mean(axis=_axes(axes), keepdims=bool(step.table(4).number(0, "b"))),
    41: lambda step, a, b: a - b,
    42: lambda step, a, b: a / b,
    45: _slice,
    59: lambda step, a: -a,
    74: lambda step, a, axes: a.sum(axis=_axes(axes), keepdims=bool(step.table(4).number(0, "b"))),
    75: lambda step, a: np.sqrt(a),
    76: lambda step, a: 1 / np.sqrt(a),
    99: lambda step, a, b: (a - b) ** 2,
}
"""Implementation of each operator, by TFLite's number."""
