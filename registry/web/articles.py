"""资讯: what anyone reads, and where the administrator writes it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from credential.text import Text
from registry import articles, messages
from registry import correspondence_store as kept
from registry.articles import Written
from registry.correspondence import Article, ArticleState
from registry.errors import Code, RegistryError
from registry.web import words, writing
from registry.web.access import ADMIN, ANYONE, access
from registry.web.frame import tell
from registry.web.service import actor, desk, now

blueprint = Blueprint("articles", __name__)
_FIELDS = ("title_zh", "body_zh", "title_en", "body_en")


@blueprint.get("/articles")
@access(ANYONE)
def every() -> str:
    """资讯, the latest first."""
    with desk().store.reading() as unit:
        page = kept.published(unit, before=request.args.get("before", "")[:64])
    return render_template("registry/articles/list.html", page=page, back=url_for("home.index"))


@blueprint.get("/articles/<article_id>")
@access(ANYONE)
def read(article_id: str) -> str:
    """One article."""
    found = articles.read(desk(), article_id)
    return render_template(
        "registry/articles/article.html",
        article=found,
        **_in_this_language(found),
        back=url_for("articles.every"),
    )


# The administrator's.


@blueprint.get("/admin/articles")
@access(ADMIN)
def desk_list() -> str:
    """Every article, in whatever state."""
    with desk().store.reading() as unit:
        page = kept.every_article(unit, before=request.args.get("before", "")[:64])
    return render_template("registry/articles/desk_list.html", page=page)


@blueprint.get("/admin/articles/new")
@access(ADMIN)
def blank() -> str:
    """An empty form."""
    return _form(None, {})


@blueprint.post("/admin/articles/new")
@access(ADMIN)
def write() -> Response | tuple[str, int] | str:
    """A new draft, or a look at what it would be."""
    typed = _typed()
    try:
        written = Written.read(typed)
        if request.form.get("go") == "preview":
            return _form(None, typed, shown=written)
        made = articles.write(desk(), written, by=actor(), now=now())
    except RegistryError as error:
        return _form(None, typed, refused=error), messages.status_of(error.code)
    tell("good", Text("草稿已保存，尚未发布", "The draft is saved; it is not published yet"))
    return redirect(url_for("articles.open_form", article_id=made), 303)


@blueprint.get("/admin/articles/<article_id>")
@access(ADMIN)
def open_form(article_id: str) -> str:
    """An article to be changed."""
    found = _stored(article_id)
    return _form(found, {name: getattr(found, name) for name in _FIELDS})


@blueprint.post("/admin/articles/<article_id>")
@access(ADMIN)
def rewrite(article_id: str) -> Response | tuple[str, int] | str:
    """Saves the text, or shows how it would look."""
    found, typed = _stored(article_id), _typed()
    try:
        written = Written.read(typed)
        if request.form.get("go") == "preview":
            return _form(found, typed, shown=written)
        articles.rewrite(desk(), article_id, written, by=actor(), seen=_seen(), now=now())
    except RegistryError as error:
        if error.code is Code.NOT_FOUND:
            raise
        return _form(found, typed, refused=error), messages.status_of(error.code)
    tell("good", Text("已保存", "Saved"))
    return redirect(url_for("articles.open_form", article_id=article_id), 303)


@blueprint.post("/admin/articles/<article_id>/publish")
@access(ADMIN)
def publish(article_id: str) -> Response:
    """发布."""
    articles.publish(desk(), article_id, by=actor(), seen=_seen(), now=now())
    tell("good", Text("已发布", "Published"))
    return redirect(url_for("articles.open_form", article_id=article_id), 303)


@blueprint.post("/admin/articles/<article_id>/withdraw")
@access(ADMIN)
def withdraw(article_id: str) -> Response:
    """撤下."""
    articles.withdraw(desk(), article_id, by=actor(), seen=_seen(), now=now())
    tell("good", Text("已撤下，公众不再可见", "Withdrawn: the public finds it no more"))
    return redirect(url_for("articles.open_form", article_id=article_id), 303)


# Inside.


def latest(limit: int = 3) -> tuple[Article, ...]:
    """The latest articles, for the first pages."""
    with desk().store.reading() as unit:
        return kept.published(unit, limit=limit).rows


@blueprint.app_context_processor
def for_templates() -> dict[str, object]:
    """What templates outside this blueprint use of it."""
    return {"latest_articles": latest}


def _stored(article_id: str) -> Article:
    with desk().store.reading() as unit:
        return kept.article(unit, article_id)


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "") for name in _FIELDS}


def _seen() -> int:
    """The version on the screen; none of ours where the form does not say."""
    said = request.form.get("seen", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0


def _in_this_language(text: Article | Written) -> dict[str, object]:
    """Title and text as the page shows them; Chinese where there is no English."""
    english = words.language() == "en" and bool(text.body_en)
    return {
        "title": text.title_en if english else text.title_zh,
        "body": writing.paragraphs(text.body_en if english else text.body_zh),
        "only_chinese": words.language() == "en" and not english,
    }


def _form(
    article: Article | None,
    typed: dict[str, str],
    *,
    refused: RegistryError | None = None,
    shown: Written | None = None,
) -> str:
    reasons = refused.reasons if refused else ()
    stale = refused is not None and refused.code is Code.STALE_FORM
    return render_template(
        "registry/articles/form.html",
        article=article,
        typed=typed,
        faults={each.subject: words.reason(each) for each in reasons if each.subject in _FIELDS},
        others=[each for each in reasons if each.subject not in _FIELDS],
        seen=article.version if article and (stale or request.method == "GET") else _seen(),
        stale=stale,
        preview=(
            [(shown.title_zh, writing.paragraphs(shown.body_zh), "zh-Hans-CN")]
            + ([(shown.title_en, writing.paragraphs(shown.body_en), "en")] if shown.body_en else [])
            if shown
            else []
        ),
        State=ArticleState,
    )
