# SPDX-License-Identifier: Apache-2.0
"""The doctor's story: every sentence follows from the facts."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from blas_probe.cache import Cache
from blas_probe.choose import why_before
from blas_probe.cli.run import Run
from blas_probe.cli.terminal import CLEAR, colourful, progress_line
from blas_probe.doctor import doctor, fits
from blas_probe.environment import MEASURED
from blas_probe.errors import UnknownVariant
from blas_probe.fault import Fault, Scene
from blas_probe.faults import faults as all_faults
from blas_probe.found import Found
from blas_probe.library import Library
from blas_probe.recipe import Recipes, Select, Variant
from blas_probe.threads.facts import MachineFacts
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


def faults(answer: Found, **more: Any) -> list[Fault]:
    """What is wrong in an answer."""
    return all_faults(Scene(found=answer, **more))


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


def test_a_variant_that_is_no_default_says_so(
    library: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has typed --use."""
    text = story(found(library(path="/lib/libtwo.so", provider="two")), monkeypatch)

    assert "takes `slow` (no default can be linked here; of the others it is the first" in text
    assert "--use names" not in text


def test_what_other_projects_get_is_told_where_it_differs(
    library: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library with renamed functions serves a backend, and no ordinary project."""
    renamed = library(prefix="py_", source="path", has_lapack=True)
    plain = library(path="/lib/libtwo.so", provider="two")

    text = story(found(renamed, plain), monkeypatch)
    wide = story(found(library(provider="one", int_bits=64)), monkeypatch)

    assert "A new build takes `one` (it is the default): one 1.0: /lib/libone.so" in text
    assert "which expect names such as dgemm_: two 1.0: /lib/libtwo.so" in text
    assert "Nothing." in wide


@pytest.mark.parametrize(
    ("globs", "expected"),
    [((), True), (("*linux*x86_64",), True), (("macos*",), False), (("*linux*aarch64",), False)],
)
def test_only_what_may_exist_here_is_asked_for(globs: tuple[str, ...], expected: bool) -> None:
    """`why accelerate` helps nobody on Linux."""
    machine = MachineFacts(system="linux", machine="x86_64")

    assert expected == fits(Variant(id="x", platforms=globs), machine)


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
    ("unusable", {"problem": "the file is empty"}, "cannot be used: the file is empty", ""),
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
    wrong = faults(found(library(**facts), library(path="/lib/good.so")))

    assert 1 == len(wrong)
    assert ("/lib/libone.so",) == wrong[0].files
    assert text in wrong[0].text
    assert cure in wrong[0].cure


def debian(make: Make, provider: str, folder: str) -> Library:
    """A library among those that the administrator may choose from."""
    path = f"/usr/lib/x/{folder}/libblas.so.3"
    names = (path, "/etc/alternatives/libblas.so.3-x") if folder == "blas" else (path,)
    return make(path=path, names=names, provider=provider, source="debian")


def test_a_reference_library_in_use_is_a_fault(library: Make) -> None:
    """Nobody notices by himself that programs are ten times slower than they could be."""
    slow, fast = debian(library, "two", "blas"), debian(library, "one", "fast")
    other = library(path="/lib/liblapack.so.3", provider="two")
    names = {"libblas.so.3": slow.path, "liblapack.so.3": other.path}
    both = found(slow, fast, loader_names={"libblas.so.3": slow.path})
    alone = found(slow, other, loader_names=names)

    (switch,), (bring,) = faults(both), faults(alone, install="sudo apt install fast")

    assert "programs that ask for libblas.so.3 get two, a reference library" in switch.text
    assert "sudo update-alternatives --config libblas.so.3-x (for example fast/libblas.so.3)" == (
        switch.cure
    )
    assert "ask for libblas.so.3 or liblapack.so.3 get two" in bring.text
    assert "sudo apt install fast" == bring.cure
    assert (other.path, slow.path) == tuple(sorted(bring.files))
    assert [] == faults(replace(both, loader_names={}))


def test_a_library_that_cannot_be_used_is_not_called_slow(library: Make) -> None:
    """It is told once, with the reason."""
    two = library(path="/lib/libtwo.so", provider="two", problem="crashed")
    answer = found(library(), two, loader_names={"libblas.so.3": two.path})

    assert ["cannot be used: crashed"] == [fault.text for fault in faults(answer)]


def test_a_warning_keeps_its_cure_and_source(library: Make) -> None:
    """The subject is not told twice."""
    warning = Warning_(subject="/lib/x.so", text="it hangs", cure="update", source="https://x")

    (fault,) = faults(found(library(), warnings=(warning,)))

    assert ("/lib/x.so: it hangs (https://x)", "update") == (fault.text, fault.cure)


def test_the_same_fault_of_many_files_is_told_once(library: Make) -> None:
    """One sentence for one cause, whoever tells it; the files stand below."""
    paths = [f"/lib/{n}.so" for n in "abc"]
    warned = tuple(Warning_(subject=path, text="it hangs", cure="", source="") for path in paths)
    facts: dict[str, Any] = {"defects": ("bad",), "environment_effects": {"core": "slow"}}

    broken = faults(found(library(), *(library(path=one, problem="empty") for one in paths)))
    others = faults(found(*(library(path=one, **facts) for one in paths), warnings=warned))

    assert [tuple(paths)] == [fault.files for fault in broken]
    assert [tuple(paths)] * 3 == [fault.files for fault in others]


def test_what_is_used_comes_first(library: Make) -> None:
    """A newcomer reads the first lines."""
    paths = ["/lib/a.so", "/lib/b.so"]
    warned = tuple(Warning_(subject=one, text=one, cure="", source="") for one in paths)
    answer = found(*(library(path=path) for path in paths), warnings=warned)

    wrong = faults(answer, used=frozenset({"/lib/b.so"}))

    assert ["/lib/b.so", "/lib/a.so"] == [fault.text for fault in wrong]


def test_the_environment_is_told_once_and_by_its_effect(library: Make) -> None:
    """Another library in front is not told again as another file and provider."""
    effects = {"answered_by": "/lib/z.so", "blas_file": "/lib/z.so", "blas_provider": "zero"}
    warning = Warning_(subject="/lib/libone.so", text="it is another", cure="", source=MEASURED)
    one = library(environment_effects=effects)
    answer = replace(found(one, warnings=(warning,)), ignored_environment={"LD_PRELOAD": "z.so"})

    (fault,) = faults(answer)

    assert "with LD_PRELOAD=z.so /lib/z.so answers instead of it" == fault.text
    assert "unset LD_PRELOAD" == fault.cure


GONE = "it is a link to a file that does not exist"
LOST = "does not load: libblas.so.3: cannot open shared object file: No such file or directory"
CURED: list[tuple[str, list[dict[str, Any]], str]] = [
    ("alternatives", [{"path": "/etc/alternatives/liblapack.so.3-x", "problem": GONE}],
     "sudo update-alternatives --auto liblapack.so.3-x"),
    ("link", [{"path": "/opt/liblapack.so", "problem": GONE}], "remove the link"),
    ("elsewhere", [{"path": "/lib/l.so", "problem": LOST},
                   {"path": "/opt/b/libblas.so.3", "soname": "libblas.so.3"}],
     "export LD_LIBRARY_PATH=/opt/b${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"),
    ("nowhere", [{"path": "/lib/l.so", "problem": LOST}], "install the package that brings libbl"),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "cure"), [r[1:] for r in CURED], ids=[r[0] for r in CURED])
def test_a_broken_file_has_its_cure(library: Make, facts: list[dict[str, Any]], cure: str) -> None:
    """A command that can be typed, wherever one is known to help."""
    (fault,) = faults(found(library(), *(library(**one) for one in facts)))

    assert cure in fault.cure


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
    ({"source": "path", "defects": ("bad",)}, {"source": "pypi:x"}, "you named it"),
    ({"source": "system"}, {"source": "pypi:x", "defects": ("bad",)}, "nothing is known to be wr"),
    ({"source": "system"}, {"source": "pypi:x", "reported": ("bad",)}, "nothing is known to be w"),
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
    assert colourful(io.StringIO(), {"FORCE_COLOR": "1"})
    assert not colourful(Terminal(), {"FORCE_COLOR": "1", "NO_COLOR": "1"})


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
    assert "-m blas_probe --bench\n" in text


def test_the_copy_of_a_wheel_serves_it_though_no_build_takes_it(
    library: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Called after the files beside it, as its program does: that is no fault of this machine."""
    facts = {"source": "pypi:old", "problem": "does not load alone: it needs libgfortran-1.so.5"}
    copy = library(path="/site/old.libs/libone-1.so", **facts)
    unread = replace(copy, path="/site/old.libs/libone-2.so", inferred=("int_bits",))
    usable = library(path="/lib/libtwo.so", variants=("one",))

    text = story(found(usable, copy), monkeypatch)

    assert "old carries its own one 1.0, for itself alone: /site/old.libs/libone-1.so" in text
    assert not any(copy.path in fault.files for fault in faults(found(usable, copy)))
    assert any(unread.path in fault.files for fault in faults(found(usable, unread)))


def test_parts_and_copies_are_counted_as_what_they_are(
    library: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Layers of one library and a wheel's copies work where they are meant to."""
    alone = "does not load alone: it needs `part`, which no library that it names defines"
    part = library(path="/lib/libone_layer.so", problem=alone)
    copy = library(path="/s/old.libs/libone-1.so", source="pypi:old", problem=alone)
    broken = library(path="/lib/z.so", problem="the file is empty")
    # Whole copies and layers are among those that can be used, and are counted once.
    whole = library(path="/s/new.libs/libtwo-1.so", source="pypi:new", provider="two")
    unread = replace(part, path="/lib/liby.so", inferred=("int_bits",))
    usable = library(path="/lib/libtwo.so")

    text = story(found(whole, part, copy, broken), monkeypatch)
    wrong = faults(found(usable, part, copy, broken, unread))

    assert (
        "1 library of 1 provider can be used; 1 file only together with siblings; "
        "1 file only by the wheel around it; 1 file cannot be used."
    ) in text
    assert {broken.path, unread.path} == {file for fault in wrong for file in fault.files}


def test_what_is_put_before_all_is_who_answers(
    library: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With LD_PRELOAD the file that the loader finds is loaded, and not called."""
    first = library(path="/opt/libtwo.so", provider="two")
    behind = library(path="/lib/libblas.so.3", environment_effects={"answered_by": first.path})
    answer = found(first, behind, loader_names={"libblas.so.3": behind.path})

    text = story(answer, monkeypatch)

    assert "libblas.so.3 is answered by two 1.0, which is put before it: /opt/libtwo.so" in text
    assert "(it loads one 1.0: /lib/libblas.so.3)" in text


def test_a_blas_put_before_a_lapack_answers_for_its_blas_alone(
    library: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it does not have it cannot answer."""
    first = library(path="/opt/libtwo.so", provider="two", has_lapack=False)
    behind = library(path="/lib/liblapack.so.3", environment_effects={"answered_by": first.path})
    answer = found(first, behind, loader_names={"liblapack.so.3": behind.path})

    text = story(answer, monkeypatch)

    assert "gets one 1.0: /lib/liblapack.so.3; its calls of BLAS are answered by two" in text


def test_what_a_variable_makes_of_the_library_is_what_programs_get(
    library: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another kernel or width, by the user's own environment."""
    effects = {"core": "Prescott", "int_bits": "64", "threads_now": "1"}
    one = library(path="/lib/libblas.so.3", core="Zen", environment_effects=effects)

    text = story(found(one, loader_names={"libblas.so.3": one.path}), monkeypatch)

    assert (
        "gets, with your environment, one 1.0 with its Prescott kernel, 64 bit integers: "
        "/lib/libblas.so.3"
    ) in text


def pair(make: Make, blas: str, lapack: str, *, here: tuple[str, ...]) -> Found:
    """Plain names that lead to two providers; `here` tells further files as provider/name."""
    files = dict.fromkeys([f"{blas}/libblas.so.3", f"{lapack}/liblapack.so.3", *here])
    libraries = [
        make(
            path=f"/lib/{file}", names=(f"/lib/{file}", f"/etc/alternatives/{file[4:]}-x"),
            provider=file[:3], has_blas="blas" in file, has_lapack="lapack" in file,
        )
        for file in files
    ]  # fmt: skip
    names = {"libblas.so.3": libraries[0].path, "liblapack.so.3": libraries[1].path}
    return replace(found(*libraries, loader_names=names), variants=PAIRED)


PAIRED = (
    Variant(id="one", provider="one", default=True),
    Variant(id="ble", provider="ble", lapack="two"),
    Variant(id="two", provider="two", speed_class="reference"),
)  # fmt: skip
MIXED: list[tuple[str, str, tuple[str, ...], str]] = [
    ("one", "two", ("one/liblapack.so.3",), "liblapack.so.3-x (for example one/liblapack.so.3)"),
    ("two", "one", ("one/libblas.so.3",), "libblas.so.3-x (for example one/libblas.so.3)"),
    ("ble", "one", ("one/libblas.so.3",), "libblas.so.3-x (for example one/libblas.so.3)"),
    ("one", "one", ("two/libblas.so.3",), ""),
    ("ble", "two", ("two/libblas.so.3",), ""),
    ("one", "two", ("two/libblas.so.3",), "let both names lead"),
]


@pytest.mark.parametrize(
    ("blas", "lapack", "here", "cure"), MIXED, ids=["-".join(row[2]) for row in MIXED]
)
def test_plain_names_of_two_providers_are_told(
    library: Make, blas: str, lapack: str, here: tuple[str, ...], cure: str
) -> None:
    """One sentence with the cure, unless the BLAS has no LAPACK and takes this one."""
    wrong = faults(pair(library, blas, lapack, here=here))
    told = [one for one in wrong if "plain names come from two providers" in one.text]

    assert bool(cure) == bool(told)
    assert all(cure in one.cure for one in told)
    assert all(f"libblas.so.3 is {blas} 1.0" in one.text for one in told)
    assert not told or not any("programs that ask" in one.text for one in wrong)


def test_the_cure_for_two_providers_is_the_file_beside(library: Make) -> None:
    """Of several builds of one provider the one that programs have half of already."""
    here = ("one/a/libblas.so.3", "one/z/libblas.so.3")
    answer = pair(library, "ble", "one/z", here=here)

    (fault,) = [one for one in faults(answer) if "two providers" in one.text]

    assert "(for example z/libblas.so.3)" in fault.cure


def test_programs_of_a_conda_environment_get_its_own(
    library: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are linked to find their own folder first; names for compilers alone tell nothing."""
    names = ("/c/lib/libblas.so", "/c/lib/libblas.so.3", "/c/lib/libone.so")
    one = library(path="/c/lib/libone.so", names=names, source="conda:/c")

    text = story(found(one), monkeypatch)

    assert "A program of /c that asks for libblas.so.3 gets one 1.0: /c/lib/libone.so" in text
    assert 1 == text.count("A program of")


def test_libraries_with_different_run_times_have_their_command(
    library: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether they meet in a process is for the user to say."""
    gnu = library(thread_layer="gnu-openmp", thread_runtimes=("/lib/libgomp.so.1",))
    same = replace(gnu, path="/lib/libsame.so")
    intel = library(
        path="/my lib/libtwo.so", thread_layer="intel-openmp", thread_runtimes=("/lib/i.so",)
    )

    both, one = (story(found(*some), monkeypatch) for some in ((gnu, same, intel), (gnu, same)))

    assert "-m blas_probe together /lib/libone.so '/my lib/libtwo.so' two OpenMP" in both
    assert "together" not in one
