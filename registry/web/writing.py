"""Articles and the manual on a page: a small part of Markdown, never HTML.

Headings, paragraphs, lists, quotations, tables, **strong**, *emphasis*, `code` and rules. A link leads to
a page of ours (``/…``) or a place on the same page (``#…``); what looks like any other link, a picture or a
tag is shown as the text it is. The first heading of a page is the page's own: those here begin below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_RULES: Final = (
    "heading", "list", "blockquote", "table", "hr", "newline", "escape", "backticks", "emphasis", "link"
)  # fmt: skip


class _Markdown(MarkdownIt):
    """Markdown whose links stay within this service."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        ours = url.startswith("/") and not url.startswith(("//", "/\\", "/%5C", "/%5c"))
        return ours or url.startswith("#")


_MARKDOWN: Final = _Markdown("zero", {"html": False, "breaks": False}).enable(list(_RULES))


def paragraphs(text: str) -> Markup:
    """The text as HTML of ours."""
    return _rendered(_MARKDOWN.parse(text))


def chapters(text: str) -> tuple[Markup, list[tuple[str, str]]]:
    """The text as HTML, and its chapters: the anchor and the title of each heading of the second level."""
    tokens = _MARKDOWN.parse(text)
    found: list[tuple[str, str]] = []
    for at, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h2":
            anchor = f"c{len(found) + 1}"
            token.attrSet("id", anchor)
            found.append((anchor, _plain(tokens[at + 1])))
    return _rendered(tokens), found


def _rendered(tokens: Sequence[Token]) -> Markup:
    for token in tokens:
        if token.tag == "h1":
            token.tag = "h2"
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return Markup(html)  # noqa: S704 - html is off: every character of the text is escaped


def _plain(inline: Token) -> str:
    return "".join(child.content for child in inline.children or ())


def _table_open(*_: Any) -> str:
    return '<div class="table-scroll" tabindex="0"><table class="table-y">'


def _table_close(*_: Any) -> str:
    return "</table></div>"


_MARKDOWN.add_render_rule("table_open", _table_open)
_MARKDOWN.add_render_rule("table_close", _table_close)
