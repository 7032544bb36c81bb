"""FORMAT.md: its worked examples and its table of codes are what the code does."""

from __future__ import annotations

import re

import pytest

from credential import cose, envelope
from credential.code_book import CodeBook
from credential.errors import Code
from credential.labels import ALG
from credential.messages import reasons
from tests import format_examples, office
from tests.office import NOW
from verifier import verify
from verifier.errors import UNDETERMINED


def parts(block: str) -> dict[str, str]:
    """Name to value of one example as it stands in the file."""
    found = re.findall(r"^; (.*)\n((?:(?!; ).*\n)+)", block, re.MULTILINE)
    return {name: value.replace("\n", "") for name, value in found}


@pytest.mark.parametrize("name", ["key", "code book", "trust list"])
def test_an_example_is_what_the_code_makes(name: str) -> None:
    assert format_examples.written()[name] == format_examples.examples()[name]


def test_the_status_list_example_unfolds_to_what_the_code_makes() -> None:
    """Its zlib bytes may differ by build, and with them its signature."""
    from credential.status_list import StatusList

    written = parts(format_examples.written()["status list"])
    made = parts(format_examples.examples()["status list"])
    opened = []
    for each in (written, made):
        message = cose.open_sign1(
            bytes.fromhex(each["the signed list"]), office.key("status").public
        )
        opened.append(StatusList.from_bytes(message.payload))
    assert opened[0] == opened[1]
    assert [opened[0].array[i] for i in range(8)] == [0, 1, 0, 0, 0, 0, 0, 0]


def test_the_identity_code_example_is_what_the_code_makes_and_verifies() -> None:
    written = parts(format_examples.written()["identity code"])
    made = parts(format_examples.examples()["identity code"])
    for name in ("claims", "protected header", "Sig_structure", "signature", "COSE_Sign1"):
        assert written[name] == made[name], name
    for form in ("bare", "link"):
        message = envelope.unwrap(written[form], hosts=[office.HOST])
        assert message.hex() == written["COSE_Sign1"]
        verified = verify(written[form], trust=office.trust(), now=office.at(NOW + 29))
        assert verified.credential.facts.name == "甲示例"
    assert cose.unpack_sign1(bytes.fromhex(written["COSE_Sign1"])).headers[ALG] == -7


def test_the_code_book_example_opens_and_its_slice_verifies() -> None:
    written = parts(format_examples.written()["code book"])
    book = CodeBook.from_bytes(bytes.fromhex(written["code book"]))
    message = bytes.fromhex(written["slice 1"])
    assert (len(book), book.message(1)) == (3, message)
    assert (book.parts[0][-2:].hex(), book.parts[1].hex()) == ("041a", "051a")
    assert (book.parts[2][:2].hex(), book.parts[2][6:].hex()) == ("061a", "0748")
    assert book.parts[3][-2:].hex() == "5840"
    verified = verify(envelope.bare(message), trust=office.trust(), now=office.at(NOW + 49))
    assert verified.credential == book.credential(1)


def test_every_example_is_there() -> None:
    assert set(format_examples.written()) == set(format_examples.examples())


def test_the_table_of_codes_is_the_one_table() -> None:
    assert format_examples.written_table() == format_examples.table()


def test_every_code_has_a_step_a_verdict_and_both_texts() -> None:
    assert set(reasons()) == set(Code)
    for code, reason in reasons().items():
        assert reason.verdict in ("refused", "undetermined", "notice"), code
        assert re.search(r"[\u4e00-\u9fff]", reason.text.zh), code
        assert reason.text.zh.endswith("。"), code
        assert re.fullmatch(r"[A-Z][ -~]*\.", reason.text.en), code


def test_the_undetermined_codes_are_those_of_the_table() -> None:
    assert {code for code, r in reasons().items() if r.verdict == "undetermined"} == UNDETERMINED
