"""The fields of an application and how an answer is read.

* An answer arrives as JSON and leaves as a value that the rules may trust: a date, a tuple of scope
  keys, a text that shows as it is written. What cannot be read is named by field and reason.
* A choice knows its options (`Field.options`); the page draws them and the gate accepts nothing else.
* Drafts may be incomplete; `read` is asked with ``complete=False`` while pages are being saved.
* Texts keep every character of a name, rare ones too (U+20000 and beyond, ``·``); characters that
  hide or move others are refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from credential import codelists
from credential.text import Text
from registry.errors import Code, Reason

if TYPE_CHECKING:
    from registry.rules import Case

Answers = Mapping[str, Any]
MAX_EXPERIENCES: Final = 20
NEXT: Final = Text("下一步", "Next")
_FORBIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_NAME: Final = re.compile(r"[^\W\d_A-Za-z]+(?:·[^\W\d_A-Za-z]+)*")
_MOBILE: Final = re.compile(r"1[3-9]\d{9}", re.ASCII)
_PHONE: Final = re.compile(r"(?:0\d{2,3}-?)?\d{7,8}(?:-\d{1,6})?", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Widget(StrEnum):
    """How a page asks for a field."""

    TEXT = "text"
    AREA = "area"
    SELECT = "select"
    RADIO = "radio"
    CHECKS = "checks"
    YES_NO = "yes_no"
    DAY = "day"
    PHOTO = "photo"
    FILE = "file"
    INSTITUTION = "institution"
    PLACE = "place"
    EXPERIENCES = "experiences"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a field: what is stored and what is shown."""

    value: Any
    text: Text


class IncompleteError(Exception):
    """Something was asked of a case before the answer it rests on was there."""


class UnreadableError(Exception):
    """An answer that cannot be read, with the code of the reason."""

    def __init__(self, code: Code) -> None:
        self.code = code
        super().__init__(code)


Read = Callable[[Any], Any]
Options = Callable[["Case"], Iterable[Option]]
Condition = Callable[["Case"], bool]


def always(case: Case) -> bool:  # noqa: ARG001 - a condition like any other
    """Required whatever else is answered (marked * in the manual)."""
    return True


def not_offered(case: Case) -> Code:  # noqa: ARG001 - asked like any other
    """Why a choice that is none of those offered is refused, where there is no more to say."""
    return Code.FIELD_OPTION


def never(case: Case) -> bool:  # noqa: ARG001 - a condition like any other
    """Never required."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One question: its key, its words, how it is asked, how an answer is read, whether it must be."""

    key: str
    label: Text
    widget: Widget
    read: Read
    required: Condition = always
    options: Options | None = None
    why_not_offered: Callable[[Case], Code] = not_offered
    default: Any = None
    first: Read | None = None
    """What stands in the field before anybody has answered, from the case: it may be changed."""

    @property
    def limit(self) -> int | None:
        """How many characters a text may have."""
        return self.read.keywords["limit"] if isinstance(self.read, partial) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a form, with the words of the button that leaves it."""

    title: Text
    fields: tuple[Field, ...]
    button: Text = NEXT


def read(pages: Iterable[Page], raw: Answers) -> tuple[dict[str, Any], list[Reason]]:
    """What could be read of ``raw``, and what could not, field by field.

    An empty text counts as no answer. A key that no page asks for is refused.
    """
    fields = {field.key: field for page in pages for field in page.fields}
    values: dict[str, Any] = {}
    faults = [Reason(Code.FIELD_UNKNOWN, key) for key in raw if key not in fields]
    for key, field in fields.items():
        answer = raw.get(key, field.default)
        if answer is None or answer == "":
            continue
        try:
            values[key] = field.read(answer)
        except UnreadableError as fault:
            faults.append(Reason(fault.code, key))
    return values, faults


def gaps(pages: Iterable[Page], case: Case) -> list[Reason]:
    """What is still missing in ``case.answers``, and which choices are none of those offered.

    A field that rests on an earlier one which is itself at fault is passed over.
    """
    faults: list[Reason] = []
    for field in (field for page in pages for field in page.fields):
        with suppress(IncompleteError):
            faults += _gap(field, case)
    return faults


def _gap(field: Field, case: Case) -> list[Reason]:
    value = case.answers.get(field.key)
    if value is None or value == ():
        return [Reason(Code.FIELD_REQUIRED, field.key)] if field.required(case) else []
    if field.options is None:
        return []
    offered = {option.value for option in field.options(case)}
    chosen = value if isinstance(value, tuple) else (value,)
    return [] if offered.issuperset(chosen) else [Reason(field.why_not_offered(case), field.key)]


def to_json(values: Answers) -> dict[str, Any]:
    """Read values as JSON again, so that an application can be stored and read once more."""
    return {key: _plain(value) for key, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return value


# How answers are read.


def shown_text(value: Any) -> str:
    """A text in NFC without characters that hide, move or control others, and no space at its ends."""
    if not isinstance(value, str):
        raise UnreadableError(Code.FIELD_TYPE)
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n")).strip()
    if any(unicodedata.category(char) in _FORBIDDEN for char in text.replace("\n", "")):
        raise UnreadableError(Code.TEXT_FORBIDDEN)
    return text


def text(limit: int) -> Read:
    """A text of at most ``limit`` characters."""
    return partial(_text, limit=limit)


def _text(value: Any, *, limit: int) -> str:
    answer = shown_text(value)
    if len(answer) > limit:
        raise UnreadableError(Code.FIELD_TOO_LONG)
    return answer


def person_name(value: Any) -> str:
    """A name of 2 to 64 characters: no Latin letters, no digits, ``·`` only between parts."""
    answer = shown_text(value)
    if not 2 <= len(answer) <= 64 or not _NAME.fullmatch(answer):
        raise UnreadableError(Code.FIELD_FORMAT)
    return answer


def mobile(value: Any) -> str:
    """A mobile number of the mainland."""
    return _matching(_MOBILE, value)


def phone(value: Any) -> str:
    """An institution's telephone, or a mobile number."""
    answer = shown_text(value)
    return answer if _MOBILE.fullmatch(answer) else _matching(_PHONE, answer)


