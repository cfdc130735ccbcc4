# SPDX-License-Identifier: Apache-2.0
"""HTML that cannot be broken by what stands in it: every text is escaped, whoever wrote it."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence

LONGEST = 600  # characters of one text; a provider may print without end
URL = re.compile(r"https?://[^\s<>\"'`()\[\]{}\\]+[^\s<>\"'`()\[\]{}\\.,;:!?]")
VOID = ("br", "meta")
SHOWN_AS_CODE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Unicode categories that a browser hides, or that turn the text around them."""


class Html(str):
    """Markup that was made here; every other string is a text."""

    __slots__ = ()


Content = str | Html | None


def plain(text: str) -> str:
    """The text as it is shown: nothing invisible in it, and no longer than can be read."""
    short = text if len(text) <= LONGEST else f"{text[:LONGEST]} ... ({len(text)} characters)"
    return "".join(_visible(letter) for letter in short)


def _visible(letter: str) -> str:
    if letter in "\n\t":
        return letter
    if unicodedata.category(letter) in SHOWN_AS_CODE:
        return f"\\u{ord(letter):04x}"
    return letter


def escape(text: Content) -> str:
    """Markup as it is, a text escaped, nothing for None."""
    if text is None:
        return ""
    return text if isinstance(text, Html) else html.escape(plain(text))


def join(*parts: Content, by: str = "") -> Html:
    """Put markup and texts behind each other."""
    return Html(by.join(escape(part) for part in parts if part is not None))


def tag(name: str, /, *content: Content, **attributes: str | int | float | None) -> Html:
    """An element; `class_` is class, `aria_label` is aria-label, None leaves an attribute out."""
    words = [
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(plain(str(value)))}"'
        for key, value in attributes.items()
        if value is not None
    ]
    start = f"<{name}{''.join(words)}>"
    return Html(start if name in VOID else f"{start}{join(*content)}</{name}>")


def linked(text: str) -> Html:
    """A text whose web addresses can be followed."""
    shown, parts, end = plain(text), [], 0
    for match in URL.finditer(shown):
        parts += [shown[end : match.start()], link(match[0])]
        end = match.end()
    return join(*parts, shown[end:])


def link(address: str, text: str = "") -> Content:
    """A link to a web address; anything else stays a text."""
    if not URL.fullmatch(address):
        return text or address
    return tag("a", text or address, href=address, rel="noreferrer")


def table(caption: str, heads: list[str], rows: list[list[Content]], look: str = "list") -> Html:
    """A table whose first column names the row.

    A `list` becomes one block for each row on a phone, hence the roles: they keep it a table for
    who hears it.
    """
    head = tag("tr", *(tag("th", text, scope="col", role="columnheader") for text in heads))
    body = [tag("tr", *_cells(heads, row), role="row") for row in rows]
    whole = tag(
        "table",
        tag("caption", caption),
        tag("thead", head),
        tag("tbody", *body, role="rowgroup"),
        class_=look,
        role="table",
    )
    return scrolling(whole, caption)


def _cells(heads: list[str], row: list[Content]) -> list[Html]:
    """The cells of a row, each with its column's name for where there are no columns."""
    first = tag("th", row[0], scope="row", role="rowheader", data_head=heads[0])
    rest = zip(heads[1:], row[1:], strict=True)
    return [first, *(tag("td", one, role="cell", data_head=name) for name, one in rest)]


def scrolling(content: Html, label: str) -> Html:
    """What may be wider than the screen: reached by the keyboard, named for who cannot see it."""
    return tag("div", content, class_="wide", role="region", tabindex=0, aria_label=label)


def items(rows: list[Content]) -> Html:
    """A list."""
    return tag("ul", *(tag("li", row) for row in rows))


def lines(texts: Sequence[str]) -> Html:
    """Each text on a line of its own."""
    return join(*(tag("div", text) for text in texts))


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{number} {one if number == 1 else many or one + 's'}"
