# SPDX-License-Identifier: Apache-2.0
"""What a certificate says is text: nothing in it becomes markup, and nothing of it is hidden."""

from __future__ import annotations

import pytest

from wheels.report.markup import LONGEST, count, escape, join, link, linked, plain, table, tag


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a < b & c", "a &lt; b &amp; c"),
        ('"it\'s"', "&quot;it&#x27;s&quot;"),
        ("a\x00b", "a\\u0000b"),
        ("left\u202eright", "left\\u202eright"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("half\ud800", "half\\ud800"),
        ("two\nlines", "two\nlines"),
        ("größer ✓", "größer ✓"),
    ],
    ids=["markup", "quotes", "zero", "turned", "invisible", "surrogate", "lines", "letters"],
)
def test_a_text_is_shown_and_never_read_as_markup(text: str, shown: str) -> None:
    """Also what a browser would hide, and what cannot be encoded."""
    assert shown == escape(text)
    assert escape(text).encode()


def test_attributes_cannot_be_left() -> None:
    """A quote in a value stays in it."""
    made = tag("td", "x", title='" onclick="a()')

    assert '<td title="&quot; onclick=&quot;a()">x</td>' == made


def test_markup_made_here_stays_and_the_rest_is_escaped() -> None:
    """Nothing is escaped twice."""
    assert "<p><b>&lt;</b>&amp;</p>" == tag("p", tag("b", "<"), None, "&")
    assert "&lt;, <br>" == join("<", tag("br"), by=", ")


def test_a_text_without_end_is_cut_and_says_so() -> None:
    """A page must stay readable."""
    shown = plain("x" * (LONGEST + 1))

    assert f"{'x' * LONGEST} ... ({LONGEST + 1} characters)" == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://a.org/b?c=1&d.", "https://a.org/b?c=1&amp;d"),
        ("(https://a.org/b)", "https://a.org/b"),
        ("javascript:alert(1)", None),
        ('https://a.org" onclick="x', "https://a.org"),
    ],
    ids=["in a sentence", "in brackets", "no web address", "quote"],
)
def test_only_web_addresses_become_links(text: str, shown: str | None) -> None:
    """Anything else stays text."""
    made = linked(text)

    assert (f'href="{shown}" rel' in made) if shown else ("<a" not in made)
    assert 'onclick="' not in made


def test_an_address_that_is_none_stays_a_text() -> None:
    """A recipe or certificate may hold anything."""
    assert "data:text/html,x" == link("data:text/html,x")


def test_a_table_has_a_caption_and_names_its_rows_and_columns() -> None:
    """Who hears it, knows where they are."""
    made = table("Ratios", ["op", "ratio"], [["gemm", "2"]])

    assert "<caption>Ratios</caption>" in made
    assert '<th scope="col" role="columnheader">op</th>' in made
    assert '<th scope="row" role="rowheader" data-head="op">gemm</th>' in made
    assert '<td role="cell" data-head="ratio">2</td>' in made
    assert 'role="region" tabindex="0" aria-label="Ratios"' in made


def test_numbers_have_their_nouns() -> None:
    """1 file, 2 files."""
    assert ["1 file", "2 files"] == [count(1, "file"), count(2, "file")]
