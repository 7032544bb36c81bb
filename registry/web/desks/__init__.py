"""The desks of those who work with the registry all day: institution, health authority, administrator.

    menu.py         the menu of each desk, by duty, and where each begins
    parts.py        what several desks show: deadlines, values put into words, the press of a button
    review.py       the review queue and one application's page, for institutions and authorities alike
    starts.py       what an office starts itself
    lists.py        an institution's physicians in their lists, one of them in detail
    institution.py  departments, accounts, photos and what else an institution looks after
    authority.py    an authority's physicians one page each, orders, bars, base data, tasks, lists
    clerks.py       the second factor, notices, and the office's own clerks
    receipts.py     受理回执, printed and checked
    exports.py      导出 as CSV and xlsx, by the hours of the manual

A desk shows what the office of its clerk has to do with, and nothing else: every id in an address is
looked up under that office, and what is not there is `NOT_FOUND`.
"""

from registry.web.desks import (
    authority,
    clerks,
    exports,
    institution,
    lists,
    menu,
    receipts,
    review,
    starts,
)

BLUEPRINTS = (
    menu.blueprint,
    review.blueprint,
    starts.blueprint,
    lists.blueprint,
    institution.blueprint,
    authority.blueprint,
    clerks.blueprint,
    receipts.blueprint,
    exports.blueprint,
)

__all__ = ["BLUEPRINTS"]
