"""What a driving file is: a clip, a performance, or numbers."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from ..pipeline.clip.expression_curves import ExpressionCurves
from .cues_file import is_cues_file, read_cues
from .curves_file import is_curves_file, read_curves
from .performance_file import is_performance_file


def shows_pictures(path: Path) -> bool:
    """Tell whether a driving file shows pictures: a clip does, a performance and numbers do not.

    Parameters
    ----------
    path : Path

    Returns
    -------
    bool
    """
    return not (is_performance_file(path) or holds_numbers(path))


def holds_numbers(path: Path) -> bool:
    """Tell whether a driving file holds curves or mouth cues, by its name.

    Parameters
    ----------
    path : Path

    Returns
    -------
    bool
    """
    return is_curves_file(path) or is_cues_file(path)


def read_numbers(path: Path, rate: Fraction | None = None) -> tuple[ExpressionCurves, list[str]]:
    """Read curves or mouth cues.

    Parameters
    ----------
    path : Path
        One that `holds_numbers`.
    rate : Fraction, optional
        Frames a second; that of the file if left out.

    Returns
    -------
    curves : ExpressionCurves
    notes : list of str
        What was assumed, a sentence each.

    Raises
    ------
    InputError
        If the file cannot be read, or holds something else.
    """
    return (read_cues if is_cues_file(path) else read_curves)(path, rate)
