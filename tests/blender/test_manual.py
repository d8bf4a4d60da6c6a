"""Right click > Online Manual: a page for each setting and each button, found without a network."""

from __future__ import annotations

import importlib.util
import re
import webbrowser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlparse

import bpy
import pytest
from bl_operators.wm import WM_OT_doc_view_manual

from portrait_addon.blender import manual, operators
from portrait_addon.blender.data.drive import PortraitDrive
from portrait_addon.blender.data.properties import PortraitProperties
from portrait_addon.blender.panels.preferences import PortraitPreferences

ROOT = Path(__file__).parents[2]


def write_manual(folder: Path) -> None:
    path = ROOT / "tools" / "manual.py"
    spec = importlib.util.spec_from_file_location("manual", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.write_manual(folder)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The manual as it lies in the archive."""
    folder = tmp_path_factory.mktemp("ext ension") / "manual"
    write_manual(folder)
    return folder


@pytest.fixture(autouse=True)
def installed(pages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manual, "FOLDER", pages)


def names() -> list[str]:
    """Blender's names of all that an artist can right-click on."""
    found = [
        f"bpy.ops.{cls.bl_idname}"
        for module in operators.MODULES
        for cls in module.CLASSES
        if issubclass(cls, bpy.types.Operator) and "INTERNAL" not in getattr(cls, "bl_options", ())
    ]
    for cls in (PortraitProperties, PortraitDrive, PortraitPreferences):
        annotated = {name for base in cls.__mro__ for name in getattr(base, "__annotations__", ())}
        shown = [item for item in cls.bl_rna.properties if item.identifier in annotated and item.description]
        found += [f"bpy.types.{cls.__name__}.{item.identifier}" for item in shown if not item.is_hidden]
    return found


def page_of(url: str) -> tuple[Path, str]:
    address, anchor = urldefrag(url)
    assert urlparse(address).scheme == "file"
    return Path(unquote(urlparse(address).path)), anchor


def test_everything_has_its_place_in_the_manual() -> None:
    assert len(names()) > 30
    missing = []
    for name in names():
        page, anchor = page_of(WM_OT_doc_view_manual._lookup_rna_url(name, verbose=False))
        assert page.is_file()
        if not anchor or f'id="{anchor}"' not in page.read_text():
            missing.append(name)
    assert not missing, "explain these on a page that docs/using.md lists, each with its <a id=...></a>"


def test_blender_opens_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    for name in ("PortraitProperties.expression", "portrait.bake"):
        assert bpy.ops.wm.doc_view_manual(doc_id=name) == {"FINISHED"}
    assert [(page.name, anchor) for page, anchor in map(page_of, opened)] == [
        ("settings.html", "expression"),
        ("baking.html", "portrait.bake"),
    ]


def test_links_and_pictures_of_the_manual_are_in_it(pages: Path) -> None:
    for page in pages.glob("*.html"):
        text = page.read_text()
        for target in re.findall(r'(?:href|src)="([^"]+)"', text):
            if target.startswith("https://"):
                continue
            name, anchor = urldefrag(target)
            assert (pages / name).is_file(), (page.name, target)
            assert not anchor or f'id="{anchor}"' in (pages / (name or page.name)).read_text(), (page.name, target)
        assert "<title>" in text
        assert not re.search(r"\]\(|\*\*|```", text), page.name  # no Markdown left


def test_without_pages_blender_says_that_there_are_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As in a source tree."""
    monkeypatch.setattr(manual, "FOLDER", tmp_path)
    assert WM_OT_doc_view_manual._lookup_rna_url("bpy.ops.portrait.bake", verbose=False) is None
