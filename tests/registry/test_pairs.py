"""Two applications of one physician at once: for every kind that is open, what any other may become.

The table is read by row: while an application of the row's kind is open, one of the column's kind is
submitted, then the first is approved, then the second. Whatever comes of it, no record contradicts
another and no credential its record.
"""

from __future__ import annotations

from collections import Counter

import pytest

from registry import checkup
from registry.errors import Code, RegistryError
from registry.record import Level, Standing
from registry.roles import Actor
from registry.workflow import Status
from tests.registry.world import Kind, World

BOTH, VOIDED, REFUSED_LATER, NOTHING_TO_ASK = "+", "V", "x", "."
AT_SUBMISSION = {
    "O": Code.ALREADY_OPEN,  # one application at a time changes where and whether somebody practises
    "P": Code.PLACE_TAKEN,
    "N": Code.NOT_FILED,
    "R": Code.LICENCE_NOT_ACTIVE,  # the registration rests
    "Q": Code.FIELD_OPTION,  # no other qualification to register with
    "L": Code.FILING_OVERLAPS,
    "E": Code.FILING_OTHER_PLACE,
}
# + both are approved, one after the other     V the approval of the first voids the second
# x the second is refused when it is decided   . somebody in this state has nothing to apply with
TABLE = """
FIRST_REGISTRATION           O . . . . . . . . . x . .
CHANGE                       P O O N O x + + + Q P O +
SUSPEND_FILING               P O O N O x + + x Q P O +
CANCEL_SUSPEND_FILING        P O R O O R . + R Q P O R
DEREGISTRATION               P O O N O V V V V Q P O +
MULTI_INSTITUTION_FILING     P + + N + O + + + Q P + +
CANCEL_MULTI_FILING          P + + N + L O + + Q P + +
CANCEL_LEGACY_MULTI_LOCATION P + + N + + + O + Q P + +
INFO_MODIFICATION            P + + N + + + + O Q P + +
ASSISTANT_UPGRADE            P O O N O E . V V O P O +
MILITARY_IN                  x . . . . . . . . . O . .
MILITARY_OUT                 P O O N O V V V V Q P O +
DEPARTMENT_UPKEEP            P + + N + + + + + Q P + +
"""
ROWS = {Kind(line.split()[0]): line.split()[1:] for line in TABLE.strip().splitlines()}


def with_everything(world: World, kind: Kind) -> Actor:
    """Somebody for whom this kind is admitted, who also has whatever the other kinds are about."""
    actor = world.admitted(kind)
    if not world.dossier(actor).military:
        world.military(actor)
    for record in world.dossier(actor).live_records:
        if not world.dossier(actor).legacy:
            world.legacy(actor)
        may_file = record.level is Level.PHYSICIAN and record.standing is Standing.VALID
        if may_file and not world.dossier(actor).filings:
            world.filed_with(actor, "qionghai")
    return actor


def comes_of(world: World, first: Kind, second: Kind) -> str:
    """The sign of the table for ``second`` while ``first`` is open."""
    actor = with_everything(world, first)
    dossier = world.dossier(actor)
    asks_for = {
        Kind.CANCEL_MULTI_FILING: dossier.filings,
        Kind.FIRST_REGISTRATION: dossier.qualifications,
        Kind.MILITARY_IN: dossier.military,
    }
    if not asks_for.get(second, dossier.records):
        return NOTHING_TO_ASK
    opened = world.submitted(first, actor)
    try:
        other = world.submitted(second, actor)
    except RegistryError as error:
        codes = {code: sign for sign, code in AT_SUBMISSION.items()}
        return codes[error.reasons[0].code]
    world.advance(opened, until=Status.APPROVED)
    if world.application(other).status is Status.VOIDED:
        return VOIDED
    try:
        world.advance(other, until=Status.APPROVED)
    except RegistryError:
        return REFUSED_LATER
    return BOTH


@pytest.mark.parametrize("first", list(Kind))
def test_what_two_open_applications_come_to(world: World, first: Kind) -> None:
    assert [comes_of(world, first, second) for second in Kind] == ROWS[first]
    assert list(checkup.faults(world.store)) == []


def test_the_table_has_every_pair_and_reaches_every_end() -> None:
    assert list(ROWS) == list(Kind)
    signs = Counter(sign for row in ROWS.values() for sign in row)
    assert sum(signs.values()) == len(Kind) ** 2
    assert set(signs) == {BOTH, VOIDED, REFUSED_LATER, NOTHING_TO_ASK, *AT_SUBMISSION}
