"""The page of a study with its films, and the key that stays at home."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from portrait_addon.errors import InputError
from portrait_addon.media.files import make_folder, shown, whole_file

from .clips import KINDS, Form, common_form, find_sources, look_at, write_film
from .orders import paired, shuffled

PAGE = Path(__file__).parent / "page.html"
PAGE_NAME, FILMS, KEY_NAME = "study.html", "films", "key.json"

POINTS = (
    "very likely not real",
    "likely not real",
    "could be either",
    "likely real",
    "very likely real",
)
"""The five points, from 1: as Averbuch-Elor et al. 2017 asked."""

REASONS = ("eyes", "mouth", "edges", "background", "motion", "other")

EXCLUSIONS = (
    "has rated fewer than 9 of 10 clips",
    "has given the same point to all clips",
    "has rated more than half of the clips within 0.3 seconds of their end",
)
"""Whose answers do not count: decided before anybody has answered."""

ORDERS = 60
"""Number of orders; raters are numbered from 1, and the next one begins with the first again."""

LONG = 30
"""Minutes after which a session needs a pause [ITU-T P.910]."""


@dataclass(frozen=True)
class Plan:
    """What a study asks for.

    Attributes
    ----------
    real, made : Path
        Folders of clips.
    output : Path
        It is made, or empty.
    seed : int
        Of all chance.
    seconds : float, optional
        Length of the films; that of the shortest clip unless given.
    side : int, optional
        Of the films, in pixels.
    training : int
        Number of clips of each kind that are shown before, to learn the points; they do not count.
    pairs, reasons : bool
        Whether it is asked which of two is real, and what gave a clip away.
    contact : str
        Who answers questions, for the page.
    """

    real: Path
    made: Path
    output: Path
    seed: int = 1
    seconds: float | None = None
    side: int | None = None
    training: int = 1
    pairs: bool = True
    reasons: bool = True
    contact: str = ""


def build(plan: Plan, on_note: Callable[[str], None] = print) -> dict[str, Any]:
    """Build a study.

    Parameters
    ----------
    plan : Plan
        What is asked for.
    on_note : callable, optional
        Is called with what the maker of the study should know.

    Returns
    -------
    dict
        The key.

    Raises
    ------
    InputError
        If a clip cannot be used, there are too few, or the folder is not empty.
    """
    if plan.output.exists() and (not plan.output.is_dir() or any(plan.output.iterdir())):
        raise InputError(f"{shown(plan.output)}: is not empty. Choose another folder.")
    sources = [source for kind in KINDS for source in find_sources(getattr(plan, kind), kind)]
    for kind in KINDS:
        if sum(source.kind == kind for source in sources) < plan.training + 2:
            raise InputError(f"{shown(getattr(plan, kind))}: holds fewer than {plan.training + 2} clips. Add some.")
    seen = [look_at(source) for source in sources]
    form, width = common_form(seen, plan.seconds, plan.side)

    generator = np.random.default_rng(plan.seed)
    films = plan.output / "page" / FILMS
    make_folder(films)
    clips: dict[str, dict[str, Any]] = {}
    training = dict.fromkeys(KINDS, plan.training)
    for number, row in enumerate(generator.permutation(len(seen)), 1):
        clip, name = seen[int(row)], f"{number:03d}"
        write_film(clip, form, width, films / f"{name}.mp4")
        training[clip.source.kind] -= 1
        clips[name] = {
            "source": clip.source.path.name,
            "kind": clip.source.kind,
            "person": clip.source.person,
            "training": training[clip.source.kind] >= 0,
        }

    key = {
        "study": _name(clips, form, plan.seed),
        "seed": plan.seed,
        "points": POINTS,
        "exclusions": EXCLUSIONS,
        "form": {"frames": form.frames, "rate": str(form.rate), "side": form.side, "face_heights": round(width, 3)},
        "clips": clips,
    }
    page = page_of(key, _orders(clips, generator), pairs=plan.pairs, reasons=plan.reasons, contact=plan.contact)
    for path, data in ((plan.output / "page" / PAGE_NAME, page), (plan.output / KEY_NAME, _json(key))):
        with whole_file(path) as file:
            file.write(data.encode())
    minutes = _minutes(key, pairs=plan.pairs, reasons=plan.reasons)
    seconds = float(form.frames / form.rate)
    on_note(f"{len(clips)} films of {seconds:.1f} s, {form.side} pixels; about {minutes:.0f} minutes.")
    if minutes > LONG:
        on_note(f"That is more than {LONG} minutes: let raters pause, or show fewer clips.")
    return key


def page_of(key: dict[str, Any], orders: list[dict[str, Any]], *, pairs: bool, reasons: bool, contact: str = "") -> str:
    """Write the page. Nothing in it says which clips are real.

    Parameters
    ----------
    key : dict
        Of the study.
    orders : list of dict
        Clips and pairs in the order in which a rater sees them.
    pairs, reasons : bool
        See `Plan`.
    contact : str
        See `Plan`.

    Returns
    -------
    str
        HTML.
    """
    study = {
        "study": key["study"],
        "points": key["points"],
        "reasons": REASONS if reasons else (),
        "seconds": float(key["form"]["frames"] / _rate(key["form"]["rate"])),
        "training": sorted(name for name, clip in key["clips"].items() if clip["training"]),
        "orders": orders if pairs else [{**order, "pairs": []} for order in orders],
        "minutes": max(1, round(_minutes(key, pairs=pairs, reasons=reasons))),
        "contact": contact or "whoever gave you this page",
    }
    embedded = json.dumps(study).replace("<", "\\u003c")  # no tag can end the script
    return PAGE.read_text(encoding="utf-8").replace("/*STUDY*/ null", embedded)


def _orders(clips: dict[str, dict[str, Any]], generator: np.random.Generator) -> list[dict[str, Any]]:
    rated = {name: clip for name, clip in clips.items() if not clip["training"]}
    persons = {name: clip["person"] for name, clip in rated.items()}
    by_kind = {kind: [name for name, clip in rated.items() if clip["kind"] == kind] for kind in KINDS}
    return [
        {"clips": shuffled(persons, generator), "pairs": paired(by_kind["real"], by_kind["made"], generator)}
        for _ in range(ORDERS)
    ]


def _minutes(key: dict[str, Any], *, pairs: bool, reasons: bool) -> float:
    """How long a session takes: a clip and 4 seconds an answer."""
    kinds = [clip["kind"] for clip in key["clips"].values() if not clip["training"]]
    shown_once = len(key["clips"]) + (min(map(kinds.count, KINDS)) if pairs else 0)
    again = kinds.count("made") / 2 if reasons else 0
    return float((shown_once + again) * (key["form"]["frames"] / _rate(key["form"]["rate"]) + 4) / 60)


def _rate(text: str) -> float:
    whole, _, part = text.partition("/")
    return int(whole) / int(part or 1)


def _name(clips: dict[str, dict[str, Any]], form: Form, seed: int) -> str:
    """A name that another study has not, and that tells nothing."""
    return hashlib.sha256(json.dumps([clips, str(asdict(form)), seed]).encode()).hexdigest()[:12]


def _json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"
