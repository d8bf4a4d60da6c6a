# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the libraries that this needs are there.

All extensions of a Blender share one set of Python packages, so another extension may have brought an older one, or
have taken one away. Nothing is imported here: a library that does not fit may fail halfway.
"""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from pathlib import Path

NEEDED = (
    ("numpy", "NumPy", (1, 26), "version.py"),
    ("cv2", "OpenCV", (4, 10), "version.py"),
    ("scipy", "SciPy", (1, 11), "version.py"),
    ("PIL", "Pillow", (11, 3), "_version.py"),
    ("av", "PyAV", (18, 0), "about.py"),
)
"""Package, name, least version, and the file that says the version."""


@cache
def problem() -> str | None:
    """Find a library that is missing or too old.

    Returns
    -------
    str or None
        One line that names it and says what to do; None if all are there.
    """
    for package, name, least, file in NEEDED:
        spec = importlib.util.find_spec(package)
        needed = f"{name} {'.'.join(map(str, least))} or later"
        if spec is None or spec.origin is None:
            return f"{needed} is missing. Install Living Portraits again."
        if spec.submodule_search_locations is None:  # a distribution's cv2 is one file, and reads no TFLite networks
            return (
                f"Another {name} than the one of Living Portraits was found: {spec.origin}. "
                "Remove it, or disable the extension that brings it."
            )
        version = _version(Path(spec.origin).with_name(file))
        if version is not None and version < least:
            found = ".".join(map(str, version))
            return (
                f"{needed} is needed, {name} {found} was found in {Path(spec.origin).parent}. "
                "Disable the extension that brings it, and install Living Portraits again."
            )
    return None


def _version(file: Path) -> tuple[int, ...] | None:
    """The first two numbers of the version in a file such as ``version = "1.26.4"``; None if they are not there."""
    try:
        found = re.search(r"version\w*\s*(?::\s*str\s*)?=\s*[\"'](\d+)\.(\d+)", file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return None
    return (int(found[1]), int(found[2])) if found else None
