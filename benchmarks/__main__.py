"""``make bench``: every goal beside what this run measured. It judges nothing by itself.

    python -m benchmarks [--quick] [--only P1] [--millions]

Single times mean little on a machine that does other things; the ratios within one run count.
"""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from benchmarks import codes, command, issuing, page, reading, texts
from benchmarks.registry import p8

RESULTS = Path(__file__).parent / "results" / "latest.json"
FORMS = ("ours, link", "ours, bare")
GOALS = ("P1", "P2", "P3", "P4", "P5", "P6", "P8", "P9", "P10")


class Row(NamedTuple):
    """A goal, and what was reached: a ratio with the figures behind it."""

    goal: str
    what: str
    reached: float
    wanted: str
    met: bool
    figures: str


def ratios(
    number: str, piece: str, limits: dict[str, float], measured: dict[str, Any]
) -> Iterator[Row]:
    """How many times as fast we are as each contestant, by licence and form."""
    for licence, result in measured.items():
        times = result[piece]
        for form in FORMS:
            for other, least in limits.items():
                if other in times:
                    ratio = times[other] / times[form]
                    what = (
                        f"{piece} {licence} ({result['cose_bytes']} B), {form[6:]}, against {other}"
                    )
                    figures = f"{times[form]:.0f} µs, {other} {times[other]:.0f} µs"
                    yield Row(number, what, ratio, f"≥ {least}", ratio >= least, figures)


def process_rows(measured: dict[str, Any]) -> Iterator[Row]:
    text, png, bare = (measured[n] for n in ("check TEXT", "check PNG", "bare imports for a PNG"))
    if "python-cwt" in measured:
        ratio = text / measured["python-cwt"]
        figures = f"{text:.0f} ms, python-cwt {measured['python-cwt']:.0f} ms"
        yield Row(
            "P5",
            "check TEXT, whole process, of python-cwt's",
            ratio,
            "≤ 0.7",
            ratio <= 0.7,
            figures,
        )
    ratio = png / bare
    figures = f"{png:.0f} ms, imports {bare:.0f} ms, bare python {measured['bare python']:.0f} ms"
    yield Row(
        "P5", "check PNG, whole process, of its imports", ratio, "≤ 1.2", ratio <= 1.2, figures
    )


def reading_rows(measured: dict[str, Any]) -> Iterator[Row]:
    share, wrong = measured["share_read"], measured["wrong_reads"]
    figures = f"{measured['samples']} frames, {wrong} wrong, {measured['median_ms']:.1f} ms a frame"
    yield Row(
        "P6",
        "identity codes read at 720p",
        share,
        "≥ 0.95, none wrong",
        share >= 0.95 and not wrong,
        figures,
    )


def registry_rows(measured: dict[str, Any]) -> Iterator[Row]:
    def growth(at: dict[str, float]) -> float:
        small, large = at.values()
        return large / small

    slowest = max(measured["lists"].values(), key=growth)
    small, large = slowest.values()
    sizes = " and ".join(f"{int(size):,}" for size in slowest)
    figures = f"{small:.1f} ms and {large:.1f} ms at {sizes} physicians"
    worst = measured["worst"]
    yield Row("P8", "worst of all lists and searches", worst, "≤ 1.5", worst <= 1.5, figures)
    approval = measured["approval"]
    figures = f"{approval['bare_ms']:.1f} ms, approval {approval['approval_ms']:.1f} ms"
    ratio = approval["ratio"]
    what = "approval, of bare transactions"
    yield Row("P8", what, ratio, "≥ 0.4", ratio >= 0.4, figures)


def issuing_rows(measured: dict[str, Any], only: set[str]) -> Iterator[Row]:
    if "P3" in only:
        book = measured["book"]
        for other in ("raw", "raw, deterministic"):
            ratio = book[other] / book["book"]
            figures = f"{book['book']:.0f} ms, {other} {book[other]:.0f} ms, {book['bytes']} B"
            what = f"code book of 12 h, of 2,160 signatures ({other})"
            yield Row("P3", what, ratio, "≥ 0.8", ratio >= 0.8, figures)
    if "P10" in only:
        bulk = measured["bulk"]
        ratio = bulk["bulk"] / (bulk["one process"] * bulk["cores"])
        figures = f"{bulk['bulk']}/s, one process {bulk['one process']}/s, {bulk['cores']} cores"
        what = "bulk issuing, of one process's rate times cores"
        yield Row("P10", what, ratio, "≥ 0.8", ratio >= 0.8, figures)
        alone, whole = (bulk[f"{name}, processor µs"] for name in ("one process", "bulk"))
        what, figures = "bulk issuing, signing's share of processor time", f"{alone} of {whole} µs"
        yield Row("P10", what, alone / whole, "≥ 0.8", alone >= 0.8 * whole, figures)


