"""Every vector of ``tests/vectors`` ends as it says, and the set covers what it must."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from credential.errors import Code
from credential.messages import reasons
from tests import vector_runner

CASES = vector_runner.cases()


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_vector(case: dict[str, Any]) -> None:
    assert vector_runner.run(case) == case["expect"]


def test_there_are_enough_of_both_sorts() -> None:
    sorts = Counter("code" in case["expect"] for case in CASES)
    assert sum(sorts.values()) >= 150
    assert sorts[False] >= 75
    assert sorts[True] >= 75


def test_every_code_of_the_wire_time_trust_and_status_groups_is_reached() -> None:
    reached = {
        case["expect"]["code"].partition(":")[0] for case in CASES if "code" in case["expect"]
    }
    # Met before or beside verification, with tests of their own: no text or bundle leads to them.
    elsewhere = {
        Code.BROWSER_UNSUPPORTED,  # the page's alone
        Code.KIND_UNEXPECTED,  # the command's option --kind
        Code.TRUST_MISSING,  # a store, test_trust.py
        Code.TRUST_PINNED,
        Code.TIMEOUT,  # a download, test_fetch.py
        Code.UNREACHABLE,
    }
    steps = {str(step) for step in range(1, 12)} | {"trust"}
    wanted = {code for code, reason in reasons().items() if reason.step in steps}
    assert wanted - elsewhere == {Code(code) for code in reached}


def test_names_are_unique() -> None:
    names = Counter(case["name"] for case in CASES)
    assert [name for name, times in names.items() if times > 1] == []
