# SPDX-License-Identifier: Apache-2.0
"""Sources beyond the system's own folders, on file trees made for the test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from blas_probe.recipe import Recipes
from blas_probe.search.find import File, find
from blas_probe.search.places import Machine
from blas_probe.search.stores import module_folders

TRIPLET = "x86_64-linux-gnu"


def look(recipes: Recipes, root: Path, *sites: Path, **environ: str) -> list[File]:
    """Search the tree below `root` with the home folder in it."""
    given = {"HOME": str(root / "home"), **environ}
    machine = Machine(root=root, triplet=TRIPLET, environ=given, site_packages=sites)
    return find(recipes, machine, ())


def put(path: Path, text: str = "x") -> Path:
    """A file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


PLACES = [
    ("usual_conda", "home/miniforge3/envs/a/lib/libopenblas.so.0",
     "conda:{0}/home/miniforge3/envs/a"),
    ("system_conda", "opt/conda/lib/libblis.so.4", "conda:{0}/opt/conda"),
    ("pixi", "home/.pixi/envs/tool/lib/libmkl_rt.so.2", "conda:{0}/home/.pixi/envs/tool"),
    ("nix", "nix/store/0123-openblas-0.3.27/lib/libopenblas.so.0", "store:nix"),
    ("guix", "gnu/store/0123-lapack-3.12/lib/liblapack.so.3", "store:guix"),
    ("spack", "home/spack/opt/spack/linux/gcc/openblas-0.3.27-abcdefg/lib/libopenblas.so",
     "store:spack"),
    ("spack_flat", "opt/spack/opt/spack/linux/netlib-lapack-3.1-abcdefg/lib64/libblas.so",
     "store:spack"),
    ("easybuild", "opt/easybuild/software/OpenBLAS/0.3.27-GCC/lib/libopenblas.so.0",
     "store:easybuild"),
    ("homebrew", "opt/homebrew/Cellar/openblas/0.3.27/lib/libopenblas.dylib", "store:homebrew"),
    ("vcpkg", "home/vcpkg/installed/x64-linux/lib/libopenblas.so", "store:vcpkg"),
    ("julia", "opt/julia-1.12/lib/julia/libopenblas64_.so", "system"),
    ("r", "usr/lib/R/lib/libRblas.so", "system"),
    ("essl", "opt/ibmmath/essl/6.3/lib64/libesslsmp6464.so.1", "system"),
    ("profile", "home/.nix-profile/lib/libblas.so.3", "store:profile"),
    ("fedora", "usr/lib64/atlas/libsatlas.so.3", "system"),
    ("fedora_openmp", "usr/lib64/libopenblaso64_.so.0", "system"),
    ("gentoo", "usr/lib64/blas/openblas/libblas.so.3", "system"),
    ("flexiblas", "usr/lib64/flexiblas/libflexiblas_netlib.so", "system"),
    ("hpc_sdk", "opt/nvidia/hpc_sdk/Linux_x86_64/24.5/compilers/lib/libblas_lp64.so", "system"),
    ("lapacke", f"usr/lib/{TRIPLET}/liblapacke.so.3", "system"),
    ("suse", "usr/lib64/openblas-pthreads/libblas.so.3", "system"),
    ("suse_netlib", "usr/lib64/lapack/liblapack.so.3", "system"),
    ("newer_cpus", "usr/lib64/glibc-hwcaps/x86-64-v3/libopenblas.so.0", "system"),
    ("extended_names", "usr/lib/libblas64_.so.3", "system"),
    ("home", "home/.local/lib/libopenblas.so.0", "local"),
    ("own_prefix", "opt/mymath-1.2/lib64/liblapack.so.3", "local"),
    ("own_version", "opt/openblas/0.3.30/lib/libopenblas.so.0", "local"),
    ("own_local", "usr/local/OpenBLAS/lib/libopenblas.so.0", "local"),
    ("parallel_studio",
     "opt/intel/compilers_and_libraries_2020.4.304/linux/mkl/lib/intel64/libmkl_rt.so", "system"),
    ("oneapi_unified", "opt/intel/oneapi/2024.2/lib/libmkl_rt.so.2", "system"),
    ("easybuild_mkl", "opt/easybuild/software/imkl/2023.1/mkl/2023.1/lib/intel64/libmkl_rt.so.2",
     "store:easybuild"),
    ("spack_mkl",
     "home/spack/opt/spack/linux/intel-oneapi-mkl-2024.0-abcdefg/mkl/2024.0/lib/libmkl_rt.so.2",
     "store:spack"),
    ("spack_armpl",
     "home/spack/opt/spack/linux/armpl-gcc-23.04-abcdefg/armpl_23.04_gcc/lib/libarmpl_lp64.so",
     "store:spack"),
    ("spack_hpc_sdk",
     "home/spack/opt/spack/linux/nvhpc-24.1-abcdefg/Linux_x86_64/24.1/compilers/lib/libblas_lp64.so",
     "store:spack"),
    ("nixos_user", "etc/profiles/per-user/me/lib/libopenblas.so.0", "store:profile"),
    ("pipx", "home/.local/share/pipx/venvs/dash/lib/python3.12/site-packages/numpy.libs/"
     "libscipy_openblas64_-0123abcd.so", "tool:dash"),
    ("uv", "home/.local/share/uv/tools/dash/lib/python3.12/site-packages/numpy.libs/"
     "libscipy_openblas64_-0123abcd.so", "tool:dash"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "source"), [p[1:] for p in PLACES], ids=[p[0] for p in PLACES])
