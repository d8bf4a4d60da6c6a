"""What each archive brings runs on its platform: tags, machine code, and everything that is loaded with it.

Nothing of Windows or macOS is run here. Compiled files are read as their loaders would read them, Python files are
followed from import to import.
"""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import lief
import pytest
from packaging.tags import cpython_tags
from packaging.utils import parse_wheel_filename

from portrait_addon.pipeline.tracking.mediapipe_import import UNUSED

ROOT = Path(__file__).parents[1]
PYTHONS = ((3, 11), (3, 13))


@dataclass(frozen=True)
class Platform:
    """What runs on a platform, and what its system has for certain.

    Attributes
    ----------
    tags : tuple of str
        Of wheels.
    machine : object
        As lief names it.
    suffixes : str
        Regular expression for the ending of a Python module, of any or a certain Python.
    libraries : str
        Regular expression for the libraries that need not be brought. Those of Python come with Blender.
    """

    tags: tuple[str, ...]
    machine: object
    suffixes: str
    libraries: str


PLATFORMS = {
    "linux-x64": Platform(
        ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),  # Blender needs glibc 2.28
        lief.ELF.ARCH.X86_64,
        r"\.(abi3|cpython-(?P<python>\d+)-x86_64-linux-gnu)\.so$",
        r"lib(c|m|mvec|z|dl|rt|pthread|stdc\+\+|gcc_s)\.so\.\d|ld-linux-x86-64\.so\.2",
    ),
    "windows-x64": Platform(
        ("win_amd64",),
        lief.PE.Header.MACHINE_TYPES.AMD64,
        r"\.(cp(?P<python>\d+)-win_amd64\.)?pyd$",
        r"(kernel32|advapi32|user32|gdi32|psapi|avicap32|crypt32|ncrypt|ole32|oleaut32|shlwapi|secur32|bcrypt|ws2_32|wsock32"
        r"|dbghelp|msvcrt"
        r"|mf|mfplat|mfreadwrite|api-ms-win-crt-[\w-]+|vcruntime140(_1)?|python3(\d+)?)\.dll",
    ),
    "macos-arm64": Platform(
        ("macosx_14_0_arm64", "macosx_13_0_arm64", "macosx_12_0_arm64", "macosx_11_0_arm64"),
        lief.MachO.Header.CPU_TYPE.ARM64,
        r"\.(abi3|cpython-(?P<python>\d+)-darwin)\.so$",
        r"/usr/lib/.+|/System/Library/Frameworks/.+",
    ),
}


