# SPDX-License-Identifier: Apache-2.0
"""The page: whole, self-contained, the same for the same input, and true to its records."""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from wheels.errors import CertificateError
from wheels.folders import folders_of
from wheels.proof.certificate import text_of
from wheels.proof.verdict import Compared
from wheels.report import command
from wheels.report.collect import Gathered, Problem
from wheels.report.heat import heat_map
from wheels.report.page import page, report_of
from wheels.report.plots import scaling_plots, speed_plots
from wheels.tests import report_samples as samples
from wheels.tests.test_report_compare import entry

VOID = ("meta", "br")


class Reader(HTMLParser):
    """Follows open elements, ids, links and everything that could load or run something."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: Counter[str] = Counter()
        self.targets: set[str] = set()
        self.suspects: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("script", "link", "img", "iframe", "object", "embed", "image", "use"):
            self.suspects.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids[value or ""] += 1
            if name == "href" and (value or "").startswith("#"):
                self.targets.add((value or "")[1:])
            elif name.startswith("on") or name in ("src", "style"):
                self.suspects.append(f"{tag} {name}")

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)


def sample() -> str:
    """The page of the sample release, with everything in it."""
    now = Gathered(
        certificates=tuple(samples.release()),
        problems=(Problem(where="x.json", what=samples.HOSTILE),),
    )
    before = Gathered(certificates=(samples.wheel("gone-any", None),))
    links = {samples.DEFECT: "https://example.org/343"}
    return page(report_of(now, release=samples.RELEASE, before=before, links=links))


def read(text: str) -> Reader:
    """Parse a page."""
    reader = Reader()
    reader.feed(text)
    reader.close()
    return reader


def test_the_page_is_whole_and_loads_and_runs_nothing() -> None:
    """Hostile texts in certificates change nothing of that."""
    reader = read(sample())

    assert ([], []) == (reader.open, reader.suspects)
    assert "url(" not in sample() and "@import" not in sample()
    assert 1 == max(reader.ids.values())
    assert reader.targets <= set(reader.ids)
    assert "<script>alert(1)</script>" in " ".join(reader.texts)
    assert sample().encode()


def test_the_same_certificates_give_the_same_page() -> None:
    """No time, no host, no order of a set."""
    assert sample() == sample()


@pytest.mark.parametrize(
    "text",
    [
        "Release report: trivet 1.0",
        "not all is well: 3 failed, 2 not run, 1 file could not be read",
        "0123456789abcdef",
        "2026-01-01",
        "A CPU, x86_64, Linux, 2 threads",
        "dtrsm 65x65x65: ratio 99.0 over the threshold 16.0",
        "import failed: no module named 'x'",
        "auditwheel refused it",
        "618.8%",
        "floor 40%",
        "1.80 times",
        samples.DEFECT,
        "libfast.so.1",
        "fast 1.2",
        "https://example.org/343",
        "gone-any",
        "python -m wheels prove /opt/libfast.so.1",
    ],
)
def test_the_page_says(text: str) -> None:
    """Each fact of the records that a maintainer needs."""
    assert text in read(sample()).texts or text in " ".join(read(sample()).texts)


def test_without_a_former_release_the_page_says_so() -> None:
    """Nothing compared is not nothing changed."""
    text = page(report_of(Gathered(certificates=tuple(samples.release()))))

    assert "No former release was given (--before FOLDER): nothing is compared." in text


def test_a_former_release_that_cannot_be_read_is_told() -> None:
    """The rest of the page stays."""
    before = Gathered(problems=(Problem(where="old/", what="does not exist"),))
    text = page(report_of(Gathered(certificates=tuple(samples.release())), before=before))

    assert "old/: does not exist" in text and "Nothing is compared." in text
    assert "trivet-cp312-manylinux_2_28_x86_64" in text


def cells_of(text: str) -> list[tuple[str, str]]:
    """Class and text of the cells of a heat map, behind the result."""
    found = re.findall(r'<td class="([^"]*)"[^>]*>(.*?)</td>', text)
    return [(look, re.sub(r"<[^>]*>", "", inner)) for look, inner in found][1:]


def test_cells_show_the_share_of_the_threshold() -> None:
    """Number and step of colour."""
    one = entry("a", samples.verdict(worst=8.0))

    operations = cells_of(heat_map([one]))[-len(samples.OPS) :]

    assert ("step0", "12") == operations[0]
    assert ("step3", "100") == operations[7]


def test_a_failed_operation_is_marked_by_a_sign_and_leads_to_its_case() -> None:
    """Also one that failed without a ratio."""
    verdict = dataclasses.replace(samples.verdict(), failures=("zgemm 3x3x3: padding touched",))
    one = entry("a", verdict, status="failed", failures=verdict.failures)
    text = heat_map([one])
    bad = [cell for cell in cells_of(text) if cell[0] == "bad"]

    assert [("bad", "✗")] == bad
    assert 'id="failed-0"' in text and 'href="#failed-0"' in text
    assert "zgemm 3x3x3: padding touched" in text


def test_rows_that_failed_alike_are_told_once() -> None:
    """A core that was not built costs every wheel, and one look."""
    rows = [entry(name, None, status="failed", failures=("core: no end",)) for name in "ab"]
    text = heat_map(rows)

    assert 1 == text.count("core: no end")
    assert 2 == text.count("not run</td>")
    assert {"failed-0", "failed-1"} == set(read(text).ids) == read(text).targets


def test_what_was_not_run_is_never_green() -> None:
    """Neither a check that one row lacks nor a row without any."""
    whole = samples.verdict()
    part = dataclasses.replace(whole, worst=whole.worst[:1], behaviours=(), speeds=())
    rows = [entry("a", whole), entry("b", part), entry("c", None, why="not built")]
    cells = cells_of(heat_map(rows))

    lacks = [cell for cell in cells if cell[0] == "nothing"]
    assert [("nothing", "—")] * (len(samples.OPS) - 1 + len(samples.CASES) + 4) == lacks
    assert ("nothing long", "not run: not built") in cells


def test_a_known_defect_is_neither_green_nor_a_failure() -> None:
    """The behaviour did not hold, and a recipe foretold it."""
    bad = dataclasses.replace(samples.verdict().behaviours[0], held=False)
    verdict = dataclasses.replace(samples.verdict(), behaviours=(bad,), defects=(samples.DEFECT,))

    assert ("known", "!") in cells_of(heat_map([entry("a", verdict)]))


def test_what_speeds_were_compared_with_is_seen() -> None:
    """A tick at each bar, the baseline's name, and both numbers in the table."""
    good = samples.verdict()
    first = dataclasses.replace(good.rates[0], noise=0.02, before=0.93, accepted=0.74)
    compared = Compared(baseline="fast 1.1 of May", origin="x.json", cases=1, margin=0.2)
    made = dataclasses.replace(good, rates=(first, *good.rates[1:]), compared=compared)
    text = speed_plots([entry("a", made)])

    assert "Ticks are the baseline: fast 1.1 of May." in text
    assert 'data-head="noise">2%</td>' in text
    assert 'data-head="baseline">93%</td>' in text
    assert text.count('class="mark"') == 1 + speed_plots([entry("a", good)]).count('class="mark"')


