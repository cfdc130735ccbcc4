# SPDX-License-Identifier: Apache-2.0
"""Every source of candidates, on file trees made for the test."""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from blas_probe.errors import UnknownVariant
from blas_probe.probing import searched
from blas_probe.recipe import Recipes
from blas_probe.search.find import File, find
from blas_probe.search.packages import pc_words
from blas_probe.search.places import Machine, cached_paths

TRIPLET = "x86_64-linux-gnu"


def look(
    recipes: Recipes, root: Path, *, environ: Mapping[str, str] | None = None,
    sites: Sequence[Path] = (), paths: Sequence[Path] = (),
) -> list[File]:  # fmt: skip
    """Search the tree below `root`."""
    machine = Machine(root=root, triplet=TRIPLET, environ=environ or {}, site_packages=sites)
    return find(recipes, machine, paths)


def put(path: Path, text: str = "x") -> Path:
    """A file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def link(path: Path, target: Path) -> None:
    """A symbolic link with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def test_debian_alternatives_lead_to_one_record(tmp_path: Path, recipes: Recipes) -> None:
    """Link, alternative and real file are one library with three names."""
    library = tmp_path / "usr/lib" / TRIPLET
    real = put(library / "openblas-pthread/libblas.so.3")
    link(tmp_path / "etc/alternatives/libblas.so.3-x", real)
    link(library / "libblas.so.3", tmp_path / "etc/alternatives/libblas.so.3-x")

    (file,) = look(recipes, tmp_path)

    assert (file.path, file.source, file.problem) == (str(real.resolve()), "debian", None)
    assert len(file.names) == 3


def test_alternatives_not_in_use_are_found_too(tmp_path: Path, recipes: Recipes) -> None:
    """dpkg's own record lists every choice."""
    put(tmp_path / "odd/place/libblas.so.3")
    put(
        tmp_path / "var/lib/dpkg/alternatives/libblas.so.3-x", "auto\n/odd/place/libblas.so.3\n10\n"
    )

    assert [file.source for file in look(recipes, tmp_path)] == ["debian"]


def test_loader_configuration_is_followed(tmp_path: Path, recipes: Recipes) -> None:
    """ld.so.conf with an include names further folders."""
    put(tmp_path / "etc/ld.so.conf", "# folders\ninclude conf.d/*.conf\n")
    put(tmp_path / "etc/conf.d/one.conf", "/opt/odd/lib  # a comment\n")
    put(tmp_path / "opt/odd/lib/libopenblas.so.0")

    assert [file.source for file in look(recipes, tmp_path)] == ["system"]


def test_an_include_of_itself_ends(tmp_path: Path, recipes: Recipes) -> None:
    """A circle in the configuration costs nothing."""
    put(tmp_path / "etc/ld.so.conf", "include ld.so.conf\n")

    assert look(recipes, tmp_path) == []


def test_the_loader_cache_is_read() -> None:
    """Entries of glibc's cache give their paths; damage gives none."""
    text = b"libblas.so.3\0/usr/lib/libblas.so.3\0"
    start = 48 + 24
    entry = struct.pack("=iIIIQ", 0, start, start + 13, 0, 0)
    cache = b"glibc-ld.so.cache1.1" + struct.pack("=II", 1, len(text)) + bytes(20) + entry + text

    assert cached_paths(b"old part" + cache) == ["/usr/lib/libblas.so.3"]
    assert cached_paths(b"") == cached_paths(cache[:30]) == cached_paths(b"nonsense") == []


def test_pypi_packages_are_found_by_their_record(tmp_path: Path, recipes: Recipes) -> None:
    """A file beside the package, and one that was installed into the prefix's lib folder."""
    site = tmp_path / "venv/lib/python3.11/site-packages"
    put(site / "scipy_openblas32/lib/libscipy_openblas.so")
    put(
        site / "scipy_openblas32-1.0.dist-info/RECORD",
        "scipy_openblas32/lib/libscipy_openblas.so,sha256=x,1\nscipy_openblas32/x.py,,\n",
    )
    put(tmp_path / "venv/lib/libmkl_rt.so.3")
    put(site / "mkl-1.0.dist-info/RECORD", "../../libmkl_rt.so.3,,\n../../libmkl_avx2.so.3,,\n")
    put(site / "stranger-1.0.dist-info/RECORD", "stranger/libopenblas.so,,\n")

    files = look(recipes, tmp_path / "empty", sites=[site])

    assert [file.source for file in files] == ["pypi:mkl", "pypi:scipy-openblas32"]