def test_a_library_is_found_where_it_usually_lies(
    tmp_path: Path, recipes: Recipes, place: str, source: str
) -> None:
    """Each package manager has folders of its own."""
    path = put(tmp_path / place)
    if source.startswith("conda:"):
        (path.parent.parent / "conda-meta").mkdir()
        if "/envs/" in place and "miniforge3" in place:
            (tmp_path / "home/miniforge3/conda-meta").mkdir()

    (file,) = look(recipes, tmp_path)

    assert (file.path, file.source) == (str(path.resolve()), source.format(tmp_path))


VARIABLES = [
    ("easybuild_module", "EBROOTOPENBLAS", "lib/libopenblas.so.0", "env:EBROOTOPENBLAS"),
    ("envs_dirs", "CONDA_ENVS_DIRS", "x/lib/libopenblas.so.0", "conda:{0}/x"),
    ("mamba_root", "MAMBA_ROOT_PREFIX", "lib/libopenblas.so.0", "conda:{0}"),
    ("preloaded", "LD_PRELOAD", "libmyblas.so", "env:LD_PRELOAD"),
    ("oneapi", "ONEAPI_ROOT", "mkl/latest/lib/libmkl_rt.so.2", "env:ONEAPI_ROOT"),
    ("hpc_sdk", "NVHPC_ROOT", "compilers/lib/libblas_lp64.so", "env:NVHPC_ROOT"),
    ("spack_env", "SPACK_ENV", ".spack-env/view/lib/libopenblas.so", "store:spack"),
    ("cmake_libraries", "CMAKE_LIBRARY_PATH", "libopenblas.so", "env:CMAKE_LIBRARY_PATH"),
    ("cmake_prefix", "CMAKE_PREFIX_PATH", "lib64/libopenblas.so", "env:CMAKE_PREFIX_PATH"),
    ("newer_cpus", "LD_LIBRARY_PATH", "glibc-hwcaps/x86-64-v2/libblas.so.3", "env:LD_LIBRARY_PATH"),
    (
        "pipx_home",
        "PIPX_HOME",
        "venvs/t/lib/python3.11/site-packages/numpy.libs/libopenblas-0.so",
        "tool:t",
    ),
]


