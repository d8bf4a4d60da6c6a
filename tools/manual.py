# SPDX-License-Identifier: GPL-3.0-or-later
"""The artists' guide as web pages, for the archive: right click > Online Manual opens them without a network.

The guide is the README, ``docs/using.md`` and the pages that it lists. What else they link to is not in the archive,
and stays as plain text.
"""

import re
import shutil
import sys
from pathlib import Path

import markdown

_ROOT = Path(__file__).resolve().parents[1]
_INDEX = _ROOT / "docs" / "using.md"
_PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title} - Living Portraits</title>
<style>
body {{ max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 sans-serif; }}
table {{ border-collapse: collapse; }}
td, th {{ border: 1px solid #ccc; padding: .3rem .6rem; text-align: left; vertical-align: top; }}
pre {{ background: #f4f4f4; padding: .6rem; overflow-x: auto; }}
img {{ max-width: 100%; }}
:target {{ outline: 3px solid #f0a030; }}
</style>
<nav><a href="using.html">The artists' guide</a></nav>
{body}
"""


def pages() -> list[Path]:
    """The Markdown files of the guide."""
    linked = re.findall(r"\]\(([\w-]+\.md)\)", _INDEX.read_text(encoding="utf-8"))
    return list(dict.fromkeys([_ROOT / "README.md", _INDEX, *(_INDEX.parent / name for name in linked)]))


def write_manual(folder: Path) -> None:
    """Write the guide and its pictures.

    Parameters
    ----------
    folder : Path
        A folder that does not exist yet.
    """
    (folder / "pictures").mkdir(parents=True)
    for page in pages():
        text = page.read_text(encoding="utf-8")
        title = text.partition("\n")[0].removeprefix("# ")
        html = _PAGE.format(title=title, body=_body(text, page, folder))
        (folder / f"{page.stem.lower()}.html").write_text(html, encoding="utf-8")


def _body(text: str, page: Path, folder: Path) -> str:
    body = markdown.markdown(text, extensions=["tables", "fenced_code", "toc"], output_format="html")
    body = re.sub(r'<a href="([^"]+)">(.*?)</a>', lambda link: _link(page, *link.groups()), body, flags=re.DOTALL)
    return re.sub(r'src="([^"]+)"', lambda source: f'src="{_picture(page, source[1], folder)}"', body)


def _link(page: Path, target: str, text: str) -> str:
    name, hash_, anchor = target.partition("#")
    linked = (page.parent / name).resolve() if name else page
    if target.startswith("https://"):
        return f'<a href="{target}">{text}</a>'
    return f'<a href="{linked.stem.lower()}.html{hash_}{anchor}">{text}</a>' if linked in pages() else text


def _picture(page: Path, source: str, folder: Path) -> str:
    picture = page.parent / source
    shutil.copy(picture, folder / "pictures")
    return f"pictures/{picture.name}"


if __name__ == "__main__":
    write_manual(Path(sys.argv[1]))
