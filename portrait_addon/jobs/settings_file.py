"""Settings from a JSON file: for every parameter a number, or a list of [frame, value] pairs."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..media.files import read_file, shown
from ..pipeline.records.settings import Parameter, Settings, parameters

MAX_BYTES = 1 << 24

Keys = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class AnimatedSettings:
    """Settings that change over the clip.

    Attributes
    ----------
    keys : mapping from str to sequence of (float, float)
        Pairs (frame, value) by the name of the parameter, with increasing frames. Other parameters keep their defaults.
    """

    keys: Mapping[str, Keys]

    def at(self, frame: float) -> Settings:
        """Interpolate the settings.

        Parameters
        ----------
        frame : float
            Time in frames of the clip; its first frame is 1.

        Returns
        -------
        Settings
            Linear between two pairs, constant before the first and after the last.
        """
        values = {name: float(np.interp(frame, *np.transpose(pairs))) for name, pairs in self.keys.items()}
        return Settings(**values)


def read_settings(path: Path) -> AnimatedSettings:
    """Read settings from a JSON file.

    Parameters
    ----------
    path : Path
        A file of at most `MAX_BYTES`.

    Returns
    -------
    AnimatedSettings
        Of the parameters that the file names.

    Raises
    ------
    InputError
        If it cannot be read or understood, names an unknown parameter, or has a value out of range.
    """
    try:
        content = json.loads(read_file(path, MAX_BYTES))
        if not isinstance(content, dict):
            raise ValueError("is no list of named parameters")
        known = {parameter.name: parameter for parameter in parameters()}
        for name in content:
            if name not in known:
                raise ValueError(f"{shown(name)} is no parameter; there are {', '.join(known)}")
        return AnimatedSettings({name: _keys(known[name], value) for name, value in content.items()})
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{shown(path)}: is not valid JSON ({error}). Correct it.") from error
    except ValueError as error:
        raise InputError(f"{shown(path)}: {error}. Correct it.") from error


def _keys(parameter: Parameter, value: Any) -> Keys:
    pairs = value if isinstance(value, list) else [[1, value]]
    if not pairs or not all(isinstance(pair, list) and len(pair) == 2 and all(map(is_number, pair)) for pair in pairs):
        raise ValueError(f"{parameter.name} must be a number or a list of [frame, number] pairs")
    frames = [frame for frame, _ in pairs]
    if any(after <= before for before, after in pairwise(frames)):
        raise ValueError(f"the frames of {parameter.name} must increase")
    for _, number in pairs:
        if not parameter.minimum <= number <= parameter.maximum:
            raise ValueError(
                f"{parameter.name} is {number:g}, not between {parameter.minimum:g} and {parameter.maximum:g}"
            )
    return tuple((float(frame), float(number)) for frame, number in pairs)


def is_number(value: Any) -> bool:
    """Tell whether a JSON value is a finite number that a float can hold.

    Parameters
    ----------
    value : any
        What `json.loads` gives.

    Returns
    -------
    bool
        False for booleans, other types, infinity, not-a-number, and numbers of 1e300 or more.
    """
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return abs(value) < 1e300 and math.isfinite(value)