@pytest.mark.parametrize(
    ("variable", "place", "source"), [v[1:] for v in VARIABLES], ids=[v[0] for v in VARIABLES]
)
def test_a_variable_leads_to_a_library(
    tmp_path: Path, recipes: Recipes, variable: str, place: str, source: str
) -> None:
    """What modules, conda and the user set."""
    path = put(tmp_path / "root" / place)
    (tmp_path / "root/x/conda-meta").mkdir(parents=True)
    value = str(path) if variable == "LD_PRELOAD" else str(tmp_path / "root")

    (file,) = look(recipes, tmp_path / "empty", **{variable: value})

    assert file.source == source.format(tmp_path / "root")


def test_preloaded_names_are_looked_up(tmp_path: Path, recipes: Recipes) -> None:
    """A name without a folder in the variable, and the file that counts for every process."""
    put(tmp_path / "usr/lib/libmyblas.so")
    put(tmp_path / "odd/libotherblas.so")
    put(tmp_path / "etc/ld.so.preload", "# all\n/odd/libotherblas.so\n")

    files = look(recipes, tmp_path, LD_PRELOAD="libmyblas.so")

    assert [file.source for file in files] == ["system", "env:LD_PRELOAD"]


def test_a_semicolon_separates_folders_for_the_loader(tmp_path: Path, recipes: Recipes) -> None:
    """As glibc reads LD_LIBRARY_PATH."""
    put(tmp_path / "user/libopenblas.so.0")

    (file,) = look(recipes, tmp_path / "empty", LD_LIBRARY_PATH=f"/nowhere;{tmp_path / 'user'}")

    assert file.source == "env:LD_LIBRARY_PATH"


def test_the_included_configuration_is_that_below_the_root(
    tmp_path: Path, recipes: Recipes
) -> None:
    """An absolute pattern means the system that is looked at."""
    put(tmp_path / "etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf\n")
    put(tmp_path / "etc/ld.so.conf.d/x.conf", "/srv/odd/lib\n")
    put(tmp_path / "srv/odd/lib/libopenblas.so.0")

    assert [file.source for file in look(recipes, tmp_path)] == ["system"]


def test_what_is_installed_by_hand_is_found_by_pkg_config(tmp_path: Path, recipes: Recipes) -> None:
    """`make install` with a prefix in the home folder."""
    put(tmp_path / "odd/libopenblas.so.0")
    put(tmp_path / "home/.local/lib/pkgconfig/openblas.pc",
        f"Libs: -L{tmp_path / 'odd'} -lopenblas\n")  # fmt: skip

    assert [file.source for file in look(recipes, tmp_path)] == ["pkg-config"]


def test_every_alternatives_record_is_read(tmp_path: Path, recipes: Recipes) -> None:
    """Fedora, RHEL and openSUSE keep theirs elsewhere."""
    put(tmp_path / "odd/libblas.so.3")
    put(tmp_path / "var/lib/alternatives/libblas.so.3", "auto\n\n/odd/libblas.so.3\n10\n")

    assert [file.source for file in look(recipes, tmp_path)] == ["alternatives"]


def test_copies_inside_any_wheel_are_found(tmp_path: Path, recipes: Recipes) -> None:
    """The folders that auditwheel and delocate make; the wheel's version is the package's."""
    site = tmp_path / "lib/python3.12/site-packages"
    put(site / "odd_tool.libs/libopenblas-0123abcd.so.0")
    put(site / "mac/.dylibs/libopenblas.0.dylib")
    put(site / "odd_tool-2.5.dist-info/RECORD", "")

    files = look(recipes, tmp_path / "empty", site)

    assert [(file.source, file.package) for file in files] == [
        ("pypi:mac", None), ("pypi:odd-tool", "odd-tool 2.5"),
    ]  # fmt: skip


TCL = """#%Module
# prepend-path LD_LIBRARY_PATH /not/this
set root /sw/openblas/0.3
set lib $root/lib64
prepend-path LD_LIBRARY_PATH $lib
setenv OPENBLAS_DIR ${root}
"""
LUA = """-- comment /not/this
local root = "/sw/openblas/0.3"
local version = "0.3"
prepend_path("LD_LIBRARY_PATH", pathJoin(root, "lib64"))
setenv("OPENBLAS_DIR", root)
append_path("PATH", root .. "/bin")
"""


