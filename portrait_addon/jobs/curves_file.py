"""Curves of expressions in a text file, as Live Link Face writes them: a line a frame, a column a curve.

Angles are radians, about the head's own axes, in the order yaw, pitch, roll: positive yaw turns to the sitter's left,
positive pitch nods down, positive roll tilts to the sitter's right shoulder. Our own columns come last: ``HeadX`` to
the viewer's right and ``HeadY`` up in outer-eye distances of the neutral face, ``HeadScale`` 1 at neutral size.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..media.files import check_folder, read_file, shown, whole_file
from ..pipeline.clip.expression_curves import ExpressionCurves, curves_of
from ..pipeline.head.model import EXPRESSION_UNITS
from ..pipeline.imaging.arrays import BoolArray, Float64Array
from ..pipeline.records.performance import Performance
from ..pipeline.timeline.rig_channels import gaze_angles

SUFFIX = ".csv"
MAX_BYTES = 1 << 28

SHAPES = (
    "EyeBlinkLeft", "EyeLookDownLeft", "EyeLookInLeft", "EyeLookOutLeft", "EyeLookUpLeft", "EyeSquintLeft",
    "EyeWideLeft", "EyeBlinkRight", "EyeLookDownRight", "EyeLookInRight", "EyeLookOutRight", "EyeLookUpRight",
    "EyeSquintRight", "EyeWideRight", "JawForward", "JawRight", "JawLeft", "JawOpen", "MouthClose", "MouthFunnel",
    "MouthPucker", "MouthRight", "MouthLeft", "MouthSmileLeft", "MouthSmileRight", "MouthFrownLeft", "MouthFrownRight",
    "MouthDimpleLeft", "MouthDimpleRight", "MouthStretchLeft", "MouthStretchRight", "MouthRollLower", "MouthRollUpper",
    "MouthShrugLower", "MouthShrugUpper", "MouthPressLeft", "MouthPressRight", "MouthLowerDownLeft",
    "MouthLowerDownRight", "MouthUpperUpLeft", "MouthUpperUpRight", "BrowDownLeft", "BrowDownRight", "BrowInnerUp",
    "BrowOuterUpLeft", "BrowOuterUpRight", "CheekPuff", "CheekSquintLeft", "CheekSquintRight", "NoseSneerLeft",
    "NoseSneerRight", "TongueOut",
)  # fmt: skip
"""The 52 shapes in the order and spelling of Live Link Face."""

HEAD = ("HeadYaw", "HeadPitch", "HeadRoll")
EYES = ("LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll", "RightEyeYaw", "RightEyePitch", "RightEyeRoll")
PLACE = ("HeadX", "HeadY", "HeadScale")
BEGINNING = ("Timecode", "BlendShapeCount")
COLUMNS = (*BEGINNING, *SHAPES, *HEAD, *EYES, *PLACE)

_TIMECODE = re.compile(r"(\d{1,2}):(\d\d):(\d\d)[:;](\d{1,3}(?:\.\d+)?)", re.ASCII)

USUAL_RATE = 60
"""Frames a second of the timecodes of a file that is too short to tell: that of Live Link Face."""

FARTHEST = 10.0
"""Largest shift of a head, in outer-eye distances, and its largest size."""


def is_curves_file(path: Path) -> bool:
    """Tell whether a driving file holds curves, by its name.

    Parameters
    ----------
    path : Path

    Returns
    -------
    bool
    """
    return path.suffix.lower() == SUFFIX


def check_curves_target(path: Path) -> None:
    """Check before long work that curves can be written, and that they would overwrite nothing else.

    Parameters
    ----------
    path : Path
        The file to write. It may hold earlier curves.

    Raises
    ------
    InputError
        If it has another ending, another kind of file has this name, or the folder cannot be written.
    """
    if not is_curves_file(path):
        raise InputError(f"{shown(path)}: curves are written as CSV. Choose a name that ends with {SUFFIX}.")
    check_folder(path.parent)
    if os.path.lexists(path) and not _begins_like_curves(path):
        raise InputError(f"{shown(path)}: is another kind of file and would be overwritten. Choose another name.")


def _begins_like_curves(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(BEGINNING[0]) + 3).lower().lstrip(b"\xef\xbb\xbf").startswith(b"timecode")
    except OSError:
        return False


def save_curves(performance: Performance, path: Path) -> None:
    """Write the curves of a clip, whole or not at all.

    Parameters
    ----------
    performance : Performance
        Of the clip.
    path : Path
        The file; one of this name is replaced.

    Raises
    ------
    InputError
        If no head was fitted to the clip, or the file cannot be written.
    """
    if not performance.has_head:
        raise InputError(f"{shown(path)}: the clip has no curves. Track it again.")
    write_curves(curves_of(performance), path)


def write_curves(curves: ExpressionCurves, path: Path) -> None:
    """Write curves, whole or not at all.

    Parameters
    ----------
    curves : ExpressionCurves
    path : Path
        The file; one of this name is replaced.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    scores = np.column_stack([np.zeros(len(curves.times)), curves.weights[:, :-1]])
    nod, _, turn = gaze_angles(scores).T
    zero = np.zeros_like(nod)
    eyes = np.column_stack([turn, nod, zero])
    order = [EXPRESSION_UNITS.index(name[0].lower() + name[1:]) for name in SHAPES]
    rows = np.column_stack([curves.weights[:, order], curves.angles, eyes, eyes, curves.shifts, curves.scales])
    count = str(len(SHAPES) + len(HEAD) + len(EYES))
    with whole_file(path) as file:
        text = io.TextIOWrapper(file, "ascii", newline="", write_through=True)
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        for code, row in zip(_timecodes(curves.times), rows, strict=True):
            writer.writerow([code, count, *(f"{value:.6g}" for value in row)])
        text.detach()


