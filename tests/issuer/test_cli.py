"""``yizheng-issue`` as its user meets it: what it prints, writes and refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from issuer.demo import FACTS
from tests.conftest import AT, PASSPHRASE, Desk

SCHEMA = json.loads(
    (Path(__file__).resolve().parents[2] / "credential" / "facts.schema.json").read_text("utf-8")
)


def test_one_json_object_says_what_was_issued(desk: Desk) -> None:
    issued = desk.credential("licence", "--at", AT, "--form", "link")
    assert set(issued) == {"text", "cti", "kid", "iat", "exp", "qr_version", "chars", "status"}
    assert (issued["iat"], issued["exp"]) == (1795312800, 1795312800 + 365 * 86400)
    assert issued["chars"] == len(issued["text"])
    assert issued["text"].startswith("https://yz.example/v#")
    assert issued["status"]["uri"] == "https://yz.example/s/1"
    assert len(bytes.fromhex(issued["cti"])) == len(bytes.fromhex(issued["kid"])) == 8
    assert issued["qr_version"] <= 25
    code = desk.credential("identity-code", "--at", AT)
    assert (code["status"], code["exp"] - code["iat"]) == (None, 30)


def test_the_code_is_written_as_asked(desk: Desk) -> None:
    for ending, start in ((".png", b"\x89PNG"), (".svg", b"<"), (".txt", b"NCF")):
        desk.credential("badge", "--at", AT, "--out", f"code{ending}")
        assert (desk.folder / f"code{ending}").read_bytes().startswith(start)
    refused = desk.try_issue(
        "badge", "--facts", "facts.json", "--photo", "portrait.png", "--out", "code.gif"
    )
    assert (refused.status, ".png, .svg or .txt" in refused.err) == (2, True)


def test_facts_come_on_standard_input_too(desk: Desk) -> None:
    done = desk.try_issue(
        "licence",
        "--facts",
        "-",
        "--photo",
        "portrait.png",
        "--at",
        AT,
        stdin=json.dumps(FACTS).encode(),
    )
    assert done.status == 0, done.err


def facts(desk: Desk, changes: dict[str, Any], *, without: str = "", kind: str = "licence") -> str:
    said = {k: v for k, v in (FACTS | changes).items() if k != without}
    done = desk.try_issue(
        kind, "--facts", "-", "--photo", "portrait.png", "--at", AT, stdin=json.dumps(said).encode()
    )
    assert done.status in (0, 1), done.err
    assert done.status == 0 or done.out == ""
    return done.err.removeprefix("Error: ").split(" ")[0].rstrip(":")


def test_codes_may_be_texts_of_digits_and_other_parts_are_passed_over(desk: Desk) -> None:
    assert facts(desk, {"category": "10", "place": "110105", "title": "0", "note": "x"}) == ""
    assert facts(desk, {}, without="filings") == ""
    assert facts(desk, {}, without="scopes", kind="badge") == ""
    assert facts(desk, {}, without="institution", kind="identity-code") == ""


@pytest.mark.parametrize("name", [name for name in FACTS if name != "filings"])
def test_what_is_missing_is_named(desk: Desk, name: str) -> None:
    assert facts(desk, {}, without=name) == f"CLAIM_MISSING:{name}"


def test_what_is_wrong_is_named(desk: Desk) -> None:
    filing = FACTS["filings"][0]
    for changes, reason in (
        ({"gender": "x"}, "CLAIM_VALUE:gender"), ({"gender": 1}, "CLAIM_TYPE:gender"), ({"level": True}, "CLAIM_TYPE:level"),
        ({"category": 10.0}, "CLAIM_TYPE:category"), ({"category": True}, "CLAIM_TYPE:category"), ({"place": "11x"}, "CLAIM_VALUE:place"),
        ({"scopes": "内科"}, "CLAIM_TYPE:scopes"), ({"scopes": []}, "CLAIM_VALUE:scopes"), ({"approved_on": "2022-02-30"}, "CLAIM_VALUE:approved_on"),
        ({"approved_on": "20221107"}, "CLAIM_VALUE:approved_on"), ({"filings": [1]}, "CLAIM_TYPE:filings"),
        ({"filings": [{k: v for k, v in filing.items() if k != "to"}]}, "CLAIM_MISSING:filings.to"),
        ({"filings": [filing | {"to": "2025-12-31"}]}, "CLAIM_VALUE:filings"), ({"name": "甲\u202e"}, "TEXT_FORBIDDEN:name"),
        ({"licence_number": 110110105000123}, "CLAIM_TYPE:licence_number"), ({"version": 0}, "CLAIM_VALUE:version"),
    ):  # fmt: skip
        assert facts(desk, changes) == reason


def test_the_facts_schema_agrees() -> None:
    jsonschema.validate(FACTS, SCHEMA)
    for changes in ({"gender": "x"}, {"scopes": []}, {"approved_on": "20221107"}, {"filings": [1]}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(FACTS | changes, SCHEMA)


def test_rubbish_is_refused_by_name_and_spends_no_entry(desk: Desk) -> None:
    (desk.folder / "rubbish").write_bytes(b"\xff{")
    for args, reason in (
        (("--facts", "rubbish", "--photo", "portrait.png"), "CLAIM_TYPE:facts"),
        (("--facts", "facts.json"), "CLAIM_MISSING:face"),
        (("--facts", "facts.json", "--photo", "rubbish"), "FILE_TYPE"),
    ):
        done = desk.try_issue("licence", *args)
        assert (done.status, reason in done.err) == (1, True), done.err
    import sqlite3

    ledger = sqlite3.connect(desk.home / "ledger.sqlite3")
    assert ledger.execute("SELECT count(*) FROM entry").fetchone() == (0,)
    ledger.close()


def test_the_passphrase_comes_from_a_private_file_or_the_environment(desk: Desk) -> None:
    secret = desk.folder / "passphrase"
    secret.write_text(PASSPHRASE + "\n")
    call = ("--passphrase-file", "passphrase", "--home", "home", "publish", "--at", AT)
    secret.chmod(0o644)
    open_ = desk.run("issuer", *call, YIZHENG_KEY_PASSPHRASE="")
    assert (open_.status, "KEY_FILE:passphrase" in open_.err, "chmod 600" in open_.err) == (
        1,
        True,
        True,
    )
    secret.chmod(0o600)
    assert desk.run("issuer", *call, YIZHENG_KEY_PASSPHRASE="").status == 0
    none = desk.try_issue("publish", YIZHENG_KEY_PASSPHRASE="")
    assert (none.status, "YIZHENG_KEY_PASSPHRASE" in none.err) == (2, True)
    wrong = desk.try_issue("publish", YIZHENG_KEY_PASSPHRASE="wrong")
    assert (wrong.status, "KEY_FILE" in wrong.err) == (1, True)


def test_no_secret_is_printed(desk: Desk) -> None:
    shown = desk.issue("keys", "list").out + desk.credential("badge", "--at", AT)["text"]
    assert PASSPHRASE not in shown
    assert "PRIVATE" not in shown


def test_keys_are_listed_with_what_they_may_do(desk: Desk) -> None:
    rows = desk.issue("keys", "list").json()["keys"]
    assert [row["purposes"] for row in rows] == [
        ["licence"], ["badge"], ["identity-code"], ["status-list"], ["snapshot"], ["anchor"],
    ]  # fmt: skip
    assert all(row["held"] for row in rows)


def test_ed25519_serves_as_well(tmp_path: Path, desk: Desk) -> None:
    done = desk.run(
        "issuer", "--home", "ed", "init", "--issuer", "https://yz.example/i/1", "--name", "示范",
        "--name-en", "Demo", "--region", "*", "--alg", "eddsa", "--at", AT,
    )  # fmt: skip
    assert done.status == 0, done.err
    issued = desk.run(
        "issuer",
        "--home",
        "ed",
        "licence",
        "--facts",
        "facts.json",
        "--photo",
        "portrait.png",
        "--at",
        AT,
    ).json()
    checked = desk.verify(
        "check", "--json", "--trust", "ed/trust", "--at", AT, issued["text"]
    ).json()
    assert checked["verdict"] == "valid"


def test_a_home_that_is_not_set_up_says_so(desk: Desk) -> None:
    for args in (("publish",), ("keys", "list"), ("status", "00", "revoke"), ("trust", "renew")):
        done = desk.run("issuer", "--home", "nothing", *args)
        assert (done.status, "HOME_MISSING" in done.err) == (1, True), (args, done.err)


def test_wrong_calls_are_told_apart_from_refusals(desk: Desk) -> None:
    for args in (
        ("status", "zz", "revoke"), ("status", "00", "explode"), ("keys", "new", "--issuer", "https://new.example/i/1"),
        ("keys", "new", "--issuer", "no address", "--name", "x", "--name-en", "x", "--region", "11"),
    ):  # fmt: skip
        assert desk.try_issue(*args).status == 2, args
    unknown = desk.try_issue("status", "00", "revoke")
    assert (unknown.status, "CREDENTIAL_UNKNOWN:00" in unknown.err) == (1, True)
    for region, name, reason in (
        ("北京", "示范", "CLAIM_VALUE:region"),
        ("32", "示\u202e范", "TEXT_FORBIDDEN:name"),
    ):
        call = (
            "--issuer",
            "https://x.example/i/1",
            "--name",
            name,
            "--name-en",
            "x",
            "--region",
            region,
        )
        assert reason in desk.try_issue("keys", "new", *call).err
    assert desk.issue("keys", "list").json()["trust_version"] == 1
    assert "KEY_UNKNOWN" in desk.try_issue("keys", "retire", "00").err
