"""Another extension's libraries, or none: one line that names the library and what to do."""

import subprocess
import sys
from pathlib import Path

import pytest

from portrait_addon import libraries

ROOT = Path(__file__).parents[1]

CHECK = """
import sys
sys.path[:0] = sys.argv[1:]
from portrait_addon import libraries
if len(sys.argv) == 1:
    sys.modules["cv2"] = None  # as if it were not there
    import importlib.util
    find = importlib.util.find_spec
    importlib.util.find_spec = lambda name: None if name == "cv2" else find(name)
print(libraries.problem())
assert "numpy" not in sys.modules
"""


def checked(*folders: Path) -> str:
    done = subprocess.run([sys.executable, "-c", CHECK, *folders], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_what_comes_with_the_extension_fits() -> None:
    assert libraries.problem() is None


@pytest.mark.parametrize(
    ("package", "file", "text", "message"),
    [
        (
            "cv2",
            "version.py",
            'opencv_version = "4.7.0.72"\ncontrib = True',
            "OpenCV 4.10 or later is needed, OpenCV 4.7",
        ),
        ("scipy", "version.py", 'version = "1.9.0"', "SciPy 1.11 or later is needed, SciPy 1.9"),
        ("PIL", "_version.py", '__version__ = "9.5.0"', "Pillow 11.3 or later is needed, Pillow 9.5"),
        ("av", "about.py", '__version__ = "12.3.0"', "PyAV 18.0 or later is needed, PyAV 12.3"),
    ],
)
def test_another_extension_s_library_is_named(tmp_path: Path, package: str, file: str, text: str, message: str) -> None:
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").write_text("raise ImportError('numpy.core.multiarray failed to import')")
    (tmp_path / package / file).write_text(text)
    said = checked(tmp_path)
    assert said.startswith(f"{message} was found in {tmp_path / package}. Disable the extension that brings it")
    assert "\n" not in said


def test_a_distribution_s_opencv_in_a_single_file_is_named(tmp_path: Path) -> None:
    """Debian builds OpenCV without FlatBuffers: it imports, and fails at the first network."""
    (tmp_path / "cv2.py").write_text("__version__ = '4.10.0'")
    said = checked(tmp_path)
    found = tmp_path / "cv2.py"
    assert said.startswith(f"Another OpenCV than the one of Living Portraits was found: {found}. Remove it")
    assert "\n" not in said


def test_a_library_that_is_not_there_is_named() -> None:
    assert checked() == "OpenCV 4.10 or later is missing. Install Living Portraits again."


def test_the_command_line_says_so_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "scipy").mkdir()
    (tmp_path / "scipy" / "__init__.py").write_text("raise ImportError('numpy.core.multiarray failed to import')")
    (tmp_path / "scipy" / "version.py").write_text('version = "1.9.0"')
    module = "runpy.run_module('portrait_addon', None, '__main__')"
    code = f"import sys, runpy; sys.path.insert(0, sys.argv.pop(1)); {module}"
    command = [sys.executable, "-c", code, str(tmp_path), "track", "clip.mp4", "--output", "x"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("portrait: SciPy 1.11 or later is needed, SciPy 1.9 was found")
    assert done.stderr.count("\n") == 1
