# SPDX-License-Identifier: Apache-2.0
"""Reading a header's `#error` lines as a compiler would, without a compiler."""

from __future__ import annotations

import pytest

from blas_probe.cuda.preprocess import HeaderError, directives, errors, evaluate

VALUES = [
    ("number", "12", 12),
    ("hexadecimal", "0x0d010000", 0x0D010000),
    ("octal", "010", 8),
    ("suffix", "201703L", 201703),
    ("character", "'a' == 97", 1),
    ("unknown_name_is_0", "__ICC", 0),
    ("macro", "__GNUC__ > 15", 1),
    ("macro_of_a_macro", "LATER == 16", 1),
    ("macro_of_itself", "SELF", 0),
    ("defined", "defined(__GNUC__) && !defined __clang__", 1),
    ("levels", "1 + 2 * 3 == 7 && 8 >> 1 == 4", 1),
    ("unary", "!0 + ~0 + -1", -1),
    ("choice", "__GNUC__ > 15 ? 3 : 4", 3),
    ("brackets", "((1 || 0) && (0 || !1))", 0),
    ("stranger_with_arguments", "__has_feature(cxx_noexcept(1)) || 1", 1),
    ("division_by_zero", "defined(X) && 1 / X", 0),
]


@pytest.mark.parametrize(
    ("text", "value"), [row[1:] for row in VALUES], ids=[row[0] for row in VALUES]
)
def test_expressions_have_the_value_of_c(text: str, value: int) -> None:
    """Integers, macros, defined, and all operators with their levels."""
    assert value == evaluate(text, {"__GNUC__": "16", "LATER": "__GNUC__", "SELF": "SELF"})


WRONG = ["1 +", "(1", "1 2", "a @ b", "", "? 1 : 2", "(" * 5000 + "1" + ")" * 5000]


@pytest.mark.parametrize("text", WRONG, ids=lambda text: text[:8] or "empty")
def test_an_expression_that_is_none_is_told(text: str) -> None:
    """HeaderError, never another exception, however deep it is."""
    with pytest.raises(HeaderError, match="is not understood"):
        evaluate(text, {})


HEADER = """\
#if !defined(ONCE)
#define ONCE
/* #error in a comment
*/
#if __GNUC__ > 15 /* newer
                     ones */
#error -- too new \\
          for us
#elif defined(OLD)
#  error "too old"
#else
#define FINE 1
#endif
#ifdef FINE
#undef OLD
#ifndef OLD
#ifdef __ICC
#error no icc
#endif
#endif
#endif // "text"
#endif
"""


def test_only_the_errors_of_taken_branches_count() -> None:
    """if, elif, else, ifdef, ifndef, define and undef are followed."""
    lines = directives(HEADER)

    assert ["too new for us"] == errors(lines, {"__GNUC__": "16"})
    assert ['"too old"'] == errors(lines, {"__GNUC__": "12", "OLD": ""})
    assert ["no icc"] == errors(lines, {"__GNUC__": "12", "__ICC": "1"})
    assert [] == errors(lines, {"__GNUC__": "12"})
    assert [] == errors(lines, {"ONCE": "", "__GNUC__": "16"})


@pytest.mark.parametrize("text", ["#if 1\n", "#endif\n", "#else\n", "#if (\n#endif\n"])
def test_a_torn_header_is_told(text: str) -> None:
    """A conditional without its end, or an end without its start."""
    with pytest.raises(HeaderError):
        errors(directives(text), {})
