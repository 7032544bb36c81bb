"""Facts as JSON: what an issuer is told and what a verifier prints, under the same names.

``name, licence_number, gender ("male"|"female"), level ("physician"|"assistant"), category (code),
scopes [..], place (code), institution, title (code), approved_on (YYYY-MM-DD),
filings [{institution, scopes, from, to}], version``. The portrait is no part of it. What a kind does
not carry is passed over, so that one record serves all three; what is missing or wrong is named.
``facts.schema.json`` says the same as a JSON Schema.

Texts are judged here, before anything is signed: control, bidirectional and zero-width characters
would let a name show as another one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from enum import IntEnum
from typing import Any, Final

from credential.claims import CARRIED, FACTS, Face, Facts, Filing, Gender, Kind, Level
from credential.errors import Code, CredentialError

MAX_TEXT_CHARS: Final = 128

# Control, format (bidi, zero-width), surrogate, private use, line and paragraph separator.
# Unassigned is let through: a name's character may be newer than this Python's table.
_FORBIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NUMBER: Final = re.compile(r"0|[1-9]\d{0,8}", re.ASCII)


def from_json(kind: Kind, source: Any, *, face: Face) -> Facts:
    """The facts of ``kind`` in a decoded JSON object.

    Raises ``CLAIM_MISSING``, ``CLAIM_TYPE``, ``CLAIM_VALUE`` or ``TEXT_FORBIDDEN`` with the name of
    the part. Codes may stand as numbers or as texts of digits.
    """
    if not isinstance(source, Mapping):
        raise CredentialError(Code.CLAIM_TYPE, "facts")
    values: dict[str, Any] = {"face": face}
    for field in CARRIED[kind]:
        name = field.name
        if name in source and name in _READ:
            values[name] = _READ[name](source[name], name)
        elif name != "face" and not field.optional:
            raise CredentialError(Code.CLAIM_MISSING, name)
    facts = FACTS[kind](**values)
    check(facts)
    return facts


def to_json(facts: Facts) -> dict[str, Any]:
    """The facts as JSON values; the portrait is left out."""
    values = ((field, getattr(facts, field.name)) for field in CARRIED[facts.kind])
    return {
        field.name: _plain(value)
        for field, value in values
        if field.name != "face" and (value or not field.optional)
    }


def check(facts: Facts) -> None:
    """Returns when ``facts`` may be signed: the values the wire allows, in texts that show as they are."""
    for field in CARRIED[facts.kind]:
        value = getattr(facts, field.name)
        if value or not field.optional:
            field.read(field.write(value), field.name)
        if field.name in _TEXTS_IN:
            for text in _TEXTS_IN[field.name](value):
                check_text(text, field.name)


def check_text(text: str, name: str) -> None:
    """Raises ``TEXT_FORBIDDEN`` for a character that hides or moves others, or for space at an end."""
    if len(text) > MAX_TEXT_CHARS:
        raise CredentialError(Code.CLAIM_VALUE, name, f"more than {MAX_TEXT_CHARS} characters")
    # What is printable holds nothing forbidden; what is not may only be newer than this Python.
    hides = not text.isprintable() and any(
        unicodedata.category(c) in _FORBIDDEN_CATEGORIES for c in text
    )
    if hides or text != text.strip():
        raise CredentialError(Code.TEXT_FORBIDDEN, name)


_TEXTS_IN: Final[dict[str, Callable[[Any], Iterable[str]]]] = {
    "name": lambda name: (name,),
    "institution": lambda institution: (institution,),
    "scopes": lambda scopes: scopes,
    "filings": lambda filings: [t for f in filings for t in (f.institution, *f.scopes)],
}


def _plain(value: Any) -> Any:
    if isinstance(value, Gender | Level):
        return value.name.lower()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Filing):
        return {
            "institution": value.institution,
            "scopes": list(value.scopes),
            "from": value.begins.isoformat(),
            "to": value.ends.isoformat(),
        }
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise CredentialError(Code.CLAIM_TYPE, name)
    return value


def _texts(value: Any, name: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise CredentialError(Code.CLAIM_TYPE, name)
    return tuple(_text(each, name) for each in value)


def _code(value: Any, name: str) -> int:
    if type(value) is int:
        return value
    if not _NUMBER.fullmatch(_text(value, name)):
        raise CredentialError(Code.CLAIM_VALUE, name)
    return int(value)


def _word(allowed: type[IntEnum]) -> Callable[[Any, str], Any]:
    words = {member.name.lower(): member for member in allowed}

    def read(value: Any, name: str) -> Any:
        if _text(value, name) not in words:
            raise CredentialError(Code.CLAIM_VALUE, name)
        return words[value]

    return read


def _day(value: Any, name: str) -> date:
    try:
        if _DAY.fullmatch(_text(value, name)):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise CredentialError(Code.CLAIM_VALUE, name)


def _filings(value: Any, name: str) -> tuple[Filing, ...]:
    if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
        raise CredentialError(Code.CLAIM_TYPE, name)
    return tuple(_filing(each, name) for each in value)


def _filing(source: Mapping[str, Any], name: str) -> Filing:
    for part in ("institution", "scopes", "from", "to"):
        if part not in source:
            raise CredentialError(Code.CLAIM_MISSING, f"{name}.{part}")
    return Filing(
        institution=_text(source["institution"], name),
        scopes=_texts(source["scopes"], name),
        begins=_day(source["from"], name),
        ends=_day(source["to"], name),
    )


_READ: Final[dict[str, Callable[[Any, str], Any]]] = {
    "licence_number": _text,
    "name": _text,
    "gender": _word(Gender),
    "level": _word(Level),
    "category": _code,
    "scopes": _texts,
    "place": _code,
    "institution": _text,
    "title": _code,
    "approved_on": _day,
    "filings": _filings,
    "version": _code,
}