def test_a_fall_below_the_baseline_is_a_failure_of_speed() -> None:
    """Its bar is marked, although it is above the floor."""
    failure = "dsyrk 512: 60.0% of the limit, 93.0% in the baseline (fast 1.1 of May); ..."
    made = dataclasses.replace(samples.verdict(), failures=(failure,))

    assert 1 == speed_plots([entry("a", made)]).count("bar low")


def test_a_gemm_below_the_floor_is_a_failure_of_speed_not_of_numbers() -> None:
    """And is seen among the speeds."""
    failure = "dgemm 512: reaches 0.30 of the FMA peak, the floor is 0.40"
    verdict = dataclasses.replace(samples.verdict(speed=0.3), failures=(failure,))
    one = entry("a", verdict, status="failed", failures=(failure,))
    cells = cells_of(heat_map([one]))

    assert [("bad", "✗")] * 4 == cells[:4]
    assert "bad" not in {look for look, _ in cells[4:]}


def test_a_routine_that_is_too_slow_is_a_failure_of_speed_not_of_numbers() -> None:
    """trivet-check has floors of its own for each routine."""
    failure = "dgetrf 512: 2.0 % of the limit, below the floor of 5.0 %"
    verdict = dataclasses.replace(samples.verdict(), failures=(failure,))
    one = entry("a", verdict, status="failed", failures=(failure,))
    cells = cells_of(heat_map([one]))

    assert ["speed"] * 5 + ["bad"] == [look for look, _ in cells[:6]]
    assert "bad" not in {look for look, _ in cells[6:]}


def test_a_small_gemm_need_not_reach_the_floor() -> None:
    """The floor holds from a size on."""
    small = dataclasses.replace(samples.verdict().rates[0], shape=(64, 64, 64), share=0.1)
    verdict = dataclasses.replace(samples.verdict(), rates=(small,))

    assert "bar low" not in speed_plots([entry("a", verdict)])


def test_many_bars_are_a_figure_for_each_routine() -> None:
    """A picture of a hundred bars is none."""
    rates = samples.verdict().rates[:12]
    more = [dataclasses.replace(row, case=f"{row.case} b") for row in rates]
    more += [dataclasses.replace(row, case=f"{row.case} c") for row in rates]
    text = speed_plots([entry("a", dataclasses.replace(samples.verdict(), rates=tuple(more * 2)))])

    assert 3 == text.count("<svg") and "<strong>getrf: a</strong>" in text
    assert 1 == text.count("floor 40%")


