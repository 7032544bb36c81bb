"""The menu of each desk, by duty as in the institution edition (机构版; manual, 4.3), and the first page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from flask import Blueprint, current_app, g

from credential.text import Text
from registry import queues
from registry.roles import Role
from registry.web.desks.lists import LISTS
from registry.web.service import desk, who

blueprint = Blueprint("desks", __name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One function: its view with the values of its address, its words, its icon."""

    endpoint: str
    title: Text
    icon: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """Functions of one duty."""

    title: Text
    entries: tuple[Entry, ...]


_QUEUE: Final = Entry("review.queue", Text("业务办理", "Applications"), "inbox")
_CHECK: Final = Entry("institution.check", Text("医师验证", "Check a physician"), "patch-check")
_STATISTICS: Final = Entry("charts.statistics", Text("统计信息", "Statistics"), "bar-chart")
_OWN: Final = Group(
    Text("电子密钥用户专区", "Sign-in"),
    (
        Entry("clerks.notices", Text("消息", "Notices"), "bell"),
        Entry("clerks.second_factor", Text("动态口令", "Second factor"), "key"),
        Entry("clerks.office", Text("本单位经办人", "Our clerks"), "person-gear"),
    ),
)

MENUS: Final[Mapping[Role, tuple[Group, ...]]] = {
    Role.INSTITUTION_CLERK: (
        Group(Text("业务办理", "Applications"), (_QUEUE,)),
        Group(
            Text("本院执业医师信息", "Physicians here"),
            (
                Entry(
                    "lists.physicians",
                    Text("主执业机构在本院医师", "Main institution here"),
                    "people",
                ),
                *(
                    Entry("lists.one_list", each.title, icon, {"name": name})
                    for (name, each), icon in zip(
                        LISTS.items(),
                        ("box-arrow-up-right", "box-arrow-in-down-right", "geo-alt", "geo"),
                        strict=True,
                    )
                ),
                Entry(
                    "lists.elsewhere",
                    Text("医师在外省注册情况", "Registered in other provinces"),
                    "globe-asia-australia",
                ),
                Entry(
                    "institution.filings_ending",
                    Text("即将到期的备案", "Filings that end soon"),
                    "hourglass-split",
                ),
            ),
        ),
        Group(
            Text("账户与照片", "Accounts and photos"),
            (
                Entry(
                    "institution.accounts",
                    Text("本院医师账户管理", "Physicians' accounts"),
                    "person-check",
                ),
                Entry("institution.photos", Text("照片确认", "Photos to confirm"), "person-badge"),
            ),
        ),
        Group(Text("查询", "Look up"), (_CHECK, _STATISTICS)),
        Group(
            Text("系统功能", "Set-up"),
            (
                Entry(
                    "institution.departments",
                    Text("设置本院科室信息", "Departments"),
                    "diagram-3",
                ),
                Entry("institution.profile", Text("综合信息", "This institution"), "hospital"),
            ),
        ),
        _OWN,
    ),
    Role.AUTHORITY_CLERK: (
        Group(
            Text("业务办理", "Applications"),
            (
                _QUEUE,
                Entry("authority.tasks", Text("待办事项", "Tasks"), "list-check"),
                Entry("authority.orders", Text("待第二人确认", "Second person"), "people"),
            ),
        ),
        Group(
            Text("医师", "Physicians"),
            (
                Entry("authority.people", Text("医师信息", "Physicians"), "person-vcard"),
                Entry(
                    "authority.qualifications",
                    Text("补录医师资格", "Enter a qualification"),
                    "journal-plus",
                ),
                Entry(
                    "authority.announcements",
                    Text("注册与注销名单", "Published lists"),
                    "megaphone",
                ),
                _CHECK,
                _STATISTICS,
            ),
        ),
        Group(
            Text("管理", "Manage"),
            (Entry("authority.clerks", Text("机构经办人", "Institutions' clerks"), "person-gear"),),
        ),
        _OWN,
    ),
    Role.ADMIN: (
        Group(
            Text("系统管理", "Administration"),
            (
                Entry("admin.index", Text("运行状况", "How it runs"), "activity"),
                Entry("admin.institutions", Text("医疗机构", "Institutions"), "hospital"),
                Entry("admin.authorities", Text("卫生健康行政部门", "Authorities"), "bank"),
                Entry("admin.calendar", Text("工作日历", "Calendar"), "calendar3"),
                Entry("admin.clerk", Text("经办人账户", "Clerks' accounts"), "person-gear"),
                Entry(
                    "admin.identities", Text("实名冲突", "Identities claimed twice"), "person-check"
                ),
                Entry("admin.log", Text("审计日志", "The log"), "journal-text"),
                Entry("admin.keys", Text("密钥与信任列表", "Keys and trust"), "shield-lock"),
                Entry("admin.settings", Text("系统设置", "Settings"), "sliders"),
                Entry("clerks.second_factor", Text("动态口令", "Second factor"), "key"),
            ),
        ),
        Group(
            Text("服务", "Service"),
            (
                Entry("articles.desk_list", Text("资讯", "Articles"), "newspaper"),
                Entry("support.desk_tickets", Text("技术支持", "Questions"), "chat-dots"),
                Entry("support.desk_feedback", Text("意见反馈", "Feedback"), "chat-square-heart"),
            ),
        ),
    ),
}


def office_name() -> str:
    """The office of who is signed in; the administrator's own name for the administrator."""
    found = who()
    if found is None:
        return ""
    if "office_name" not in g:
        with desk().store.reading() as unit:
            g.office_name = queues.office_name(unit, found.account.org_id)
    return str(g.office_name or found.account.name)


def menu() -> tuple[Group, ...]:
    """The menu of who is signed in, without functions this application does not have."""
    found = who()
    groups = MENUS.get(found.account.role, ()) if found else ()
    known = current_app.view_functions
    return tuple(
        Group(group.title, tuple(each for each in group.entries if each.endpoint in known))
        for group in groups
    )


@blueprint.app_context_processor
def for_templates() -> dict[str, Any]:
    """What the frame of every desk shows."""
    return {"desk_menu": menu, "office_name": office_name}
