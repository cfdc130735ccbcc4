# SPDX-License-Identifier: Apache-2.0
"""A wheel and its certificates: whatever was changed after the proof is found. Nothing is run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pytest

from wheels.archive import unpack_wheel, write_wheel
from wheels.errors import CheckError, UnfinishedCheckError, VerifyError
from wheels.proof.certificate import Certificate, Inside, parse, text_of
from wheels.proof.making import native_files
from wheels.proof.outside import differences
from wheels.proof.regress import Tolerance
from wheels.proof.verdict import Speed, Verdict, Worst
from wheels.proof.verify import NotRunnable, Report, Run, unshipped, verify
from wheels.proof.verifying import finish
from wheels.tests.proof_samples import (
    INSIDE,
    PROOF,
    SOME_LIBRARY,
    VERDICT,
    certificate_for,
    rate,
)

BACKEND = "trivet_fast/trivet_backend_fast.so"
NAME = "trivet_fast-1.0-py3-none-any.whl"
FOREIGN = "trivet_fast-1.0-py3-none-win_arm64.whl"


def runs(verdict: Verdict = VERDICT, **more: object) -> Callable[[Path, Inside], Run]:
    """A run that gives this verdict."""
    return lambda tree, inside: Run(verdict=verdict, host=PROOF.host, **more)  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True)
class Shipped:
    """A wheel in dist/ with its certificate."""

    wheel: Path

    @property
    def beside(self) -> Path:
        """The certificate."""
        return self.wheel.parent / "certificates" / "backend-fast.json"

    def verified(self, runner: Callable[[Path, Inside], Run] | None = None) -> Report:
        """Verify it with interface version 1."""
        return verify(self.wheel, None, 1, runner or runs())

    def repacked(self, change: Callable[[Path], None]) -> None:
        """Change the contents; RECORD is made to fit."""
        tree = self.wheel.parent / "tree"
        unpack_wheel(self.wheel, tree)
        change(tree)
        write_wheel(tree, self.wheel, epoch=0)
        shutil.rmtree(tree)

    def certified_again(self) -> None:
        """Let the certificate beside name the bytes that lie there now."""
        data = json.loads(self.beside.read_text())
        made = certificate_for(self.wheel, "backend-fast")
        self.beside.write_text(json.dumps({**data, "sha256": made.sha256, "size": made.size}))


def ship(folder: Path, name: str = NAME, inside: Inside = INSIDE) -> Shipped:
    """Make a wheel as a release does."""
    tree = folder / "made"
    (tree / "trivet_fast").mkdir(parents=True)
    (tree / "trivet_fast-1.0.dist-info").mkdir()
    (tree / "trivet_fast/__init__.py").write_text("")
    (tree / "trivet_fast-1.0.dist-info/METADATA").write_text("Name: trivet-fast\n")
    (tree / BACKEND).write_bytes(b"\x7fELF and the rest")
    inside = replace(inside, files=native_files(tree))
    (tree / "trivet_fast/certificate.json").write_text(text_of(inside))
    dist = folder / "dist"
    write_wheel(tree, dist / name, epoch=0)
    shipped = Shipped(wheel=dist / name)
    shipped.beside.parent.mkdir()
    certificate = certificate_for(shipped.wheel, "backend-fast", inside)
    shipped.beside.write_text(text_of(certificate))
    return shipped


def test_what_was_certified_is_found_so(tmp_path: Path) -> None:
    """Nothing differs, and the run is told."""
    report = ship(tmp_path).verified()

    assert report.good, report
    assert report.checked.startswith("3 behaviour, 1900 numeric, 4 speed cases, worst at 0.12")
    assert finish([report], as_json=False) == 0


def swap(tree: Path) -> None:
    (tree / BACKEND).write_bytes(b"\x7fELF and another rest")


def add(tree: Path) -> None:
    (tree / "trivet_fast/libmore.so.1").write_bytes(b"\x7fELF")


def edit(tree: Path) -> None:
    path = tree / "trivet_fast/certificate.json"
    path.write_text(path.read_text().replace('"gemm": 16.0', '"gemm": 99.0'))


def swap_and_edit(tree: Path) -> None:
    """The thorough forger: library, certificate inside and RECORD all fit."""
    swap(tree)
    inside = replace(INSIDE, files=native_files(tree))
    (tree / "trivet_fast/certificate.json").write_text(text_of(inside))


def drop(tree: Path) -> None:
    (tree / "trivet_fast/certificate.json").unlink()


def older(tree: Path) -> None:
    path = tree / "trivet_fast/certificate.json"
    path.write_text(path.read_text().replace('"schema": 3', '"schema": 1'))


def strange(tree: Path) -> None:
    (tree / "trivet_fast/certificate.json").write_text('{"schema": 3, "id": "fast"}')


def second(tree: Path) -> None:
    shutil.copytree(tree / "trivet_fast", tree / "trivet_other")


CONTENTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "a library swapped": (swap, f"{BACKEND} is not the file that was certified"),
    "a library added": (add, "trivet_fast/libmore.so.1 came in after the certificate was made"),
    "the certificate edited": (edit, "inside and beside differ in thresholds"),
    "library and certificate": (swap_and_edit, "inside and beside differ in files"),
    "the certificate removed": (drop, "the certificate inside is missing"),
    "a certificate of another schema": (older, "has schema 1, this version reads 3"),
    "a certificate without its fields": (strange, "missing or unknown fields"),
    "two certificates": (second, "it holds 2 certificates"),
}


@pytest.mark.parametrize("hashes_fit", [False, True], ids=["as it lies", "hash fixed up too"])
@pytest.mark.parametrize(("change", "expected"), CONTENTS.values(), ids=CONTENTS.keys())
def test_contents_changed_after_the_proof_are_found(
    change: Callable[[Path], None], expected: str, hashes_fit: bool, tmp_path: Path
) -> None:
    """RECORD fits in each; the hash in the certificate beside it may have been changed too."""
    shipped = ship(tmp_path)
    shipped.repacked(change)
    if hashes_fit:
        shipped.certified_again()
    report = shipped.verified()

    assert any(expected in text for text in report.problems), report.problems
    assert any("SHA-256" in text for text in report.problems) is not hashes_fit
    assert report.checked.startswith("not run")
    with pytest.raises(VerifyError):
        finish([report], as_json=True)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def no_zip(path: Path) -> None:
    path.write_text("Not found")


def empty(path: Path) -> None:
    path.write_bytes(b"")


FILES: dict[str, tuple[Callable[[Path], None], str]] = {
    "cut off": (cut, "it is no zip file, or was cut off or damaged"),
    "no zip": (no_zip, "it is no zip file, or was cut off or damaged"),
    "empty": (empty, "it is no zip file, or was cut off or damaged"),
}


@pytest.mark.parametrize(("damage", "expected"), FILES.values(), ids=FILES.keys())
def test_a_damaged_file_is_one_failed_wheel(
    damage: Callable[[Path], None], expected: str, tmp_path: Path
) -> None:
    """And no traceback."""
    shipped = ship(tmp_path)
    damage(shipped.wheel)

    assert any(expected in text for text in shipped.verified().problems)


def test_one_changed_byte_anywhere_is_found(tmp_path: Path) -> None:
    """Whatever it breaks: a name, a size, compressed data, the directory at the end."""
    shipped = ship(tmp_path)
    right = shipped.wheel.read_bytes()
    for place in range(0, len(right), 23):
        data = bytearray(right)
        data[place] ^= 0xFF
        shipped.wheel.write_bytes(bytes(data))

        assert shipped.verified().problems, place


def test_a_member_that_record_does_not_name_rightly(tmp_path: Path) -> None:
    """The zip is whole, RECORD is not changed with it."""
    import zipfile

    shipped = ship(tmp_path)
    with zipfile.ZipFile(shipped.wheel, "a") as archive:
        archive.writestr("trivet_fast/more.py", "evil = True\n")
    problems = shipped.verified().problems

    assert "trivet_fast/more.py is not in RECORD" in problems


def rewritten(**changes: object) -> Callable[[Path], None]:
    """Change fields of the certificate beside the wheel."""

    def change(path: Path) -> None:
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    return change


BESIDE: dict[str, tuple[Callable[[Path], None], str]] = {
    "missing": (Path.unlink, "names trivet_fast-1.0-py3-none-any.whl"),
    "no JSON": (no_zip, "is no JSON"),
    "of another schema": (rewritten(schema=1), "has schema 1, this version reads 3"),
    "with a field of its own": (rewritten(extra=1), "missing or unknown fields: extra"),
    "not green": (rewritten(green=False), "its certificate is not green"),
    "of other bytes": (rewritten(sha256="00"), "the certified file has 00"),
    "without the inner one": (rewritten(inside=None), "says nothing of the one inside"),
}


@pytest.mark.parametrize(("change", "expected"), BESIDE.values(), ids=BESIDE.keys())
def test_a_certificate_changed_after_the_proof_is_found(
    change: Callable[[Path], None], expected: str, tmp_path: Path
) -> None:
    """Missing, damaged, edited, or of another version of the tools."""
    shipped = ship(tmp_path)
    change(shipped.beside)
    report = shipped.verified()

    assert any(expected in text for text in report.problems), report.problems


def test_a_wheel_of_another_platform_is_compared_and_not_run(tmp_path: Path) -> None:
    """Its bytes can be certified from here, its results cannot."""
    report = ship(tmp_path, FOREIGN).verified()

    assert report.good
    assert report.checked.startswith("not run: it is for another platform")


def test_another_interface_version_is_found(tmp_path: Path) -> None:
    """A core of this checkout would refuse to load it."""
    shipped = ship(tmp_path, inside=replace(INSIDE, interface=7))

    assert shipped.verified().problems == (
        "it has interface version 7, these tools have version 1",
    )


def test_wrong_results_here_fail_although_all_bytes_fit(tmp_path: Path) -> None:
    """What was right on another machine may be wrong on this one."""
    bad = replace(VERDICT, failures=("dgemm 65: ratio 900 over the threshold 16",))
    report = ship(tmp_path).verified(runs(bad))

    assert report.failures == bad.failures
    with pytest.raises(CheckError):
        finish([report], as_json=True)


def test_a_backend_that_hangs_has_an_exit_code_of_its_own(tmp_path: Path) -> None:
    """As one that crashes or floods."""
    bad = replace(VERDICT, failures=("hung: no end after 300 s",), ending="hung")

    with pytest.raises(UnfinishedCheckError):
        finish([ship(tmp_path).verified(runs(bad))], as_json=True)


def test_a_looser_threshold_than_certified_fails(tmp_path: Path) -> None:
    """A stricter one does not."""
    loose = replace(VERDICT, worst=(Worst(op="gemm", ratio=20, threshold=30, case="x"),))
    strict = replace(VERDICT, worst=(Worst(op="gemm", ratio=2, threshold=8, case="x"),))
    shipped = ship(tmp_path)

    assert shipped.verified(runs(loose)).failures == (
        "gemm: the threshold is 30 now, 16 was certified",
    )
    assert shipped.verified(runs(strict)).good
    gone = shipped.verified(runs(replace(VERDICT, worst=()))).failures
    assert gone == ("gemm: was certified, and is not checked any more",)


SLOW = replace(VERDICT, speeds=(Speed(type="d", share=0.1, gflops=4.0, case="dgemm 512"),))


def test_a_lower_speed_class_fails_on_the_same_cpu_and_warns_on_another(tmp_path: Path) -> None:
    """With the numbers."""
    shipped = ship(tmp_path)
    here = shipped.verified(runs(SLOW))
    host = replace(PROOF.host, cpu="Another CPU")
    there = shipped.verified(lambda tree, inside: Run(verdict=SLOW, host=host))

    assert not here.good
    assert there.good
    assert there.warnings == (
        "dgemm 512: reaches 10% of the peak of Another CPU; speed class good means at least 40% "
        "(certified on A CPU)",
    )


def test_a_speed_below_the_certified_one_warns_on_the_same_cpu(tmp_path: Path) -> None:
    """The bytes are the same, so it is a matter of this machine; another CPU tells nothing."""
    shipped = ship(tmp_path)
    certified = parse(Certificate, shipped.beside.read_text(), "beside")
    proof = replace(PROOF, verdict=replace(VERDICT, rates=(rate(0.8),)))
    shipped.beside.write_text(text_of(replace(certified, proof=proof)))
    tolerance = Tolerance(margin=0.2, most=0.5)
    now = replace(VERDICT, rates=(rate(0.5),))
    here = shipped.verified(runs(now, tolerance=tolerance))
    host = replace(PROOF.host, cpu="Another CPU")
    there = shipped.verified(lambda *_: Run(verdict=now, host=host, tolerance=tolerance))

    assert here.good
    assert here.warnings == ("dtrsm 256: 50% of the limit of this CPU, 80% were certified",)
    assert there.warnings == ()
    same = replace(VERDICT, rates=(rate(0.7),))
    assert shipped.verified(runs(same, tolerance=tolerance)).warnings == ()


def test_a_library_that_is_not_here_is_told_and_not_a_failure(tmp_path: Path) -> None:
    """The bytes of the wheel are as certified; its run needs another distribution."""

    def absent(tree: Path, inside: Inside) -> Run:
        raise NotRunnable("its library is not on this machine")

    report = ship(tmp_path).verified(absent)

    assert report.good
    assert report.warnings == ("not run: its library is not on this machine",)


def test_an_outside_library_is_compared_with_the_certified_one() -> None:
    """Another version is a difference; the same version with other bytes is suspicious."""
    newer = replace(SOME_LIBRARY, sha256="11", version="1.3")
    swapped = replace(SOME_LIBRARY, sha256="22")

    assert differences([SOME_LIBRARY], [SOME_LIBRARY]) == []
    assert [one.suspicious for one in differences([SOME_LIBRARY], [newer])] == [False]
    assert [one.suspicious for one in differences([SOME_LIBRARY], [swapped])] == [True]
    assert "fast 1.3 (sha256 11), certified was fast 1.2" in (
        differences([SOME_LIBRARY], [newer])[0].text
    )


def test_a_certificate_whose_wheel_is_gone_is_found(tmp_path: Path) -> None:
    """dist/ as a whole: wheels and certificates come in pairs."""
    shipped = ship(tmp_path)
    assert unshipped(shipped.wheel.parent) == []
    shipped.wheel.unlink()

    assert unshipped(shipped.wheel.parent) == [
        f"backend-fast.json: its wheel {NAME} is missing",
    ]


def test_a_certificate_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Through JSON and back, to the last field."""
    from wheels.proof.certificate import parse

    certificate = certificate_for(ship(tmp_path).wheel, "x", INSIDE)

    assert parse(Certificate, text_of(certificate), "x") == certificate
    assert asdict(certificate)["inside"]["schema"] == 3
