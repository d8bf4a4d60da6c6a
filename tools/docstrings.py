# SPDX-License-Identifier: GPL-3.0-or-later
"""Check that the docstrings of public functions are complete, as `numpydoc lint` does; pyproject.toml has the checks.

Two findings of `numpydoc lint` are left out: that a property has no Returns section, and all about functions inside
functions.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from numpydoc.hooks.validate_docstrings import parse_config, process_file

ROOT = Path(__file__).parents[1]
PLACES = ("api.py", "pipeline/**/*.py", "media/**/*.py", "jobs/**/*.py")
CONFIG = parse_config(ROOT)

_PROPERTIES = ("property", "cached_property", "ComputedOnce")


def exempt_names(node: ast.AST, name: str, *, local: bool = False) -> Iterator[tuple[str, str]]:
    """Find the checks that do not hold for properties and for functions inside functions.

    Parameters
    ----------
    node : ast.AST
        A module, or what stands in it.
    name : str
        Dotted name of the node, as numpydoc gives it.
    local : bool
        Whether the node stands inside a function.

    Yields
    ------
    tuple of two str
        Dotted name, and the check; the check is empty where none holds.
    """
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.FunctionDef):
            own = f"{name}.{child.name}"
            if local:
                yield own, ""
            elif {ast.unparse(decorator) for decorator in child.decorator_list} & {*_PROPERTIES}:
                yield own, "RT01"
            yield from exempt_names(child, own, local=local or isinstance(child, ast.FunctionDef))
        else:
            yield from exempt_names(child, name, local=local)


def findings(path: Path) -> list[str]:
    """Check one file.

    Parameters
    ----------
    path : Path
        A Python module.

    Returns
    -------
    list of str
        A line for each fault: the place, the check, and what is missing.
    """
    exempt = {*exempt_names(ast.parse(path.read_text(encoding="utf-8")), path.stem)}
    return [
        f"{place}: {check} {name}: {description}"
        for place, name, check, description in process_file(str(path), CONFIG)
        if not {(name, check), (name, "")} & exempt
    ]


if __name__ == "__main__":
    faults = [
        fault for place in PLACES for path in sorted((ROOT / "portrait_addon").glob(place)) for fault in findings(path)
    ]
    print(*faults, sep="\n", end="\n" if faults else "")
    sys.exit(bool(faults))