def test_a_gemm_below_the_floor_marks_its_bars() -> None:
    """By a sign and by colour."""
    one = entry("a", samples.verdict(speed=0.3))

    assert 4 == speed_plots([one]).count("✗ 30%")


def test_one_backend_in_several_wheels_is_drawn_once() -> None:
    """And names them all."""
    text = speed_plots([entry("a"), entry("b")])

    assert 1 == text.count("<svg") and "<strong>a, b</strong>" in text


def test_bars_stay_in_their_picture_whatever_was_measured() -> None:
    """Beyond the limit, negative, or no number."""
    rate = samples.verdict().rates[0]
    odd = [dataclasses.replace(rate, share=share) for share in (5.0, -1.0, float("nan"))]
    text = speed_plots([entry("a", dataclasses.replace(samples.verdict(), rates=tuple(odd)))])

    widths = [float(one) for one in re.findall(r'width="([\d.-]+)" height="13" class="bar', text)]
    assert 3 == len(widths) and 0 <= min(widths) <= max(widths) <= 144


NUMBERS = [float("nan"), float("inf"), -1.0, 0.0, 1e308, 1e-320]


@pytest.mark.parametrize("number", NUMBERS, ids=str)
def test_any_number_in_a_certificate_gives_a_page(number: float) -> None:
    """Also as the one that is compared with, and never a green cell that nothing measured."""
    good = samples.verdict()
    odd = dataclasses.replace(
        good,
        worst=tuple(dataclasses.replace(row, ratio=number) for row in good.worst),
        speeds=tuple(dataclasses.replace(row, share=number) for row in good.speeds),
        rates=tuple(dataclasses.replace(row, share=number, gflops=number) for row in good.rates),
        scaling=tuple(dataclasses.replace(row, factor=number) for row in good.scaling),
        floor=number,
    )
    one, two = (
        Gathered(certificates=(samples.wheel("a-any", samples.proof(verdict)),))
        for verdict in (good, odd)
    )

    for now, before in ((one, two), (two, one)):
        reader = read(page(report_of(now, before=before)))
        assert [] == reader.open


def test_scaling_that_was_not_measured_says_why() -> None:
    """In the words of the certificate."""
    verdict = dataclasses.replace(samples.verdict(), scaling=())
    one = entry("a", verdict, not_run=(samples.NO_ROOM,))

    assert "not run: no case was measured with several threads" in scaling_plots([one])


def put(folder: Path) -> Path:
    """Write two certificates."""
    folder.mkdir(parents=True)
    for one in samples.release()[:2]:
        (folder / f"{one.id}.json").write_text(text_of(one), encoding="utf-8")
    return folder


def run(tmp_path: Path, *words: str) -> int:
    """Run the command in a folder of its own."""
    parser = argparse.ArgumentParser()
    command.add_options(parser)
    parser.add_argument("--json", action="store_true")
    folders = folders_of(build=tmp_path / "build", dist=tmp_path / "dist")
    return command.command(parser.parse_args(words), folders)


def test_the_command_writes_the_page_beside_the_wheels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says where; a second time it is not touched."""
    put(tmp_path / "dist/certificates")

    assert 0 == run(tmp_path)

    path = tmp_path / "dist/report.html"
    assert f"{path}\n" == capsys.readouterr().out
    before = path.stat().st_mtime_ns
    assert 0 == run(tmp_path)
    assert before == path.stat().st_mtime_ns


def test_what_json_prints_serves_as_the_former_release(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing changed between a release and itself."""
    put(tmp_path / "dist/certificates")
    run(tmp_path, "--json")
    old = tmp_path / "old.json"
    old.write_text(capsys.readouterr().out, encoding="utf-8")

    run(tmp_path, "--json", "--before", str(old))

    assert [] == json.loads(capsys.readouterr().out)["differences"]
    assert "No difference." in (tmp_path / "dist/report.html").read_text(encoding="utf-8")


def test_a_damaged_certificate_fails_the_command_after_the_page_is_written(
    tmp_path: Path,
) -> None:
    """The page holds the others, and the row of the bad one."""
    (put(tmp_path / "dist/certificates") / "bad.json").write_text("{", encoding="utf-8")

    with pytest.raises(CertificateError, match=r"bad\.json: is no JSON"):
        run(tmp_path)

    text = (tmp_path / "dist/report.html").read_text(encoding="utf-8")
    assert "bad.json" in text and "blas-probe-any" in text


def test_without_any_certificate_nothing_is_written(tmp_path: Path) -> None:
    """The error names the folder and what to do."""
    with pytest.raises(CertificateError, match="does not exist") as caught:
        run(tmp_path, "--certificates", str(tmp_path / "nowhere"))

    assert "nowhere" in str(caught.value) and "wheels release" in str(caught.value)
    assert not (tmp_path / "dist").exists()
