"""What the codes of physician registration are called, in Chinese and English.

* Levels (医师级别) and categories (医师类别) as digit 7 and digits 8-9 of a qualification number.
* Titles (任职资格) after GB/T 8561-2001, 0 for none; education after GB/T 4658-2006; health status
  after GB/T 2261.3; provinces and counties after GB/T 2260 (66 is how health systems write the
  Xinjiang Production and Construction Corps, which has no county codes here).
* Scopes of practice (执业范围) after 卫医发〔2001〕169号. Their numbers differ from province to
  province, so the keys are our own: ``CLINICAL.INTERNAL``.
* Diagnosis subjects (诊疗科目) after the catalogue of 1994 with its later supplements.
* Reasons (备案理由, 注销原因, 不予注册 …) as the law and the manual word them.

Every list is a JSON file beside this one and is read once. An unknown code is a `KeyError`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from credential.text import Text

CORPS: Final = "660000"
"""新疆生产建设兵团 as a place of six digits. No source gives codes for its divisions: the cities it runs have
theirs under 65, and what lies in none of them is written so, at the level of a province."""
TCM_GROUP: Final = frozenset(range(41, 49))
"""中医类: the categories registered by the administration of traditional Chinese medicine."""

_OUTSIDE_MAINLAND: Final = frozenset({"71", "81", "82"})
# Divisions that only group the counties below them and are no part of an address.
_GROUPINGS: Final = ("市辖区", "县", "林区", "省直辖县级行政单位", "自治区直辖县级行政单位")


def level(code: int) -> Text:
    """医师级别: 1 执业医师, 2 执业助理医师."""
    return names("level")[code]


def category(code: int) -> Text:
    """医师类别: 10, 20, 30, 41..48."""
    return names("category")[code]


def title(code: int) -> Text:
    """任职资格: 231..235, or 0 for none."""
    return names("title")[code]


def name(codelist: str, code: int) -> Text:
    """What ``code`` of level, gender, category, title or province is called."""
    return names(codelist)[code]


def term(termlist: str, key: str) -> Text:
    """What ``key`` of education, health_status, authority_kind or a list of reasons is called."""
    return terms(termlist)[key]


def scope(key: str) -> Text:
    """执业范围: ``CLINICAL.INTERNAL`` is 内科专业."""
    return _all_scopes()[key]


def subject(code: str) -> Text:
    """诊疗科目: ``03.01`` is 呼吸内科专业."""
    return subjects()[code]


def place_name(code: int | str) -> Text:
    """A province by two digits, or province, city and county joined by six; `CORPS` as its province.

    County names exist in Chinese only; the English text names the province in English before them.
    """
    digits = str(code)
    province = names("province")[int(digits[:2])]
    if len(digits) == 2 or digits == CORPS:
        return province
    counties = _counties()
    county = counties[digits]
    city = "" if digits.endswith("00") else counties.get(f"{digits[:4]}00", "")
    local = county if city in _GROUPINGS else city + county
    return Text(province.zh + local, f"{province.en}, {local}")


@cache
def names(codelist: str) -> Mapping[int, Text]:
    """One of level, gender, category, title, province as a whole, in the order of the codes."""
    return {int(code): Text(*row) for code, row in _file("codes")[codelist].items()}


@cache
def terms(termlist: str) -> Mapping[str, Text]:
    """One of education, health_status, authority_kind, suspend_reason, deregister_reason,
    refusal_ground, change_reason as a whole."""
    return _texts(_file("terms")[termlist])


@cache
def scopes(category_code: int) -> Mapping[str, Text]:
    """The scopes that may be registered under a category."""
    lists = _file("scopes")
    return _texts(lists["tcm" if category_code in TCM_GROUP else str(category_code)])


@cache
def subjects() -> Mapping[str, Text]:
    """All diagnosis subjects, in the order of the catalogue."""
    return _texts(_file("subjects")["names"])


@cache
def practice_provinces() -> tuple[str, ...]:
    """Two-digit codes of the provinces where a place of practice may lie: the mainland ones and 66."""
    return tuple(str(code) for code in names("province") if str(code) not in _OUTSIDE_MAINLAND)


@cache
def counties_of(province: str) -> Mapping[str, Text]:
    """Six-digit codes of a province's counties with their full names; no cities, no groupings."""
    return {
        code: place_name(code)
        for code in _counties()
        if code.startswith(province) and not code.endswith("00") and _counties()[code] != "市辖区"
    }


@cache
def _all_scopes() -> Mapping[str, Text]:
    lists = [scopes(code) for code in names("category")]
    return {key: text for each in lists for key, text in each.items()}


@cache
def _counties() -> Mapping[str, str]:
    counties: dict[str, str] = _file("counties")["names"]
    return counties


def _texts(rows: Mapping[str, list[str]]) -> Mapping[str, Text]:
    return {key: Text(*row) for key, row in rows.items()}


@cache
def _file(stem: str) -> dict[str, Any]:
    source = Path(__file__).with_name(f"{stem}.json").read_text("utf-8")
    lists: dict[str, Any] = json.loads(source)
    return lists