def _timecodes(times: Float64Array) -> list[str]:
    """Times as hours, minutes, seconds and frames; the first is the last frame of a second: two then tell the rate."""
    rate = _nominal_rate(times)
    milli = [round(1000 * (float(time - times[0]) * rate + rate - 1)) for time in times]
    codes = []
    for frames in milli:
        seconds, rest = divmod(frames, 1000 * rate)
        hours, minutes = seconds // 3600, seconds // 60 % 60
        codes.append(f"{hours:02}:{minutes:02}:{seconds % 60:02}:{rest // 1000:02}.{rest % 1000:03}")
    return codes


def _nominal_rate(times: Float64Array) -> int:
    """Whole number of frames a second in which timecodes count."""
    return max(round(1 / float(np.median(np.diff(times)))), 1) if len(times) > 1 else USUAL_RATE


def read_curves(path: Path, rate: Fraction | None = None) -> tuple[ExpressionCurves, list[str]]:
    """Read curves that Live Link Face, another program or `write_curves` wrote.

    Parameters
    ----------
    path : Path
    rate : Fraction, optional
        Frames a second; that of the timecodes if left out.

    Returns
    -------
    curves : ExpressionCurves
        A row for each line below the first. A line without values has those of the lines around it.
    notes : list of str
        What was assumed, a sentence each.

    Raises
    ------
    InputError
        If the file cannot be read, or holds no curves.
    """
    try:
        text = read_file(path, MAX_BYTES).decode("utf-8-sig")
        header, *lines = [line for line in csv.reader(io.StringIO(text, newline="")) if any(map(str.strip, line))]
        return _curves(header, lines, rate)
    except UnicodeDecodeError:
        raise InputError(f"{shown(path)}: is not a text file of curves. Choose a CSV of expressions.") from None
    except (ValueError, csv.Error) as error:
        said = str(error) if str(error) and "unpack" not in str(error) else "it is empty"
        raise InputError(f"{shown(path)}: cannot be read as curves, {said}.") from None


