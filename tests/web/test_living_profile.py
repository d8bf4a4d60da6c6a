"""The page of a living profile in a browser without a window: opened from the disk, and inside another page."""

from __future__ import annotations

import functools
import http.server
import itertools
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from portrait_addon.api import living_profile
from portrait_addon.media.pictures import read_picture
from tests.pictures import write_picture

from .test_study_page import photograph

SIDE = 200
HEARD = "window.heard = []; livingPortrait.listen((state) => heard.push(state)); 0"


@pytest.fixture(scope="session")
def profiles(assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a portrait as it is, and of one that was cut out."""
    root = tmp_path_factory.mktemp("profiles")
    pixels = read_picture(assets / "ford_1888.jpg").pixels
    pixels = cv2.resize(pixels, (240, 321), interpolation=cv2.INTER_AREA)
    down, right = np.mgrid[: pixels.shape[0], : pixels.shape[1]]
    alpha = np.uint8(255) * (((right - 120) / 90) ** 2 + ((down - 150) / 140) ** 2 < 1).astype(np.uint8)
    write_picture(root / "whole.png", pixels)
    write_picture(root / "cut.png", np.dstack([pixels, alpha]))
    for name in ("whole", "cut"):
        living_profile(root / f"{name}.png", root / name, seconds=4, side=SIDE, background=(32, 160, 96))
    return root


@pytest.fixture
def open_tab(browser: Any) -> Iterator[Callable[..., Any]]:
    contexts, faults = [], []

    def open_one(address: str, **how: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 480, "height": 480}, **how})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(address)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert faults == []


def page_of(profiles: Path, name: str = "whole") -> str:
    return (profiles / name / "index.html").as_uri()


def is_shown(tab: Any, number: int) -> None:
    tab.wait_for_function(f"document.querySelector('#portrait > .shown')?.src?.includes('films/{number:02d}.')")


def wait_for_reactions(tab: Any, *expected: str) -> None:
    tab.wait_for_function("count => heard.length >= count", arg=len(expected))
    assert tab.evaluate("heard") == [*expected]


def test_the_idle_plays_and_a_click_is_answered(open_tab: Callable[..., Any], profiles: Path) -> None:
    tab = open_tab(page_of(profiles))
    is_shown(tab, 0)
    photograph(tab, "profile_idle")
    assert tab.evaluate("livingPortrait.states()") == ["idle", "Smile", "Surprised", "Wink"]
    assert tab.locator("#portrait").get_attribute("data-films") == "webm"
    tab.evaluate(HEARD)
    tab.evaluate("document.querySelector('#portrait').click()")
    is_shown(tab, 1)
    tab.wait_for_timeout(900)
    photograph(tab, "profile_smile")
    wait_for_reactions(tab, "Smile", "idle")
    is_shown(tab, 0)
    tab.wait_for_function("!document.querySelector('#portrait > .shown').paused", timeout=5000)


def test_keys_pointer_and_scripts_ask_too(open_tab: Callable[..., Any], profiles: Path) -> None:
    tab = open_tab(page_of(profiles))
    is_shown(tab, 0)
    tab.evaluate(HEARD)
    tab.keyboard.press("3")
    wait_for_reactions(tab, "Wink", "idle")
    tab.mouse.move(470, 470)
    tab.locator("#portrait").hover()
    wait_for_reactions(tab, "Wink", "idle", "Surprised", "idle")
    tab.focus("#portrait")
    tab.keyboard.press("Enter")
    tab.wait_for_function("heard.length >= 5")
    assert tab.evaluate("livingPortrait.play('Wink')"), "and it waits for the one that plays"
    assert not tab.evaluate("livingPortrait.play('idle')")
    assert not tab.evaluate("livingPortrait.play('toString')")
    wait_for_reactions(tab, "Wink", "idle", "Surprised", "idle", "Smile", "idle", "Wink", "idle")


def test_a_cut_out_portrait_is_transparent(open_tab: Callable[..., Any], profiles: Path) -> None:
    tab = open_tab(page_of(profiles, "cut"))
    is_shown(tab, 0)
    assert tab.locator("#portrait").get_attribute("data-films") == "webm"
    tab.evaluate("document.body.parentElement.style.background = document.body.style.background = 'rgb(250, 0, 250)'")
    tab.wait_for_timeout(200)
    photograph(tab, "profile_cut")
    frame = tab.locator("#portrait").bounding_box()
    seen = cv2.imdecode(np.frombuffer(tab.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    corner = seen[round(frame["y"]) + 4, round(frame["x"]) + 4].astype(int)
    assert np.abs(corner - (250, 0, 250)).max() < 8
    middle = seen[round(frame["y"] + frame["height"] / 2), round(frame["x"] + frame["width"] / 2)]
    assert abs(int(middle[0]) - int(middle[1])) < 60, "a face in grey"


def test_less_motion_means_a_still_until_somebody_asks(open_tab: Callable[..., Any], profiles: Path) -> None:
    tab = open_tab(page_of(profiles), reduced_motion="reduce")
    tab.wait_for_selector("#portrait[data-films]")
    tab.evaluate(HEARD)
    tab.locator("#portrait").hover()
    tab.evaluate("postMessage({portrait: 'Wink'}, '*')")
    tab.wait_for_timeout(600)
    assert tab.evaluate("document.querySelector('#portrait > .shown').tagName") == "IMG"
    assert tab.evaluate("[...document.querySelectorAll('video')].every(film => film.paused)")
    assert tab.evaluate("heard") == []
    tab.keyboard.press("1")
    wait_for_reactions(tab, "Smile", "idle")
    assert tab.evaluate("document.querySelector('#portrait > .shown').tagName") == "IMG"


def test_it_fits_the_width_of_a_phone(open_tab: Callable[..., Any], profiles: Path) -> None:
    tab = open_tab(page_of(profiles), viewport={"width": 120, "height": 300})
    is_shown(tab, 0)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 120
    frame = tab.locator("#portrait").bounding_box()
    assert frame["height"] / frame["width"] == pytest.approx(200 / 150, rel=0.03)


def test_the_page_says_that_it_is_synthetic_and_what_states_json_says(
    open_tab: Callable[..., Any], profiles: Path
) -> None:
    tab = open_tab(page_of(profiles))
    assert "Synthetic" in tab.locator("small").inner_text()
    states = json.loads((profiles / "whole" / "states.json").read_text())
    assert states["synthetic"] == tab.locator("meta[name=description]").get_attribute("content")
    assert [*states["reactions"]] == tab.evaluate("livingPortrait.states()")[1:]


@pytest.fixture
def sites(profiles: Path, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Two origins that serve the same: a profile, and a page that holds the one of the first."""

    class Silent(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

    servers = [
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Silent, directory=profiles))
        for _ in range(2)
    ]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    own, other = (f"http://127.0.0.1:{server.server_port}" for server in servers)
    (profiles / "holder.html").write_text(f'<iframe src="{own}/whole/index.html" width="300" height="300"></iframe>')
    yield own, other
    for server in servers:
        server.shutdown()
        server.server_close()


