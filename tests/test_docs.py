"""The documents are true: what they link to exists, and their numbers are the code's."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")), ROOT / "licenses" / "README.md"]
MAXIMUM_BYTES = 6_000_000


@pytest.fixture(scope="module")
def pictures() -> ModuleType:
    path = ROOT / "tools" / "method_pictures.py"
    spec = importlib.util.spec_from_file_location("method_pictures", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    before = list(sys.path)
    spec.loader.exec_module(module)
    sys.path[:] = before
    return module


def heading_anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", document.read_text(encoding="utf-8")):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        path = (document.parent / name) if name else document
        assert path.is_file(), target
        assert not anchor or anchor in heading_anchors(path), target


@pytest.mark.parametrize("name", ["media.md", "reliability.md"])
def test_tests_that_are_named_exist(name: str) -> None:
    paths = sorted((ROOT / "tests").rglob("test_*.py"))
    sources = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    files = set(re.findall(r"test_\w+\.py", text))
    tests = set(re.findall(r"(?<!\w)test_\w+(?![\w.])", text))
    assert files <= {path.name for path in paths}
    assert not {test for test in tests if f"def {test}(" not in sources}


def test_every_picture_of_the_documents_is_shown_and_small() -> None:
    shown = {
        (document.parent / target).resolve()
        for document in DOCUMENTS
        for target in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", document.read_text(encoding="utf-8"))
    }
    kept = set((ROOT / "docs" / "pictures").iterdir())
    assert kept == shown
    assert sum(path.stat().st_size for path in (ROOT / "docs").rglob("*") if path.is_file()) < MAXIMUM_BYTES


def test_defaults_in_the_method_are_the_codes(pictures: ModuleType) -> None:
    text = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    assert pictures.with_values(text) == text, "run `$(make -s python) tools/method_pictures.py --values`"


def test_commands_of_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for name in re.findall(r"\bmake (?:-s )?(\w+)", (ROOT / "README.md").read_text(encoding="utf-8")):
        assert f"\n{name}:" in makefile, name


def terms_of_the_glossary() -> list[tuple[str, str]]:
    rows = re.findall(
        r"^\| (.+?) \| .+ \| `([^`]+)` \|$", (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"), re.M
    )
    return [(term, path) for terms, path in rows for term in terms.split(", ")]


@pytest.mark.parametrize(("term", "path"), terms_of_the_glossary())
def test_terms_of_the_glossary_are_used_where_it_says(term: str, path: str) -> None:
    """In the words of the code, or in one of its names."""
    words = re.sub(
        r"(?<=[a-z])(?=[A-Z])|[_\s/.]+", " ", f"{path} {(ROOT / 'portrait_addon' / path).read_text(encoding='utf-8')}"
    )
    assert re.search(rf"\b{term.replace(' ', '[ -]')}", words, re.IGNORECASE), f"{path} does not say {term}"


def test_a_term_stands_in_the_glossary_once() -> None:
    terms = [term for term, _ in terms_of_the_glossary()]
    assert len(terms) == len({*terms}) > 40