def test_variables_lead_to_roots_and_folders(tmp_path: Path, recipes: Recipes) -> None:
    """A provider's own variable, the loader's, and conda's prefix."""
    put(tmp_path / "mkl/lib/intel64/libmkl_rt.so.2")
    put(tmp_path / "user/libopenblas.so")
    put(tmp_path / "conda/lib/libblas.so.3")
    environ = {
        "MKLROOT": str(tmp_path / "mkl"), "LD_LIBRARY_PATH": f":{tmp_path / 'user'}:/nowhere",
        "CONDA_PREFIX": str(tmp_path / "conda"),
    }  # fmt: skip

    sources = {file.source for file in look(recipes, tmp_path / "empty", environ=environ)}

    assert sources == {"env:MKLROOT", "env:LD_LIBRARY_PATH", f"conda:{tmp_path / 'conda'}"}


def test_pkg_config_files_are_read_without_the_tool(tmp_path: Path, recipes: Recipes) -> None:
    """Variables, -L and -l, and full paths."""
    put(tmp_path / "odd/libopenblas.so.0")
    put(tmp_path / "odd/libmkl_rt.so.3")
    put(tmp_path / "pc/openblas.pc", "libdir=${pcfiledir}/../odd\nLibs: -L${libdir} -lopenblas\n")
    put(tmp_path / "pc/mkl-sdl.pc", f"a=${{a}}\nLibs: {tmp_path}/odd/libmkl_rt.so.3 ${{a}} -lm\n")
    environ = {"PKG_CONFIG_PATH": str(tmp_path / "pc")}

    files = look(recipes, tmp_path / "empty", environ=environ)

    assert [file.source for file in files] == ["pkg-config", "pkg-config"]


def test_a_circle_of_variables_ends() -> None:
    """A .pc file that refers to itself gives no endless text."""
    assert len(pc_words("a=${b}\nb=${a}${a}\nLibs: ${b}${a}\n", Path("/"))[0]) <= 1


def test_an_explicit_path_wins_over_every_source(tmp_path: Path, recipes: Recipes) -> None:
    """The user's own word is the source."""
    real = put(tmp_path / "usr/lib/libopenblas.so.0")

    (file,) = look(recipes, tmp_path, paths=[real])

    assert file.source == "path"


def test_a_folder_stands_for_the_libraries_in_it(tmp_path: Path, recipes: Recipes) -> None:
    """Odd names are taken when they say BLAS at all."""
    put(tmp_path / "lib/libmyblas-odd.so")
    put(tmp_path / "lib/libother.so")

    files = look(recipes, tmp_path / "empty", paths=[tmp_path / "lib"])

    assert [Path(file.path).name for file in files] == ["libmyblas-odd.so"]


def test_a_search_can_be_narrowed(recipes: Recipes) -> None:
    """A provider brings the one whose LAPACK it takes; an unknown one is refused."""
    names = [recipe.name for recipe in searched(recipes, ["blis"]).providers]

    assert names == ["blis", "netlib"]
    assert searched(recipes, None) is recipes
    with pytest.raises(UnknownVariant, match="no provider `nobody`; known: accelerate, "):
        searched(recipes, ["nobody"])


def test_two_hard_links_are_one_file(tmp_path: Path, recipes: Recipes) -> None:
    """Identity is the file, not its name."""
    one = put(tmp_path / "usr/lib/libopenblas.so.0")
    os.link(one, one.with_name("libopenblas.so"))

    (file,) = look(recipes, tmp_path)

    assert len(file.names) == 2


def test_each_strange_candidate_costs_one_row(tmp_path: Path, recipes: Recipes) -> None:
    """Folders, FIFOs, circles, dangling links and missing files are told, not opened."""
    (tmp_path / "folder.so").mkdir()
    os.mkfifo(tmp_path / "fifo.so")
    link(tmp_path / "circle.so", tmp_path / "circle.so")
    link(tmp_path / "dangling.so", tmp_path / "nothing")
    names = ["folder.so", "fifo.so", "circle.so", "dangling.so", "missing.so"]

    files = look(recipes, tmp_path / "empty", paths=[tmp_path / name for name in names])

    problems = {Path(file.path).name: file.problem for file in files}
    assert problems == {
        "folder.so": "it is a folder, not a library; give the library's file",
        "fifo.so": "it is a FIFO, not a library; give the library's file",
        "circle.so": "it is a circle of links",
        "dangling.so": "it is a link to a file that does not exist",
        "missing.so": "it does not exist",
    }


@pytest.mark.parametrize("name", ["lib blas é.so", "libblas\udcff.so", "lib\nblas.so"])
def test_odd_file_names_are_kept(tmp_path: Path, recipes: Recipes, name: str) -> None:
    """A blank, a letter beyond ASCII, a byte that is no UTF-8, a line break."""
    path = tmp_path / name
    path.touch()

    (file,) = look(recipes, tmp_path / "empty", paths=[path])

    assert file.path.endswith(name)
