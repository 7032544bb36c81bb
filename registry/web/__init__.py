"""The pages of the registry: what physicians, clerks and the public see of it.

    settings.py       what a deployment sets, and what it may not
    service.py        what every view works with: desk, clock, couriers; `now()`, read once a request
    access.py         who may open a view; a view that does not say is refused at start-up
    frame.py          what holds for every request: who is signed in, headers, languages, refusals as pages
    words.py          how texts, dates, numbers and icons are put on a page
    home.py           首页 · 业务 · 我的 and what hangs on them
    applications.py   the thirteen kinds, through one form driven by `registry.kinds`
    uploads.py        pictures that come in: decoded apart, drawn anew, nothing of the file kept
    articles.py       资讯: read by anyone, written by the administrator
    support.py        意见反馈, 技术支持, and the administrator's side of both
    manual.py         用户手册, from docs
    writing.py        a small part of Markdown on a page, never HTML
    parts.py          the software of others in the service, with its licences
    public.py         what anyone may read

To write a view: put it into a blueprint, say who may open it (``@access(...)``), read the input, make one
call of a desk, redirect (303) or render. Refusals of the registry become pages by their code in `frame`; a
view catches only those it can show beside a field. Every changing route is a POST with a CSRF token
(``{{ csrf() }}``); a button that must not act twice carries ``{{ once() }}``. Texts are
``t("中文", "English")`` in a template and `Text` in Python. There is no inline script and no style
attribute: the content security policy refuses both.
"""
