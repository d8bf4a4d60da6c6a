"""What all tests share: a Blender without anyone's settings, the assets, the add-on, the installed archive."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import coverage
import hypothesis
import pytest

pytest_plugins = ("tests.remembered",)

ROOT = Path(__file__).parents[1]

# Before Blender's first import: it reads this once.
_USER_RESOURCES = tempfile.mkdtemp(prefix="blender-user-")
os.environ["BLENDER_USER_RESOURCES"] = _USER_RESOURCES
os.environ["XDG_CACHE_HOME"] = os.path.join(_USER_RESOURCES, "cache")  # noqa: PTH118

# One profile: the same examples in every run, however slow the machine; many in `make test-faults`.
hypothesis.settings.register_profile(
    "house", deadline=None, derandomize=True, max_examples=500 if os.environ.get("FAULTS") == "long" else 25
)
hypothesis.settings.load_profile("house")

IN_EVERY_BLENDER = (
    "tests/blender",
    "tests/faults/test_in_blender.py",
    "tests/pipeline/imaging/test_same_bits.py",
    "tests/pipeline/test_golden.py",
    "tests/test_command_line.py",
    "tests/test_libraries.py",
    "tests/test_zip.py",
)
"""Tests of what a Blender, its Python or its packages can change. The others share out among the Blenders that
`make test` runs side by side: each file is run once, in one of them."""

_exit_status = 0


def pytest_addoption(parser: pytest.Parser) -> None:
    told = "run the K-th of N shares of the tests that no Blender can change"
    parser.addoption("--share", metavar="K/N", default="1/1", help=told)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    own, all_shares = map(int, config.getoption("--share").split("/"))

    def shared(item: pytest.Item) -> bool:
        return not item.path.relative_to(ROOT).as_posix().startswith(IN_EVERY_BLENDER)

    files = sorted({item.path for item in items if shared(item)})
    others = set(files) - set(files[own - 1 :: all_shares])
    config.hook.pytest_deselected(items=[item for item in items if item.path in others])
    items[:] = [item for item in items if item.path not in others]


def pytest_sessionfinish(exitstatus: int) -> None:
    global _exit_status
    _exit_status = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    shutil.rmtree(_USER_RESOURCES, ignore_errors=True)
    if "bpy" in sys.modules:
        # Blender's module can hang for ever while the interpreter ends: end without it.
        if measured := coverage.Coverage.current():  # `make coverage`
            measured.stop()
            measured.save()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(_exit_status)


@pytest.fixture(scope="session")
def assets() -> Path:
    """The folder of portraits and clips."""
    return ROOT / "tests" / "assets"


@pytest.fixture(scope="module")
def addon() -> Iterator[None]:
    """The add-on, enabled from source."""
    import addon_utils

    def fail(error: Exception) -> None:
        raise error

    addon_utils.enable("portrait_addon", default_set=True, handle_error=fail)
    yield
    addon_utils.disable("portrait_addon", default_set=True, handle_error=fail)


@pytest.fixture(scope="session")
def archive() -> Path:
    """The extension archive that `make zip` built."""
    archives = sorted((ROOT / "dist").glob("living_portraits-*-linux-x64.zip"), key=lambda path: path.stat().st_mtime)
    if not archives:
        pytest.fail("The archive is not built yet: run `make zip`.")
    return archives[-1]


@pytest.fixture(scope="session")
def run_installed(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Run code in a fresh Blender in which a user has installed the archive; gives what it printed.

    That Blender sees its own Python packages but none that the archive brings, and starts in an empty folder.
    """
    bundled = ("av", "mediapipe", "cv2", "opencv", "scipy", "isal", "openexr", "OpenEXR", "PIL", "pillow")
    packages = tmp_path_factory.mktemp("packages")
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.startswith(bundled):
            (packages / entry.name).symlink_to(entry)

    def run(code: str, *arguments: str, timeout: float = 120) -> str:
        folder = tmp_path_factory.mktemp("installed")
        resources = folder / "resources"
        work = folder / "work"
        resources.mkdir()
        work.mkdir()
        done = subprocess.run(
            # -S: without the environment's own site-packages
            [sys.executable, "-S", ROOT / "tests" / "install_and_run.py", archive, code, *arguments],
            env=os.environ | {"PYTHONPATH": str(packages), "BLENDER_USER_RESOURCES": str(resources)},
            cwd=work,
            timeout=timeout,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run
