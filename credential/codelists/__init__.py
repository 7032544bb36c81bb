"""What the codes in a credential are called, in Chinese and English.

Levels and categories as in practice certificate numbers, titles after GB/T 8561-2001, provinces after
GB/T 2260 (66 is how health systems write the Xinjiang Production and Construction Corps). The names
live in ``codes.json``, which the page reads too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources

from credential.text import Text


def name(codelist: str, code: int) -> Text:
    """What ``code`` of a list (level, gender, category, title, province) is called; `KeyError`."""
    return names(codelist)[code]


def place_name(code: int) -> Text:
    """A province by its two digits, or the province of a county with the county's code; `KeyError`."""
    if code < 100:
        return name("province", code)
    province = name("province", code // 10_000)
    return Text(f"{province.zh} {code}", f"{province.en} {code}")


@cache
def names(codelist: str) -> Mapping[int, Text]:
    """A whole list: code to name, in the order of the codes."""
    rows = _lists()[codelist]
    return {int(code): Text(*row) for code, row in rows.items()}


@cache
def _lists() -> dict[str, dict[str, tuple[str, str]]]:
    lists: dict[str, dict[str, tuple[str, str]]] = json.loads(
        resources.files("credential.codelists").joinpath("codes.json").read_text("utf-8")
    )
    return lists
