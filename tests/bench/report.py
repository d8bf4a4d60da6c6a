"""The figures as Markdown tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from tests.bench.cross_reenactment import frontal_medians, geometry_medians
from tests.bench.geometry import PARTS
from tests.bench.identity import COLUMNS as IDENTITY_COLUMNS
from tests.bench.judge import mean
from tests.bench.rules import RULES
from tests.bench.self_reenactment import FIELDS, FLOOR, GRADED, STATIC
from tests.bench.subjects import MADE_UP, PRODUCT, STEPS

FACE_COLUMNS = {
    **dict.fromkeys(("mouth_open", "eyes_closing", "eyes", "brows", "skin", "rim"), 4),
    **{"AKD_lips": 2, "AKD_eyes": 2, "AKD_brows": 2, "shading_gain": 2, "shading_r": 2},
}
"""Figures of the face and their decimals; see `face_measures`."""

COLUMNS = {"L1": 4, "PSNR": 2, "SSIM": 4, "LPIPS": 4, "AKD": 3, "AKD_mouth": 3, "tOF": 3, "tOF_face": 3, "flicker": 2}
"""Figures of the whole picture and their decimals."""

HIGHER_IS_BETTER = {"PSNR", "SSIM", "shading_gain", "shading_r"}

EXPRESSIONS = ("mouth_open", "blink", "smile", "brow")

Rows = Mapping[str, Mapping[str, float]]
"""Figures by row of a table."""


def markdown(figures: Mapping[str, Any]) -> str:
    """All tables."""
    parts = [f"# Picture benchmark\n\nMeasured: {figures['commit']}\n"]
    if figures.get("self"):
        parts += _self(figures["self"])
    if figures.get("identity"):
        parts += _identity(figures["identity"])
    if figures.get("cross"):
        parts += _geometry(figures["cross"])
        parts += _cross(figures["cross"])
    if figures.get("head_portraits") or figures.get("head_clips"):
        parts.append(head_tables(figures.get("head_portraits", {}), figures.get("head_clips", {})))
    if figures.get("camera"):
        parts.append(camera_table(figures["camera"]["rendered heads"]))
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


def head_tables(portraits: Rows, clips: Rows) -> str:
    """Markdown tables, with mean and largest."""
    parts = []
    for title, figures in (("portraits", portraits), ("clips", clips)):
        if not figures:
            continue
        columns = [*next(iter(figures.values()))]
        values = {name: [row[column] for column in columns] for name, row in figures.items()}
        every = np.array([*values.values()])
        values |= {"mean": [*every.mean(axis=0)], "largest": [*every.max(axis=0)]}
        lines = [[name, *(f"{value:.2f}" for value in row)] for name, row in values.items()]
        parts.append(f"## Fitted head: {title}, in % of the outer-eye distance\n\n{table(['', *columns], lines)}")
    return "\n".join(parts)


def camera_table(rows: Rows) -> str:
    """Markdown table of moved cameras, with what they leave of each distance."""
    lines = []
    for name, row in rows.items():
        left = [row[f"{what} after"] / row[f"{what} before"] for what in ("points", "LPIPS")]
        lines.append([name, *(_number(value, 3) for value in row.values()), *(_number(share, 2) for share in left)])
    header = ["", *next(iter(rows.values())), "left of points", "left of LPIPS"]
    return f"## Moved camera on rendered heads\n\n{table(header, lines)}"


def mean_and_worst(clips: Mapping[str, Rows], row: str, column: str) -> tuple[float, float, str]:
    """A figure's mean over the clips that have it, the worst of them, and that clip's name; NaN if none has it."""
    values = {name: rows[row].get(column, float("nan")) for name, rows in clips.items()}
    known = {name: value for name, value in values.items() if not np.isnan(value)}
    if not known:
        return float("nan"), float("nan"), ""
    worst = (min if column in HIGHER_IS_BETTER else max)(known, key=lambda name: known[name])
    return mean(list(known.values())), known[worst], worst


def _self(clips: Mapping[str, Rows]) -> list[str]:
    steps = (STATIC, *(step.name for step in (*STEPS, *MADE_UP)))
    without = [rule.row for rule in RULES if rule.row in next(iter(clips.values()))]
    parts = []
    tables: tuple[tuple[str, tuple[str, ...], Mapping[str, int]], ...] = (
        ("the face, each step", steps, FACE_COLUMNS),
        ("the whole picture, each step", (*steps, FLOOR), COLUMNS),
        ("the face, the product without each rule", (PRODUCT.name, *without), FACE_COLUMNS),
        ("the whole picture, the product without each rule", (PRODUCT.name, *without), COLUMNS),
    )
    for title, rows, columns in tables:
        if without or "rule" not in title:
            parts += [f"## Self-reenactment: {title}\n\nMean over the clips, in brackets the worst clip.\n"]
            parts.append(_over_clips(clips, rows, columns))
    parts += _graded(clips)
    parts.append("## Self-reenactment: the product, clip by clip\n")
    every = FACE_COLUMNS | COLUMNS
    lines = [[name, *_numbers(of_clip[PRODUCT.name], every)] for name, of_clip in clips.items()]
    parts.append(table(["clip", *every], lines))
    for name, of_clip in clips.items():
        lines = [[row, *_numbers(of_clip[row], every)] for row in (*steps, GRADED, *without)]
        parts += [f"### {name}\n", table(["", *every], lines)]
    parts.append("## Warp fields: shares in %, roughness in pixels\n")
    header = list(next(iter(clips.values()))[FIELDS])
    fields = {name: of_clip[FIELDS] for name, of_clip in clips.items()}
    fields["mean"] = {name: mean([row[name] for row in fields.values()]) for name in header}
    lines = [
        [title, *(_number(row[name] * (1 if name.startswith("rough") else 100), 3) for name in header)]
        for title, row in fields.items()
    ]
    return [*parts, table(["clip", *(name.replace("_", " ") for name in header)], lines)]


def graded_shares(clips: Mapping[str, Rows]) -> dict[str, dict[str, float]]:
    """What each figure becomes where the driver is graded and halved, as a share of what it is; 1 is unmoved.

    Parameters
    ----------
    clips : mapping
        Clip to rows.

    Returns
    -------
    dict
        Column, of those in which lower is better, and SSIM by its distance from 1, to the shares by clip.
    """
    columns = [column for column in (*FACE_COLUMNS, *COLUMNS) if column not in HIGHER_IS_BETTER]
    found: dict[str, dict[str, float]] = {column: {} for column in (*columns, "1 - SSIM")}
    for name, rows in clips.items():
        graded, plain = (dict(rows[row]) for row in (GRADED, PRODUCT.name))
        for figures in (graded, plain):
            figures["1 - SSIM"] = 1 - figures["SSIM"]
        for column, shares in found.items():
            if not np.isnan(plain.get(column, float("nan"))):
                shares[name] = graded[column] / plain[column]
    return {column: shares for column, shares in found.items() if shares}


def _graded(clips: Mapping[str, Rows]) -> list[str]:
    shares = graded_shares(clips)
    lines = [
        ["mean", *(f"{mean(list(of_clip.values())):.2f}" for of_clip in shares.values())],
        ["worst", *(f"{max(of_clip.values()):.2f}" for of_clip in shares.values())],
        ["worst clip", *(max(of_clip, key=lambda name: of_clip[name]) for of_clip in shares.values())],
    ]
    title = "## Self-reenactment: the driver graded and halved, as shares of the plain driver's figures\n"
    return [title, table(["", *shares], lines)]


def _over_clips(clips: Mapping[str, Rows], rows: Sequence[str], columns: Mapping[str, int]) -> str:
    """Mean and worst of each row, and which clips are the product's worst."""
    lines = []
    for row in rows:
        found = {column: mean_and_worst(clips, row, column) for column in columns}
        lines.append([row, *(_with_worst(*found[column][:2], digits) for column, digits in columns.items())])
    lines.append(["worst clip of the product", *(mean_and_worst(clips, PRODUCT.name, column)[2] for column in columns)])
    return table(["", *columns], lines)


