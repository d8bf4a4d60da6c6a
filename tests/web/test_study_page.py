"""The page of a study, opened from the disk and clicked through in a browser without a window."""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tools.study.analysis import analyse
from tools.study.results import HASTY, read_answers

PICTURES = os.environ.get("PICTURES")
"""A folder for screenshots, for people to look at."""


@pytest.fixture
def tab(browser: Any) -> Iterator[Any]:
    """A tab of a browser that knows nothing, and may not use a network; what goes wrong in it fails the test."""
    context = browser.new_context(offline=True, viewport={"width": 1000, "height": 860}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(20_000)
    faults: list[str] = []

    def asked_for(request: Any) -> None:
        if not request.url.startswith(("file:", "blob:")):
            faults.append(request.url)

    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", asked_for)
    yield page
    context.close()
    assert faults == []


@pytest.fixture
def address(study: tuple[Path, dict[str, Any]]) -> str:
    return (study[0] / "page" / "study.html").as_uri()


def photograph(tab: Any, name: str) -> None:
    if PICTURES:
        tab.screenshot(path=Path(PICTURES) / f"{name}.png")


def begin(tab: Any, address: str, participant: int = 1) -> None:
    tab.goto(address)
    assert tab.locator("#begin").is_disabled()
    photograph(tab, "welcome")
    tab.fill("#participant", str(participant))
    assert tab.locator("#begin").is_disabled(), "without consent nothing begins"
    tab.check("#consent")
    tab.click("#begin")
    for number in range(2):
        photograph(tab, f"training_{number}")
        tab.click("#show")
        choose(tab, 3)
    photograph(tab, "ready")
    tab.click("#ready")


def choose(tab: Any, point: int) -> None:
    """After a moment: who answers at once is left out."""
    button = tab.locator(f"[data-point='{point}']:enabled")
    button.wait_for()
    tab.wait_for_timeout(1000 * HASTY + 50)
    button.click()


def shown(tab: Any) -> list[str]:
    """Names of the films that are shown."""
    return [Path(source).stem for source in tab.locator("video").evaluate_all("all => all.map(one => one.src)")]


def rate_all(tab: Any, point_of: Callable[[str], int], count: int = 12) -> list[str]:
    seen = []
    for number in range(count):
        tab.get_by_role("heading", name=re.compile(rf"^Film \d+ of {12}$")).wait_for()
        (clip,) = shown(tab)
        seen.append(clip)
        if number == 1:
            tab.wait_for_function("document.querySelector('video').currentTime > 0.1")
            photograph(tab, "film")
            assert tab.locator("[data-point]:enabled").count() == 0, "no answer before the end"
            tab.keyboard.press("5")
            assert shown(tab) == [clip]
        if number == 2:
            tab.locator("[data-point='1']:enabled").wait_for()
            photograph(tab, "question")
            tab.keyboard.press(str(point_of(clip)))
        else:
            choose(tab, point_of(clip))
        tab.wait_for_function("clip => !document.querySelector(`video[src$='${clip}.mp4']`)", arg=clip)
    return seen


def save(tab: Any, path: Path) -> dict[str, Any]:
    with tab.expect_download() as download:
        tab.click("#download")
    download.value.save_as(path)
    return json.loads(path.read_text())


def test_a_rater_clicks_through_twelve_clips(
    tab: Any, address: str, study: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    _, key = study
    kinds = {name: clip["kind"] for name, clip in key["clips"].items()}
    begin(tab, address)
    seen = rate_all(tab, lambda clip: 5 if kinds[clip] == "real" else 2)
    assert sorted(seen) == sorted(name for name, clip in key["clips"].items() if not clip["training"])
    persons = [key["clips"][clip]["person"] for clip in seen]
    assert not any(one == other for one, other in itertools.pairwise(persons))

    tab.click("#pairs")
    for number in range(6):
        tab.get_by_role("heading", name=f"Pair {number + 1} of 6").wait_for()
        left, right = shown(tab)
        assert {kinds[left], kinds[right]} == {"real", "made"}
        side = "left" if kinds[left] == "real" else "right"
        tab.locator(f"[data-side='{side}']:enabled").wait_for()
        if number == 0:
            photograph(tab, "pair")
        tab.click(f"[data-side='{side}']")
    tab.click("#reasons")
    for number in range(6):
        tab.get_by_role("heading", name=f"What gave it away? {number + 1} of 6").wait_for()
        tab.check("input[value='mouth']")
        if number == 0:
            tab.locator("#next:enabled").wait_for()
            photograph(tab, "reasons")
            tab.check("input[value='edges']")
        tab.locator("#next:enabled").click()
    photograph(tab, "end")
    said = save(tab, tmp_path / "answers.json")
    assert set(said) == {"study", "participant", "complete", "ratings", "pairs", "reasons"}, "and nothing of the person"
    assert (said["participant"], said["complete"]) == (1, True)

    findings = analyse(read_answers([tmp_path / "answers.json"], key), key, resamples=100)
    assert (findings.raters, findings.shares["real", 4].value, findings.shares["made", 4].value) == (1, 1, 0)
    assert findings.pairs.value == 1
    assert (findings.reasons["made", "mouth"], findings.reasons["made", "edges"]) == (6, 1)


def test_who_stops_goes_on_where_it_was(tab: Any, address: str, tmp_path: Path) -> None:
    begin(tab, address, participant=61)
    seen = rate_all(tab, lambda clip: 4, count=3)
    tab.click("#stop")
    photograph(tab, "stopped")
    part = save(tab, tmp_path / "part.json")
    assert (part["complete"], [one["clip"] for one in part["ratings"]]) == (False, seen)
    tab.goto(address)
    photograph(tab, "go_on")
    tab.click("#go-on")
    tab.get_by_role("heading", name="Film 4 of 12").wait_for()
    assert shown(tab)[0] not in seen
    tab.click("#stop")
    tab.click("#forget")
    tab.goto(address)
    assert tab.locator("#go-on").count() == 0


def test_raters_see_other_orders(tab: Any, address: str) -> None:
    firsts = []
    for participant in (1, 2, 61):  # of sixty orders, the next rater has the first again
        begin(tab, address, participant)
        firsts.append(rate_all(tab, lambda clip: 3, count=4))
        tab.click("#stop")
        tab.click("#forget")
    assert firsts[0] != firsts[1]
    assert firsts[0] == firsts[2]


def test_it_fits_the_width_of_a_phone(tab: Any, address: str) -> None:
    tab.set_viewport_size({"width": 360, "height": 740})
    begin(tab, address)
    tab.locator("[data-point='1']:enabled").wait_for()
    photograph(tab, "phone")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    lowest = tab.locator("[data-point='5']").bounding_box()
    assert lowest["y"] + lowest["height"] <= 740, "all answers are seen at once"


def test_a_film_that_cannot_be_played_is_said(
    tab: Any, address: str, study: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    text = (study[0] / "page" / "study.html").read_text()
    (tmp_path / "study.html").write_text(text)  # without its films
    tab.goto((tmp_path / "study.html").as_uri())
    tab.fill("#participant", "1")
    tab.check("#consent")
    tab.click("#begin")
    tab.click("#show")
    assert "cannot be played here" in tab.locator(".error").inner_text()


def test_a_contact_with_quotes_is_shown_as_it_is(tab: Any, address: str) -> None:
    tab.goto(address)
    assert 'Questions are answered by Ann "A" <ann@example.org>.' in tab.locator("main").inner_text()
