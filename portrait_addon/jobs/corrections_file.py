"""Corrections as JSON text: on the object in Blender, and in a file for the command line.

``{"placement": {"x": 0.5, "y": 0.4, "size": 0.25, "roll": 0, "nod": 0, "turn": 0},
"portrait": {"right_eye_1": [-0.02, 0.01]},
"clip": [{"frame": 12, "handle": "jaw_9", "offset": [0, 0.03], "ease": 6}]}``; any part may be left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..media.files import read_file, shown
from ..pipeline.editing.corrections import EASE, ClipCorrection, Corrections
from ..pipeline.editing.handles import HANDLES, Offset
from ..pipeline.editing.placing import Placement
from .settings_file import is_number

MAX_BYTES = 1 << 24

FARTHEST = 10.0
"""Largest offset, in outer-eye distances; no face reaches farther."""

MOST_EASE, LAST_FRAME = 1000, 1 << 30


def corrections_text(corrections: Corrections) -> str:
    """Write corrections as one line of JSON.

    Parameters
    ----------
    corrections : Corrections
        Parts that are empty are left out. Numbers are rounded to five decimals.

    Returns
    -------
    str
        Empty if there are no corrections.
    """
    content: dict[str, Any] = {}
    if corrections.placement:
        content["placement"] = _rounded(vars(corrections.placement))
    if corrections.portrait:
        content["portrait"] = {handle: _pair(offset) for handle, offset in corrections.portrait}
    if corrections.clip:
        content["clip"] = [
            {"frame": item.frame, "handle": item.handle, "offset": _pair(item.offset), "ease": item.ease}
            for item in corrections.clip
        ]
    return json.dumps(content) if content else ""


def parse_corrections(text: str | bytes) -> Corrections:
    """Read corrections from JSON text.

    Parameters
    ----------
    text : str or bytes
        As `corrections_text` writes it; any part may be missing.

    Returns
    -------
    Corrections
        Without any correction if the text is empty.

    Raises
    ------
    ValueError
        If the text cannot be understood, names an unknown handle, or has a value out of range. The message is one line.
    """
    if not text:
        return Corrections()
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is not valid JSON ({error})") from error
    _check_names(content, ("placement", "portrait", "clip"))
    portrait, clip = content.get("portrait", {}), content.get("clip", [])
    if not isinstance(portrait, dict) or not isinstance(clip, list):
        raise ValueError("portrait must be named points, and clip a list")
    moved = [_clip_correction(item) for item in clip]
    if len({(item.handle, item.frame) for item in moved}) < len(moved):
        raise ValueError("a point is moved twice in one frame of the clip")
    return Corrections(
        _placement(content["placement"]) if content.get("placement") is not None else None,
        tuple((_handle(name), _offset(offset)) for name, offset in portrait.items()),
        tuple(moved),
    )


def read_corrections(path: Path) -> Corrections:
    """Read corrections from a JSON file.

    Parameters
    ----------
    path : Path
        A file of at most `MAX_BYTES`.

    Returns
    -------
    Corrections
        As `parse_corrections` gives them.

    Raises
    ------
    InputError
        If the file cannot be read or understood.
    """
    try:
        return parse_corrections(read_file(path, MAX_BYTES))
    except ValueError as error:
        raise InputError(f"{shown(path)}: {error}. Correct it.") from error


def _placement(content: Any) -> Placement:
    _check_names(content, [field.name for field in fields(Placement)])
    limits = {"x": (0, 1), "y": (0, 1), "size": (0.001, 2)}
    return Placement(**{name: _number(name, value, *limits.get(name, (-180, 180))) for name, value in content.items()})


def _clip_correction(content: Any) -> ClipCorrection:
    _check_names(content, ("frame", "handle", "offset", "ease"))
    frame, ease = content.get("frame"), content.get("ease", EASE)
    if not _is_whole(frame, 1, LAST_FRAME) or not _is_whole(ease, 0, MOST_EASE):
        raise ValueError(f"frame must be a number from 1, and ease one from 0 to {MOST_EASE}")
    return ClipCorrection(frame, _handle(content.get("handle")), _offset(content.get("offset")), ease)


def _check_names(content: Any, known: Any) -> None:
    if not isinstance(content, dict):
        raise ValueError(f"must name {', '.join(known)}")
    for name in content:
        if name not in known:
            raise ValueError(f"{shown(name)} is not known; there are {', '.join(known)}")


def _handle(name: Any) -> str:
    if name not in HANDLES:
        raise ValueError(f"{shown(str(name))} is no point; there are {HANDLES[0]} to {HANDLES[-1]}")
    return str(name)


def _offset(value: Any) -> Offset:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("an offset must be a pair of numbers")
    x, y = (_number("an offset", number, -FARTHEST, FARTHEST) for number in value)
    return x, y


def _number(name: str, value: Any, least: float, most: float) -> float:
    if not is_number(value) or not least <= value <= most:
        raise ValueError(f"{name} must be a number from {least:g} to {most:g}")
    return float(value)


def _is_whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _pair(offset: Offset) -> list[float]:
    return [round(value, 5) for value in offset]


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 5) for name, value in values.items()}
