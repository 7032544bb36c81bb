"""用户手册: our own manual, docs/manual.md and docs/manual.en.md, as a page and as a file."""

from __future__ import annotations

import sysconfig
from functools import cache
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, render_template, url_for

from registry.web import words, writing
from registry.web.access import ANYONE, access
from registry.web.service import who

blueprint = Blueprint("manual", __name__)
# Beside the source, or where an installed distribution puts its documents.
_FOLDERS: Final = (
    Path(__file__).parents[2] / "docs",
    Path(sysconfig.get_path("data")) / "share" / "doc" / "yizheng",
)
_FILES: Final = {"zh": "manual.md", "en": "manual.en.md"}


@blueprint.get("/manual")
@access(ANYONE)
def read() -> str:
    """The manual in the language of the page, with its table of contents."""
    title, body = _text(words.language()).split("\n", 1)
    html, chapters = writing.chapters(body)
    back = url_for("home.me") if who() else ""
    return render_template(
        "registry/support/manual.html",
        title=title.removeprefix("# "),
        body=html,
        chapters=chapters,
        back=back,
    )


@blueprint.get("/manual.md")
@access(ANYONE)
def download() -> Response:
    """The manual as a Markdown file, to be kept or printed."""
    response = Response(_text(words.language()), mimetype="text/markdown")
    name = "yizheng-manual.md" if words.language() == "zh" else "yizheng-manual.en.md"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@cache
def _text(language: str) -> str:
    name = _FILES[language]
    return next(path for folder in _FOLDERS if (path := folder / name).is_file()).read_text("utf-8")
