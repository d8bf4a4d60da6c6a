"""Mouth cues in text files, as programs for lip synchronisation write them: which shape, and from when on.

Known are Rhubarb Lip Sync's TSV and JSON, Moho's switch data (``.dat``), which OpenToonz and Rhubarb write too, and
Papagayo's projects (``.pgo``). OpenFaceFX writes all of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..media.files import read_file, shown
from ..pipeline.clip.expression_curves import ExpressionCurves
from ..pipeline.clip.mouth_cues import Cue, curves_of_cues
from .settings_file import is_number

MAX_BYTES = 1 << 24

MOHO_RATE = 24
"""Frames a second of a file of Moho's, which does not tell: its default."""

RATE = Fraction(25)
"""Frames a second of the curves that cues in seconds give, unless another is asked for."""

MOST_FRAMES = 100_000
"""Of the curves: an hour at 25 frames a second."""


def is_cues_file(path: Path) -> bool:
    """Tell whether a driving file holds mouth cues, by its name.

    Parameters
    ----------
    path : Path

    Returns
    -------
    bool
    """
    return path.suffix.lower() in READERS


def read_cues(path: Path, rate: Fraction | None = None) -> tuple[ExpressionCurves, list[str]]:
    """Read mouth cues.

    Parameters
    ----------
    path : Path
    rate : Fraction, optional
        Frames a second of the curves, and of the file if it counts frames without saying how many a second.

    Returns
    -------
    curves : ExpressionCurves
        Of the lips; the first frame is at the time 0, the last at the last cue.
    notes : list of str
        What was assumed, a sentence each.

    Raises
    ------
    InputError
        If the file cannot be read, or holds no cues.
    """
    try:
        text = read_file(path, MAX_BYTES).decode("utf-8-sig")
        cues, own_rate, notes = READERS[path.suffix.lower()](text, rate)
        if not cues:
            raise ValueError("it has no cue")
        cues = [cue for cue in cues if cue.seconds >= 0] or cues[-1:]
        if any(after.seconds < before.seconds for before, after in pairwise(cues)):
            raise ValueError("its times do not increase")
        every = float(rate or own_rate)
        if cues[-1].seconds * every > MOST_FRAMES:
            raise ValueError(f"it is longer than {MOST_FRAMES} frames")
        return curves_of_cues(cues, np.arange(int(cues[-1].seconds * every + 1e-6) + 1) / every), notes
    except UnicodeDecodeError:
        raise InputError(f"{shown(path)}: is not a text file of mouth cues. Choose another.") from None
    except RecursionError:
        raise InputError(f"{shown(path)}: cannot be read as mouth cues, it is nested too deeply.") from None
    except ValueError as error:
        raise InputError(f"{shown(path)}: cannot be read as mouth cues, {error}.") from None


Found = tuple[list[Cue], Fraction, list[str]]


def _rhubarb_tsv(text: str, _rate: Fraction | None) -> Found:
    cues = []
    for number, line in _lines(text):
        start, _, shape = line.partition("\t")
        cues.append(Cue(_seconds(start, number), shape.strip()))
    return cues, RATE, []


def _rhubarb_json(text: str, _rate: Fraction | None) -> Found:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not valid JSON ({error})") from None
    listed = content.get("mouthCues") if isinstance(content, dict) else None
    if not isinstance(listed, list):
        raise ValueError("it has no list mouthCues")
    cues = [_rhubarb_cue(item, number) for number, item in enumerate(listed, start=1)]
    if listed and is_number(listed[-1].get("end")):
        cues.append(Cue(float(listed[-1]["end"]), "X"))
    return cues, RATE, []


def _rhubarb_cue(item: Any, number: int) -> Cue:
    if not isinstance(item, dict) or not is_number(item.get("start")) or not isinstance(item.get("value"), str):
        raise ValueError(f"cue {number} has no start and value")
    return Cue(float(item["start"]), item["value"])


def _moho(text: str, rate: Fraction | None) -> Found:
    (_, first), *lines = [*_lines(text)] or [(1, "")]
    if first.strip() != "MohoSwitch1":
        raise ValueError("its first line is not MohoSwitch1")
    own = rate or Fraction(MOHO_RATE)
    notes = [] if rate else [f"it does not tell its rate; {MOHO_RATE} frames a second are assumed"]
    cues = []
    for number, line in lines:
        frame, _, shape = line.strip().partition(" ")
        if not re.fullmatch(r"\d{1,9}", frame, re.ASCII):
            raise ValueError(f"line {number} has no frame number")
        cues.append(Cue((int(frame) - 1) / float(own), shape.strip()))
    return cues, own, notes


def _papagayo(text: str, _rate: Fraction | None) -> Found:
    lines = text.splitlines()
    if not lines or not lines[0].startswith("lipsync version"):
        raise ValueError("its first line is not lipsync version")
    if len(lines) < 4 or not re.fullmatch(r"[1-9]\d{0,3}", lines[2].strip(), re.ASCII):
        raise ValueError("line 3 holds no frame rate")
    rate = Fraction(int(lines[2]))
    found = [re.fullmatch(r"\t{4}(\d{1,9}) (\S+)", line, re.ASCII) for line in lines]
    cues = [Cue((int(match[1]) - 1) / float(rate), match[2]) for match in found if match]
    if re.fullmatch(r"\d{1,9}", lines[3].strip(), re.ASCII) and cues:
        cues.append(Cue(max(int(lines[3]) / float(rate), cues[-1].seconds), "rest"))
    return cues, rate, []


def _lines(text: str) -> list[tuple[int, str]]:
    """Lines that are not empty, with their numbers."""
    return [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]


def _seconds(text: str, number: int) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = np.nan
    if not np.isfinite(seconds):
        raise ValueError(f"line {number} holds no time, a tab and a mouth shape")
    return seconds


READERS: dict[str, Callable[[str, Fraction | None], Found]] = {
    ".tsv": _rhubarb_tsv,
    ".json": _rhubarb_json,
    ".dat": _moho,
    ".pgo": _papagayo,
}
"""By the ending of a file's name."""