def _with_worst(average: float, worst: float, digits: int) -> str:
    return f"{average:.{digits}f} ({worst:.{digits}f})" if not np.isnan(average) else ""


def _identity(clips: Mapping[str, Rows]) -> list[str]:
    frames = {f"{clip}, {frame}": row for clip, rows in clips.items() for frame, row in rows.items()}
    lines = [[name, *_numbers(row, IDENTITY_COLUMNS)] for name, row in frames.items()]
    for title, of in (("mean", np.nanmean), ("largest", np.nanmax)):
        values = {
            column: float(of([row.get(column, np.nan) for row in frames.values()])) for column in IDENTITY_COLUMNS
        }
        lines.append([title, *_numbers(values, IDENTITY_COLUMNS)])
    title = "## Identity: a clip drives its own frame\n\nPoints in % of the outer-eye distance, the mouth of 255.\n"
    return [title, table(["portrait", *(column.replace("_", " ") for column in IDENTITY_COLUMNS)], lines)]


def _geometry(clips: Mapping[str, Rows]) -> list[str]:
    keys = [f"{part}_{kind}" for part in PARTS for kind in ("gain", "r")]
    lines = [
        [f"{clip} > {portrait}", *(_number(figures.get(key), 2) for key in keys), f"{figures['missed']:.0f}"]
        for clip, pairs in clips.items()
        for portrait, figures in pairs.items()
    ]
    pairs = [figures for of_clip in clips.values() for figures in of_clip.values()]
    for title, smiling in (("median, portraits at rest", False), ("median, portraits that smile", True)):
        some = [figures for figures in pairs if bool(figures["smiles"]) == smiling]
        if not some:
            continue
        missed = sum(figures["missed"] for figures in some)
        kinds = (
            ("", "", f"{missed:.0f}"),
            (", by the warp", "warp_", ""),
            (", by the warp over numbers", "numbers_", ""),
        )
        for by, prefix, count in kinds:
            medians = geometry_medians(some, prefix)
            lines.append([title + by, *(_number(medians.get(prefix + key), 2) for key in keys), count])
    header = ["clip > portrait", *(key.replace("_", " ") for key in keys), "faces not found"]
    return ["## Cross-reenactment: gain and correlation of points found in the output\n", table(header, lines)]


def _cross(clips: Mapping[str, Rows]) -> list[str]:
    keys = [f"{kind}_{name}" for name in EXPRESSIONS for kind in ("r", "gain")]
    keys += ["sharpness", "background", "chroma_leak", "missed", "yaw"]
    lines = [
        [f"{clip} > {portrait}", *(_number(figures.get(key), 2) for key in keys)]
        for clip, pairs in clips.items()
        for portrait, figures in pairs.items()
    ]
    medians = frontal_medians({clip: dict(pairs) for clip, pairs in clips.items()})  # type: ignore[arg-type]  # its figures are all numbers
    lines.append(["median of frontal pairs", *(_number(medians.get(key), 2) for key in keys)])
    header = ["clip > portrait", *(key.replace("_", " ") for key in keys)]
    return ["## Cross-reenactment: correlation and gain of expression scores\n", table(header, lines)]


def _numbers(row: Mapping[str, float], columns: Mapping[str, int]) -> list[str]:
    return [_number(row.get(column), digits) for column, digits in columns.items()]


def _number(value: float | None, digits: int) -> str:
    return "" if value is None or np.isnan(value) else f"{value:.{digits}f}"
