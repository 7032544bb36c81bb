"""Publication: one revocation signs one list; a crash leaves the old pair; rotation and recovery hold."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from credential.errors import Code, CredentialError
from credential.trust_list import Bundle, SignedTrustList
from issuer.home import Home
from issuer.publish import publish
from tests.conftest import AT, PASSPHRASE, Desk
from tests.office import DAY, NOW
from verifier.trust import TrustStore

LATER = "2026-11-22T10:00:01+08:00"
OTHER = (
    "--issuer",
    "https://yz.example/i/32",
    "--name",
    "另一示范卫健委",
    "--name-en",
    "Other",
    "--region",
    "32",
)


def update(desk: Desk, at: str = LATER) -> Any:
    done = desk.verify("update", "--trust", "home/trust", "--at", at, "home/public/bundle")
    assert done.status == 0, done.err
    return done.json()


def verdict(desk: Desk, text: str, at: str = LATER) -> tuple[str, str | None]:
    result = desk.check("--at", at, text).json()
    return result["verdict"], result["code"]


def test_init_leaves_a_store_that_is_ready(desk: Desk) -> None:
    text = desk.credential("licence", "--at", AT)["text"]
    assert verdict(desk, text, AT) == ("valid", None)


def test_what_init_publishes_is_what_the_address_space_promises(desk: Desk) -> None:
    public = desk.home / "public"
    found = {str(p.relative_to(public)) for p in public.rglob("*") if p.is_file()}
    assert found == {"trust-list", "trust-lists/1", "snapshot", "s/1", "bundle"}
    parts = Bundle.from_bytes((public / "bundle").read_bytes())
    assert (
        parts.trust
        == (public / "trust-list").read_bytes()
        == (public / "trust-lists/1").read_bytes()
    )
    assert parts.snapshot == (public / "snapshot").read_bytes()
    assert parts.lists == ((public / "s/1").read_bytes(),)


def test_a_home_is_made_once(desk: Desk) -> None:
    again = desk.try_issue("init", *OTHER)
    assert again.status == 1
    assert "HOME_EXISTS" in again.err


def test_publishing_needs_no_anchor_but_the_trust_list_does(desk: Desk) -> None:
    (desk.home / "anchor").rename(desk.folder / "safe")
    desk.issue("publish", "--at", LATER)
    refused = desk.try_issue("trust", "renew")
    assert refused.status == 1
    assert "TRUST_THRESHOLD" in refused.err
    (desk.folder / "safe").rename(desk.home / "anchor")
    assert desk.issue("trust", "renew", "--at", LATER).json()["trust_version"] == 2
    desk.issue("publish", "--at", LATER)
    assert update(desk)["trust_version"] == 2


def test_only_what_changed_is_signed_anew(desk: Desk) -> None:
    desk.issue("keys", "new", *OTHER, "--at", LATER)
    assert desk.issue("publish", "--at", LATER).json()["signed_lists"] == 1, "the new authority's"
    cti = desk.credential("badge", "--at", LATER)["cti"]
    assert desk.issue("publish", "--at", LATER).json()["signed_lists"] == 0
    desk.issue("status", cti, "suspend")
    assert desk.issue("publish", "--at", LATER).json() == {
        "snapshot_version": 4, "trust_version": 2, "lists": 2, "signed_lists": 1,
        "bundle_bytes": (desk.home / "public/bundle").stat().st_size,
    }  # fmt: skip
    assert desk.issue("publish", "--at", "2026-11-22T13:00:02+08:00").json()["signed_lists"] == 2


def test_a_second_authority_signs_for_its_own_region_only(desk: Desk) -> None:
    desk.issue("keys", "new", *OTHER, "--at", LATER)
    desk.issue("publish", "--at", LATER)
    update(desk)
    facts = json.loads((desk.folder / "facts.json").read_text("utf-8"))
    (desk.folder / "facts.json").write_text(json.dumps(facts | {"place": "320102"}), "utf-8")
    text = desk.credential("licence", "--issuer", OTHER[1], "--at", LATER)["text"]
    assert verdict(desk, text) == ("valid", None)
    refused = desk.try_issue(
        "licence", "--facts", "facts.json", "--photo", "portrait.png", "--at", LATER
    )
    assert (refused.status, "ISSUER_SCOPE" in refused.err) == (1, True)
    unknown = desk.try_issue(
        "licence", "--issuer", "https://x/i", "--facts", "facts.json", "--photo", "portrait.png"
    )
    assert "ISSUER_UNKNOWN" in unknown.err


def kid_of(desk: Desk, purpose: str) -> str:
    rows = desk.issue("keys", "list").json()["keys"]
    return next(row["kid"] for row in reversed(rows) if row["purposes"] == [purpose])


def test_a_key_is_replaced_and_what_the_old_one_signed_stays_good(desk: Desk) -> None:
    old = desk.credential("licence", "--at", AT)
    desk.issue(
        "keys",
        "new",
        "--issuer",
        OTHER[1].replace("32", "11"),
        "--purpose",
        "licence",
        "--at",
        LATER,
    )
    desk.issue("keys", "retire", old["kid"], "--at", LATER)
    new = desk.credential("licence", "--at", LATER)
    assert new["kid"] != old["kid"]
    desk.issue("publish", "--at", LATER)
    # The reader walks version 2 to version 3: both are served beside the bundle.
    assert update(desk)["trust_version"] == 3
    assert verdict(desk, old["text"]) == verdict(desk, new["text"]) == ("valid", None)


def test_a_stolen_key_loses_everything_it_signed(desk: Desk) -> None:
    text = desk.credential("licence", "--at", AT)["text"]
    desk.issue("keys", "compromise", kid_of(desk, "licence"), "--at", LATER)
    desk.issue("publish", "--at", LATER)
    update(desk)
    assert verdict(desk, text) == ("refused", "KEY_REVOKED")
    none_left = desk.try_issue(
        "licence", "--facts", "facts.json", "--photo", "portrait.png", "--at", LATER
    )
    assert "KEY_NOT_HELD:licence" in none_left.err


def test_an_anchor_is_replaced_step_by_step(desk: Desk) -> None:
    first = kid_of(desk, "anchor")
    issuer = OTHER[1].replace("32", "11")
    desk.issue("keys", "new", "--issuer", issuer, "--purpose", "anchor", "--at", LATER)
    desk.issue("keys", "retire", first, "--at", LATER)
    last = desk.try_issue("keys", "retire", kid_of(desk, "anchor"), "--at", LATER)
    assert (last.status, "KEY_NOT_HELD" in last.err) == (1, True)
    (desk.home / "anchor" / f"{first}.pem").unlink()
    desk.issue("trust", "renew", "--at", LATER)
    desk.issue("publish", "--at", LATER)
    assert update(desk)["trust_version"] == 4
    text = desk.credential("badge", "--at", LATER)["text"]
    assert verdict(desk, text) == ("valid", None)


def test_after_a_backup_was_restored_a_new_epoch_lets_readers_follow(desk: Desk) -> None:
    backup = (desk.home / "ledger.sqlite3").read_bytes()
    issued = desk.credential("licence", "--at", AT)
    for _ in range(3):
        desk.issue("publish", "--at", LATER)
    update(desk)
    (desk.home / "ledger.sqlite3").write_bytes(backup)
    desk.issue("publish", "--at", LATER)
    back = desk.verify("update", "--trust", "home/trust", "--at", LATER, "home/public/bundle")
    assert (back.status, "TRUST_ROLLBACK:snapshot" in back.err) == (1, True)
    desk.issue("trust", "renew", "--new-epoch", "--at", LATER)
    desk.issue("publish", "--at", LATER)
    assert update(desk)["epoch"] == 2
    assert verdict(desk, issued["text"]) == ("valid", None)


def test_a_resumed_licence_is_good_again_with_the_next_list(desk: Desk) -> None:
    issued = desk.credential("licence", "--at", AT)
    seen = []
    for action, at in (("suspend", 1), ("resume", 2)):
        moment = f"2026-11-22T10:00:{at:02}+08:00"
        desk.issue("status", issued["cti"], action)
        seen.append(verdict(desk, issued["text"], moment))
        desk.issue("publish", "--at", moment)
        update(desk, moment)
        seen.append(verdict(desk, issued["text"], moment))
    assert seen == [
        ("valid", None),
        ("refused", "SUSPENDED"),
        ("refused", "SUSPENDED"),
        ("valid", None),
    ]


def test_killed_at_any_moment_a_publication_is_whole(desk: Desk) -> None:
    """The publisher is killed again and again; a reader always finds a bundle that it can take in."""
    script = (
        "import os, sys; sys.path.insert(0, sys.argv[2]); from pathlib import Path\n"
        "from issuer.home import Home; from issuer.publish import publish; from issuer.ledger import Action\n"
        "home = Home(Path(sys.argv[1]), passphrase=os.environb[b'YIZHENG_KEY_PASSPHRASE'])\n"
        "print('ready', flush=True); at = int(sys.argv[3])\n"
        "while True: at += 11000; publish(home, now=at)"
    )
    store, root, now = (
        TrustStore(desk.home / "trust"),
        str(Path(__file__).resolve().parents[2]),
        NOW,
    )
    for round_ in range(12):
        publisher = subprocess.Popen(
            [sys.executable, "-c", script, str(desk.home), root, str(now)], stdout=subprocess.PIPE, text=True,
            env={"YIZHENG_KEY_PASSPHRASE": PASSPHRASE, "PATH": ""},
        )  # fmt: skip
        assert publisher.stdout is not None
        assert publisher.stdout.readline() == "ready\n"
        try:
            publisher.wait(0.03 + 0.011 * round_)
        except subprocess.TimeoutExpired:
            publisher.send_signal(signal.SIGKILL)
        publisher.wait()
        publisher.stdout.close()
        bundle = (desk.home / "public" / "bundle").read_bytes()
        trust = store.update(bundle, now=NOW, older=lambda _version: None)
        snapshot = trust.held_snapshot()
        assert snapshot is not None
        now = snapshot.iat


def test_a_clock_set_back_never_makes_a_list_older(desk: Desk) -> None:
    home = Home(desk.home, passphrase=PASSPHRASE.encode())
    store = TrustStore(desk.home / "trust")
    for now in (NOW + 600, NOW + 100, NOW + 700):
        cti = bytes.fromhex(desk.credential("badge", "--at", AT)["cti"])
        desk.issue("status", cti.hex(), "suspend")
        publish(home, now=now)
        bundle = (desk.home / "public" / "bundle").read_bytes()
        assert store.update(bundle, now=NOW + 700, older=lambda _version: None)


def test_lists_and_keys_end_when_they_should(desk: Desk) -> None:
    home = Home(desk.home, passphrase=PASSPHRASE.encode())
    content = SignedTrustList.from_bytes((desk.home / "public/trust-list").read_bytes()).content
    assert content.exp - content.iat == 90 * DAY
    assert publish(home, now=NOW + 89 * DAY).lists == 1
    assert publish(home, now=NOW + 91 * DAY).lists == 0, "never used, and too old to be used"
    with pytest.raises(CredentialError) as told:
        publish(home, now=NOW + 366 * DAY)
    assert told.value.code is Code.KEY_NOT_HELD
