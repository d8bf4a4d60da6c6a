"""`make lint` notices a public function whose docstring is incomplete."""

from pathlib import Path

import pytest

from tools.docstrings import findings

COMPLETE = '''\
"""Module."""
class Sphere:
    """A sphere.

    Parameters
    ----------
    radius : float
        In pixels.
    """

    def __init__(self, radius: float) -> None:
        self.radius = radius

    @property
    def area(self) -> float:
        """Area in squared pixels."""
        return 12.566 * self.radius**2

    def scaled(self, factor: float) -> "Sphere":
        """Change the size.

        Parameters
        ----------
        factor : float
            At least 0.

        Returns
        -------
        Sphere
        """
        def product(of: float) -> float:
            return of * factor
        return Sphere(product(self.radius))

    def _private(self, of: float) -> float:
        return of
'''
RETURNS = """        Returns
        -------
        Sphere
"""


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("", "", ""),
        ('"""Area in squared pixels."""', "", "GL08 sphere.Sphere.area:"),
        ("        factor : float\n            At least 0.\n", "", "PR01 sphere.Sphere.scaled: Parameters {'factor'}"),
        ("    radius : float\n", "    size : float\n", "PR02 sphere.Sphere: Unknown parameters {'size'}"),
        (RETURNS, "", "RT01 sphere.Sphere.scaled: No Returns"),
    ],
)
def test_what_is_missing_is_found(tmp_path: Path, old: str, new: str, found: str) -> None:
    path = tmp_path / "sphere.py"
    path.write_text(COMPLETE.replace(old, new) if old else COMPLETE)
    faults = findings(path)
    assert any(found in fault for fault in faults) if found else not faults