def code_rows(measured: dict[str, Any]) -> Iterator[Row]:
    code, hello = measured["code_us"], measured["hello_us"]
    figures = f"{code:.0f} µs, hello {hello:.0f} µs of processor time a request"
    what = "identity-code endpoint, of the same server's hello route"
    yield Row("P4", what, hello / code, "≥ 0.45", hello >= 0.45 * code, figures)
    p50, p99 = measured["p50_ms"], measured["p99_ms"]
    figures = f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, {measured['requests']} requests"
    yield Row("P4", "p99 of p50 at 64 connections", p99 / p50, "≤ 5", p99 <= 5 * p50, figures)


def page_rows(measured: dict[str, Any]) -> Iterator[Row]:
    size, frame, reload = (measured[name] for name in ("gzip_kb", "frame_ms", "reload_s"))
    figures = f"the QR reader alone {measured['gzip_kb_of_the_reader']} KB; brotli {measured['brotli_kb']} KB"
    yield Row("P9", "page, KB gzip", size, "≤ 460", size <= 460, figures)
    figures = "720p picture decoded, read, verified, shown; in Chromium"
    yield Row("P9", "a frame to its verdict, ms", frame, "≤ 100", frame <= 100, figures)
    figures = "a link opened with the server stopped"
    yield Row("P9", "offline reload to verdict, s", reload, "≤ 0.5", reload <= 0.5, figures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few rounds: to see that it runs")
    parser.add_argument("--only", choices=GOALS)
    parser.add_argument("--millions", action="store_true", help="P8 at 1,000,000 and 5,000,000")
    asked = parser.parse_args()
    wanted = {asked.only} if asked.only else set(GOALS)
    console, measured, rows = Console(width=150), dict[str, Any](), list[Row]()
    if not texts.PEERS.exists():
        console.print(
            "The other libraries are not installed: `make bench` does that. Ours run alone."
        )
    with console.status("measuring …"):
        if wanted & {"P1", "P2"}:
            measured["texts"] = texts.run(3 if asked.quick else 25)
        if wanted & {"P3", "P10"}:
            measured["issuing"] = issuing.run(1 if asked.quick else 9)
        if "P4" in wanted:
            measured["codes"] = codes.identity_codes(4 if asked.quick else 40)
        if "P5" in wanted:
            measured["command"] = command.run(3 if asked.quick else 15)
        if "P6" in wanted:
            measured["reading"] = reading.run(20 if asked.quick else reading.SAMPLES)
        if "P9" in wanted and page.is_there():
            measured["page"] = page.run(3 if asked.quick else 15)
    if "P9" in wanted and not page.is_there():
        console.print("P9 is left out: `make page` and Debian's chromium are needed.")
    if "P1" in wanted:
        rows += ratios(
            "P1", "sign", {"python-cwt": 1.3, "pycose": 7, "raw": 0.22}, measured["texts"]
        )
    if "P2" in wanted:
        rows += ratios(
            "P2", "verify", {"python-cwt": 1.1, "pycose": 12, "raw": 0.52}, measured["texts"]
        )
    if wanted & {"P3", "P10"}:
        rows += issuing_rows(measured["issuing"], wanted)
    if "P4" in wanted:
        rows += code_rows(measured["codes"])
    if "P5" in wanted:
        rows += process_rows(measured["command"])
    if "P6" in wanted:
        rows += reading_rows(measured["reading"])
    if "P8" in wanted:  # it prints its lists as they come
        sizes = (2_000, 8_000) if asked.quick else p8.MILLIONS if asked.millions else p8.SIZES
        measured["registry"] = p8.run(sizes)
        rows += registry_rows(measured["registry"])
    if "page" in measured:
        rows += page_rows(measured["page"])
    show(console, rows)
    write(measured, rows)


def show(console: Console, rows: list[Row]) -> None:
    table = Table("goal", "what", "reached", "wanted", "", "figures (medians)", box=None)
    for row in rows:
        mark = "[green]met[/green]" if row.met else "[yellow]below[/yellow]"
        table.add_row(row.goal, row.what, f"{row.reached:.2f}", row.wanted, mark, row.figures)
    console.print(table)


def write(measured: dict[str, Any], rows: list[Row]) -> None:
    libraries = ("cryptography", "cbor2", "base45", "zxing-cpp", "pyzbar", "qrcode", "pillow")
    machine = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "libraries": {name: version(name) for name in libraries},
    }
    RESULTS.parent.mkdir(exist_ok=True)
    content = {"machine": machine, "rows": [row._asdict() for row in rows], "measured": measured}
    RESULTS.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
