"""What the answers say: shares with intervals, pairs, reasons.

Two intervals of 95 % stand beside each share. Wilson's [1] takes all answers for independent; it is what most studies
report. The other is a bootstrap that draws raters and clips anew [2], for the answers of one rater, or to one clip,
resemble each other: it says what other raters would say of other clips, and is the one to believe.

[1] E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22, 1927.
[2] A. B. Owen, The pigeonhole bootstrap, Annals of Applied Statistics 1, 2007.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from portrait_addon.media.files import make_folder, whole_file

from .building import REASONS
from .clips import KINDS
from .results import Answers, why_excluded

Doubles = NDArray[np.float64]

RESAMPLES = 4000
LEVEL = 0.95
PRIOR = 0.1
"""Strength that draws the clips of Bradley-Terry together where few pairs tell them apart."""

TAKEN_FOR_REAL, NOT_DOUBTED = 4, 3
"""Least points: the paper counts 4 and 5; 3 is "could be either"."""


@dataclass(frozen=True)
class Share:
    """A share of answers with its intervals.

    Attributes
    ----------
    count, total : int
        Of answers.
    wilson, bootstrap : tuple of float
        Ends of the intervals.
    """

    count: int
    total: int
    wilson: tuple[float, float]
    bootstrap: tuple[float, float]

    @property
    def value(self) -> float:
        """The share itself; no number if nobody has answered.

        Returns
        -------
        float
        """
        return self.count / self.total if self.total else float("nan")


@dataclass(frozen=True)
class Findings:
    """All that the answers say.

    Attributes
    ----------
    raters : int
        Number of those whose answers count.
    excluded : dict from int to str
        Who is left out, and why.
    points : dict from str to (5,) int array
        How often each point was given, by kind.
    shares : dict from (str, int) to Share
        By kind and least point.
    difference : tuple of float
        Share of real clips that were taken for real less that of made ones, and the ends of its bootstrap interval.
    clips : dict from str to Share
        Of each clip: taken for real.
    pairs : Share or None
        In which the real clip was found.
    strengths : dict from str to float
        Of Bradley-Terry, their mean 0; empty without pairs.
    reasons : dict from (str, str) to int
        How often each gave a clip away, by kind and reason.
    simulated : bool
        Whether nobody has answered.
    """

    raters: int
    excluded: dict[int, str]
    points: dict[str, NDArray[np.int64]]
    shares: dict[tuple[str, int], Share]
    difference: tuple[float, float, float]
    clips: dict[str, Share]
    pairs: Share | None
    strengths: dict[str, float]
    reasons: dict[tuple[str, str], int]
    simulated: bool


def analyse(answers: Sequence[Answers], key: dict[str, Any], seed: int = 1, resamples: int = RESAMPLES) -> Findings:
    """Analyse a study.

    Parameters
    ----------
    answers : sequence of Answers
        Of all raters.
    key : dict
        Of the study.
    seed : int
        Of the bootstrap.
    resamples : int
        Of the bootstrap.

    Returns
    -------
    Findings
    """
    reasons_out = {one.participant: why_excluded(one, key) for one in answers}
    excluded = {number: why for number, why in reasons_out.items() if why}
    counted = [one for one in answers if one.participant not in excluded]
    names = {
        kind: [name for name, clip in key["clips"].items() if clip["kind"] == kind and not clip["training"]]
        for kind in KINDS
    }
    given = {kind: _points(counted, names[kind]) for kind in KINDS}
    generator = np.random.default_rng(seed)
    drawn = generator.multinomial(len(counted), [1 / len(counted)] * len(counted), resamples) if counted else None

    shares: dict[tuple[str, int], Share] = {}
    spread: dict[tuple[str, int], Doubles] = {}
    for kind in KINDS:
        for least in (TAKEN_FOR_REAL, NOT_DOUBTED):
            spread[kind, least] = _resampled(given[kind], least, drawn, generator, resamples)
            shares[kind, least] = _share(given[kind], least, spread[kind, least])
    real, made = ((kind, TAKEN_FOR_REAL) for kind in KINDS)
    low, high = _interval(spread[real] - spread[made])
    return Findings(
        raters=len(counted),
        excluded=excluded,
        points={kind: np.array([(given[kind] == point).sum() for point in range(1, 6)]) for kind in KINDS},
        shares=shares,
        difference=(shares[real].value - shares[made].value, low, high),
        clips={
            name: _share(given[kind][:, [column]], TAKEN_FOR_REAL, None)
            for kind in KINDS
            for column, name in enumerate(names[kind])
        },
        pairs=_pairs(counted, set(names["real"]), drawn),
        strengths=_strengths(counted, [*names["real"], *names["made"]]),
        reasons=_reasons(counted, key),
        simulated=any(one.simulated for one in answers),
    )


def _points(answers: Sequence[Answers], names: Sequence[str]) -> Doubles:
    """A row a rater, a column a clip; no number where it was not rated."""
    return np.array([[one.ratings.get(name, np.nan) for name in names] for one in answers], np.float64).reshape(
        len(answers), len(names)
    )


def _share(points: Doubles, least: int, spread: Doubles | None) -> Share:
    total, count = int(np.isfinite(points).sum()), int((points >= least).sum())
    return Share(count, total, _wilson(count, total), (np.nan, np.nan) if spread is None else _interval(spread))


def _wilson(count: int, total: int) -> tuple[float, float]:
    if not total:
        return np.nan, np.nan
    found = binomtest(count, total).proportion_ci(LEVEL, method="wilson")
    return float(found.low), float(found.high)


def _resampled(
    points: Doubles, least: int, drawn: NDArray[np.int64] | None, generator: np.random.Generator, resamples: int
) -> Doubles:
    """Shares of so many draws of raters and clips."""
    clips = points.shape[1]
    if drawn is None or not clips:
        return np.full(resamples, np.nan)
    columns = generator.multinomial(clips, [1 / clips] * clips, resamples)
    hits = np.einsum("br,rc,bc->b", drawn, (points >= least).astype(np.float64), columns, optimize=True)
    counts = np.einsum("br,rc,bc->b", drawn, np.isfinite(points).astype(np.float64), columns, optimize=True)
    return np.asarray(np.divide(hits, counts, out=np.full(resamples, np.nan), where=counts > 0))


def _interval(spread: Doubles) -> tuple[float, float]:
    known = spread[np.isfinite(spread)]
    if not known.size:
        return np.nan, np.nan
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _pairs(answers: Sequence[Answers], real: set[str], drawn: NDArray[np.int64] | None) -> Share | None:
    """The bootstrap draws raters alone: pairs differ from rater to rater."""
    counts = np.array([len(one.pairs) for one in answers], np.float64)
    if drawn is None or not counts.sum():
        return None
    hits = np.array([sum(chosen in real for chosen, _ in one.pairs) for one in answers], np.float64)
    total = drawn @ counts
    spread = np.divide(drawn @ hits, total, out=np.full(len(drawn), np.nan), where=total > 0)
    return Share(int(hits.sum()), int(counts.sum()), _wilson(int(hits.sum()), int(counts.sum())), _interval(spread))


def _strengths(answers: Sequence[Answers], names: Sequence[str]) -> dict[str, float]:
    rows = {name: row for row, name in enumerate(names)}
    won = [(rows[chosen], rows[other]) for one in answers for chosen, other in one.pairs]
    if not won:
        return {}
    import choix  # in the environment of `make test-web`

    strengths = choix.ilsr_pairwise(len(names), won, alpha=PRIOR)
    return {name: float(value) for name, value in zip(names, strengths, strict=True)}


def _reasons(answers: Sequence[Answers], key: dict[str, Any]) -> dict[tuple[str, str], int]:
    counts = Counter(
        (str(key["clips"][clip]["kind"]), reason)
        for one in answers
        for clip, chosen in one.reasons.items()
        for reason in chosen
    )
    return {(kind, reason): counts[kind, reason] for kind in KINDS for reason in REASONS}


def table(findings: Findings, key: dict[str, Any]) -> str:
    """Write the findings as Markdown.

    Parameters
    ----------
    findings : Findings
        Of the study.
    key : dict
        Of the study.

    Returns
    -------
    str
    """
    lines = [f"# Study {key['study']}", ""]
    if findings.simulated:
        lines += ["**Simulated raters: these numbers test the analysis. They are no findings.**", ""]
    lines += [
        f"{findings.raters} raters count, {len(findings.excluded)} are left out, by rules fixed beforehand: who",
        *(f"- {rule} ({list(findings.excluded.values()).count(rule)})" for rule in key["exclusions"]),
        "",
        "| | share | of | Wilson, 95 % | raters and clips drawn anew, 95 % |",
        "|---|---:|---:|---:|---:|",
    ]
    for (kind, least), share in findings.shares.items():
        what = "rated 4 or 5" if least == TAKEN_FOR_REAL else "rated 3 or more"
        lines.append(_row(f"{kind} clips {what}", share))
    if findings.pairs:
        lines.append(_row("pairs whose real clip was found (only raters drawn)", findings.pairs))
    value, low, high = findings.difference
    lines += ["", f"Rated 4 or 5, real less made: {value:.2f} ({low:.2f} to {high:.2f}, drawn anew).", ""]
    lines += ["| | " + " | ".join(f"{n}: {text}" for n, text in enumerate(key["points"], 1)) + " |"]
    lines += ["|---|" + "---:|" * len(key["points"])]
    lines += [f"| {kind} | " + " | ".join(map(str, counts)) + " |" for kind, counts in findings.points.items()]
    if any(findings.reasons.values()):
        lines += ["", "| what gave it away | real | made |", "|---|---:|---:|"]
        lines += [
            f"| {name} | {findings.reasons['real', name]} | {findings.reasons['made', name]} |" for name in REASONS
        ]
    lines += ["", "| clip | what it is | rated 4 or 5 | of | Wilson, 95 % | strength in pairs |"]
    lines += ["|---|---|---:|---:|---:|---:|"]
    for name, share in sorted(findings.clips.items(), key=lambda item: -item[1].value):
        clip, strength = key["clips"][name], findings.strengths.get(name)
        lines.append(
            f"| {name} | {clip['kind']}, {_cell(clip['source'])} | {share.value:.2f} | {share.total} | "
            f"{_range(share.wilson)} | {'' if strength is None else f'{strength:+.2f}'} |"
        )
    return "\n".join(lines) + "\n"


def _row(name: str, share: Share) -> str:
    return f"| {name} | {share.value:.2f} | {share.total} | {_range(share.wilson)} | {_range(share.bootstrap)} |"


def _range(ends: tuple[float, float]) -> str:
    return f"{ends[0]:.2f} to {ends[1]:.2f}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def write_report(findings: Findings, key: dict[str, Any], folder: Path) -> None:
    """Write the table and the plot.

    Parameters
    ----------
    findings : Findings
        Of the study.
    key : dict
        Of the study.
    folder : Path
        For ``report.md`` and ``report.svg``; earlier ones are replaced.

    Raises
    ------
    InputError
        If they cannot be written.
    """
    make_folder(folder)
    text = table(findings, key) + "\n![What was answered](report.svg)\n"
    with whole_file(folder / "report.md") as file:
        file.write(text.encode())
    with whole_file(folder / "report.svg") as file:
        file.write(plot(findings, key))


def plot(findings: Findings, key: dict[str, Any]) -> bytes:
    """Draw how often each point was given, and the share of each clip.

    Parameters
    ----------
    findings : Findings
        Of the study.
    key : dict
        Of the study.

    Returns
    -------
    bytes
        An SVG picture.
    """
    import io

    import matplotlib as mpl  # in the environment of `make test-web`
    from matplotlib.figure import Figure

    mpl.rcParams["svg.hashsalt"] = key["study"]
    figure = Figure(figsize=(9, 6), layout="constrained")
    bars, dots = figure.subplots(2, 1, height_ratios=(1, 2))
    colours = ("#b2182b", "#ef8a62", "#d0d0d0", "#67a9cf", "#2166ac")
    for row, kind in enumerate(reversed(KINDS)):
        shares = findings.points[kind] / max(1, findings.points[kind].sum())
        starts = np.concatenate([[0], np.cumsum(shares)[:-1]])
        for point, (start, share) in enumerate(zip(starts, shares, strict=True)):
            label = key["points"][point] if row == 0 else None
            bars.barh(row, share, left=start, color=colours[point], label=label)
    bars.set_yticks(range(len(KINDS)), list(reversed(KINDS)))
    bars.set_xlim(0, 1)
    bars.set_xlabel("share of answers")
    bars.legend(ncols=3, fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False)
    ordered = sorted(findings.clips.items(), key=lambda item: -item[1].value)
    for row, (name, share) in enumerate(ordered):
        made = key["clips"][name]["kind"] == "made"
        low, high = share.wilson
        dots.plot([row, row], [low, high], color="#888888", zorder=1)
        dots.scatter(row, share.value, color="#b2182b" if made else "#2166ac", marker="s" if made else "o", zorder=2)
    for kind, colour in zip(KINDS, ("#2166ac", "#b2182b"), strict=True):
        share = findings.shares[kind, TAKEN_FOR_REAL]
        dots.axhspan(*share.bootstrap, color=colour, alpha=0.12, lw=0)
        dots.axhline(share.value, color=colour, lw=1, label=f"{kind}: {share.value:.2f} ({_range(share.bootstrap)})")
    dots.set_xticks(range(len(ordered)), [name for name, _ in ordered], fontsize=7, rotation=90)
    dots.set_ylim(-0.02, 1.02)
    dots.set_ylabel("rated 4 or 5")
    dots.legend(fontsize=8)
    simulated = "Simulated raters, no findings. " if findings.simulated else ""
    figure.suptitle(f"{simulated}Study {key['study']}, {findings.raters} raters", fontsize=11)
    picture = io.BytesIO()
    figure.savefig(picture, format="svg", metadata={"Date": None})
    return picture.getvalue()
