"""资讯 on the pages: who sees what, what a text may do, and the manual and 关于我们 beside them."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from registry import messages
from registry.kinds import KINDS
from registry.web import parts, writing
from registry.web.guide import GUIDES
from tests.web.conftest import SignIn, Visitor, hidden

PLAIN = {
    "title_zh": "停机通知（演示）",
    "body_zh": "## 时间\n\n今晚十点",
    "title_en": "",
    "body_en": "",
}
HOSTILE = (
    "<script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n\n"
    "[点我](javascript:alert(1)) [外站](https://evil.example/) [外站](//evil.example/) [外站](/\\evil.example)\n\n"
    '![图](/x.png)\n\n[好](/manual "><script>alert(2)</script>)\n\n[锚](#c1) [手册](/manual)'
)


@pytest.fixture
def admin(signed_in: SignIn) -> Visitor:
    return signed_in("admin-demo")


def written(admin: Visitor, text: dict[str, str] = PLAIN, *, published: bool = True) -> str:
    """The path of a new article."""
    saved = admin.post("/admin/articles/new", text)
    assert saved.status_code == 303, saved.text
    path = saved.headers["Location"]
    if published:
        answer = admin.post(f"{path}/publish", {"seen": "1"})
        assert answer.status_code == 303
    return str(path).replace("/admin", "")


# --- what the public reads -----------------------------------------------------------------------


def test_anyone_reads_the_seeded_articles(visitor: Visitor) -> None:
    page = visitor.get("/articles").text
    paths = re.findall(r'href="(/articles/\w+)"', page)
    assert len(paths) == 3
    assert page.count("演示") >= 3
    for path in paths:
        article = visitor.get(path).text
        assert "本文为演示内容" in article
        visitor.post("/language", {"to": "en"})
        english = visitor.get(path).text
        assert "Written for the demonstration" in english
        assert "本文为演示内容" not in english
        visitor.post("/language", {"to": "zh"})
    assert paths[0] in visitor.get("/").text


def test_every_link_of_the_seeded_articles_leads_somewhere(app: Flask, signed_in: SignIn) -> None:
    physician, seen = signed_in("demo01"), set()
    for path in re.findall(r'href="(/articles/\w+)"', physician.get("/articles").text):
        body = physician.get(path).text.split("prose", 1)[1].split("</article>")[0]
        seen |= set(re.findall(r'href="([^"]+)"', body))
    assert seen >= {"/v", "/manual", "/support", "/feedback"}
    for path in seen - {"/v"}:  # the public page comes with the verifier
        assert physician.get(path).status_code == 200, path


def test_a_draft_and_what_is_withdrawn_do_not_exist_for_readers(
    admin: Visitor, visitor: Visitor
) -> None:
    path = written(admin, published=False)
    missing = visitor.get("/articles/none")
    assert visitor.get(path).status_code == missing.status_code == 404
    admin.post(f"/admin{path}/publish", {"seen": "1"})
    assert "停机通知" in visitor.get(path).text
    assert path in visitor.get("/articles").text
    admin.post(f"/admin{path}/withdraw", {"seen": "2"})
    assert visitor.get(path).status_code == 404
    assert path not in visitor.get("/articles").text


def test_an_article_in_chinese_only_says_so(admin: Visitor, visitor: Visitor) -> None:
    path = written(admin)
    assert "in Chinese only" not in visitor.get(path).text
    visitor.post("/language", {"to": "en"})
    page = visitor.get(path).text
    assert "in Chinese only" in page
    assert 'lang="zh-Hans-CN"' in page.split("<main")[1]


def test_the_list_goes_on(admin: Visitor, visitor: Visitor) -> None:
    made = {written(admin, {**PLAIN, "title_zh": f"第{n}篇"}) for n in range(19)}
    first = visitor.get("/articles").text
    (more,) = re.findall(r'href="(/articles\?before=\w+)"', first)
    second = visitor.get(more).text
    found = [re.findall(r'href="(/articles/\w+)"', page) for page in (first, second)]
    assert [len(each) for each in found] == [20, 2]
    assert made < set(found[0]) | set(found[1])
    assert visitor.get("/articles?before=none").text.count('href="/articles/') == 20


# --- what a text may do --------------------------------------------------------------------------


def test_a_script_in_an_article_stays_text(admin: Visitor, visitor: Visitor) -> None:
    path = written(admin, {**PLAIN, "title_zh": "<script>题</script>", "body_zh": HOSTILE})
    for page in (
        visitor.get(path).text,
        admin.post(
            f"/admin{path}", {**PLAIN, "body_zh": HOSTILE, "seen": "2", "go": "preview"}
        ).text,
        visitor.get("/articles").text,
    ):
        assert "<script>题" not in page
        assert not re.search(r"<script(?! type=\"module\" src=)", page)
        assert "<img" not in page.split("<main")[1]
        assert not re.search(r'(href|src)="[^"]*(javascript|evil)', page)
    page = visitor.get(path).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "https://evil.example" in page  # shown, not linked
    assert '<a href="/manual">手册</a>' in page
    assert '<a href="#c1">锚</a>' in page


def test_what_the_format_knows() -> None:
    html = writing.paragraphs(
        "# 一\n\n## 二\n\n- 甲\n- 乙\n\n1. 丙\n\n**重** *轻* `码`\n\n> 引\n\n| 列 |\n| --- |\n| 值 |"
    )
    for piece in ("<h2>一</h2>", "<li>甲</li>", "<ol>", "<strong>重</strong>", "<em>轻</em>", "<code>码</code>", "<blockquote>", "<td>值</td>"):  # fmt: skip
        assert piece in html
    assert "<h1>" not in html


@pytest.mark.parametrize("href", ["/manual", "#c1", "/articles/x?y=1"])
def test_a_link_of_ours(href: str) -> None:
    assert f'href="{href}"' in writing.paragraphs(f"[去]({href})")


@pytest.mark.parametrize(
    "href",
    ["javascript:alert(1)", "https://evil.example", "//evil.example", "/\\evil.example", "/%5Cevil.example", "data:text/html,x", "mailto:a@b", "manual", "\x01javascript:alert(1)", "<//evil.example>"],
)  # fmt: skip
def test_a_link_of_nobody_s(href: str) -> None:
    assert "href" not in writing.paragraphs(f"[去]({href})")


# --- the administrator ---------------------------------------------------------------------------


def test_a_preview_saves_nothing(admin: Visitor, visitor: Visitor) -> None:
    before = admin.get("/admin/articles").text.count("<tr>")
    shown = admin.post("/admin/articles/new", {**PLAIN, "go": "preview"})
    assert shown.status_code == 200
    assert "<h2>时间</h2>" in shown.text
    assert "今晚十点</textarea>" in shown.text
    assert admin.get("/admin/articles").text.count("<tr>") == before
    written(admin)
    assert admin.get("/admin/articles").text.count("<tr>") == before + 1


def test_a_fault_is_beside_its_field_and_nothing_typed_is_lost(admin: Visitor) -> None:
    answer = admin.post("/admin/articles/new", {**PLAIN, "title_zh": "", "title_en": "Title"})
    assert answer.status_code == 422
    assert 'id="title_zh-fault"' in answer.text
    assert 'id="body_en-fault"' in answer.text
    assert "今晚十点" in answer.text


def test_two_windows_of_one_article(admin: Visitor) -> None:
    path = written(admin)
    form = f"/admin{path}"
    seen = hidden(admin.get(form).text, "seen")
    assert admin.post(form, {**PLAIN, "body_zh": "甲", "seen": seen}).status_code == 303
    stale = admin.post(form, {**PLAIN, "body_zh": "乙", "seen": seen})
    assert stale.status_code == 409
    assert "乙</textarea>" in stale.text
    again = hidden(stale.text, "seen")
    assert admin.post(form, {**PLAIN, "body_zh": "乙", "seen": again}).status_code == 303


@pytest.mark.parametrize("who", ["demo01", "clerk-hainan", "officer1-hc46"])
def test_nobody_else_writes(signed_in: SignIn, admin: Visitor, who: str) -> None:
    path, other = written(admin), signed_in(who)
    for get in ("/admin/articles", "/admin/articles/new", f"/admin{path}", "/admin/tickets", "/admin/feedback"):  # fmt: skip
        assert other.get(get).status_code == 403, get
        assert admin.get(get).status_code == 200, get
    for post in ("/admin/articles/new", f"/admin{path}", f"/admin{path}/withdraw"):
        assert other.post(post, {**PLAIN, "seen": "2"}).status_code == 403
    assert Visitor(other.client.application).get(path).status_code == 200


def test_the_first_page_of_the_administrator_leads_to_all_three(admin: Visitor) -> None:
    page = admin.get("/desk", follow_redirects=True).text
    for path in ("/admin/articles", "/admin/tickets", "/admin/feedback"):
        assert f'href="{path}"' in page


# --- the manual, and 关于我们 --------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_manual_is_a_page_and_a_file(visitor: Visitor, language: str) -> None:
    visitor.post("/language", {"to": language})
    page, file = visitor.get("/manual").text, visitor.get("/manual.md")
    anchors = re.findall(r'<li><a href="#(c\d+)">', page)
    assert len(anchors) >= 10
    assert all(f'id="{anchor}"' in page for anchor in anchors)
    assert file.mimetype == "text/markdown"
    assert "attachment" in file.headers["Content-Disposition"]
    for kind in KINDS.values():
        assert getattr(kind.title, language) in file.text
        assert getattr(GUIDES[kind.code].reviewer, language) in file.text
    for table in (
        messages.STATUSES,
        messages.STANDINGS,
        messages.BINDINGS,
        messages.CREDENTIAL_STATES,
        messages.TICKET_STATES,
    ):
        for words in table.values():
            assert getattr(words, language) in file.text
    prose = page.split("<article", 1)[1]
    for path in set(re.findall(r'href="(/[^"#?]*)', prose)) - {"/v"}:
        assert visitor.get(path).status_code in (200, 303), path


def test_about_names_what_is_in_it(visitor: Visitor) -> None:
    page = visitor.get("/about").text
    assert parts.version() in page
    for name in ("Flask", "cryptography", "Bootstrap Icons"):
        assert f"<td>{name}</td>" in page
    assert "pytest" not in page
    assert 'href="/v"' in page
    assert all(part.licence for part in parts.parts())


def test_where_to_report_a_security_problem(visitor: Visitor, app: Flask) -> None:
    assert visitor.get("/.well-known/security.txt").status_code == 404
    running = app.extensions["yizheng"]
    object.__setattr__(
        running, "settings", running.settings.model_copy(update={"security_contact": "mailto:safe@yz.example"})
    )  # fmt: skip
    text = visitor.get("/.well-known/security.txt").text
    assert "Contact: mailto:safe@yz.example\n" in text
    assert "Expires: 2027-05-22T02:00:00Z\n" in text
    assert 'href="mailto:safe@yz.example"' in visitor.get("/about").text


def test_me_leads_to_help(signed_in: SignIn) -> None:
    page = signed_in("demo01").get("/me").text
    for path in ("/feedback", "/support", "/manual", "/about"):
        assert f'href="{path}"' in page
