"""Pairs and the plot, which need libraries of their own; all else of the analysis is in tests/test_study.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from tests.test_study import answers_of, make_key
from tools.study.analysis import analyse, table, write_report
from tools.study.simulated import World, simulate


@pytest.fixture
def key() -> dict[str, Any]:
    return make_key()


def test_pairs_rank_the_clips_as_they_look(key: dict[str, Any], tmp_path: Path) -> None:
    """Raters of known truth: what they prefer is found again."""
    world = World(real=0.6, made=0.0, clips=1.0, moments=0.5)
    answers = answers_of(simulate(key, world, 200, 1), key, tmp_path)
    findings = analyse(answers, key, resamples=200)
    seen = {name: np.mean([one.ratings[name] for one in answers]) for name in findings.strengths}
    assert spearmanr(list(seen.values()), list(findings.strengths.values())).statistic > 0.95
    assert np.mean(list(findings.strengths.values())) == pytest.approx(0, abs=1e-6)
    assert findings.pairs.total == 200 * 12
    assert findings.pairs.bootstrap[0] < findings.pairs.value < findings.pairs.bootstrap[1]


def test_a_single_pair_gives_no_endless_strength(key: dict[str, Any], tmp_path: Path) -> None:
    (said,) = simulate(key, World(), 1, 1)
    said["pairs"] = [{"left": "101", "right": "201", "chosen": "101", "seconds": 1.0}]
    findings = analyse(answers_of([said], key, tmp_path), key, resamples=50)
    strengths = findings.strengths
    assert strengths["101"] > strengths["102"] > strengths["201"]
    assert np.isfinite(list(strengths.values())).all()


def test_the_report_is_a_table_and_a_plot(key: dict[str, Any], tmp_path: Path) -> None:
    findings = analyse(answers_of(simulate(key, World(), 20, 1), key, tmp_path / "answers"), key, resamples=200)
    for name in ("one", "two"):
        write_report(findings, key, tmp_path / name)
    text = (tmp_path / "one" / "report.md").read_text()
    assert table(findings, key) in text
    assert "(report.svg)" in text
    assert "pairs whose real clip was found" in text
    picture = (tmp_path / "one" / "report.svg").read_bytes()
    assert picture == (tmp_path / "two" / "report.svg").read_bytes()
    assert picture.startswith(b"<?xml")
