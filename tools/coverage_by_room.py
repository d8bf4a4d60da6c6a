# SPDX-License-Identifier: GPL-3.0-or-later
"""Print by room how many of its lines the tests ran, from the data of `coverage run`.

Lines that only other processes ran do not count, such as those of a process that composes.
"""

from collections.abc import Iterator
from pathlib import Path

from coverage import Coverage

PACKAGE = Path(__file__).parents[1] / "portrait_addon"


def room_of(path: Path) -> str:
    """Name the folder of a module, below the package.

    Parameters
    ----------
    path : Path
        A module of the package.

    Returns
    -------
    str
        As ``pipeline/frame``; ``.`` for a module of the package itself.
    """
    return path.parent.relative_to(PACKAGE).as_posix()


def table(measured: Coverage) -> Iterator[str]:
    """Write a table of the rooms.

    Parameters
    ----------
    measured : Coverage
        With its data loaded.

    Yields
    ------
    str
        A line: room, number of lines with code, number and share of those that ran; all rooms together at the end.
    """
    rooms: dict[str, tuple[int, int]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        _, lines, _, missing, _ = measured.analysis2(str(path))
        for room in (room_of(path), "all"):
            code, ran = rooms.get(room, (0, 0))
            rooms[room] = code + len(lines), ran + len(lines) - len(missing)
    total = rooms.pop("all")
    yield f"{'room':24} {'lines':>6} {'run':>6}"
    for room, (code, ran) in [*sorted(rooms.items()), ("all", total)]:
        if code:
            yield f"{room:24} {code:6} {ran:6} {ran / code:5.0%}"


if __name__ == "__main__":
    coverage = Coverage()
    coverage.load()
    print(*table(coverage), sep="\n")