def ask_by_message(tab: Any) -> Any:
    (frame,) = [frame for frame in tab.frames if "index.html" in frame.url]
    is_shown(frame, 0)
    frame.evaluate(HEARD)
    tab.evaluate("document.querySelector('iframe').contentWindow.postMessage({portrait: 'Wink'}, '*')")
    tab.evaluate("document.querySelector('iframe').contentWindow.postMessage('Wink', '*')")
    return frame


def test_messages_of_its_own_site_are_heard(open_tab: Callable[..., Any], sites: tuple[str, str]) -> None:
    wait_for_reactions(ask_by_message(open_tab(f"{sites[0]}/holder.html")), "Wink", "idle")


def test_messages_of_another_site_are_not(open_tab: Callable[..., Any], sites: tuple[str, str]) -> None:
    tab = open_tab(f"{sites[1]}/holder.html")
    frame = ask_by_message(tab)
    tab.wait_for_timeout(2500)  # longer than from joint to joint
    assert frame.evaluate("heard") == []


def test_messages_of_a_site_that_is_allowed_are_heard(
    open_tab: Callable[..., Any], sites: tuple[str, str], profiles: Path
) -> None:
    page = profiles / "whole" / "index.html"
    before = page.read_text()
    try:
        page.write_text(before.replace('"origins": []', f'"origins": ["{sites[1]}"]'))
        wait_for_reactions(ask_by_message(open_tab(f"{sites[1]}/holder.html")), "Wink", "idle")
    finally:
        page.write_text(before)


def picture_of(tab: Any, film: str, seconds: float) -> Any:
    """(h, w, 3) int: what a browser shows of a film at a time."""
    tab.evaluate(
        """([film, seconds]) => new Promise(resolve => {
            const video = document.createElement('video');
            video.style.cssText = 'position: fixed; inset: 0; width: 100vw; height: 100vh; z-index: 9';
            video.muted = true;
            const look = (_, { mediaTime }) => {
                const found = mediaTime <= seconds && seconds < mediaTime + 0.04;  // a frame's time
                if (found) requestAnimationFrame(() => requestAnimationFrame(resolve));
                else video.requestVideoFrameCallback(look);
            };
            video.requestVideoFrameCallback(look);
            video.onloadeddata = () => { video.currentTime = seconds; };
            document.querySelector('video.probe')?.remove();
            video.className = 'probe';
            video.src = film;
            document.body.append(video);
        })""",
        [film, seconds],
    )
    return cv2.imdecode(np.frombuffer(tab.screenshot(), np.uint8), cv2.IMREAD_COLOR).astype(int)


@pytest.mark.parametrize("kind", ["webm", "mp4"])
def test_no_state_begins_or_ends_with_a_jump(open_tab: Callable[..., Any], profiles: Path, kind: str) -> None:
    """At every joint the pictures differ less than two that follow each other while the idle moves."""
    states = json.loads((profiles / "whole" / "states.json").read_text())
    tab = open_tab(page_of(profiles))
    tab.wait_for_selector("#portrait[data-films]")
    if kind == "mp4" and not tab.evaluate(
        "document.createElement('video').canPlayType('video/mp4; codecs=\"avc1.640028\"')"
    ):
        pytest.skip("this browser has no decoder of H.264")

    def seen(state: dict[str, Any], number: int) -> Any:
        return picture_of(tab, state[kind], (number + 0.5) / states["rate"])

    def difference(one: Any, other: Any) -> float:
        return float(np.abs(one - other).mean())

    idle = states["idle"]
    moving = [seen(idle, number) for number in range(idle["joints"][0], idle["joints"][1])]
    usual = np.median([difference(one, other) for one, other in itertools.pairwise(moving)])
    at_joints = [seen(idle, joint) for joint in idle["joints"]]
    for reaction in states["reactions"].values():
        for number in (0, reaction["frames"] - 1):
            shown = seen(reaction, number)
            assert max(difference(shown, joint) for joint in at_joints) < usual
