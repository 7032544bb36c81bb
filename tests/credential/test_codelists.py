"""The code lists: complete in both languages, and refusing what they do not hold."""

from __future__ import annotations

import pytest

from credential import codelists
from credential.text import Text


@pytest.mark.parametrize(
    ("code", "zh"),
    [
        ("11", "北京市"),
        (46, "海南省"),
        ("110101", "北京市东城区"),
        ("130102", "河北省石家庄市长安区"),
        ("460200", "海南省三亚市"),
        ("469002", "海南省琼海市"),
        ("429021", "湖北省神农架林区"),
        ("659001", "新疆维吾尔自治区石河子市"),
        ("66", "新疆生产建设兵团"),
        ("660000", "新疆生产建设兵团"),
    ],
)
def test_a_place_is_named_from_the_province_down(code: int | str, zh: str) -> None:
    assert codelists.place_name(code).zh == zh


@pytest.mark.parametrize("code", ["99", "110199", "110103", "000000", "1101", "110000", "660100"])
def test_an_unknown_or_former_division_is_refused(code: str) -> None:
    with pytest.raises(KeyError):
        codelists.place_name(code)


def test_small_lists_are_complete_in_both_languages() -> None:
    lists = [codelists.names(each) for each in ("level", "gender", "category", "title", "province")]
    words = [
        codelists.terms(each)
        for each in (
            "education",
            "health_status",
            "authority_kind",
            "suspend_reason",
            "deregister_reason",
            "refusal_ground",
            "change_reason",
        )
    ]
    texts: list[Text] = [text for each in lists for text in each.values()]
    texts += [text for each in words for text in each.values()]
    texts += codelists.subjects().values()
    texts += [
        text for code in codelists.names("category") for text in codelists.scopes(code).values()
    ]
    assert len(texts) > 250
    assert [text for text in texts if not text.zh.strip() or not text.en.strip()] == []
    assert [text for text in texts if not text.en.isascii()] == []


def test_levels_categories_titles_carry_their_official_numbers() -> None:
    assert codelists.level(1).zh == "执业医师"
    assert codelists.level(2).en == "assistant physician"
    assert set(codelists.names("category")) == {10, 20, 30} | codelists.TCM_GROUP
    assert codelists.title(234).zh == "医师"
    assert codelists.title(0).zh == "无"
    with pytest.raises(KeyError):
        codelists.category(40)


def test_scopes_belong_to_their_category() -> None:
    assert codelists.scope("CLINICAL.INTERNAL").zh == "内科专业"
    assert "TCM.INTEGRATED" in codelists.scopes(42)
    assert "CLINICAL.INTERNAL" not in codelists.scopes(42)


def test_subjects_have_no_29_and_know_their_transplants() -> None:
    assert codelists.subject("03.01").zh == "呼吸内科专业"
    assert codelists.subject("04.04.01").en == "kidney transplantation"
    with pytest.raises(KeyError):
        codelists.subject("29")


def test_counties_of_a_province_hold_no_cities() -> None:
    hainan = codelists.counties_of("46")
    assert hainan["460106"].zh == "海南省海口市龙华区"
    assert "460100" not in hainan
    assert "460101" not in hainan
    assert "71" not in codelists.practice_provinces()
    assert "66" in codelists.practice_provinces()
    assert codelists.counties_of("66") == {}
    assert "659001" in codelists.counties_of("65")
