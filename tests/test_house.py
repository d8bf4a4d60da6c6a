"""Who may know whom: blender, api -> jobs -> pipeline, media; and within pipeline and blender, floor by floor."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from portrait_addon import models
from portrait_addon.errors import InputError

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "portrait_addon"
MODULES = sorted(PACKAGE.rglob("*.py"))
BLENDER_MODULES = {
    "addon_utils",
    "bl_operators",
    "bl_ui",
    "blf",
    "bmesh",
    "bpy",
    "bpy_extras",
    "gpu",
    "gpu_extras",
    "mathutils",
}

# A room may import itself, these rooms, and what all share: errors, models and the sRGB curve.
ALLOWED = {
    "pipeline": set[str](),
    "media": set[str](),
    "models": set[str](),
    "jobs": {"pipeline", "media"},
    "api": {"jobs", "pipeline", "media"},
    "command_line": {"api", "jobs", "pipeline", "media", "blender"},
    "blender": {"jobs", "pipeline", "media", "command_line"},
}
SHARED = {"errors", "models", "srgb", "libraries"}

FLOORS = {
    "pipeline": (
        "imaging",
        "face",
        "records",
        "head",
        "timeline",
        "tracking",
        "portrait",
        "clip",
        "pair",
        "editing",
        "frame",
    ),
    "blender": ("compat", "data", "output", "running", "viewport", "operators", "panels"),
}
"""Of a room, from the lowest to the highest; a room's other modules lie above all."""


def imported_names(path: Path) -> Iterator[str]:
    """Absolute dotted names of everything that a module imports, anywhere in it."""
    package = [*path.relative_to(ROOT).parent.parts]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            base += [node.module] if node.module else []
            yield from (".".join([*base, alias.name]) for alias in node.names)


def room_of(path: Path) -> str:
    """Folder of a module, or the module itself if it is a room of its own; empty for what all share."""
    room = path.relative_to(PACKAGE).with_suffix("").parts[0]
    return room if room in ALLOWED else ""


def test_rule_reads_relative_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    module = tmp_path / "portrait_addon" / "media" / "clips.py"
    module.parent.mkdir(parents=True)
    module.write_text("import os.path\nfrom ..errors import InputError\nfrom .. import jobs\nfrom . import files\n")
    assert [*imported_names(module)] == [
        "os.path",
        "portrait_addon.errors.InputError",
        "portrait_addon.jobs",
        "portrait_addon.media.files",
    ]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path: Path) -> None:
    room = room_of(path)
    for name in imported_names(path):
        top, *rest = name.split(".")
        assert room == "blender" or top not in BLENDER_MODULES, f"only blender/ may import {name}"
        if room and top == "portrait_addon" and rest:
            assert rest[0] in ALLOWED[room] | SHARED | {room}, f"{room}/ may not import {name}"


def modules_imported(path: Path) -> Iterator[str]:
    """Dotted names of our modules that a module imports, anywhere in it."""
    for name in imported_names(path):
        if name.split(".")[0] == "portrait_addon":
            file = ROOT.joinpath(*name.split("."))
            is_module = file.with_suffix(".py").is_file() or (file / "__init__.py").is_file()
            yield name if is_module else name.rpartition(".")[0]


DOTTED = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in MODULES
    if "presets" not in path.relative_to(PACKAGE).parts[:-1]
}
WITH_FLOORS = [name for name, path in DOTTED.items() if room_of(path) in FLOORS]


def floor_of(name: str) -> int:
    """Floor of a dotted name within its room."""
    _, room, *rest = name.split(".")
    floors = FLOORS[room]
    return floors.index(rest[0]) if rest and rest[0] in floors else len(floors)


@pytest.mark.parametrize("room", FLOORS)
def test_every_folder_is_a_floor(room: str) -> None:
    folders = {path.name for path in (PACKAGE / room).iterdir() if (path / "__init__.py").is_file()}
    assert folders == {*FLOORS[room]} - {"compat"}


@pytest.mark.parametrize("name", WITH_FLOORS)
def test_floors_import_downwards(name: str) -> None:
    top = len(FLOORS[name.split(".")[1]])
    for imported in modules_imported(DOTTED[name]):
        if name.split(".")[:2] == imported.split(".")[:2]:
            same_floor = name.split(".")[:3] == imported.split(".")[:3]
            assert same_floor or floor_of(imported) < floor_of(name) or floor_of(name) == top, imported


def test_house_has_no_import_circles() -> None:
    graph = {name: {*modules_imported(path)} - {name} for name, path in DOTTED.items()}
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_package_never_names_itself() -> None:
    """As an extension it is called bl_ext.<repository>.<id>: only relative imports find the right copy."""
    absolute = [
        str(path)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").startswith("portrait_addon"))
        or (isinstance(node, ast.Import) and any(alias.name.startswith("portrait_addon") for alias in node.names))
    ]
    assert not absolute


def test_package_imports_without_blender() -> None:
    code = "import sys, portrait_addon; sys.exit('bpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)


@pytest.mark.parametrize("name", sorted(models._SHA256))
def test_every_model_is_whole(name: str) -> None:
    assert models.load_model(name) == (PACKAGE / "models" / name).read_bytes()


def test_damaged_model_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_FOLDER", tmp_path)
    (tmp_path / "face_landmarker.task").write_bytes(b"cut short")
    with pytest.raises(InputError, match=r"face_landmarker\.task: damaged or replaced\. Install"):
        models.load_model("face_landmarker.task")


def test_missing_model_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_FOLDER", tmp_path)
    with pytest.raises(InputError, match=r"face_landmarker\.task: cannot be read .*\. Install"):
        models.load_model("face_landmarker.task")