def day(value: Any) -> date:
    """A calendar day written ``2026-11-23``."""
    answer = _matching(_DAY, value)
    try:
        return date.fromisoformat(answer)
    except ValueError:
        raise UnreadableError(Code.FIELD_FORMAT) from None


def yes_no(value: Any) -> bool:
    """A real truth value; neither 1 nor ``"yes"``."""
    if not isinstance(value, bool):
        raise UnreadableError(Code.FIELD_TYPE)
    return value


def number(value: Any) -> int:
    """A whole number; texts of digits are taken, True is not."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    if type(value) is not int:
        raise UnreadableError(Code.FIELD_TYPE)
    return value


def key(value: Any) -> str:
    """The key of a thing in the registry or of a code list: at most 64 characters, no spaces."""
    answer = shown_text(value)
    if len(answer) > 64 or any(char.isspace() for char in answer):
        raise UnreadableError(Code.FIELD_FORMAT)
    return answer


def keys(value: Any) -> tuple[str, ...]:
    """One to three different keys, in their order."""
    if not isinstance(value, list | tuple):
        raise UnreadableError(Code.FIELD_TYPE)
    answer = tuple(key(each) for each in value)
    if len(answer) > 3 or len(set(answer)) != len(answer):
        raise UnreadableError(Code.FIELD_OPTION)
    return answer


def experiences(value: Any) -> tuple[Mapping[str, str], ...]:
    """工作经历: up to twenty rows of from, to, institution, post and witness."""
    if not isinstance(value, list | tuple):
        raise UnreadableError(Code.FIELD_TYPE)
    if len(value) > MAX_EXPERIENCES:
        raise UnreadableError(Code.FIELD_TOO_LONG)
    return tuple(_experience(row) for row in value)


_EXPERIENCE: Final = {"begins": 10, "ends": 10, "institution": 100, "post": 50, "witness": 64}


def _experience(row: Any) -> Mapping[str, str]:
    if not isinstance(row, Mapping) or set(row) - set(_EXPERIENCE) or not row.get("institution"):
        raise UnreadableError(Code.FIELD_FORMAT)
    return {part: text(limit)(row.get(part, "")) for part, limit in _EXPERIENCE.items()}


def _matching(pattern: re.Pattern[str], value: Any) -> str:
    answer = shown_text(value)
    if not pattern.fullmatch(answer):
        raise UnreadableError(Code.FIELD_FORMAT)
    return answer


# Options that come from the code lists.


def terms(termlist: str, *, only: Callable[[Case], frozenset[str]] | None = None) -> Options:
    """The rows of a list of terms; ``only`` narrows them to what this starter may choose."""

    def options(case: Case) -> Iterable[Option]:
        allowed = None if only is None else only(case)
        for term, words in codelists.terms(termlist).items():
            if allowed is None or term in allowed:
                yield Option(term, words)

    return options


def titles(case: Case) -> Iterable[Option]:  # noqa: ARG001 - the same for every case
    """任职资格."""
    return [Option(code, words) for code, words in codelists.names("title").items()]
