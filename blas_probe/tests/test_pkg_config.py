# SPDX-License-Identifier: Apache-2.0
"""The folder of .pc files."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from blas_probe.errors import UsageError
from blas_probe.found import Found
from blas_probe.library import Header, Library
from blas_probe.recipe import Asked, Recipe, Recipes, Select, Variant
from blas_probe.recipe.model import Find
from blas_probe.write import flags, linking, offers, pkg_config

Make = Callable[..., Library]

FAST = Variant(id="fast", provider="fast", lapack="slow", default=True)
SLOW = Variant(id="slow", provider="slow", lapack="slow", speed_class="reference")
WIDE = Variant(id="fast64", provider="fast", select=Select(int_bits=64))
RECIPES = Recipes(
    providers=(
        Recipe(
            name="fast", summary="Fast", home="https://fast.example", provides=("blas",),
            platforms=("*",), marks=("fast_mark",), find=Find(files=("libfast*",)),
            asked=(
                Asked(name="fast"),
                Asked(name="py-fast", prefix="py_", int_bits=(32, 64)),
                Asked(name="fast-mt", thread_layer=("openmp",)),
            ),
            variant=(FAST, WIDE),
        ),
    )
)  # fmt: skip


def real_file(folder: Path, name: str, *links: str) -> str:
    """A file with further names beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"\x7fELF")
    for one in links:
        (folder / one).symlink_to(name)
    return str(folder / name)


def found(*libraries: Library) -> Found:
    """An answer with three variants."""
    return Found(libraries=libraries, variants=(FAST, SLOW, WIDE), ignored_environment={})