def _curves(
    header: Sequence[str], lines: Sequence[Sequence[str]], rate: Fraction | None
) -> tuple[ExpressionCurves, list[str]]:
    """Curves and notes of the fields of a file; ValueError tells what is wrong."""
    place = {name.strip().lower(): column for column, name in enumerate(header)}
    if not any(name.lower() in place for name in SHAPES):
        raise ValueError("its first line names none of the 52 shapes, such as JawOpen")
    if not lines:
        raise ValueError("it has no line of values")
    wanted = [name for name in (*SHAPES, *HEAD, *PLACE) if name.lower() in place]
    seen = np.array([_has_values(line, len(header)) for line in lines])
    if not seen.any():
        raise ValueError("it has no line of values")
    values = dict(zip(wanted, _columns(lines, [place[name.lower()] for name in wanted], seen).T, strict=True))
    notes = []
    if not seen.all():
        notes.append(f"{int((~seen).sum())} lines without values are bridged")
    times = np.arange(len(lines)) / float(rate) if rate else _times(lines, place, notes)
    zero = np.zeros(len(lines))
    angles = np.column_stack([values.get(name, zero) for name in HEAD])
    if np.abs(angles).max() > np.pi:
        angles = np.radians(angles)
        notes.append("angles beyond a half turn are taken for degrees")
    if np.abs(angles).max() > np.pi:
        raise ValueError("an angle of the head is beyond a half turn")
    by_unit = {name[0].lower() + name[1:]: np.clip(values.get(name, zero), 0, 1) for name in SHAPES}
    weights = np.column_stack([by_unit[name] for name in EXPRESSION_UNITS])
    shifts = np.clip(np.column_stack([values.get(name, zero) for name in PLACE[:2]]), -FARTHEST, FARTHEST)
    scales = np.clip(values.get(PLACE[2], zero + 1), 1 / FARTHEST, FARTHEST)
    return ExpressionCurves(times, weights, angles, shifts, scales), notes


def _has_values(line: Sequence[str], columns: int) -> bool:
    return len(line) == columns and line[1].strip() not in {"", "0"}


def _columns(lines: Sequence[Sequence[str]], columns: Sequence[int], seen: BoolArray) -> Float64Array:
    """(n, k) numbers of some columns; lines without values are interpolated."""
    rows = np.flatnonzero(seen)
    known = np.empty((len(rows), len(columns)))
    for index, row in enumerate(rows):
        try:
            known[index] = [float(lines[row][column]) for column in columns]
        except ValueError:
            raise ValueError(f"line {row + 2} holds something that is no number") from None
    if not np.isfinite(known).all():
        raise ValueError(f"line {rows[~np.isfinite(known).all(axis=1)][0] + 2} holds something that is no number")
    return np.column_stack([np.interp(np.arange(len(lines)), rows, column) for column in known.T])


def _times(lines: Sequence[Sequence[str]], place: Mapping[str, int], notes: list[str]) -> Float64Array:
    """(n,) seconds since the first line, by the timecodes."""
    column = place.get(BEGINNING[0].lower())
    found = [_TIMECODE.fullmatch(line[column].strip()) if column is not None else None for line in lines]
    if not all(found):
        raise ValueError("its lines have no timecodes such as 10:59:01:24.000; give a rate")
    codes = np.array([[float(part) for part in match.groups()] for match in found if match])
    seconds = codes[:, :3] @ [3600, 60, 1]
    rate = int(codes[:, 3].max()) + 1
    if seconds[-1] == seconds[0]:
        rate = max(rate, USUAL_RATE)
        notes.append(f"it is too short to tell its rate; {rate} frames a second are assumed")
    times = seconds + codes[:, 3] / rate
    if (np.diff(times) <= 0).any():
        late = int(np.flatnonzero(np.diff(times) <= 0)[0])
        raise ValueError(f"the timecode of line {late + 3} is not after that of the line before; give a rate")
    return np.asarray(times - times[0], np.float64)
