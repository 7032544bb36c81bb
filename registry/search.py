"""How names are found: by keys that are stored beside a name. What is stored and shown is never folded.

* `folded`: traditional characters count as their simplified ones, full-width forms as plain ones, capitals
  as small letters; dots, brackets and spaces do not count, so that ``阿依古丽·买买提`` is found however its
  dot was typed. Character by character: the beginning of a name folds to the beginning of its key.
* `initials`: the first letters of the pinyin, ``lxl`` for 林晓岚, as clerks type them. A character of which
  no reading is known is left out. Where a surname is read in a way of its own, that reading counts.

The tables are those of OpenCC (Apache-2.0) and pypinyin (MIT), loaded when a name is first written or sought.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Final

MAX_KEY_CHARS: Final = 128
_DO_NOT_COUNT: Final = frozenset({"Cc", "Cf"})
_KINDS_THAT_DO_NOT_COUNT: Final = frozenset("PZS")

# Surnames whose reading as a surname is not the character's usual one.
_SURNAMES: Final = {
    "单": "s", "仇": "q", "解": "x", "查": "z", "区": "o", "盖": "g", "任": "r", "朴": "p", "缪": "m",
    "翟": "z", "冼": "x", "召": "s", "覃": "q", "繁": "p", "种": "c", "秘": "b", "折": "s", "曾": "z",
    "黑": "h", "乐": "y", "员": "y", "佴": "n", "万俟": "mq", "尉迟": "yc", "长孙": "zs", "澹台": "tt",
}  # fmt: skip


def folded(text: str) -> str:
    """The key under which ``text`` is found, at most 128 characters; empty where nothing in it counts."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(_simplified(each) for each in plain if _counts(each))[:MAX_KEY_CHARS]


def initials(text: str) -> str:
    """The first letters of the pinyin of ``text``; letters and digits in it stand for themselves."""
    return "".join(each for each in _first_letters(folded(text)) if each.isascii())


def initials_of_person(name: str) -> str:
    """`initials` of a person's name, its surname read as a surname."""
    key = folded(name)
    for length in (2, 1):
        if (surname := _SURNAMES.get(key[:length])) is not None:
            return surname + initials(key[length:])
    return initials(key)


def is_typed_as_initials(text: str) -> bool:
    """Whether somebody typed letters where a name was asked for."""
    key = folded(text)
    return key.isascii() and key.isalpha()


def _counts(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] not in _KINDS_THAT_DO_NOT_COUNT and category not in _DO_NOT_COUNT


@cache
def _simplified(char: str) -> str:
    return char if char.isascii() else _converter()(char)


@cache
def _converter() -> Callable[[str], str]:
    from opencc import OpenCC  # noqa: PLC0415 - its tables are read when they are needed

    convert: Callable[[str], str] = OpenCC("hk2s").convert  # and the forms of Hong Kong, 衞
    return convert


def _first_letters(key: str) -> list[str]:
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415 - likewise

    return lazy_pinyin(key, style=Style.FIRST_LETTER)