def written(folder: Path, *libraries: Library, use: str | None = None) -> dict[str, str]:
    """What the folder then holds: name of a .pc file -> text."""
    made = offers.offers(found(*libraries), RECIPES, use=use)
    pkg_config.write_folder(folder, made, RECIPES)
    return {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.pc")}


def fields(text: str) -> dict[str, str]:
    """The fields of a .pc file."""
    rows = [line.partition(": ") for line in text.splitlines() if ": " in line]
    return {name: value for name, _, value in rows if not name.startswith("#")}


NAMES = [
    ("_", "", ""),
    ("_64_", "64_", "BLAS_SYMBOL_SUFFIX=64_ OPENBLAS_ILP64_NAMING_SCHEME HAVE_BLAS_ILP64"),
    ("_64_", "_64", "BLAS_SYMBOL_SUFFIX=_64 HAVE_BLAS_ILP64"),
    ("_64", "_64", "BLAS_SYMBOL_SUFFIX=_64 NO_APPEND_FORTRAN HAVE_BLAS_ILP64"),
    ("_64_", None, "BLAS_SYMBOL_SUFFIX=64_ OPENBLAS_ILP64_NAMING_SCHEME HAVE_BLAS_ILP64"),
    ("_", None, ""),
    ("", "", "NO_APPEND_FORTRAN"),
    ("$NEW", "$NEW", "BLAS_SYMBOL_SUFFIX=$NEW NO_APPEND_FORTRAN"),
]


@pytest.mark.parametrize(("suffix", "c_suffix", "macros"), NAMES)
@pytest.mark.parametrize("prefix", ["", "py_"])
def test_macros_spell_the_names_that_the_library_exports(
    library: Make, prefix: str, suffix: str, c_suffix: str | None, macros: str
) -> None:
    """Both the Fortran and the C name come out of them as they are in the file."""
    bits = 64 if "64" in suffix else 32
    one = library(prefix=prefix, suffix=suffix, cblas_suffix=c_suffix, int_bits=bits)

    naming = flags.naming(one)

    wanted = [f"BLAS_SYMBOL_PREFIX={prefix}"] if prefix else []
    assert [*wanted, *macros.split()] == list(flags.naming_defines(one))
    assert naming.right
    assert prefix + "dgemm" + suffix == naming.fortran("dgemm")
    assert c_suffix is None or prefix + "cblas_dgemm" + c_suffix == naming.c("cblas_dgemm")


def test_names_that_the_macros_cannot_spell_are_told(library: Make) -> None:
    """The .pc file says so in a remark."""
    one = library(suffix="_64_", cblas_suffix="", int_bits=64)

    assert not flags.naming(one).right
    assert "cannot spell" in pkg_config.remarks(offers.Offer(name="x", libraries=(one,)))[0]


def test_a_library_without_an_unversioned_name_gets_one(library: Make, tmp_path: Path) -> None:
    """-l finds it in a folder of its own; the program finds it in the real one."""
    path = real_file(tmp_path / "lib", "libfast.so.4.1", "libfast.so.4")
    one = library(path=path, names=(path,), soname="libfast.so.4", provider="fast")

    texts = written(tmp_path / "pc", one)

    folder = tmp_path / "pc/links" / pkg_config.link_folder(path)
    assert sorted(os.listdir(folder)) == ["libfast.so", "libfast.so.4"]  # noqa: PTH208
    assert (folder / "libfast.so").samefile(path)
    assert fields(texts["fast"])["Libs"] == (
        f"-L${{pcfiledir}}/links/{folder.name} -lfast -Wl,-rpath,{tmp_path}/lib "
        f"-Wl,-rpath,${{pcfiledir}}/links/{folder.name}"
    )


def test_a_library_with_an_unversioned_name_is_linked_where_it_lies(
    library: Make, tmp_path: Path
) -> None:
    """No link is made, and nothing refers to the folder that was written."""
    path = real_file(tmp_path / "lib", "libfast-1.so", "libfast.so.4", "libfast.so")
    one = library(path=path, names=(path,), soname="libfast.so.4", provider="fast")

    texts = written(tmp_path / "pc", one)

    assert not (tmp_path / "pc/links").exists()
    assert fields(texts["fast"])["Libs"] == (f"-L{tmp_path}/lib -lfast -Wl,-rpath,{tmp_path}/lib")


def test_parts_that_a_library_opens_by_itself_are_linked_too(library: Make, tmp_path: Path) -> None:
    """It looks for them beside the path that it was opened by."""
    path = real_file(tmp_path, "libfast_rt.so.3")
    core = real_file(tmp_path, "libfast_core.so.3")
    run_time = real_file(tmp_path, "libgfortran-1a.so.5")
    openmp = real_file(tmp_path, "libiomp5.so")
    for name in ("libfast_core.so", "libother.so.1", "libfast.so.3"):
        real_file(tmp_path, name)

    (part,) = linking.linked(
        [
            library(
                path=path,
                soname="libfast_rt.so.3",
                needed=("libgfortran-1a.so.5", "libc.so.6"),
                thread_runtimes=(openmp, "/elsewhere/libtbb.so.12"),
            ),
        ]
    )

    assert {
        "libfast_rt.so": path, "libfast_rt.so.3": path, "libfast_core.so.3": core,
        "libgfortran-1a.so.5": run_time, "libiomp5.so": openmp,
    } == part.links  # fmt: skip


def test_a_library_that_its_own_soname_does_not_lead_to_is_found_through_the_links(
    library: Make, tmp_path: Path
) -> None:
    """The loader looks where the soname is a link to this very file, and nowhere else."""
    path = real_file(tmp_path / "lib", "libfast.so")
    (tmp_path / "lib/libfast.so.4").write_bytes(b"another")
    one = library(path=path, names=(path,), soname="libfast.so.4", provider="fast")

    (part,) = linking.linked([one])

    assert ({"libfast.so": path, "libfast.so.4": path}, ("",)) == (part.links, part.rpaths)


def test_a_library_without_soname_keeps_its_own_path(library: Make, tmp_path: Path) -> None:
    """A program would ask for the path that it was linked with: it must not be a link of ours."""
    path = real_file(tmp_path / "lib", "libfast-1.so", "libfast.so")
    one = library(path=path, names=(path,), soname=None)

    (part,) = linking.linked([one])

    assert ("fast", {}, (str(tmp_path / "lib"),)) == (part.name, part.links, part.rpaths)


def test_an_archive_is_not_hidden_by_the_shared_library_beside_it(
    library: Make, tmp_path: Path
) -> None:
    """It stands alone in its folder, with the run-times that it needs behind it."""
    path = real_file(tmp_path, "libfast.a")
    real_file(tmp_path, "libfast.so")
    one = library(path=path, soname=None, format="archive", thread_layer="openmp",
                  fortran_runtime="needed")  # fmt: skip

    (part,) = linking.linked([one])

    assert ({"libfast.a": path}, ()) == (part.links, part.rpaths)
    assert ["-lfast", "-lgfortran", "-lgomp", "-lpthread", "-lm"] == (
        pkg_config.link_words(part)[1:]
    )


@pytest.mark.parametrize("neighbour", ["libblas.so", "libblas.so.3"])
def test_a_neighbour_of_the_same_name_is_not_taken(
    library: Make, tmp_path: Path, neighbour: str
) -> None:
    """A LAPACK whose folder has a BLAS of its own is found through the links alone."""
    lapack = real_file(tmp_path / "slow", "liblapack.so.3", "liblapack.so")
    real_file(tmp_path / "slow", neighbour)
    blas = real_file(tmp_path / "fast", "libblas.so.3", "libblas.so")

    first, second = linking.linked(
        [
            library(path=lapack, soname="liblapack.so.3", needed=("libblas.so.3",)),
            library(path=blas, soname="libblas.so.3"),
        ]
    )

    assert (("",), {"liblapack.so", "liblapack.so.3"}) == (first.rpaths, set(first.links))
    assert ((str(tmp_path / "fast"),), {}) == (second.rpaths, second.links)


def test_a_library_in_a_system_folder_needs_no_rpath(library: Make) -> None:
    """The loader looks there anyway."""
    assert linking.SYSTEM.match("/usr/lib/x86_64-linux-gnu")
    assert linking.SYSTEM.match("/usr/lib64")
    assert not linking.SYSTEM.match("/usr/lib/x86_64-linux-gnu/fast")
    assert not linking.SYSTEM.match("/opt/lib")


def pair(make: Make, folder: Path, **changed: Any) -> list[Library]:
    """A BLAS in two files, and a LAPACK of another provider that asks for one of them."""
    facts: dict[str, Any] = {"provider": "fast", "has_lapack": False, "variants": ("fast",)}
    one = real_file(folder / "fast", "libfast.so.4")
    two = real_file(folder / "fast", "libblas.so.3")
    three = real_file(folder / "slow", "liblapack.so.3")
    return [
        make(path=one, soname="libfast.so.4", **facts),
        make(path=two, soname="libblas.so.3", **{**facts, **changed}),
        make(path=three, soname="liblapack.so.3", provider="slow", has_blas=False,
             has_cblas=False, cblas_suffix=None, blas_soname="libblas.so.3"),
    ]  # fmt: skip


def test_a_lapack_gets_the_blas_under_the_soname_that_it_asks_for(
    library: Make, tmp_path: Path
) -> None:
    """One soname, one file in the process: the file of the same build that has it is offered."""
    texts = written(tmp_path / "pc", *pair(library, tmp_path))

    for name, words in (("blas-fast", ["blas"]), ("lapack-fast", ["lapack", "blas"])):
        libs = fields(texts[name])["Libs"].split()
        assert words == [word[2:] for word in libs if word.startswith("-l")]
        assert "# this LAPACK" not in texts[name]
    assert "LAPACK of fast 1.0 and slow 1.0" in texts["lapack-fast"]


def test_a_lapack_that_asks_for_another_soname_is_told(library: Make, tmp_path: Path) -> None:
    """Without such a file the set is offered with a remark."""
    texts = written(tmp_path / "pc", *pair(library, tmp_path, version="0.5"))

    assert "# this LAPACK asks for libblas.so.3" in texts["lapack-fast"]


def test_c_functions_come_from_the_library_beside(library: Make, tmp_path: Path) -> None:
    """A BLAS without CBLAS is offered behind the file of its provider that has it."""
    blas = real_file(tmp_path, "libf77.so.3")
    c = real_file(tmp_path, "libc.so.3")
    libraries = [
        library(path=blas, soname="libf77.so.3", provider="fast", has_cblas=False,
                cblas_suffix=None),
        library(path=c, soname="libc.so.3", provider="fast", has_blas=False, has_lapack=False),
    ]  # fmt: skip

    texts = written(tmp_path / "pc", *libraries)

    assert "-lc " in fields(texts["blas-fast"])["Libs"]
    assert fields(texts["blas-fast"])["Libs"].index("-lc ") < fields(texts["blas-fast"])[
        "Libs"
    ].index("-lf77")


def test_plain_names_stand_for_the_best_plain_library(library: Make, tmp_path: Path) -> None:
    """A prefix never hides behind `blas`; the variant asked for comes first."""
    fast = real_file(tmp_path / "fast", "libfast.so")
    renamed = real_file(tmp_path / "py", "libpyfast.so")
    slow = real_file(tmp_path / "slow", "libslow.so")
    libraries = [
        library(path=renamed, soname=None, provider="fast", prefix="py_", version="9.0",
                has_lapacke=True),
        library(path=fast, soname=None, provider="fast"),
        library(path=slow, soname=None, provider="slow"),
    ]  # fmt: skip

    texts = written(tmp_path / "pc", *libraries)
    used = written(tmp_path / "pc2", *libraries, use="slow")

    assert {"blas", "lapack", "cblas", "blas-fast", "lapack-slow", "fast", "py-fast"} <= set(texts)
    assert not {"blas64", "lapacke", "fast-mt", "blas-fast64"} & set(texts)
    assert f"library={fast}\n" in texts["blas"] and f"library={fast}\n" in texts["blas-fast"]
    assert f"library={renamed}\n" in texts["py-fast"]
    assert "-DBLAS_SYMBOL_PREFIX=py_" in fields(texts["py-fast"])["Cflags"]
    assert "Cflags" not in fields(texts["blas"])
    assert f"library={slow}\n" in used["blas"] and f"library={fast}\n" in used["fast"]


def test_headers_that_belong_to_the_library_are_in_cflags(library: Make, tmp_path: Path) -> None:
    """Their folder and their macros; a refused one is left out."""
    path = real_file(tmp_path, "libfast.so")
    headers = tuple(
        Header(path=f"/inc/{pair}/cblas.h", kind="cblas", int_bits=64, defines=("F_ILP64",),
               pair=pair, reason="")
        for pair in ("proven", "refused")
    )  # fmt: skip
    one = library(path=path, soname=None, provider="fast", int_bits=64, headers=headers)

    cflags = fields(written(tmp_path / "pc", one)["blas-fast64"])["Cflags"]

    assert cflags == "-I/inc/proven -DHAVE_BLAS_ILP64 -DF_ILP64"


def test_the_second_library_of_the_same_facts_gets_a_number(library: Make, tmp_path: Path) -> None:
    """Every usable library has a .pc file of its own; an unusable one has none."""
    paths = [real_file(tmp_path / name, "libfast.so") for name in "abc"]
    libraries = [
        library(path=paths[0], soname=None), library(path=paths[1], soname=None),
        library(path=paths[2], soname=None, problem="does not load"),
    ]  # fmt: skip

    texts = written(tmp_path / "pc", *libraries)

    assert sorted(texts) == ["one-1.0-serial-lp64-libfast", "one-1.0-serial-lp64-libfast-2"]


def test_an_older_folder_is_brought_up_to_date(library: Make, tmp_path: Path) -> None:
    """What an earlier run wrote goes; what somebody else wrote stays."""
    path = real_file(tmp_path / "lib", "libfast.so.4")
    folder = tmp_path / "pc"
    first = written(folder, library(path=path, soname="libfast.so.4", provider="fast"))
    (folder / "mine.pc").write_text("Name: mine\n")

    second = written(folder)

    assert "fast" in first and set(second) == {"mine"}
    assert not (folder / "links").exists()


def test_the_text_does_not_depend_on_the_folder_or_the_time(library: Make, tmp_path: Path) -> None:
    """The folder can be moved: its own links are told through pcfiledir."""
    path = real_file(tmp_path / "lib", "libfast.so.4")
    one = library(path=path, soname="libfast.so.4", provider="fast")

    assert written(tmp_path / "a", one) == written(tmp_path / "b/b", one)


def test_blanks_in_the_folder_do_not_reach_the_rpath(library: Make, tmp_path: Path) -> None:
    """CMake would tear it there; where the links are the only way, they stay."""
    path = real_file(tmp_path / "lib", "libfast.so.4")
    lost = real_file(tmp_path / "lib", "libslow.so.1-old")
    one = library(path=path, soname="libfast.so.4", provider="fast")
    other = library(path=lost, soname="libslow.so.1", provider="slow")

    texts = written(tmp_path / "b b", one, other)

    assert fields(texts["fast"])["Libs"].endswith(f" -Wl,-rpath,{tmp_path}/lib")
    assert "-Wl,-rpath,${pcfiledir}/links/" in texts["slow-1.0-serial-lp64-libslow"]


def test_a_folder_that_cannot_be_written_is_told(library: Make, tmp_path: Path) -> None:
    """The message names the path and the cure."""
    (tmp_path / "file").write_text("")

    with pytest.raises(UsageError, match=r"file: cannot be written: .*; give a path"):
        pkg_config.write_folder(tmp_path / "file", [], RECIPES)


# As NumPy, SciPy and meson's own modules ask for them.
ASKED = {"openblas": "openblas", "openblas64": "openblas", "scipy-openblas": "openblas",
         "mkl-sdl": "mkl", "blis": "blis", "flexiblas": "flexiblas",
         "flexiblas64": "flexiblas"}  # fmt: skip
OWN_HEADERS = {"openblas": "cblas.h", "mkl": "mkl_cblas.h", "blis": "blis/cblas.h",
               "nvpl": "nvpl_blas_cblas.h", "netlib": "cblas-netlib.h"}  # fmt: skip


def test_the_names_that_build_tools_ask_for_are_in_the_recipes(recipes: Recipes) -> None:
    """Each name belongs to one provider, whose header names are known too."""
    told = {row.name: one.name for one in recipes.providers for row in one.asked}

    assert {**told, **ASKED} == told
    for provider, header in OWN_HEADERS.items():
        assert header in recipes.provider(provider).headers.cblas


STRANGE = ["/opt/a b/lib", "/opt/a,b/lib", "/home/jürgen/lib", "/opt/$x/lib", "/opt/it's/lib"]


@pytest.mark.parametrize("folder", STRANGE)
def test_a_path_that_tools_misread_is_hidden_behind_links(
    library: Make, tmp_path: Path, folder: str
) -> None:
    """Linkers tear rpaths at commas and blanks, and meson reads no umlaut: nobody sees them."""
    path = real_file(tmp_path / folder.strip("/"), "libfast.so", "libfast.so.4")
    header = Header(path=f"{tmp_path}{folder}/cblas.h", kind="cblas", int_bits=32, defines=(),
                    pair="proven", reason="")  # fmt: skip
    one = library(path=path, soname="libfast.so.4", provider="fast", headers=(header,))

    said = fields(written(tmp_path / "pc", one)["fast"])

    words = f"{said['Libs']} {said['Cflags']}".replace("${pcfiledir}", "").split()
    assert all(linking.PORTABLE.match(word.replace("-Wl,-rpath,", "")) for word in words)
    below = [Path(tmp_path / "pc" / word.lstrip("-LI/")) for word in words if word[:2] != "-l"]
    assert (below[0] / "libfast.so").samefile(path)
    assert Path(path).parent == below[-1].readlink()


def test_two_paths_never_share_a_folder_of_links() -> None:
    """Each would hide the other's files."""
    paths = ["/opt/a/b.so", "/opt/a-b.so", "/opt/a b.so", "/opt/ä.so", "/opt/ö.so"]

    assert len(paths) == len({pkg_config.link_folder(path) for path in paths})


@pytest.mark.parametrize("name", ["a$b", "a,b", "a'b", 'a"b', "a\\b", "a\tb"])
def test_a_folder_that_nobody_could_use_is_refused(
    library: Make, tmp_path: Path, name: str
) -> None:
    """Before anything is written."""
    with pytest.raises(UsageError, match="give another folder"):
        written(tmp_path / name, library())

    assert not (tmp_path / name).exists()


def test_what_others_wrote_is_never_lost(library: Make, tmp_path: Path) -> None:
    """Neither a .pc file of the same name nor links in a folder of the name of ours."""
    path = real_file(tmp_path, "libfast.so.4")
    one = library(path=path, soname=None, provider="fast")
    theirs = tmp_path / "pc/links/theirs/link"
    theirs.parent.mkdir(parents=True)
    theirs.symlink_to("somewhere")

    written(tmp_path / "pc", one)
    (tmp_path / "pc/fast.pc").write_text("Name: theirs\n")
    with pytest.raises(UsageError, match=r"fast\.pc is there, and blas_probe did not write it"):
        written(tmp_path / "pc", one)

    assert "somewhere" == str(theirs.readlink())
    assert "Name: theirs\n" == (tmp_path / "pc/fast.pc").read_text()


def test_writers_of_one_folder_do_not_disturb_each_other(library: Make, tmp_path: Path) -> None:
    """Each of them makes, replaces and tidies up the same links."""
    path = real_file(tmp_path / "lib", "libfast.so.4")
    one = library(path=path, soname="libfast.so.4", provider="fast")

    with ThreadPoolExecutor() as pool:
        texts = list(pool.map(lambda _: written(tmp_path / "pc", one)["fast"], range(40)))

    assert 1 == len(set(texts))
    assert (tmp_path / "pc/links" / pkg_config.link_folder(path) / "libfast.so").samefile(path)
