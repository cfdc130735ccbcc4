# SPDX-License-Identifier: Apache-2.0
"""Certificates: their page is up to date, their schema fits them, their facts are of the bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from wheels.errors import CertificateError
from wheels.fingerprint import HashCache, sha256
from wheels.folders import CHECKOUT
from wheels.proof.certificate import Certificate, Inside, parse, read_certificate, text_of
from wheels.proof.making import checks_version, interface_version, is_native, native_files
from wheels.proof.routines import HEADER, LAPACK, routines
from wheels.proof.schema import PAGE, document, page
from wheels.proof.stub import source
from wheels.proof.verdict import Rate, scaling_of
from wheels.tests.proof_samples import INSIDE, certificate_for


def test_the_page_is_up_to_date() -> None:
    """Cure: python -m wheels.proof.schema."""
    assert PAGE.read_text(encoding="utf-8") == page()


def missing(data: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[str]:
    """Fields that a document lacks, or has too many of, compared with its schema."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    properties = schema.get("properties")
    if isinstance(data, dict) and properties:
        yield from set(data) ^ set(properties)
        for name, rule in properties.items():
            yield from missing(data.get(name), rule, root)


def test_a_certificate_fits_its_schema(tmp_path: Path) -> None:
    """Both documents, field by field."""
    wheel = tmp_path / "x.whl"
    wheel.write_bytes(b"x")
    root = document()
    whole = json.loads(text_of(certificate_for(wheel, "x", INSIDE)))

    assert list(missing(whole, root["$defs"]["Certificate"], root)) == []
    assert list(missing(json.loads(text_of(INSIDE)), root["$defs"]["Inside"], root)) == []


WRONG = {
    "no JSON": ("{", "is no JSON"),
    "a list": ("[]", "not a table"),
    "nested without end": ("[" * 100000, "is no JSON"),
    "another schema": ('{"schema": 4}', "has schema 4, this version reads 3"),
    "no schema": ("{}", "has schema None"),
    "a field of another type": (text_of(INSIDE).replace('"floor": 0.4', '"floor": "x"'), "floor"),
}


@pytest.mark.parametrize(("text", "expected"), WRONG.values(), ids=WRONG.keys())
def test_what_is_no_certificate_is_one_error(text: str, expected: str) -> None:
    """With the place that is wrong."""
    with pytest.raises(CertificateError, match=re.escape(expected)):
        parse(Inside, text, "certificate.json")


def test_an_error_names_the_field_that_is_wrong(tmp_path: Path) -> None:
    """Also deep inside of a part that may be absent."""
    wheel = tmp_path / "x.whl"
    wheel.write_bytes(b"x")
    data = json.loads(text_of(certificate_for(wheel, "x", INSIDE)))
    del data["proof"]["verdict"]["worst"]

    with pytest.raises(CertificateError, match=r"`proof\.verdict` has missing .* worst"):
        parse(Certificate, json.dumps(data), "x.json")


def test_a_certificate_that_cannot_be_read_is_one_error(tmp_path: Path) -> None:
    """A folder, or nothing at all."""
    for path in (tmp_path, tmp_path / "none.json"):
        with pytest.raises(CertificateError, match="cannot be read"):
            read_certificate(path)


def test_nothing_of_this_machine_is_inside_a_wheel() -> None:
    """Two machines that prove the same bytes write the same text."""
    text = text_of(INSIDE)

    assert "A CPU" not in text
    assert "/opt" not in text
    assert parse(Inside, text, "x") == INSIDE


def test_files_with_code_are_found_whatever_their_names(tmp_path: Path) -> None:
    """By their first bytes: libraries of Linux, macOS and Windows."""
    heads = {"a.so": b"\x7fELF.", "b.dylib": b"\xcf\xfa\xed\xfe.", "odd": b"MZ.", "c.py": b"x"}
    for name, data in heads.items():
        (tmp_path / name).write_bytes(data)

    assert list(native_files(tmp_path)) == ["a.so", "b.dylib", "odd"]
    assert native_files(tmp_path)["odd"] == sha256(tmp_path / "odd")
    assert not is_native(tmp_path / "c.py")


def test_the_interface_version_is_that_of_the_header() -> None:
    """Read, not copied."""
    header = (CHECKOUT / "core/include/trivet/backend.h").read_text(encoding="utf-8")

    assert f"#define TRIVET_BACKEND_ABI {interface_version(CHECKOUT)}u\n" in header
    assert len(checks_version(CHECKOUT, HashCache())) == 64


def test_the_stub_has_every_lapack_routine_that_a_backend_calls() -> None:
    """The declarations are the only list: real types have or, complex ones un."""
    header = (CHECKOUT / HEADER).read_text(encoding="utf-8")
    names = routines(header, LAPACK)

    assert {"dgemm", "izamax", "scasum", "zdotc", "cherk", "zgeru"} <= set(routines(header))
    assert {"sgesv", "dpotrf", "cungqr", "zheevd", "dsyevd", "sorgqr"} <= set(names)
    assert [name for name in names if not re.fullmatch(r"[sdcz][a-z0-9]{4,5}", name)] == []
    assert not any(name.endswith("gemm") for name in names)
    assert '"pre_dgesv_64"' in source(CHECKOUT, "pre_", "_64")


def test_scaling_is_told_where_both_were_measured() -> None:
    """The same operation, type and shape at one thread and at several."""

    def rate(threads: int | None, gflops: float, size: int = 512) -> Rate:
        shape = (size, size, size)
        return Rate(
            case=f"dgemm {size}", op="gemm", type="d", shape=shape, threads=threads, gflops=gflops,
            share=0.5,
        )  # fmt: skip

    rates = [rate(1, 40.0), rate(2, 70.0), rate(2, 9.0, 64), rate(None, 1.0)]
    (scaling,) = scaling_of(rates)

    assert (scaling.case, scaling.threads, scaling.factor) == ("dgemm 512", 2, 1.75)


def test_a_certificate_names_what_it_is_about(tmp_path: Path) -> None:
    """File, hash and size of the wheel."""
    wheel = tmp_path / "x.whl"
    wheel.write_bytes(b"12345")
    made = parse(Certificate, text_of(certificate_for(wheel, "x")), "x")

    assert (made.file, made.sha256, made.size) == ("x.whl", sha256(wheel), 5)
