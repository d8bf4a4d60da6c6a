# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the extension archive, wheels bundled, and validate it with Blender's own tool.

Blender's tool builds from a folder whose ``__init__.py`` lies beside the manifest, so the package, the manifest and the
wheels are put together in a temporary folder first.
"""

import argparse
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from manual import write_manual

_ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = _ROOT / "tools" / "requirements"
_MANIFEST = tomllib.loads((_ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
_DOWNLOADS = _ROOT / "build" / "wheels"

# Blender's name of a platform, and the tags under which the wheels for it are published. A platform more needs a line
# here, a lock file wheels-<platform>.txt, and its name in the manifest.
WHEEL_TAGS = {
    "linux-x64": ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
    "windows-x64": ("win_amd64",),
    "macos-arm64": ("macosx_14_0_arm64", "macosx_13_0_arm64", "macosx_12_0_arm64", "macosx_11_0_arm64"),
}


def locked_wheels(platform: str, python: str) -> list[Path]:
    """Fetch the locked wheels of one platform and Python, unless an earlier build has.

    Parameters
    ----------
    platform : str
        Blender's name of the platform.
    python : str
        Python version without its dot, as in ``"311"``.

    Returns
    -------
    list of Path
        The wheels, checksums verified.
    """
    lock = REQUIREMENTS / f"wheels-{platform}.txt"
    checksums = lock.read_text(encoding="utf-8")
    folder = _DOWNLOADS / f"{platform}-{python}"

    def verified() -> list[Path]:
        return [wheel for wheel in folder.glob("*.whl") if sha256(wheel.read_bytes()).hexdigest() in checksums]

    if len(verified()) < checksums.count("=="):
        command = [sys.executable, "-m", "pip", "download", "-qq", "--no-deps", "--only-binary=:all:"]
        command += ["--require-hashes", f"--requirement={lock}", f"--dest={folder}"]
        command += ["--implementation=cp", f"--python-version={python}"]
        command += [f"--platform={tag}" for tag in WHEEL_TAGS[platform]]
        if subprocess.run(command).returncode:
            sys.exit(f"The wheels for {platform}, Python {python} could not be fetched as {lock.name} names them.")
    return verified()


def stage(folder: Path, platforms: Sequence[str], wheels: Iterable[Path]) -> None:
    """Put the extension together as Blender wants to find it.

    Parameters
    ----------
    folder : Path
        A folder that does not exist yet.
    platforms : sequence of str
        Blender's names of the platforms that the wheels are for.
    wheels : iterable of Path
        The wheels to bundle.
    """
    shutil.copytree(_ROOT / "portrait_addon", folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("LICENSE", "NOTICE.md"):
        shutil.copy(_ROOT / name, folder)
    shutil.copytree(_ROOT / "licenses", folder / "licenses")
    write_manual(folder / "manual")
    (folder / "wheels").mkdir()
    names = []
    for wheel in wheels:
        (folder / "wheels" / wheel.name).symlink_to(wheel)
        names.append(f'    "./wheels/{wheel.name}",\n')
    manifest = (_ROOT / "blender_manifest.toml").read_text(encoding="utf-8")
    manifest = re.sub(r"^platforms = .*$", f"platforms = {json.dumps([*platforms])}", manifest, flags=re.MULTILINE)
    head, first_table, tables = manifest.partition("\n[")
    listing = f"\nwheels = [\n{''.join(names)}]\n"
    (folder / "blender_manifest.toml").write_text(head + listing + first_table + tables, encoding="utf-8")


def blender_tool(*arguments: str) -> None:
    """Run Blender's own extension tool, which comes with its Python module."""
    bpy = importlib.util.find_spec("bpy")
    if bpy is None or bpy.origin is None:
        sys.exit("Blender's module is missing here: run `make zip`.")
    (tool,) = Path(bpy.origin).parent.glob("*/scripts/addons_core/bl_pkg/cli/blender_ext.py")
    done = subprocess.run([sys.executable, str(tool), *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)


def build(platforms: Sequence[str], pythons: Iterable[str], output: Path) -> list[Path]:
    """Build one archive a platform.

    Parameters
    ----------
    platforms : sequence of str
        Blender's names of the platforms.
    pythons : iterable of str
        The Python versions whose wheels are bundled.
    output : Path
        The folder for the archives, made if need be.

    Returns
    -------
    list of Path
        The archives.
    """
    output.mkdir(parents=True, exist_ok=True)
    wheels = {
        wheel.name: wheel for platform in platforms for python in pythons for wheel in locked_wheels(platform, python)
    }
    archives = []
    with tempfile.TemporaryDirectory() as scratch:
        source, built = Path(scratch) / "source", Path(scratch) / "built"
        built.mkdir()
        stage(source, platforms, [wheels[name] for name in sorted(wheels)])
        blender_tool("build", "--split-platforms", f"--source-dir={source}", f"--output-dir={built}")
        for platform in platforms:
            (archive,) = built.glob(f"*-{platform.replace('-', '_')}.zip")
            blender_tool("validate", str(archive))
            name = f"{_MANIFEST['id']}-{_MANIFEST['version']}-{platform}.zip"
            archives.append(Path(shutil.move(archive, output / name)))
    return archives


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--platforms", nargs="+", default=_MANIFEST["platforms"], choices=WHEEL_TAGS, metavar="NAME")
    parser.add_argument("--pythons", nargs="+", default=["311", "313"], help="versions to bundle wheels for")
    parser.add_argument("--output", type=Path, default=_ROOT / "dist", help="folder for the archives")
    options = parser.parse_args()
    for path in build(options.platforms, options.pythons, options.output):
        print(f"{path}: {path.stat().st_size / 1e6:.0f} MB")
