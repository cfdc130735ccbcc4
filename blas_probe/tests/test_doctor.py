# SPDX-License-Identifier: Apache-2.0
"""The doctor's story: every sentence follows from the facts."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from blas_probe import doctor as module
from blas_probe.cache import Cache
from blas_probe.choose import why_before
from blas_probe.cli.run import Run
from blas_probe.cli.terminal import CLEAR, colourful, progress_line
from blas_probe.doctor import doctor
from blas_probe.errors import UnknownVariant
from blas_probe.faults import faults
from blas_probe.found import Found
from blas_probe.library import Library
from blas_probe.recipe import Recipes, Select, Variant
from blas_probe.warning import Warning_

Make = Callable[..., Library]
VARIANTS = (
    Variant(id="slow", provider="two", speed_class="reference"),
    Variant(id="one", provider="one", default=True, wheel="one-wheel==1"),
    Variant(id="none", provider="none"),
)


def found(*libraries: Library, **more: Any) -> Found:
    """An answer with three variants."""
    return Found(libraries=libraries, variants=VARIANTS, ignored_environment={}, **more)


def run(answer: Found, monkeypatch: pytest.MonkeyPatch, **more: Any) -> Run:
    """A run that finds `answer`."""
    monkeypatch.setattr(Run, "found", lambda self: answer)
    given: dict[str, Any] = {"use": None, "cache": None, **more}
    return Run(
        recipes=Recipes(providers=()), environ={}, paths=(), site_packages=None, jobs=1,
        timeout=1.0, refine=(), say=print, **given,
    )  # fmt: skip


def story(answer: Found, monkeypatch: pytest.MonkeyPatch, **more: Any) -> str:
    """The doctor's words, with every run of blanks as one."""
    return " ".join(doctor(run(answer, monkeypatch, **more), None).text.split())


