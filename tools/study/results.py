"""What raters have sent back: files of strangers, checked before they count."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portrait_addon.errors import InputError
from portrait_addon.media.files import read_file, shown

from .building import REASONS

MAX_BYTES = 1 << 20
HASTY = 0.3
"""Seconds after a film's end in which nobody has thought about it."""


@dataclass(frozen=True)
class Answers:
    """Of one rater.

    Attributes
    ----------
    participant : int
        Number of the rater.
    ratings : dict from str to int
        Point from 1 to 5 of each clip.
    seconds : dict from str to float
        From the end of a clip to its rating.
    pairs : tuple of (str, str)
        What was taken for real, then the other one.
    reasons : dict from str to tuple of str
        What gave a clip away.
    simulated : bool
        Whether nobody has answered.
    """

    participant: int
    ratings: dict[str, int]
    seconds: dict[str, float]
    pairs: tuple[tuple[str, str], ...]
    reasons: dict[str, tuple[str, ...]]
    simulated: bool = False


def read_key(path: Path) -> dict[str, Any]:
    """Read the key of a study.

    Parameters
    ----------
    path : Path
        As `building` wrote it.

    Returns
    -------
    dict

    Raises
    ------
    InputError
        If it is none.
    """
    key = _json(path)
    if not isinstance(key.get("study"), str) or not isinstance(key.get("clips"), dict):
        raise InputError(f"{shown(path)}: is not the key of a study. Name its key.json.")
    return key


def read_answers(paths: Sequence[Path], key: dict[str, Any]) -> list[Answers]:
    """Read the files of raters.

    Parameters
    ----------
    paths : sequence of Path
        One a rater.
    key : dict
        Of the study.

    Returns
    -------
    list of Answers
        In the order of the raters' numbers.

    Raises
    ------
    InputError
        If a file is of another study, damaged, or of a rater whose file was read already, or if simulated raters are
        among others.
    """
    answers: dict[int, Answers] = {}
    for path in paths:
        read = _answers(path, key)
        if read.participant in answers:
            raise InputError(f"{shown(path)}: rater {read.participant} has another file too. Leave one out.")
        answers[read.participant] = read
    if len({one.simulated for one in answers.values()}) > 1:
        raise InputError("Simulated raters are among others. Name either of them.")
    return [answers[number] for number in sorted(answers)]


def _answers(path: Path, key: dict[str, Any]) -> Answers:
    said = _json(path)
    if said.get("study") != key["study"]:
        raise InputError(f"{shown(path)}: answers another study. Name the files of study {key['study']}.")
    rated = {name for name, clip in key["clips"].items() if not clip["training"]}
    try:
        ratings = {one["clip"]: one["point"] for one in said["ratings"]}
        seconds = {one["clip"]: float(one["seconds"]) for one in said["ratings"]}
        pairs = tuple((one["chosen"], _other(one)) for one in said["pairs"])
        reasons = {one["clip"]: tuple(one["reasons"]) for one in said["reasons"]}
        right = (
            type(said["participant"]) is int
            and len(ratings) == len(said["ratings"])
            and {*ratings, *(clip for pair in pairs for clip in pair), *reasons} <= rated
            and all(type(point) is int and 1 <= point <= len(key["points"]) for point in ratings.values())
            and all(math.isfinite(value) and value >= 0 for value in seconds.values())
            and all(set(chosen) <= set(REASONS) for chosen in reasons.values())
        )
    except (KeyError, TypeError, ValueError):
        right = False
    if not right:
        raise InputError(f"{shown(path)}: is damaged. Ask the rater for the file again, or leave it out.")
    return Answers(said["participant"], ratings, seconds, pairs, reasons, said.get("simulated") is True)


def _other(pair: dict[str, str]) -> str:
    (other,) = {pair["left"], pair["right"]} - {pair["chosen"]}
    return other


def _json(path: Path) -> dict[str, Any]:
    try:
        said = json.loads(read_file(path, MAX_BYTES))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{shown(path)}: is no JSON file. Name what the page has saved.") from error
    if not isinstance(said, dict):
        raise InputError(f"{shown(path)}: is not what the page has saved. Leave it out.")
    return said


def why_excluded(answers: Answers, key: dict[str, Any]) -> str | None:
    """Say why the answers of a rater do not count; the rules stand in the key since before anybody answered.

    Parameters
    ----------
    answers : Answers
        Of the rater.
    key : dict
        Of the study.

    Returns
    -------
    str or None
        One of `building.EXCLUSIONS`; None if they count.
    """
    few, same, hasty = key["exclusions"]
    rated = sum(not clip["training"] for clip in key["clips"].values())
    if len(answers.ratings) < 0.9 * rated:
        return str(few)
    if len(set(answers.ratings.values())) == 1:
        return str(same)
    if sum(value < HASTY for value in answers.seconds.values()) > len(answers.seconds) / 2:
        return str(hasty)
    return None
