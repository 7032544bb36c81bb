"""The worked examples and the table of codes in FORMAT.md, made from the code itself.

``make vectors`` writes them into the file; a test compares.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import cbor2

from credential import cbor, cose, envelope
from credential.keys import thumbprint
from credential.messages import reasons
from credential.status_list import Status, StatusArray
from tests import book_vectors, office

FORMAT = Path(__file__).resolve().parents[1] / "credential" / "FORMAT.md"
_BLOCK = re.compile(r"(<!-- example: ([a-z ]+) -->\n```\n)(.*?)(```\n)", re.DOTALL)
_TABLE = re.compile(r"(<!-- table: codes -->\n).*\Z", re.DOTALL)


def _shown(*parts: tuple[str, bytes | str]) -> str:
    """Each part under its name, in lines of 96 characters."""
    lines = []
    for name, value in parts:
        text = value.hex() if isinstance(value, bytes) else value
        lines += [
            f"; {name}",
            *textwrap.wrap(text, 96, drop_whitespace=False, break_on_hyphens=False),
        ]
    return "\n".join(lines) + "\n"


def examples() -> dict[str, str]:
    """The blocks by name."""
    public = office.key("code").public
    required = {label: public.cose_key[label] for label in (1, -1, -2, -3)}
    message = office.issued(office.credential(office.identity_code()))
    parts = cose.unpack_sign1(message)
    assert parts.payload is not None
    draft = StatusArray(2, bytes.fromhex("c944f9"))
    small = office.status_list(array=StatusArray.of({1: Status.REVOKED}, entries=8))
    content = office.trust_list(keys=office.KEYS[2:3])
    trust = office.signed(content)
    book = book_vectors.make(span_s=60)
    return {
        "key": _shown(
            ("COSE_Key", cbor.encode(dict(public.cose_key))),
            ("its required members", cbor.encode(required)),
            ("SHA-256 of these", thumbprint(required)),
            ("kid", public.kid),
        ),
        "identity code": _shown(
            ("claims", parts.payload),
            ("protected header", parts.protected),
            ("Sig_structure", cose.signature1_input(parts.protected, parts.payload)),
            ("signature", parts.signature),
            ("COSE_Sign1", message),
            ("bare", envelope.bare(message)),
            ("link", envelope.link(message, host=office.HOST)),
        ),
        "code book": _shown(
            ("code book", book.to_bytes()),
            ("slice 1", book.message(1)),
        ),
        "status list": _shown(
            ("status_list claim of the draft's example", cbor2.dumps(draft.to_map())),
            (
                "byte array of the eight entries",
                StatusArray.of({1: Status.REVOKED}, entries=8).packed,
            ),
            ("the signed list", small),
        ),
        "trust list": _shown(
            ("payload", content.to_bytes()),
            ("COSE_Sign", trust),
            ("fingerprint", office.pin(content).fingerprint),
        ),
    }


def table() -> str:
    rows = [
        f"| {code} | {reason.step} | {reason.verdict} | {reason.text.zh} | {reason.text.en} |"
        for code, reason in reasons().items()
    ]
    return (
        "\n".join(
            ["| code | step | verdict | 中文 | English |", "| --- | --- | --- | --- | --- |", *rows]
        )
        + "\n"
    )


def written() -> dict[str, str]:
    """The blocks that stand in the file."""
    return {name: block for _, name, block, _ in _BLOCK.findall(FORMAT.read_text("utf-8"))}


def written_table() -> str:
    found = _TABLE.search(FORMAT.read_text("utf-8"))
    assert found is not None
    return found[0].removeprefix(found[1])


def write() -> None:
    """Puts the present examples and table into FORMAT.md."""
    made = examples()
    text = _BLOCK.sub(lambda m: m[1] + made[m[2]] + m[4], FORMAT.read_text("utf-8"))
    FORMAT.write_text(_TABLE.sub(lambda m: m[1] + table(), text), "utf-8")