@pytest.mark.parametrize(("name", "text"), [("0.3", TCL), ("0.3.lua", LUA)], ids=["tcl", "lua"])
def test_module_files_are_read_not_run(tmp_path: Path, name: str, text: str) -> None:
    """Both languages: variables are put in, comments are left out."""
    folders = module_folders(put(tmp_path / name, text))

    assert {"/sw/openblas/0.3", "/sw/openblas/0.3/lib64"} <= set(folders)
    assert "/not/this" not in folders


def test_modules_that_are_not_loaded_are_searched(tmp_path: Path, recipes: Recipes) -> None:
    """By the recipes' names for packages, whatever their case; others only when loaded."""
    put(tmp_path / "sw/openblas/0.3/lib64/libopenblas.so.0")
    put(tmp_path / "modules/all/OpenBLAS/0.3.lua", LUA)
    put(tmp_path / "modules/all/gcc/1", "prepend-path LD_LIBRARY_PATH /sw/openblas/0.3/lib64\n")

    (file,) = look(recipes, tmp_path, MODULEPATH=str(tmp_path / "modules/all"))

    assert file.source == "module:OpenBLAS/0.3"


def test_loaded_modules_count_whatever_their_name(tmp_path: Path, recipes: Recipes) -> None:
    """A tool chain's module may bring the library."""
    put(tmp_path / "sw/lib/libopenblas.so.0")
    module = put(tmp_path / "m/foss/1", "#%Module\nprepend-path LD_LIBRARY_PATH /sw/lib\n")

    (file,) = look(recipes, tmp_path, LOADEDMODULES="foss/1", _LMFILES_=str(module))

    assert file.source == "module:foss/1"


CONFIGS = [
    ("variable", "lib/cmake/openblas/OpenBLASConfig.cmake",
     "SET(OpenBLAS_LIBRARIES ${_OpenBLAS_ROOT_DIR}/lib/libodd/libopenblas.so)"),
    ("import_prefix", "lib64/cmake/OpenBLAS/OpenBLASTargets-release.cmake",
     'set(X IMPORTED_LOCATION_RELEASE "${_IMPORT_PREFIX}/lib/libodd/libopenblas.so")'),
    ("relative", "share/cmake/openblas-0.3/a.cmake",
     'set(L "${CMAKE_CURRENT_LIST_DIR}/../../../lib/libodd/libopenblas.so")'),
]  # fmt: skip


@pytest.mark.parametrize(("config", "text"), [c[1:] for c in CONFIGS], ids=[c[0] for c in CONFIGS])
def test_cmake_configs_are_read_without_cmake(
    tmp_path: Path, recipes: Recipes, config: str, text: str
) -> None:
    """A leading variable stands for some folder above the config."""
    put(tmp_path / "p" / config, text)
    put(tmp_path / "p/lib/libodd/libopenblas.so")

    (file,) = look(recipes, tmp_path / "empty", CMAKE_PREFIX_PATH=str(tmp_path / "p"))

    assert (file.path, file.source) == (str(tmp_path / "p/lib/libodd/libopenblas.so"), "cmake")


def test_a_config_that_searches_leads_to_its_lib_folder(tmp_path: Path, recipes: Recipes) -> None:
    """As MKL's does: it names no file."""
    put(tmp_path / "p/lib/cmake/mkl/MKLConfig.cmake", "find_library(MKL mkl_rt)")
    put(tmp_path / "p/lib/libmkl_rt.so.3")

    (file,) = look(recipes, tmp_path / "empty", MKL_DIR=str(tmp_path / "p/lib/cmake/mkl"),
                   CMAKE_PREFIX_PATH="/nowhere;/nothing")  # fmt: skip

    assert file.source == "cmake"


