"""How texts, days, instants, numbers and icons are put on a page: Chinese first, English complete."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any, Final, cast

from flask import g
from markupsafe import Markup, escape

from credential import codelists
from credential.text import Text
from registry import messages
from registry.accounts import masked
from registry.errors import Reason
from registry.periods import CHINA
from registry.web.devices import device

LANGUAGES: Final = {"zh": "zh-Hans-CN", "en": "en"}
_MONTHS: Final = ("January", "February", "March", "April", "May", "June", "July", "August")
_LATE_MONTHS: Final = ("September", "October", "November", "December")
_SYMBOL: Final = re.compile(
    r'<symbol class="[^"]*" viewBox="([^"]*)" id="([\w-]+)">(.*?)</symbol>', re.DOTALL
)


def language() -> str:
    """``zh`` or ``en``."""
    return cast(str, g.get("language", "zh"))


def t(zh: str, en: str) -> str:
    """One of two texts, in the language of the page."""
    return zh if language() == "zh" else en


def say(text: Text | None) -> str:
    """A text in the language of the page."""
    return "" if text is None else t(text.zh, text.en)


def reason(why: Reason) -> str:
    """Why something was refused."""
    return say(messages.words(why.code))


def day(value: date | None) -> str:
    """2026年11月22日, or 22 November 2026."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(CHINA).date()
    zh = f"{value.year}年{value.month:02}月{value.day:02}日"
    return t(zh, f"{value.day} {(*_MONTHS, *_LATE_MONTHS)[value.month - 1]} {value.year}")


def instant(value: datetime | None) -> str:
    """A day and the time in China."""
    if value is None:
        return ""
    there = value.astimezone(CHINA)
    return f"{day(there.date())} {there:%H:%M}"


def clock(value: datetime | None) -> str:
    """The time in China."""
    return "" if value is None else f"{value.astimezone(CHINA):%H:%M}"


def grouped(number: str) -> Markup:
    """A long number in groups of four for the eye; copied, it has no spaces."""
    groups = (number[at : at + 4] for at in range(0, len(number), 4))
    spans = Markup("").join(Markup("<span>{}</span>").format(each) for each in groups)
    return Markup('<span class="grouped">{}</span>').format(spans)


def place(code: Any) -> str:
    """The name of a province or county."""
    return say(codelists.place_name(str(code))) if code else ""


def names(list_name: str, code: Any) -> str:
    """The name of a code in one of the code lists."""
    return say(codelists.names(list_name).get(code)) if code is not None else ""


def scopes(keys: Any) -> str:
    """执业范围 by name."""
    return t("、", ", ").join(say(codelists.scope(key)) for key in keys or ())


def term(list_name: str, key: Any) -> str:
    """The words of a term, such as a reason."""
    return say(codelists.terms(list_name).get(key)) if key else ""


def icon(name: str, label: str = "") -> Markup:
    """An icon of Bootstrap's set, drawn in place; said aloud only when it has a label."""
    box, paths = _icons()[name]
    spoken = (
        Markup('role="img" aria-label="{}"').format(label)
        if label
        else Markup('aria-hidden="true"')
    )
    return Markup('<svg class="icon" viewBox="{}" fill="currentColor" {}>{}</svg>').format(
        box,
        spoken,
        Markup(paths),  # noqa: S704 - from the icon set's own file
    )


@cache
def _icons() -> dict[str, tuple[str, str]]:
    sprite = resources.files("flask_bootstrap") / "static/bootstrap5/icons/bootstrap-icons.svg"
    found = _SYMBOL.findall(sprite.read_text("utf-8"))
    return {name: (box, paths.strip()) for box, name, paths in found}


def lines(text: str) -> Markup:
    """A text with its line breaks."""
    return Markup("<br>").join(escape(line) for line in text.splitlines())


def globals_of_templates() -> Iterator[tuple[str, Any]]:
    """What every template may use."""
    for function in (
        t, say, reason, day, instant, clock, grouped, place, names, scopes, term, icon, lines, masked,
        device,
    ):  # fmt: skip
        yield function.__name__, function
    yield "messages", messages
