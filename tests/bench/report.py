"""The figures as Markdown tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from tests.bench.cross_reenactment import frontal_medians
from tests.bench.self_reenactment import FLOOR, STATIC
from tests.bench.subjects import STEPS

COLUMNS = {"L1": 4, "PSNR": 2, "SSIM": 4, "LPIPS": 4, "AKD": 3, "AKD_mouth": 3, "tOF": 3, "tOF_face": 3}
"""Figures of self-reenactment and their decimals."""

EXPRESSIONS = ("mouth_open", "blink", "smile", "brow")


def markdown(figures: Mapping[str, Any]) -> str:
    """All tables."""
    parts = [f"# Picture benchmark\n\nMeasured: {figures['commit']}\n"]
    if figures.get("self"):
        parts += _self(figures["self"])
    if figures.get("cross"):
        parts += _cross(figures["cross"])
    if figures.get("truth"):
        rows = [[name, *(_number(value, 3) for value in row.values())] for name, row in figures["truth"].items()]
        header = ["scene", *next(iter(figures["truth"].values()))]
        parts += ["## Ground truth of the shading", table(header, rows)]
    return "\n".join(parts)


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    lines = [list(header), *([*row] for row in rows)]
    lines.insert(1, ["---", *["---:"] * (len(lines[0]) - 1)])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def mean_rows(clips: Mapping[str, Mapping[str, Mapping[str, float]]]) -> dict[str, dict[str, float]]:
    """Each row's means over the clips."""
    names = next(iter(clips.values()))
    return {
        row: {name: float(np.nanmean([of_clip[row][name] for of_clip in clips.values()])) for name in names[row]}
        for row in names
    }


def _self(clips: Mapping[str, Mapping[str, Mapping[str, float]]]) -> list[str]:
    parts = ["## Self-reenactment: each step, mean over the clips"]
    means = mean_rows(clips)
    for title, rows in {"": means, **clips}.items():
        if title:
            parts.append(f"### {title}")
        lines = [
            [name, *(_number(rows[name].get(column), digits) for column, digits in COLUMNS.items())]
            for name in (STATIC, *(step.name for step in STEPS), FLOOR)
        ]
        parts.append(table(["", *COLUMNS], lines))
    parts.append("## Warp fields: shares in %, roughness in pixels\n")
    header = list(means["fields"])
    lines = [
        [title, *(_number(rows["fields"][name] * (1 if name.startswith("rough") else 100), 3) for name in header)]
        for title, rows in {**clips, "mean": means}.items()
    ]
    return [*parts, table(["clip", *(name.replace("_", " ") for name in header)], lines)]


def _cross(clips: Mapping[str, Mapping[str, Mapping[str, float]]]) -> list[str]:
    keys = [f"{kind}_{name}" for name in EXPRESSIONS for kind in ("r", "gain")]
    keys += ["sharpness", "background", "chroma_leak", "missed", "yaw"]
    lines = [
        [f"{clip} > {portrait}", *(_number(figures.get(key), 2) for key in keys)]
        for clip, pairs in clips.items()
        for portrait, figures in pairs.items()
    ]
    medians = frontal_medians({clip: dict(pairs) for clip, pairs in clips.items()})  # type: ignore[arg-type]
    lines.append(["median of frontal pairs", *(_number(medians.get(key), 2) for key in keys)])
    header = ["clip > portrait", *(key.replace("_", " ") for key in keys)]
    return ["## Cross-reenactment: correlation and gain of expressions", table(header, lines)]


def _number(value: float | None, digits: int) -> str:
    return "" if value is None or np.isnan(value) else f"{value:.{digits}f}"
