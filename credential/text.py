"""A text in the two languages of the product: Chinese first, English complete."""

from __future__ import annotations

from typing import NamedTuple


class Text(NamedTuple):
    """The same words in Chinese (``zh``) and English (``en``)."""

    zh: str
    en: str