def test_it_tells_what_is_here_and_used(library: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Providers, what programs get, what a build takes, and the other choices."""
    one, two = library(), library(path="/lib/libtwo.so", provider="two", core="zen")

    text = story(found(two, one, loader_names={"libblas.so.3": two.path}), monkeypatch)

    assert "2 libraries of 2 providers can be used." in text
    assert "asks for libblas.so.3 gets two 1.0 with its zen kernel: /lib/libtwo.so" in text
    assert "A new build takes `one` (it is the default): one 1.0: /lib/libone.so" in text
    assert "It could take instead (--use NAME): slow (two 1.0 with its zen kernel)" in text
    assert "why none" in text


def test_the_user_may_ask_for_another(library: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--use` comes first; a name that nobody knows is an error."""
    answer = found(library(), library(path="/lib/libtwo.so", provider="two"))

    assert "takes `slow` (it is the one that --use names)" in story(answer, monkeypatch, use="slow")
    with pytest.raises(UnknownVariant):
        story(answer, monkeypatch, use="nobody")


def test_an_empty_machine_is_told_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the exit code says that nothing can be used."""
    answer = doctor(run(found(), monkeypatch), None)

    assert 5 == answer.code
    assert "No library can be used." in answer.text
    assert answer.text.count("pip install one-wheel==1") == 2


def test_nothing_wrong_is_told_too(library: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty section would look like a mistake."""
    answer = doctor(run(found(library()), monkeypatch), None)

    assert "What is wrong\n  Nothing that is known.\n" in answer.text
    assert 0 == answer.code


FAULTS: list[tuple[str, dict[str, Any], str, str]] = [
    ("unusable", {"problem": "the file is empty"}, "/lib/libone.so cannot be used", ""),
    ("defect", {"defects": ("gemm: wrong",)}, "one 1.0 has a known defect: gemm: wrong", "another"),
    ("environment", {"environment_effects": {"int_bits": "64"}}, "int_bits becomes 64", "unset"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "text", "cure"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS]
)
def test_each_fault_has_its_sentence(
    library: Make, facts: dict[str, Any], text: str, cure: str
) -> None:
    """What is wrong with a library, and what to do."""
    wrong = faults(found(library(**facts), library(path="/lib/good.so")), [])

    assert 1 == len(wrong)
    assert text in wrong[0].text
    assert cure in wrong[0].cure


def test_a_reference_library_in_use_is_a_fault(library: Make) -> None:
    """Nobody notices by himself that programs are ten times slower than they could be."""
    two = library(path="/lib/libtwo.so", provider="two", source="debian")
    answer = found(library(), two, loader_names={"libblas.so.3": two.path})

    (fault,) = faults(answer, [])

    assert "programs that ask for libblas.so.3 get two, a reference library" in fault.text
    assert "update-alternatives --config libblas.so.3" in fault.cure
    assert [] == faults(replace(answer, loader_names={}), [])


def test_a_warning_keeps_its_cure_and_source(library: Make) -> None:
    """The subject is not told twice."""
    warning = Warning_(subject="/lib/x.so", text="it hangs", cure="update", source="https://x")

    (fault,) = faults(found(library(), warnings=(warning,)), [])

    assert ("/lib/x.so: it hangs (https://x)", "update") == (fault.text, fault.cure)


def test_the_same_fault_of_many_files_is_told_once(library: Make) -> None:
    """One sentence for one reason."""
    broken = [library(path=f"/lib/{n}.so", problem="the file is empty") for n in "abc"]

    (fault,) = faults(found(library(), *broken), [])

    assert "/lib/a.so, /lib/b.so, /lib/c.so cannot be used" in fault.text


def test_a_cache_that_cannot_be_used_is_told(
    library: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Otherwise every run would be slow for no visible reason."""
    (tmp_path / "file").write_text("")

    text = story(found(library()), monkeypatch, cache=Cache(tmp_path / "file"))

    assert "nothing is remembered between runs" in text
    assert "BLAS_PROBE_CACHE" in text


RANKED: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({}, {"has_lapack": False}, "it has LAPACK inside"),
    ({"source": "pypi:x"}, {"source": "system"}, "(pypi:x before system)"),
    ({"thread_layer": "openmp"}, {}, "its thread layer stands first"),
    ({"functions": {"a": "b"}}, {}, "more of its functions are known"),
    ({}, {"version": "unknown"}, "its version is known"),
    ({"version": "0.10"}, {"version": "0.9"}, "it is newer"),
    ({}, {"path": "/lib/z.so"}, "its path comes first"),
]


@pytest.mark.parametrize(("first", "second", "reason"), RANKED, ids=range(len(RANKED)))
def test_every_preference_has_its_reason(
    library: Make, first: dict[str, Any], second: dict[str, Any], reason: str
) -> None:
    """The first criterion that differs."""
    select = Select(thread_layer=("openmp", "serial"), source=("pypi:*", "system"))
    variant = Variant(id="one", provider="one", select=select)

    assert reason in why_before(variant, library(**first), library(**second))


def test_headings_are_bold_only_where_colours_are_wanted(
    library: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file or a pipe gets plain text."""
    plain, bold = (
        doctor(run(found(library()), monkeypatch, colour=colour), None).text
        for colour in (False, True)
    )

    assert "\x1b" not in plain
    assert "\x1b[1mWhat is here\x1b[0m\n" in bold


class Terminal(io.StringIO):
    """A stream that somebody looks at."""

    def isatty(self) -> bool:
        return True


def test_colours_follow_the_usual_rules() -> None:
    """NO_COLOR and dumb terminals stay plain; so does whatever is no terminal."""
    assert colourful(Terminal(), {})
    assert not colourful(Terminal(), {"NO_COLOR": "1"})
    assert not colourful(Terminal(), {"TERM": "dumb"})
    assert not colourful(io.StringIO(), {})


def test_progress_is_one_line_that_goes_away() -> None:
    """Only on a terminal; control characters of a path cannot reach it."""
    stream = Terminal()
    show = progress_line(stream, {})
    assert show is not None

    show("measuring /lib/\x1b[2Jx.so")
    show("")

    assert f"{CLEAR}measuring /lib/?[2Jx.so{CLEAR}" == stream.getvalue()
    assert progress_line(io.StringIO(), {}) is None


def test_no_line_is_cut_within_a_word(library: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths can be copied as a whole."""
    path = "/opt/" + "very-long-folder/" * 9 + "libone.so"

    text = doctor(run(found(library(path=path)), monkeypatch), None).text

    assert path in text
    assert module.COMMAND in text
