# SPDX-License-Identifier: Apache-2.0
"""Which `#error` of a C header would stop a compiler with these macros? No compiler is run.

Reads conditionals, `#define` and `#undef` of plain macros; includes are not followed, and a macro
that nobody defined is 0, as in C.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from blas_probe.record import dataclass

COMMENT = re.compile(r'/\*.*?(?:\*/|\Z)|//[^\n]*|("(?:\\.|[^"\\\n])*"?)', re.DOTALL)
DIRECTIVE = re.compile(r"[ \t]*#[ \t]*([a-z]+)\b(.*)")
TOKEN = re.compile(
    r"\s*(?:(0[xX][0-9a-fA-F]+|\d+)[uUlL]*|([A-Za-z_]\w*)|('(?:\\.|[^'\\])')|"
    r"(\|\||&&|<=|>=|==|!=|<<|>>|[-+*/%<>!~&|^?:(),]))"
)
LEVELS: tuple[tuple[str, ...], ...] = (
    ("||",), ("&&",), ("|",), ("^",), ("&",), ("==", "!="), ("<", ">", "<=", ">="), ("<<", ">>"),
    ("+", "-"), ("*", "/", "%"),
)  # fmt: skip
LEVEL_OF = {sign: level for level, signs in enumerate(LEVELS) for sign in signs}
DEEPEST = 40
MOST_ROUNDS = 20
MOST_HEADER = 4 << 20
MOST_TOKENS = 50_000
"""In all expressions that one header leads to, macros put in; real ones have some thousands."""
DIGITS = re.compile(r"0[xX][0-9a-fA-F]{1,32}|0[0-7]{0,32}|[1-9][0-9]{0,32}")


class HeaderError(Exception):
    """The header cannot be understood; the text says where."""


@dataclass(frozen=True)
class Line:
    """One directive."""

    word: str
    rest: str


def directives(text: str) -> tuple[Line, ...]:
    """The directives of a header, comments and continuations taken out."""
    plain = COMMENT.sub(lambda hit: hit[1] or " ", text.replace("\\\r\n", " ").replace("\\\n", " "))
    lines = (DIRECTIVE.match(line) for line in plain.splitlines())
    return tuple(Line(hit[1], hit[2].strip()) for hit in lines if hit)


def errors(lines: Sequence[Line], macros: Mapping[str, str]) -> list[str]:
    """The texts of the `#error` lines that a compiler with `macros` meets, in their order."""
    return [" ".join(rest.split()).lstrip("- ") for rest in reached("error", lines, macros)]


def reached(word: str, lines: Sequence[Line], macros: Mapping[str, str]) -> list[str]:
    """What stands after each directive `word` that a compiler with `macros` comes to."""
    known = dict(macros)
    left = [MOST_TOKENS]
    stack: list[tuple[bool, bool, bool]] = []  # (outer holds, this branch holds, one has held)
    met = []
    for line in lines:
        holds = not stack or stack[-1][1]
        if line.word in ("if", "ifdef", "ifndef"):
            now = holds and _asked(line, known, left)
            stack.append((holds, now, now))
        elif line.word in ("elif", "else", "endif"):
            _turn(line, known, stack, left)
        elif holds and line.word == "define":
            name, _, value = line.rest.partition(" ")
            if "(" not in name:
                known[name] = value.strip()
        elif holds and line.word == "undef":
            known.pop(line.rest.split(" ")[0], None)
        elif holds and line.word == word:
            met.append(line.rest)
    if stack:
        msg = "an #if has no #endif"
        raise HeaderError(msg)
    return met


def _asked(line: Line, known: Mapping[str, str], left: list[int]) -> bool:
    if line.word == "if":
        return evaluate(line.rest, known, left) != 0
    return (line.rest.split(" ")[0] in known) == (line.word == "ifdef")


def _turn(
    line: Line, known: Mapping[str, str], stack: list[tuple[bool, bool, bool]], left: list[int]
) -> None:
    """Go to the next branch of the innermost conditional, or leave it."""
    if not stack:
        msg = f"#{line.word} without #if"
        raise HeaderError(msg)
    outer, _, had = stack.pop()
    if line.word == "else":
        stack.append((outer, outer and not had, True))
    elif line.word == "elif":
        now = outer and not had and evaluate(line.rest, known, left) != 0
        stack.append((outer, now, had or now))


def evaluate(text: str, known: Mapping[str, str], left: list[int] | None = None) -> int:
    """The value of the expression of an `#if`; `left` counts down what may still be read."""
    left = [MOST_TOKENS] if left is None else left
    value = _Expression(text, known, left).value()
    if left[0] < 0:
        msg = "its macros lead to each other without end"
        raise HeaderError(msg)
    return value


class _Expression:
    """One expression being read; the state is the place in its tokens."""

    def __init__(
        self, text: str, known: Mapping[str, str], left: list[int], depth: int = 0
    ) -> None:
        self.text, self.known, self.left, self.depth = text, known, left, depth
        self.tokens = _tokens(text)
        left[0] -= len(self.tokens)
        self.place = 0

    def value(self) -> int:
        result = self._choice()
        if self.place != len(self.tokens):
            raise self._wrong()
        return result

    def _wrong(self) -> HeaderError:
        return HeaderError(f"`#if {self.text[:80]}` is not understood")

    def _peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def _take(self, wanted: str = "") -> str:
        token = self._peek()
        if not token or (wanted and token != wanted):
            raise self._wrong()
        self.place += 1
        return token

    def _choice(self) -> int:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._wrong()
        condition = self._binary(0)
        if self._peek() == "?":
            self._take()
            yes = self._choice()
            self._take(":")
            no = self._choice()
            condition = yes if condition else no
        self.depth -= 1
        return condition

    def _binary(self, weakest: int) -> int:
        """Operands joined by operators that bind at least as strongly as `weakest`."""
        left = self._unary()
        while (level := LEVEL_OF.get(self._peek(), -1)) >= weakest:
            sign = self._take()
            left = self._apply(sign, left, self._binary(level + 1))
        return left

    def _apply(self, sign: str, left: int, right: int) -> int:
        if sign in ("/", "%") and right == 0:
            return 0  # only in a branch that C would not evaluate
        if sign in ("<<", ">>") and not 0 <= right < 64:
            return 0
        return (OPERATIONS[sign](left, right) + HALF) % (2 * HALF) - HALF

    def _unary(self) -> int:
        signs = []
        while self._peek() in ("!", "~", "-", "+"):
            signs.append(self._take())
        value = self._primary()
        for sign in reversed(signs):
            value = {"!": int(not value), "~": ~value, "-": -value, "+": value}[sign]
        return value

    def _primary(self) -> int:
        token = self._take()
        if token == "(":
            value = self._choice()
            self._take(")")
            return value
        if token == "defined":
            return int(self._defined())
        if token[0].isdigit():
            return self._number(token)
        if token[0].isalpha() or token[0] == "_":
            return self._macro(token)
        raise self._wrong()

    def _number(self, token: str) -> int:
        if not DIGITS.fullmatch(token):
            raise self._wrong()
        return int(token, 16 if token[:2] in ("0x", "0X") else 8 if token[0] == "0" else 10)

    def _defined(self) -> bool:
        bracket = self._peek() == "("
        if bracket:
            self._take()
        name = self._take()
        if bracket:
            self._take(")")
        return name in self.known

    def _macro(self, name: str) -> int:
        if self._peek() == "(":
            return self._call(name)
        value = self.known.get(name, "")
        if not value or self.depth > MOST_ROUNDS or self.left[0] < 0:
            return 0
        try:
            return _Expression(value, self.known, self.left, self.depth + 1).value()
        except HeaderError:
            return 0

    def _call(self, name: str) -> int:
        """A macro with arguments is not known here: 0, like `__has_feature` of a stranger."""
        depth = 0
        while True:
            token = self._take()
            depth += (token == "(") - (token == ")")
            if depth == 0:
                return 0


def _rest(a: int, b: int) -> int:
    """As C has it: of the sign of `a`."""
    return abs(a) % abs(b) * (-1 if a < 0 else 1)


HALF = 1 << 63
"""Numbers are those of 64 bits."""
OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "||": lambda a, b: int(bool(a or b)), "&&": lambda a, b: int(bool(a and b)),
    "|": lambda a, b: a | b, "^": lambda a, b: a ^ b, "&": lambda a, b: a & b,
    "==": lambda a, b: int(a == b), "!=": lambda a, b: int(a != b),
    "<": lambda a, b: int(a < b), ">": lambda a, b: int(a > b),
    "<=": lambda a, b: int(a <= b), ">=": lambda a, b: int(a >= b),
    "<<": lambda a, b: a << b, ">>": lambda a, b: a >> b,
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b,
    "/": lambda a, b: (a - _rest(a, b)) // b, "%": lambda a, b: _rest(a, b),
}  # fmt: skip


@lru_cache(maxsize=4096)
def _tokens(text: str) -> tuple[str, ...]:
    found: list[str] = []
    place = 0
    text = text.strip()
    while place < len(text):
        hit = TOKEN.match(text, place)
        if hit is None:
            msg = f"`#if {text[:80]}` is not understood"
            raise HeaderError(msg)
        found.append(str(ord(hit[3][1])) if hit[3] else hit[1] or hit[2] or hit[4])
        place = hit.end()
    return tuple(found)
