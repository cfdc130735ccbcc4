# SPDX-License-Identifier: Apache-2.0
"""The page in a real browser: on a phone, on a wide screen, in the dark, on paper.

The pictures are kept in build/reports/ to be looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from wheels.folders import CHECKOUT
from wheels.tests.chromium import Tab, browser, find
from wheels.tests.test_report_page import sample

pytestmark = pytest.mark.real
PICTURES = CHECKOUT / "build/reports"
PHONE, WIDE, PAPER = 360, 1280, 1046  # CSS pixels; the last is A4 across, less its margins
OUTSIDE = """
[...document.querySelectorAll('body *')]
  .filter(one => one.tagName !== 'TITLE' && !one.closest('.wide'))
  .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
  .map(one => one.outerHTML.slice(0, 120))
"""
FAINT = """
(() => {
  const light = text => text.match(/[\\d.]+/g).slice(0, 3).map(Number)
    .map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, place) => sum + v * [.2126, .7152, .0722][place], 0);
  const ground = one => {
    for (; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (colour !== 'rgba(0, 0, 0, 0)') return colour;
    }
  };
  return [...document.querySelectorAll('body *')]
    .filter(one => !one.closest('svg') && one.getClientRects().length)
    .filter(one => [...one.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    .filter(one => {
      const pair = [light(getComputedStyle(one).color), light(ground(one))];
      return (Math.max(...pair) + .05) / (Math.min(...pair) + .05) < 4.5;
    }).map(one => one.outerHTML.slice(0, 120));
})()
"""


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    """One browser for all tests."""
    program = find()
    if program is None:
        pytest.skip("no Chromium here; Debian: apt-get install chromium")
    with browser(program, tmp_path_factory.mktemp("chromium") / "profile") as one:
        yield one


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the sample release, as a file."""
    made = tmp_path_factory.mktemp("page") / "report.html"
    made.write_text(sample(), encoding="utf-8")
    return made


@pytest.mark.parametrize(
    ("width", "dark"),
    [(PHONE, False), (WIDE, False), (PHONE, True), (WIDE, True)],
    ids=["phone", "wide", "phone-dark", "wide-dark"],
)
def test_the_page_fits_the_screen_and_is_readable(
    tab: Tab, path: Path, width: int, dark: bool
) -> None:
    """Nothing overflows sideways, every text has contrast, nothing is loaded, nothing complains."""
    tab.look(width=width, dark=dark)
    tab.open(path)
    name = f"report-{width}{'-dark' if dark else ''}.png"
    tab.photograph(PICTURES / name)

    assert width == tab.value("innerWidth")
    assert tab.value("document.scrollingElement.scrollWidth") <= width
    assert [] == tab.value(OUTSIDE)
    assert [] == tab.value(FAINT)
    asked = [one["request"]["url"] for one in tab.happened("Network.requestWillBeSent")]
    assert [path.resolve().as_uri()] == asked
    assert [] == tab.happened(
        "Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"
    )


def test_the_page_is_printed_whole(tab: Tab, path: Path) -> None:
    """On paper nothing scrolls, so nothing may be wider than it."""
    tab.look(width=PAPER, media="print")
    tab.open(path)
    tab.photograph(PICTURES / "report-paper.png")
    tab.print(PICTURES / "report.pdf")

    assert tab.value("document.scrollingElement.scrollWidth") <= PAPER
    assert (PICTURES / "report.pdf").read_bytes().startswith(b"%PDF")


def test_a_page_that_misbehaves_is_noticed(tab: Tab, tmp_path: Path) -> None:
    """Otherwise the tests above would say nothing."""
    made = tmp_path / "bad.html"
    wide = "<p style='width: 2000px; color: #999; background: #fff'>wide and faint</p>"
    made.write_text(f"{wide}<img src='gone.png'><script>console.log(1)</script>", encoding="utf-8")

    tab.look(width=PHONE)
    tab.open(made)

    assert tab.value("document.scrollingElement.scrollWidth") > PHONE
    assert tab.value(OUTSIDE) and tab.value(FAINT)
    assert 2 == len(tab.happened("Network.requestWillBeSent"))
    assert tab.happened("Runtime.consoleAPICalled")