def test_pkg_config_requirements_and_odd_endings(tmp_path: Path, recipes: Recipes) -> None:
    """A required .pc file is followed; Arm's files have no ending; quotes hold blanks."""
    folder = tmp_path / "a b"
    put(folder / "libarmpl_lp64.so")
    put(folder / "libblas.so.3")
    put(tmp_path / "pc/armpl-dynamic-lp64-omp", f'Libs: "-L{folder}" -larmpl_lp64\n')
    put(tmp_path / "pc/lapack.pc", "Requires.private: inner >= 1.0, nothing\nLibs:\n")
    put(tmp_path / "pc/inner.pc", f'Libs: -L"{folder}" -lblas\n')

    files = look(recipes, tmp_path / "empty", PKG_CONFIG_PATH=str(tmp_path / "pc"))

    assert [Path(file.path).name for file in files] == ["libarmpl_lp64.so", "libblas.so.3"]


def test_packages_are_named_by_their_managers(tmp_path: Path, recipes: Recipes) -> None:
    """dpkg, Alpine and Arch keep lists, conda tables; store folders say it themselves."""
    put(tmp_path / "usr/lib/libblas.so.3")
    put(tmp_path / "var/lib/dpkg/info/libblas3:amd64.list", "/.\n/usr/lib/libblas.so.3\n")
    put(tmp_path / "var/lib/dpkg/status", "Package: libblas3\nStatus: x\nVersion: 3.11.0-2\n\n")
    put(tmp_path / "usr/lib/libopenblas.so.0")
    put(
        tmp_path / "lib/apk/db/installed",
        "P:openblas\nV:0.3.28-r0\nF:usr/lib\nR:libopenblas.so.0\n",
    )
    put(tmp_path / "usr/lib/libcblas.so.3")
    put(tmp_path / "var/lib/pacman/local/cblas-3.12.1-2/files", "%FILES%\nusr/lib/libcblas.so.3\n")
    put(tmp_path / "opt/conda/lib/libmkl_rt.so.2")
    put(
        tmp_path / "opt/conda/conda-meta/mkl-2024.json",
        json.dumps(
            {"name": "mkl", "version": "2024.2", "build": "h1", "files": ["lib/libmkl_rt.so.2"]}
        ),
    )
    put(tmp_path / "opt/homebrew/Cellar/openblas/0.3.27/lib/libopenblas.dylib")  # fmt: skip

    packages = {Path(file.path).name: file.package for file in look(recipes, tmp_path)}

    assert packages == {
        "libblas.so.3": "libblas3 3.11.0-2", "libopenblas.so.0": "openblas 0.3.28-r0",
        "libcblas.so.3": "cblas 3.12.1", "libmkl_rt.so.2": "mkl 2024.2 h1",
        "libopenblas.dylib": "openblas 0.3.27",
    }  # fmt: skip


def test_musl_and_its_own_list_of_folders(tmp_path: Path, recipes: Recipes) -> None:
    """Alpine has no ld.so.conf."""
    put(tmp_path / "etc/ld-musl-x86_64.path", "/lib:/opt/odd/lib\n")
    put(tmp_path / "opt/odd/lib/libopenblas.so.0")

    assert [file.source for file in look(recipes, tmp_path)] == ["system"]


SCRIPTS = [
    ("group", "/* GNU ld script */ GROUP ( libopenblas.so.0 AS_NEEDED ( -lm ) )"),
    ("input", "INPUT(libopenblas.so.0)"),
    ("absolute", "OUTPUT_FORMAT(elf64-x86-64)\nGROUP(AS_NEEDED({0}/libopenblas.so.0))"),
]


@pytest.mark.parametrize("text", [s[1] for s in SCRIPTS], ids=[s[0] for s in SCRIPTS])
def test_a_linker_script_is_a_name_of_the_library(
    tmp_path: Path, recipes: Recipes, text: str
) -> None:
    """The file that it names is the record; the script's own path is one of the names."""
    folder = tmp_path / "usr/lib"
    put(folder / "libopenblas.so", text.format(folder))
    put(folder / "libopenblas.so.0")

    (file,) = look(recipes, tmp_path)

    assert file.path == str(folder / "libopenblas.so.0")
    assert str(folder / "libopenblas.so") in file.names
