# SPDX-License-Identifier: Apache-2.0
"""Settings of a source build: names, precedence, bad values."""

from __future__ import annotations

import pytest

from wheels.archive import OLDEST
from wheels.errors import UsageError
from wheels.source.errors import Refused
from wheels.source.settings import read_settings


def test_command_line_beats_the_environment() -> None:
    """-C is the more explicit wish."""
    settings = read_settings({"trivet.blas": "a"}, {"TRIVET_BLAS_BUILD": "b"})

    assert ("a", "-C trivet.blas") == (settings.blas, settings.blas_from)


def test_environment_counts_when_nothing_was_given() -> None:
    """pip has no -C for a dependency's build; a variable reaches it."""
    settings = read_settings(None, {"TRIVET_BLAS_BUILD": "b"})

    assert ("b", "TRIVET_BLAS_BUILD") == (settings.blas, settings.blas_from)


def test_the_run_time_variable_does_not_choose_the_build() -> None:
    """TRIVET_BLAS picks among installed backends, so it must not leak into a build."""
    assert read_settings(None, {"TRIVET_BLAS": "b"}).blas is None


def test_other_settings_are_handed_on() -> None:
    """What is not ours belongs to scikit-build-core."""
    settings = read_settings({"build-dir": "x", "trivet.check": "no"}, {})

    assert {"build-dir": "x"} == settings.rest
    assert settings.check is False


@pytest.mark.parametrize(
    ("config", "part"),
    [
        pytest.param({"trivet.bals": "x"}, "did you mean `trivet.blas`", id="misspelt"),
        pytest.param({"trivet.blas": ["a", "b"]}, "given 2 times", id="twice"),
        pytest.param({"trivet.check": "maybe"}, "yes or no", id="no-answer"),
    ],
)
def test_wrong_settings_are_refused(config: dict[str, str | list[str]], part: str) -> None:
    """A wrong name or value never passes silently."""
    with pytest.raises(Refused, match=part):
        read_settings(config, {})


def test_a_time_that_no_wheel_can_carry_is_refused_before_the_build() -> None:
    """Distributions set SOURCE_DATE_EPOCH; without it every file is of 1980."""
    assert read_settings(None, {}).epoch == OLDEST
    assert read_settings(None, {"SOURCE_DATE_EPOCH": "1700000000"}).epoch == 1_700_000_000
    with pytest.raises(UsageError, match="SOURCE_DATE_EPOCH=abc is no time"):
        read_settings(None, {"SOURCE_DATE_EPOCH": "abc"})
