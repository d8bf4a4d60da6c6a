"""Settings from a JSON file: for every parameter a number, or a list of [frame, value] pairs."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..media.files import read_file, shown
from ..pipeline.portrait.camera_move import NEAREST_CAMERA
from ..pipeline.records.settings import Settings, parameters

MAX_BYTES = 1 << 24

CAMERA = "camera_distance"

Keys = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class AnimatedSettings:
    """Settings that change over the clip.

    Attributes
    ----------
    keys : mapping from str to sequence of (float, float)
        Pairs (frame, value) by the name of the parameter, with increasing frames. Other parameters keep their defaults.
    taken_at : float
        Metres from which the portrait was taken: a `camera_distance` of 0. Needed only where that changes.
    of : type of Settings
        What they are settings of: a picture, or a target that moves.

    Raises
    ------
    ValueError
        If there is no such parameter, or a value is out of its range.
    """

    keys: Mapping[str, Keys]
    taken_at: float = 0.0
    of: type[Settings] = Settings

    def __post_init__(self) -> None:
        known = {parameter.name: parameter for parameter in parameters(self.of)}
        for name, pairs in self.keys.items():
            if name not in known:
                raise ValueError(f"{shown(name)} is no parameter; there are {', '.join(known)}")
            least, most = known[name].minimum, known[name].maximum
            for _, number in pairs:
                if not least <= number <= most:
                    raise ValueError(f"{name} is {number:g}, not between {least:g} and {most:g}")

    @classmethod
    def constant(cls, settings: Settings) -> AnimatedSettings:
        """Use the same settings for all frames.

        Parameters
        ----------
        settings : Settings
            Of every frame.

        Returns
        -------
        AnimatedSettings
            One pair for each parameter.

        Raises
        ------
        ValueError
            If a value is out of its parameter's range.

        Examples
        --------
        >>> AnimatedSettings.constant(Settings(expression=0.8)).at(12).expression
        0.8
        """
        values = asdict(settings)
        return cls({item.name: ((1.0, values[item.name]),) for item in parameters(type(settings))}, of=type(settings))

    def at(self, frame: float) -> Settings:
        """Interpolate the settings.

        Parameters
        ----------
        frame : float
            Time in frames of the clip; its first frame is 1.

        Returns
        -------
        Settings
            Linear between two pairs, constant before the first and after the last. Of the camera's distance it is the
            inverse that is linear: so its effect is even.
        """
        values = {name: _interpolated(frame, pairs) for name, pairs in self.keys.items() if name != CAMERA}
        return self.of(**values, **self._camera_at(frame))

    @property
    def needs_camera(self) -> bool:
        """Whether the camera's distance changes from or to the one at which the portrait was taken."""
        distances = {value for _, value in self.keys.get(CAMERA, ())}
        return len(distances) > 1 and 0 in distances

    def _camera_at(self, frame: float) -> dict[str, float]:
        """The camera's distance, if it is given."""
        if CAMERA not in self.keys:
            return {}
        if len({value for _, value in self.keys[CAMERA]}) == 1:
            return {CAMERA: self.keys[CAMERA][0][1]}
        keyed = dict(self.keys[CAMERA])
        if frame in keyed:
            return {CAMERA: keyed[frame]}
        inverse = tuple((at, 1 / max(value or self.taken_at, NEAREST_CAMERA)) for at, value in keyed.items())
        return {CAMERA: 1 / _interpolated(frame, inverse)}


def _interpolated(frame: float, pairs: Keys) -> float:
    """Value between pairs of frame and value; rounding does not take it out of their range."""
    frames, values = np.transpose(pairs)
    return float(np.clip(np.interp(frame, frames, values), values.min(), values.max()))


def read_settings(path: Path, of: type[Settings] = Settings) -> AnimatedSettings:
    """Read settings from a JSON file.

    Parameters
    ----------
    path : Path
        A file of at most `MAX_BYTES`.
    of : type of Settings, optional
        What they are settings of; `TargetSettings` for a target that moves.

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
        return AnimatedSettings({name: _keys(name, value) for name, value in content.items()}, of=of)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{shown(path)}: is not valid JSON ({error}). Correct it.") from error
    except ValueError as error:
        raise InputError(f"{shown(path)}: {error}. Correct it.") from error


def _keys(name: str, value: Any) -> Keys:
    pairs = value if isinstance(value, list) else [[1, value]]
    if not pairs or not all(isinstance(pair, list) and len(pair) == 2 and all(map(is_number, pair)) for pair in pairs):
        raise ValueError(f"{shown(name)} must be a number or a list of [frame, number] pairs")
    frames = [frame for frame, _ in pairs]
    if any(after <= before for before, after in pairwise(frames)):
        raise ValueError(f"the frames of {shown(name)} must increase")
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