@pytest.fixture(scope="module", params=PLATFORMS)
def platform(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def wheels(platform: str) -> dict[str, ZipFile]:
    """The wheels of a platform's archive by their names."""
    version = tomllib.loads((ROOT / "blender_manifest.toml").read_text())["version"]
    path = ROOT / "dist" / f"living_portraits-{version}-{platform}.zip"
    if not path.is_file():
        pytest.skip(f"{path.name} is not built here; `make zip` does it")
    with ZipFile(path) as archive:
        manifest = tomllib.loads(archive.read("blender_manifest.toml").decode())
        assert manifest["build"]["generated"]["platforms"] == [platform]
        return {
            Path(name).name: ZipFile(io.BytesIO(archive.read(name)))
            for name in archive.namelist()
            if name.endswith(".whl")
        }


@dataclass(frozen=True)
class Compiled:
    """What the header of a compiled file says."""

    wheel: str
    name: str
    machine: object
    needed: tuple[str, ...]


@pytest.fixture(scope="module")
def compiled(wheels: dict[str, ZipFile]) -> list[Compiled]:
    """Every compiled file of a platform's wheels."""
    found = []
    for wheel, opened in wheels.items():
        for name in opened.namelist():
            if re.search(r"\.(so(\.[\d.]+)?|pyd|dll|dylib)$", name):
                binary = lief.parse(opened.read(name))
                assert binary is not None, f"{wheel}: {name} is no compiled file"
                found.append(Compiled(wheel, name, machine_of(binary), tuple(needed(binary))))
    return found


def machine_of(binary: Any) -> object:
    header = binary.header
    if isinstance(binary, lief.MachO.Binary):
        return header.cpu_type
    return header.machine if isinstance(binary, lief.PE.Binary) else header.machine_type


def needed(binary: Any) -> list[str]:
    """Names of the libraries that a file's loader looks for."""
    if isinstance(binary, lief.PE.Binary):
        return [entry.name for entry in (*binary.imports, *binary.delay_imports)]
    if isinstance(binary, lief.MachO.Binary):
        own = lief.MachO.LoadCommand.TYPE.ID_DYLIB
        return [library.name for library in binary.libraries if library.command != own]
    return [str(library) for library in binary.libraries]


def test_each_python_finds_one_wheel_of_each_package(platform: str, wheels: dict[str, ZipFile]) -> None:
    parsed = {name: parse_wheel_filename(name) for name in wheels}
    packages = {project for project, *_ in parsed.values()}
    assert {"av", "mediapipe", "opencv-python-headless", "scipy"} <= packages
    assert "numpy" not in packages
    used = set()
    for python in PYTHONS:
        tags = set(cpython_tags(python, platforms=PLATFORMS[platform].tags))
        for project in packages:
            fitting = [name for name, (of, _, _, own) in parsed.items() if of == project and has_tag(own, tags)]
            assert len(fitting) == 1, f"Python {python}: {project} in {fitting}"
            used.update(fitting)
    assert used == parsed.keys(), "a wheel that no Blender takes"


def has_tag(own: Any, tags: Any) -> Any:
    """Whether a wheel fits; one for any Python (py3-none) bears the platform alone."""
    return bool(own & tags) or any(
        tag.interpreter == "py3" and tag.platform in {t.platform for t in tags} for tag in own
    )


def test_compiled_files_are_of_the_platform(platform: str, compiled: list[Compiled]) -> None:
    expected = PLATFORMS[platform]
    assert len(compiled) > 100
    for file in compiled:
        assert file.machine == expected.machine, file
        if (module := re.search(expected.suffixes, file.name)) and module["python"]:
            assert f"-cp{module['python']}-" in file.wheel, file


LIBRARY = re.compile(r"(\.libs|\.dylibs)/[^/]+$|\.dll$")
"""A library that a wheel brings beside its own modules; `libopencore-amrnb-0-b8.dll` is called `opencore`."""


def test_every_library_stands_in_the_list_of_licences(platform: str, wheels: dict[str, ZipFile]) -> None:
    system = platform.partition("-")[0]
    listed: dict[str, set[str]] = {}
    package = ""
    for line in (ROOT / "licenses" / "README.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            package = {"PyAV": "av", "OpenCV": "opencv-python-headless"}.get(line.split()[1], line.split()[1].lower())
        elif line.startswith("| `"):
            files, _, _, licence, _, systems, *_ = (cell.strip() for cell in line.strip("|").split("|"))
            assert licence, line
            if system in systems:
                listed.setdefault(package, set()).update(re.findall(r"`([^`]+)`", files))
    found: dict[str, set[str]] = {}
    for wheel, opened in wheels.items():
        names = [name.rsplit("/")[-1] for name in opened.namelist() if LIBRARY.search(name)]
        stems = {re.split(r"[-.]", name.removeprefix("lib"))[0].lower() for name in names} - {"mediapipe"}  # is itself
        if stems:
            found.setdefault(parse_wheel_filename(wheel)[0], set()).update(stems)
    assert found == listed


def test_the_texts_of_the_licences_come_along(platform: str) -> None:
    version = tomllib.loads((ROOT / "blender_manifest.toml").read_text())["version"]
    path = ROOT / "dist" / f"living_portraits-{version}-{platform}.zip"
    if not path.is_file():
        pytest.skip(f"{path.name} is not built here; `make zip` does it")
    with ZipFile(path) as archive:
        names = set(archive.namelist())
    text = (ROOT / "licenses" / "README.md").read_text(encoding="utf-8")
    linked = {f"licenses/{name}" for name in re.findall(r"\]\(([\w.-]+\.txt)\)", text)}
    assert {"LICENSE", "NOTICE.md", "licenses/README.md", *linked} <= names
    assert {f"licenses/{path.name}" for path in (ROOT / "licenses").glob("*.txt")} == linked


def test_compiled_files_find_what_they_load(
    platform: str, wheels: dict[str, ZipFile], compiled: list[Compiled]
) -> None:
    expected = re.compile(PLATFORMS[platform].libraries, re.IGNORECASE)
    own = {wheel: {Path(name).name.lower() for name in opened.namelist()} for wheel, opened in wheels.items()}
    missing = {
        f"{library} for {file.wheel}: {file.name}"
        for file in compiled
        for library in file.needed
        if library.rsplit("/")[-1].lower() not in own[file.wheel] and not expected.fullmatch(library)
    }
    assert not missing, sorted(missing)[:10]


@pytest.mark.parametrize("python", ["cp311", "cp313"])
def test_python_files_find_what_they_import(wheels: dict[str, ZipFile], python: Any) -> None:
    """Followed from what we import, as far as it is imported at load and nothing else is tried if it is missing."""
    sources = {
        name: opened
        for wheel, opened in wheels.items()
        for name in opened.namelist()
        if name.endswith(".py") and (python in wheel or "-abi3-" in wheel or "-py3-" in wheel)
    }
    machine_code = {  # loaded in place of the source beside it
        re.split(r"\.(?:abi3|cp)", name)[0].removesuffix(".pyd").replace("/", ".")
        for opened in wheels.values()
        for name in opened.namelist()
        if re.search(r"\.(so|pyd)$", name)
    }
    roots = {name.partition("/")[0] for wheel in wheels.values() for name in wheel.namelist()}
    brought = {"numpy", *sys.stdlib_module_names, "_winapi", "msvcrt", "nt", "winreg"}
    waiting, seen, missing = [*OUR_IMPORTS], set(), set()
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen.add(module)
        waiting.append(module.rpartition(".")[0] or module)
        path = next(
            (p for p in (f"{module.replace('.', '/')}{end}" for end in (".py", "/__init__.py")) if p in sources), None
        )
        if path is None or module in machine_code:
            continue
        package = module if path.endswith("__init__.py") else module.rpartition(".")[0]
        for name in imported_at_load(ast.parse(sources[path].read(path)).body, package):
            root = name.partition(".")[0]
            if root in roots:
                waiting.append(name)
            elif root not in brought and not name.startswith(UNUSED[0]):
                missing.add(f"{name} for {path}")
    assert len(seen) > 200
    assert not missing


OUR_IMPORTS = (
    "OpenEXR", "PIL.AvifImagePlugin", "PIL.BmpImagePlugin", "PIL.GifImagePlugin", "PIL.JpegImagePlugin",
    "PIL.PsdImagePlugin", "PIL.WebPImagePlugin", "av", "av.filter", "av.logging",
    "cv2", "isal.isal_zlib", "mediapipe.tasks.python.vision", "scipy.ndimage", "scipy.sparse.linalg", "scipy.spatial",
)  # fmt: skip


def imported_at_load(body: list[ast.stmt], package: str) -> Iterator[str]:
    """What a module's own statements import; what stands in ``try: ... except ImportError: ...`` may be missing."""
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names if base)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from imported_at_load(node.orelse, package)
        elif isinstance(node, ast.Try):
            if not any(handler.type is None or "Error" in ast.unparse(handler.type) for handler in node.handlers):
                yield from imported_at_load(node.body, package)
            yield from imported_at_load([*node.orelse, *node.finalbody], package)
        elif isinstance(node, ast.If | ast.With | ast.ClassDef):
            yield from imported_at_load([*node.body, *getattr(node, "orelse", [])], package)


def test_mediapipe_loads_without_what_it_does_not_need(
    platform: str, wheels: dict[str, ZipFile], tmp_path: Path
) -> None:
    """Its Python files are loaded here, whatever the platform; the library behind them comes with its first use."""
    (wheel,) = (opened for name, opened in wheels.items() if name.startswith("mediapipe-"))
    wheel.extractall(tmp_path, [name for name in wheel.namelist() if name.endswith(".py")])
    code = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
from portrait_addon.pipeline.tracking.mediapipe_import import import_mediapipe
import_mediapipe().vision.FaceLandmarkerOptions
assert sys.modules["mediapipe"].__file__.startswith({str(tmp_path)!r})
print([name for name in sys.modules if "matplotlib" in name])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr
