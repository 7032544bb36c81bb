"""Every code of 300 realistic physicians stays within its budget of QR versions, in either form.

Once with the sample portraits beside the project, where they are, and always with the project's own.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from credential import codelists, envelope, qr
from credential.claims import (
    Badge,
    Face,
    Facts,
    Filing,
    Gender,
    IdentityCode,
    Kind,
    Level,
    Licence,
    StatusRef,
)
from credential.trust_list import Purpose
from issuer import issue, portrait
from issuer.demo_portraits import portrait as drawn
from issuer.issue import Issued
from issuer.signer import SigningKey
from tests import office
from tests.office import NOW

PHYSICIANS = 300
HOST = "yizheng.example.test"  # 20 characters
ISS = "https://yizheng.example.test/i/110105000"  # 40
URI = "https://yizheng.example.test/s/12345678901234567"  # 48
SAMPLES = Path(__file__).resolve().parents[1].parent / "shared" / "portraits"
BUDGETS = {Kind.LICENCE: 25, Kind.BADGE: 22, Kind.IDENTITY_CODE: 20}
SIZES = {
    Kind.LICENCE: portrait.LICENCE,
    Kind.BADGE: portrait.BADGE,
    Kind.IDENTITY_CODE: portrait.IDENTITY_CODE,
}

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超秀兰霞平刚桂英建华文玉梅"
LONG = (
    "阿卜杜热合曼·吐尔逊江",
    "努尔艾合买提·阿布都热依木",
    "古丽米热·阿不都克里木",
    "扎西次仁·多吉旺堆",
)
INSTITUTIONS = (
    "示范市第一人民医院", "示范省中西医结合医院（示范省示范中医药大学附属第二医院）",
    "示范市示范区示范街道社区卫生服务中心", "示范市妇幼保健院", "示范医科大学附属示范医院",
)  # fmt: skip


def physicians(portraits: list[bytes]) -> list[dict[Kind, Facts]]:
    chance = random.Random(2026)
    faces = {
        kind: [Face(portrait.reduce(p, **size._asdict())) for p in portraits]
        for kind, size in SIZES.items()
    }
    return [_physician(chance, faces, number) for number in range(PHYSICIANS)]


def _physician(
    chance: random.Random, faces: dict[Kind, list[Face]], number: int
) -> dict[Kind, Facts]:
    name = chance.choice(LONG) if number % 10 == 0 else (
        chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=chance.choice((1, 2, 2))))
    )  # fmt: skip
    category = chance.choice(list(codelists.names("category")))
    scopes = [text.zh for text in codelists.scopes(category).values()]
    level = chance.choice((Level.PHYSICIAN, Level.PHYSICIAN, Level.ASSISTANT))
    begins = date(2026, 1, 1) + timedelta(days=chance.randrange(300))

    def some_scopes() -> tuple[str, ...]:
        return tuple(chance.sample(scopes, k=min(len(scopes), chance.choice((1, 1, 2, 3)))))

    filings = tuple(
        Filing(
            institution=chance.choice(INSTITUTIONS), scopes=some_scopes(), begins=begins,
            ends=begins + timedelta(days=chance.randrange(1, 730)),
        )
        for _ in range(chance.choice((0, 0, 0, 1, 2)))
    )  # fmt: skip
    which = number % len(faces[Kind.LICENCE])
    common = {"licence_number": f"{level:d}{category}110105{number:06}", "name": name}
    shared = {
        "level": level, "category": category, "place": 110105 if level is Level.ASSISTANT else 11,
        "institution": chance.choice(INSTITUTIONS), "title": chance.choice((0, 231, 232, 233, 234)),
    }  # fmt: skip
    return {
        Kind.LICENCE: Licence(
            **common, **shared, face=faces[Kind.LICENCE][which], gender=chance.choice(list(Gender)),
            scopes=some_scopes(), approved_on=date(2010, 1, 1) + timedelta(days=chance.randrange(6000)),
            filings=filings, version=chance.randrange(1, 9),
        ),
        Kind.BADGE: Badge(**common, **shared, face=faces[Kind.BADGE][which]),
        Kind.IDENTITY_CODE: IdentityCode(**common, face=faces[Kind.IDENTITY_CODE][which]),
    }  # type: ignore[arg-type]  # fmt: skip


def signed(said: Facts, chance: random.Random) -> Issued:
    purposes = {record.kid: record for record in office.KEYS}
    record = purposes[office.key(office.signer_of(said)).kid]
    key = SigningKey(
        office.record(office.signer_of(said), *record.purposes, iss=ISS),
        office.key(office.signer_of(said)),
    )
    status, now = StatusRef(chance.randrange(131_072), URI), office.at(NOW)
    if isinstance(said, IdentityCode):
        return issue.identity_code(said, key=key, now=now, new_id=lambda: chance.randbytes(8))
    if isinstance(said, Licence):
        return issue.licence(
            said, key=key, status=status, now=now, new_id=lambda: chance.randbytes(8)
        )
    return issue.badge(said, key=key, status=status, now=now, new_id=lambda: chance.randbytes(8))


def check(portraits: list[bytes]) -> None:
    chance, versions = random.Random(1), Counter[tuple[str, str]]()
    for physician in physicians(portraits):
        for kind, said in physician.items():
            issued = signed(said, chance)
            for form, text in (("bare", issued.bare()), ("link", issued.link(HOST))):
                planned = qr.plan(text, kind.slug)
                assert planned.version <= BUDGETS[kind], (
                    kind,
                    form,
                    planned,
                    len(issued.cose),
                    said,
                )
                assert planned.level != "L" or kind is not Kind.BADGE
                versions[kind.slug, form] = max(versions[kind.slug, form], planned.version)
    print(dict(versions))
    assert len(versions) == 6


def check_slices(portraits: list[bytes]) -> None:
    """A slice carries nbf and a status beside what a live code says; its portrait is smaller for it."""
    chance, versions = random.Random(1), Counter[str]()
    faces = [Face(portrait.reduce(p, **portrait.BOOK_SLICE._asdict())) for p in portraits]
    record = office.record("code", Purpose.IDENTITY_CODE, iss=ISS)
    for number, physician in enumerate(physicians(portraits)):
        said = physician[Kind.IDENTITY_CODE]
        assert isinstance(said, IdentityCode)
        book = issue.code_book(
            replace(said, face=faces[number % len(faces)]),
            key=SigningKey(record, office.key("code")),
            status=StatusRef(131_071 - number, URI),
            book_id=bytes(8),
            now=office.at(NOW),
            new_id=lambda: chance.randbytes(8),
            span_s=60,
        )
        for message in book:
            for text in (envelope.bare(message), envelope.link(message, host=HOST)):
                planned = qr.plan(text, Kind.IDENTITY_CODE.slug)
                assert planned.version <= BUDGETS[Kind.IDENTITY_CODE], (planned, said)
                versions[planned.level] += 1
    print(dict(versions))
    assert versions.total() == PHYSICIANS * 3 * 2


def test_the_slices_of_code_books_stay_within_the_identity_codes_budget() -> None:
    check_slices([drawn(number) for number in range(6)])


@pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the sample portraits are not beside this checkout"
)
def test_slices_with_the_sample_portraits_do_too() -> None:
    check_slices([path.read_bytes() for path in sorted(SAMPLES.glob("*.png"))])


def test_the_projects_own_portraits_stay_within_the_budgets() -> None:
    check([drawn(number) for number in range(6)])


@pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the sample portraits are not beside this checkout"
)
def test_the_sample_portraits_stay_within_the_budgets() -> None:
    check([path.read_bytes() for path in sorted(SAMPLES.glob("*.png"))])


def test_a_licence_beyond_its_budget_is_still_drawn() -> None:
    chance = random.Random(1)
    filing = office.licence().filings[0]
    filings = tuple(
        replace(
            filing, institution="".join(chr(chance.randrange(0x4E00, 0x9FA5)) for _ in range(12))
        )
        for _ in range(20)
    )
    crowded = office.licence(filings=filings, face=Face(chance.randbytes(560)))
    planned = qr.plan(signed(crowded, chance).bare(), "licence")
    assert planned.level == "L"
    assert 25 < planned.version <= 40
