"""What the documents promise exists: commands, options, make targets, texts, locks, decisions."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from packaging.requirements import Requirement

import app
import issuer.cli
import verifier.cli
from credential.errors import Code
from registry import migrations
from registry.store import Store
from registry.web.settings import Settings
from verifier.errors import UNDETERMINED

ROOT = Path(__file__).resolve().parents[1]
DOCS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("credential/*.md")]
DECISIONS = sorted(ROOT.glob("docs/decisions/*.md"))
COMMANDS: dict[str, click.Command] = {
    "yizheng": app.yizheng,
    "yizheng-issue": issuer.cli.main,
    "yizheng-verify": verifier.cli.main,
}


def code(text: str) -> Iterator[str]:
    """The lines of code in a Markdown text: of its blocks, lines ending in \\ joined, and its spans."""
    block = re.compile(r"^ *```[^\n]*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
    for body in block.findall(text):
        yield from body.replace("\\\n", " ").splitlines()
    yield from re.findall(r"`([^`]+)`", block.sub("", text))


CODE = [(path, line) for path in DOCS for line in code(path.read_text("utf-8"))]


# --- make -------------------------------------------------------------------------------------------


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_every_make_command_in_the_documents_exists() -> None:
    named = {target for _, line in CODE for target in re.findall(r"\bmake ([a-z]+)", line)}
    assert named <= targets()


def test_the_first_screen_of_the_readme_gives_the_two_commands() -> None:
    first = (ROOT / "README.md").read_text("utf-8").splitlines()[:40]
    assert {"make run", "make test"} <= {line.partition("#")[0].strip(" `$") for line in first}


# --- the commands -----------------------------------------------------------------------------------


def missing(command: click.Command, words: list[str]) -> str:
    """The first of ``words`` that ``command`` does not know as option or subcommand, or nothing."""
    options = {name: option for option in command.params for name in option.opts}
    position = 0
    while position < len(words):
        word = words[position].partition("=")[0]
        position += 1
        if word.startswith("-") and word != "-":
            option = options.get(word)
            if option is None and word != "--help":
                return word
            takes_value = isinstance(option, click.Option) and not option.is_flag
            position += takes_value and "=" not in words[position - 1]
        elif isinstance(command, click.Group):
            found = [(name, command.commands.get(name)) for name in word.split("|")]
            unknown = [name for name, known in found if known is None]
            return "|".join(unknown) or "".join(
                missing(known, words[position:]) for _, known in found if known
            )
    return ""


def calls(line: str) -> Iterator[tuple[str, list[str]]]:
    """The commands of ours that a line of code runs, each with its words; ``[--json]`` counts too."""
    for name, rest in re.findall(
        r"(?<![\w./-])(yizheng(?:-issue|-verify)?)(?![\w.\[-])((?: [^\n]*)?)", line
    ):
        words = shlex.split(rest.replace("[", " ").replace("]", " "), comments=True)
        ends = [i for i, word in enumerate(words) if re.match(r"[|;&<>…]|\.\.\.|\d>", word)]
        yield name, words[: min(ends, default=len(words))]


def test_every_command_and_option_in_the_documents_exists() -> None:
    wrong = {
        f"{path.name}: {name} … {word}"
        for path, line in CODE
        for name, words in calls(line)
        if (word := missing(COMMANDS[name], words))
    }
    assert wrong == set()


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("yizheng-issue --home DIR licence|badge --facts FILE|- [--form bare|link]", ""),
        ("$ yizheng-verify check --json code.png > out.json", ""),
        ("yizheng-verify", ""),
        ("yizheng-issue --home DIR passport", "passport"),
        ("yizheng-issue --home DIR licence|passport", "passport"),
        ("yizheng-verify check --jsonl code.png", "--jsonl"),
        ("yizheng-verify trust lose", "lose"),
    ],
)
def test_a_command_that_does_not_exist_is_seen(line: str, wrong: str) -> None:
    ((name, words),) = calls(line)
    assert missing(COMMANDS[name], words) == wrong


def every(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        for word, below in command.commands.items():
            yield from every(below, f"{name} {word}")


@pytest.mark.parametrize(
    ("name", "command"), [pair for name, top in COMMANDS.items() for pair in every(top, name)]
)
def test_every_command_explains_itself(name: str, command: click.Command) -> None:
    shown = CliRunner().invoke(command, ["--help"], prog_name=name)
    assert shown.exit_code == 0, shown.output
    assert command.help, "a command's first words are its docstring"
    assert name in shown.output


# --- reasons ----------------------------------------------------------------------------------------


def test_every_code_has_its_row() -> None:
    rows = json.loads(resources.files("credential").joinpath("reasons.json").read_text("utf-8"))
    assert set(rows) == {code.value for code in Code}
    for name, row in rows.items():
        assert set(row) == {"step", "verdict", "zh", "en"}, name
        assert all(row.values()), name
        assert row["verdict"] in {"refused", "undetermined", "notice"}, name
        assert re.search(r"[\u4e00-\u9fff]", row["zh"]), name
        assert row["en"].isascii(), name
    undetermined = {name for name, row in rows.items() if row["verdict"] == "undetermined"}
    assert undetermined == UNDETERMINED


# --- locks, changelog, decisions --------------------------------------------------------------------

LOCKS = ["requirements.lock", "requirements-verifier.lock", "benchmarks/requirements.lock"]


def locked(lock: str) -> list[Requirement]:
    lines = (ROOT / lock).read_text().splitlines()
    return [Requirement(line.rstrip("\\ ")) for line in lines if line[:1].isalnum()]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_holds_names_versions_and_hashes_and_no_registry(lock: str) -> None:
    text = (ROOT / lock).read_text()
    entry = r"[a-z0-9-]+==[a-z0-9.]+( ; [^\n\\]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+\n"
    assert re.fullmatch(rf"(#[^\n]*\n)*({entry})+", text)
    assert not re.search(r"//|\w\.(org|com|net|cn|io)\b", text)


@pytest.mark.parametrize(
    ("lock", "groups"),
    [(LOCKS[0], ("base", "server", "scan", "dev", "build")), (LOCKS[1], ("base",)), (LOCKS[2], ("bench",))],
)  # fmt: skip
def test_a_lock_file_is_as_new_as_the_project(lock: str, groups: tuple[str, ...]) -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = {
        "base": told["project"]["dependencies"],
        **told["project"]["optional-dependencies"],
        "build": told["build-system"]["requires"],
        "bench": told["dependency-groups"]["benchmarks"],
    }
    pins = {pin.name: str(pin.specifier).removeprefix("==") for pin in locked(lock)}
    behind = [
        line
        for group in groups
        for line in wanted[group]
        if pins.get((need := Requirement(line)).name, "0") not in need.specifier
    ]
    assert behind == [], "make lock"


def test_the_changelog_has_a_place_for_the_next_change() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.findall(r"^## (.*)", text, re.MULTILINE)[0] == "[Unreleased]"


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_says_why_what_and_what_follows(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.startswith(f"# {path.stem[:4]} ")
    heads = re.findall(r"^\*\*(\w+)\.\*\*", text, re.MULTILINE)
    asked = [head for head in heads if head in {"Context", "Decision", "Consequences"}]
    assert asked == ["Context", "Decision", "Consequences"]


def test_decisions_are_numbered_once() -> None:
    numbers = [path.stem[:4] for path in DECISIONS]
    assert numbers == sorted(set(numbers))
    assert "0001" in numbers


# --- the map of the manual ---------------------------------------------------------------------------

SECTIONS = {
    "1.1", *(f"2.{n}" for n in range(1, 9)), *(f"3.{n}" for n in range(1, 12)), "4.1", "4.2", "4.3",
    *(f"5.{n}" for n in range(1, 6)), "6.1", "6.2", "6.3",
}  # fmt: skip
"""Of the user manual."""


def rows_of_the_map() -> list[tuple[str, list[str], list[str]]]:
    """Section, addresses and tests of each row."""
    text = (ROOT / "docs/features.md").read_text("utf-8").partition("## Where each section")[2]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return [
        (row[0], re.findall(r"`([^`]+)`", row[1]), re.findall(r"`([^`]+)`", row[2]))
        for row in rows[2:]
    ]


def test_every_section_of_the_manual_has_its_place() -> None:
    said = " ".join(section for section, _, _ in rows_of_the_map())
    named = set(re.findall(r"\b\d\.\d+\b", said))
    for first, last in re.findall(r"\b3\.(\d+)\D{1,12}3\.(\d+)", said):
        named |= {f"3.{n}" for n in range(int(first), int(last) + 1)}
    assert SECTIONS - named == set()


def test_what_the_map_names_exists(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'registry.db'}")
    migrations.upgrade(store)
    settings = Settings(data=tmp_path, issuer_home=tmp_path / "issuer", rate_limits=False)
    served = {rule.rule for rule in app.create_app(settings, store=store).url_map.iter_rules()}
    rows = rows_of_the_map()
    assert len(rows) > 35
    for section, addresses, tests in rows:
        assert addresses, section
        assert tests, section
        assert set(addresses) <= served, section
        for test in tests:
            path, _, name = test.partition("::")
            source = (ROOT / path).read_text("utf-8")
            assert f"def {name.rpartition('::')[2]}(" in source if name else source, test
