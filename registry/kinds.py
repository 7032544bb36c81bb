"""The thirteen kinds of application, as a table: who starts one, who reviews it, what is asked, what
must hold, and what an approval changes.

Each row can be laid beside its section of the manual (医通办用户操作手册, sections 3.1-3.11 and 4.2) and
of the article on electronic registration (section 2.4). A field marked * there is required here. Nothing
else in the registry knows a kind by name: to add one, add a row, its words, and one admitting record to
the tests.

    base        what the application is based on: a qualification, a record, a filing …
    reviewer    the institution that reviews: the proposed one, the current main one, the filed one …
    authority   who decides: the reviewer's authority, the one that registered, or nobody
    one_open    what there may be only one open application for
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from credential import codelists
from credential.text import Text
from registry import effects, forms, rules
from registry.effects import Effect, authority_for
from registry.forms import Field, Page, Widget, never
from registry.record import AuthorityId, Binding, Institution, Standing
from registry.roles import Role
from registry.rules import Case, Rule


class ApplicationKind(StrEnum):
    """业务类型."""

    FIRST_REGISTRATION = "FIRST_REGISTRATION"
    CHANGE = "CHANGE"
    SUSPEND_FILING = "SUSPEND_FILING"
    CANCEL_SUSPEND_FILING = "CANCEL_SUSPEND_FILING"
    DEREGISTRATION = "DEREGISTRATION"
    MULTI_INSTITUTION_FILING = "MULTI_INSTITUTION_FILING"
    CANCEL_MULTI_FILING = "CANCEL_MULTI_FILING"
    CANCEL_LEGACY_MULTI_LOCATION = "CANCEL_LEGACY_MULTI_LOCATION"
    INFO_MODIFICATION = "INFO_MODIFICATION"
    ASSISTANT_UPGRADE = "ASSISTANT_UPGRADE"
    MILITARY_IN = "MILITARY_IN"
    MILITARY_OUT = "MILITARY_OUT"
    DEPARTMENT_UPKEEP = "DEPARTMENT_UPKEEP"


Reviewer = Callable[[Case], Institution]
Decider = Callable[[Case], AuthorityId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One row of the table."""

    code: ApplicationKind
    title: Text
    manual: str
    reviewer: Reviewer | None
    authority: Decider | None
    pages: tuple[Page, ...]
    pages_of_clerks: Mapping[Role, tuple[Page, ...]] = field(default_factory=dict)
    """The form where an institution or an authority starts the application instead."""
    rules: tuple[Rule, ...]
    warnings: tuple[Rule, ...] = ()
    one_open: Callable[[Case], str] | None = None
    effect: Effect
    asks_employment: bool = False
    """The institution confirms that it employs, or will employ, the physician (聘用证明)."""
    confirms_photo: bool = False
    """The institution's agreement confirms the pending photo."""
    ends_everything: bool = False
    """An approval leaves nothing for any other application of the person to rest on."""

    @property
    def starters(self) -> frozenset[Role]:
        return frozenset({Role.PHYSICIAN, *self.pages_of_clerks})

    @property
    def is_exclusive(self) -> bool:
        """Whether it is one of those of which a record has at most one open."""
        return self.one_open is the_record

    def pages_for(self, starter: Role) -> tuple[Page, ...]:
        """The form as this starter fills it in."""
        return self.pages_of_clerks.get(starter, self.pages)


# Who reviews and who decides.


def proposed(case: Case) -> Institution:
    """拟执业机构, or the institution of a new filing."""
    return case.proposed


def current(case: Case) -> Institution:
    """当前主要执业机构."""
    return case.institution(case.record.institution_id)


def filed(case: Case) -> Institution:
    """多机构备案的医疗机构."""
    return case.institution(case.filing.institution_id)


def legacy(case: Case) -> Institution:
    """多地点执业的医疗机构."""
    return case.institution(case.legacy.institution_id)


def registering(case: Case) -> AuthorityId:
    """The authority that registered the record."""
    return case.record.authority_id


def authority_of(reviewer: Reviewer) -> Decider:
    """The authority that approved the reviewing institution, TCM's for 中医类."""
    return lambda case: authority_for(reviewer(case), case.qualification.category)


# What there may be only one open application for.


def the_record(case: Case) -> str:
    return f"record:{case.record.id}"


def own_modification(case: Case) -> str:
    return f"modification:{case.record.id}"


def the_place(case: Case) -> str:
    return f"place:{case.dossier.person.id}:{case.place}"


def the_filed_institution(case: Case) -> str:
    return f"filing:{case.record.id}:{case.proposed.id}"


def the_filing(case: Case) -> str:
    return f"cancel:{case.filing.id}"


def the_legacy(case: Case) -> str:
    return f"legacy:{case.legacy.id}"


def the_military(case: Case) -> str:
    return f"military:{case.military.id}"


# Fields, in the words of the manual.

SAVE: Final = Text("保存", "Save")

RECORD: Final = Field(
    key="record_id",
    label=Text("执业信息", "Practice record"),
    widget=Widget.RADIO,
    read=forms.key,
    options=rules.own_records,
    first=rules.only_live_record,
)
QUALIFICATION: Final = Field(
    key="qualification_id",
    label=Text("资格选择", "Qualification"),
    widget=Widget.RADIO,
    read=forms.key,
    options=rules.own_qualifications,
    first=lambda case: case.record.qualification_id,
)
NEW_QUALIFICATION: Final = replace(
    QUALIFICATION,
    label=Text("助师升医师后的注册资格", "Qualification after the upgrade"),
    options=rules.upgrade_qualifications,
    first=None,
)
PHOTO: Final = Field(
    key="photo_id",
    label=Text("个人照片", "Photo"),
    widget=Widget.PHOTO,
    read=forms.key,
    required=rules.no_photo_yet,
    options=rules.own_photos,
)
PLACE: Final = Field(
    key="place",
    label=Text("拟执业地点", "Proposed place of practice"),
    widget=Widget.PLACE,
    read=forms.key,
    options=rules.places,
    why_not_offered=rules.why_no_such_place,
    first=lambda case: case.record.place,
)
TRAINEE: Final = Field(
    key="is_resident_trainee",
    label=Text("规培医师", "Resident in standardised training"),
    widget=Widget.YES_NO,
    read=forms.yes_no,
    default=False,
)
INSTITUTION: Final = Field(
    key="institution_id",
    label=Text("拟主执业机构名称", "Proposed main institution"),
    widget=Widget.INSTITUTION,
    read=forms.key,
    first=lambda case: case.record.institution_id,
)
SCOPES: Final = Field(
    key="scopes",
    label=Text("执业范围", "Scope of practice"),
    widget=Widget.CHECKS,
    read=forms.keys,
    options=rules.category_scopes,
    first=lambda case: case.record.scopes,
)
TITLE: Final = Field(
    key="title",
    label=Text("任职资格", "Title"),
    widget=Widget.SELECT,
    read=forms.number,
    options=forms.titles,
)
CHANGE_REASON: Final = Field(
    key="change_reason",
    label=Text("变更缘由", "Reason for the change"),
    widget=Widget.TEXT,
    read=forms.text(200),
)
PROOF: Final = Field(
    key="reentry_proof",
    label=Text("培训及考核合格证明", "Proof of training and assessment"),
    widget=Widget.FILE,
    read=forms.key,
    required=rules.needs_reentry_proof,
    options=rules.attachments,
)
EVIDENCE: Final = Field(
    key="evidence",
    label=Text("证明材料", "Evidence"),
    widget=Widget.FILE,
    read=forms.key,
    options=rules.attachments,
)

CONTACT: Final = Page(
    title=Text("业务申请人联系信息", "Contact for this application"),
    fields=(
        Field(
            key="handler_name",
            label=Text("办件人姓名", "Name of the person in charge"),
            widget=Widget.TEXT,
            read=forms.person_name,
            first=lambda case: case.dossier.person.name,
        ),
        Field(
            key="handler_mobile",
            label=Text("办件人手机", "Mobile of the person in charge"),
            widget=Widget.TEXT,
            read=forms.mobile,
            first=lambda case: case.dossier.person.mobile,
        ),
    ),
    button=SAVE,
)

HEALTH: Final = Field(
    key="health_status",
    label=Text("健康状况", "Health"),
    widget=Widget.SELECT,
    read=forms.key,
    options=forms.terms("health_status"),
    default="GOOD",
)
PERIOD: Final = Field(
    key="planned_period",
    label=Text("拟在该机构执业时间", "Planned time of practice at the institution"),
    widget=Widget.TEXT,
    read=forms.text(50),
)
OLD_PHONE: Final = Field(
    key="old_institution_phone",
    label=Text("原主执业机构电话", "Telephone of the former main institution"),
    widget=Widget.TEXT,
    read=forms.phone,
)
NEW_PHONE: Final = Field(
    key="new_institution_phone",
    label=Text("拟主执业机构电话", "Telephone of the proposed main institution"),
    widget=Widget.TEXT,
    read=forms.phone,
)
EXPERIENCES: Final = Field(
    key="experiences",
    label=Text("工作经历", "Work experience"),
    widget=Widget.EXPERIENCES,
    read=forms.experiences,
    required=never,
)


def printed(*fields: Field) -> Page:
    """业务打印表单: what only the printed form shows."""
    title = Text("填写业务打印表单", "Printed form")
    return Page(title=title, fields=(*fields, EXPERIENCES))


def _remark(key: str, label: Text) -> Field:
    return Field(key=key, label=label, widget=Widget.AREA, read=forms.text(500), required=never)


CHANGE_GROUNDS: Final = _remark(
    "change_grounds", Text("变更注册理由", "Grounds for changing the registration")
)
_OTHER: Final = (
    _remark(
        "penalties",
        Text("何时何地何种原因受过何种处罚或处分", "Penalties or sanctions: when, where, why"),
    ),
    _remark("other_matters", Text("其他要说明的问题", "Other matters")),
    _remark("remarks", Text("备注", "Remarks")),
)
OTHER: Final = Page(title=Text("其他信息", "Other"), fields=_OTHER, button=SAVE)
OTHER_OF_CHANGE: Final = replace(OTHER, fields=(CHANGE_GROUNDS, *_OTHER))


def reason_in(termlist: str, label: Text, chooses: Callable[[Case], frozenset[str]]) -> Field:
    """A reason from a closed list, narrowed to what the starter may give."""
    return Field(
        key="reason",
        label=label,
        widget=Widget.SELECT,
        read=forms.key,
        options=forms.terms(termlist, only=chooses),
    )


def free_reason(label: Text) -> Field:
    """A reason in the applicant's own words."""
    return Field(key="reason", label=label, widget=Widget.AREA, read=forms.text(200))


def _known_day(key: str, label: Text) -> Field:
    return Field(key=key, label=label, widget=Widget.DAY, read=forms.day)


_EX_OFFICIO: Final = frozenset({"FILED_TWO_YEARS", "FRAUD_WITHDRAWN", "OTHER_LEGAL"})


def deregister_reasons(case: Case) -> frozenset[str]:
    """Nobody reports the own death; three grounds are the authority's alone (办法 art. 18)."""
    every = frozenset(codelists.terms("deregister_reason"))
    ten = every - _EX_OFFICIO
    return {
        Role.PHYSICIAN: ten - {"DEATH_OR_MISSING"},
        Role.INSTITUTION_CLERK: ten,
        Role.AUTHORITY_CLERK: every,
    }[case.starter]


def suspend_reasons(case: Case) -> frozenset[str]:  # noqa: ARG001 - the same for every starter
    """备案理由 (办法 art. 19)."""
    return frozenset(codelists.terms("suspend_reason"))


SUSPEND_REASON: Final = reason_in(
    "suspend_reason", Text("备案理由", "Reason for the filing"), suspend_reasons
)
SUSPEND_REMARK: Final = Field(
    key="remark",
    label=Text("备案备注", "Remark"),
    widget=Widget.AREA,
    read=forms.text(200),
    required=rules.reason_is("OTHER"),
)
DEREGISTER_REASON: Final = reason_in(
    "deregister_reason", Text("注销原因", "Reason for deregistration"), deregister_reasons
)
SENTENCE_COMPLETED: Final = replace(
    _known_day("sentence_completed_on", Text("刑罚执行完毕日期", "Sentence completed on")),
    required=rules.reason_is("CRIMINAL_PENALTY"),
)
KNOWN_ON: Final = _known_day("known_on", Text("知道或者应当知道之日", "Known since"))
FORMALITIES_ON: Final = _known_day(
    "formalities_on", Text("办理相关手续之日", "Formalities completed on")
)

# Rules that several kinds share.

_ACTIVE: Final = rules.account(Binding.ACTIVE)
_ACTIVE_OR_WAITING: Final = rules.account(Binding.ACTIVE, Binding.PENDING_ACTIVATION)
_REGISTRABLE: Final = (
    rules.person_lives,
    rules.qualified,
    rules.not_barred,
    rules.institution_open,
    rules.institution_in_place,
    rules.place_is_free,
    rules.one_place_for_an_assistant,
    rules.same_level_and_category,
)
_FOR_REVIEWERS: Final = (
    rules.several_scopes,
    rules.resident_trainee,
    rules.earlier_record_ended,
    rules.qualification_id_differs,
    rules.same_name_and_birth,
    rules.institution_merged,
)

_TABLE: Final = (
    Kind(
        code=ApplicationKind.FIRST_REGISTRATION,
        title=Text("注册", "Registration"),
        manual="3.1",
        reviewer=proposed,
        authority=authority_of(proposed),
        pages=(
            Page(
                title=Text("基本信息", "Basics"),
                fields=(PHOTO, QUALIFICATION, PROOF),
                button=Text("开始注册", "Start registration"),
            ),
            Page(
                title=Text("完善信息", "Details"),
                fields=(PLACE, TRAINEE, INSTITUTION, SCOPES, TITLE),
            ),
            CONTACT,
            printed(HEALTH, PERIOD, NEW_PHONE),
            OTHER,
        ),
        rules=(_ACTIVE_OR_WAITING, *_REGISTRABLE),
        warnings=_FOR_REVIEWERS,
        one_open=the_place,
        effect=effects.register,
        asks_employment=True,
        confirms_photo=True,
    ),
    Kind(
        code=ApplicationKind.CHANGE,
        title=Text("变更", "Change"),
        manual="3.2",
        reviewer=proposed,
        authority=authority_of(proposed),
        pages=(
            Page(
                title=Text("选择执业信息", "Practice record"),
                fields=(RECORD,),
                button=Text("开始变更", "Start change"),
            ),
            Page(title=Text("基本信息", "Basics"), fields=(PHOTO, QUALIFICATION)),
            Page(
                title=Text("变更选择", "What changes"),
                fields=(
                    Field(
                        key="change_mode",
                        label=Text("选择", "Choose"),
                        widget=Widget.SELECT,
                        read=forms.key,
                        options=lambda _: [
                            forms.Option(
                                "CURRENT",
                                Text("变更当前执业信息", "Change the present practice record"),
                            )
                        ],
                        default="CURRENT",
                    ),
                    replace(PLACE, label=Text("执业地点", "Place of practice")),
                    replace(INSTITUTION, label=Text("主要执业机构", "Main institution")),
                    SCOPES,
                    CHANGE_REASON,
                ),
            ),
            CONTACT,
            printed(HEALTH, OLD_PHONE, NEW_PHONE),
            OTHER_OF_CHANGE,
        ),
        rules=(
            _ACTIVE_OR_WAITING,
            rules.standing(Standing.VALID, Standing.FILED),
            rules.within_two_years_of_filing,
            *_REGISTRABLE,
            rules.level_not_lowered,
            rules.something_changes,
        ),
        warnings=_FOR_REVIEWERS,
        one_open=the_record,
        effect=effects.change,
        asks_employment=True,
        confirms_photo=True,
    ),
    Kind(
        code=ApplicationKind.SUSPEND_FILING,
        title=Text("备案", "Suspend filing"),
        manual="3.3",
        reviewer=current,
        authority=registering,
        pages=(
            Page(
                title=Text("选择执业信息", "Practice record"),
                fields=(RECORD,),
                button=Text("开始备案", "Start filing"),
            ),
            Page(title=Text("备案", "Filing"), fields=(SUSPEND_REASON, SUSPEND_REMARK)),
            CONTACT,
        ),
        pages_of_clerks={
            Role.INSTITUTION_CLERK: (
                Page(
                    title=Text("备案", "Filing"),
                    fields=(RECORD, SUSPEND_REASON, SUSPEND_REMARK, FORMALITIES_ON),
                    button=SAVE,
                ),
            )
        },
        rules=(
            _ACTIVE,
            rules.record_is_here,
            rules.person_lives,
            rules.standing(Standing.VALID),
        ),
        warnings=(rules.reported_late,),
        one_open=the_record,
        effect=effects.file_suspension,
    ),
    Kind(
        code=ApplicationKind.CANCEL_SUSPEND_FILING,
        title=Text("取消备案", "Cancel suspend filing"),
        manual="3.4",
        reviewer=current,
        authority=registering,
        pages=(
            Page(title=Text("选择执业信息", "Practice record"), fields=(RECORD,)),
            Page(
                title=Text("取消备案", "Cancel filing"),
                fields=(free_reason(Text("取消备案原因", "Reason for cancelling")),),
            ),
            CONTACT,
        ),
        rules=(
            _ACTIVE,
            rules.person_lives,
            rules.is_filed,
            rules.within_two_years_of_filing,
        ),
        one_open=the_record,
        effect=effects.cancel_suspension,
    ),
    Kind(
        code=ApplicationKind.DEREGISTRATION,
        title=Text("注销执业注册", "Deregistration"),
        manual="3.5",
        reviewer=current,
        authority=registering,
        pages=(
            Page(
                title=Text("选择执业信息", "Practice record"),
                fields=(RECORD,),
                button=Text("开始注销", "Start deregistration"),
            ),
            Page(
                title=Text("注销", "Deregistration"),
                fields=(DEREGISTER_REASON, SENTENCE_COMPLETED),
            ),
            CONTACT,
        ),
        pages_of_clerks={
            role: (
                Page(
                    title=Text("注销", "Deregistration"),
                    fields=(RECORD, DEREGISTER_REASON, SENTENCE_COMPLETED, KNOWN_ON, EVIDENCE),
                    button=SAVE,
                ),
            )
            for role in (Role.INSTITUTION_CLERK, Role.AUTHORITY_CLERK)
        },
        rules=(
            _ACTIVE,
            rules.record_is_here,
            rules.standing(Standing.VALID, Standing.FILED, Standing.SUSPENDED),
        ),
        warnings=(rules.reported_late,),
        one_open=the_record,
        effect=effects.deregister,
    ),
    Kind(
        code=ApplicationKind.MULTI_INSTITUTION_FILING,
        title=Text("多执业机构备案", "Multi-institution filing"),
        manual="3.6",
        reviewer=proposed,
        authority=authority_of(proposed),
        pages=(
            Page(
                title=Text("选择执业信息", "Practice record"),
                fields=(RECORD,),
                button=Text("多执业机构备案", "Multi-institution filing"),
            ),
            Page(
                title=Text("备案信息", "Filing"),
                fields=(
                    replace(
                        INSTITUTION,
                        label=Text("拟执业机构名称", "Institution to be filed"),
                        first=None,
                    ),
                    replace(SCOPES, options=rules.record_scopes),
                    _known_day("valid_from", Text("有效期开始时间", "Valid from")),
                    _known_day("valid_to", Text("有效期结束时间", "Valid to")),
                    *CONTACT.fields,
                ),
                button=SAVE,
            ),
            printed(HEALTH, replace(NEW_PHONE, label=Text("拟执业机构电话", "Its telephone"))),
            OTHER,
        ),
        rules=(
            _ACTIVE,
            rules.person_lives,
            rules.standing(Standing.VALID),
            rules.institution_open,
            rules.not_the_main_institution,
            rules.same_place_as_main,
            rules.scopes_within_record,
            rules.filing_dates,
            rules.filing_overlaps_none,
        ),
        warnings=(rules.several_scopes, rules.institution_merged),
        one_open=the_filed_institution,
        effect=effects.add_filing,
        asks_employment=True,
    ),
    Kind(
        code=ApplicationKind.CANCEL_MULTI_FILING,
        title=Text("取消多执业机构备案", "Cancel multi-institution filing"),
        manual="3.7",
        reviewer=filed,
        authority=authority_of(filed),
        pages=(
            Page(title=Text("选择执业信息", "Practice record"), fields=(RECORD,)),
            Page(
                title=Text("取消备案", "Cancel filing"),
                fields=(
                    Field(
                        key="filing_id",
                        label=Text("多执业机构", "Filed institution"),
                        widget=Widget.RADIO,
                        read=forms.key,
                        options=rules.own_filings,
                    ),
                    free_reason(Text("取消原因", "Reason for cancelling")),
                ),
            ),
            CONTACT,
        ),
        pages_of_clerks={
            Role.INSTITUTION_CLERK: (
                Page(
                    title=Text("取消备案", "Cancel filing"),
                    fields=(
                        RECORD,
                        Field(
                            key="filing_id",
                            label=Text("多执业机构备案", "Filing"),
                            widget=Widget.RADIO,
                            read=forms.key,
                            options=rules.own_filings,
                        ),
                        free_reason(Text("取消原因", "Reason for cancelling")),
                    ),
                    button=SAVE,
                ),
            )
        },
        rules=(_ACTIVE, rules.person_lives, rules.filing_is_here, rules.filing_held),
        one_open=the_filing,
        effect=effects.cancel_filing,
    ),
    Kind(
        code=ApplicationKind.CANCEL_LEGACY_MULTI_LOCATION,
        title=Text("取消多地点执业", "Cancel multi-location practice"),
        manual="article 2.4 (9)",
        reviewer=legacy,
        authority=authority_of(legacy),
        pages=(
            Page(title=Text("选择执业信息", "Practice record"), fields=(RECORD,)),
            Page(
                title=Text("取消多地点执业", "Cancel multi-location practice"),
                fields=(
                    Field(
                        key="legacy_id",
                        label=Text("多地点执业机构", "Institution"),
                        widget=Widget.RADIO,
                        read=forms.key,
                        options=rules.own_legacy,
                    ),
                    free_reason(Text("取消原因", "Reason for cancelling")),
                ),
            ),
            CONTACT,
        ),
        rules=(_ACTIVE, rules.person_lives, rules.legacy_held),
        one_open=the_legacy,
        effect=effects.cancel_legacy,
    ),
    Kind(
        code=ApplicationKind.INFO_MODIFICATION,
        title=Text("信息修改", "Modification of information"),
        manual="3.8",
        reviewer=current,
        authority=None,
        pages=(
            Page(
                title=Text("信息修改", "Modification"),
                fields=(
                    RECORD,
                    replace(PHOTO, required=never),
                    Field(
                        key="school",
                        label=Text("毕业学校", "School"),
                        widget=Widget.TEXT,
                        read=forms.text(100),
                        required=never,
                    ),
                    Field(
                        key="education",
                        label=Text("学历", "Education"),
                        widget=Widget.SELECT,
                        read=forms.key,
                        required=never,
                        options=forms.terms("education"),
                    ),
                    replace(TITLE, required=never),
                ),
                button=Text("提交", "Submit"),
            ),
        ),
        rules=(
            _ACTIVE,
            rules.person_lives,
            rules.standing(Standing.VALID),
            rules.something_is_modified,
        ),
        one_open=own_modification,
        effect=effects.modify,
        confirms_photo=True,
    ),
    Kind(
        code=ApplicationKind.ASSISTANT_UPGRADE,
        title=Text("助师升医师", "Upgrade of an assistant"),
        manual="3.9",
        reviewer=current,
        authority=registering,
        pages=(
            Page(
                title=Text("助师升医师", "Upgrade"),
                fields=(RECORD, NEW_QUALIFICATION, *CONTACT.fields),
                button=Text("确定，继续", "Confirm and continue"),
            ),
            printed(HEALTH, PERIOD, NEW_PHONE),
            OTHER,
        ),
        rules=(
            _ACTIVE,
            rules.person_lives,
            rules.standing(Standing.VALID),
            rules.is_assistant,
            rules.upgrades_same_category,
            rules.not_barred,
            rules.same_level_and_category,
        ),
        one_open=the_record,
        effect=effects.upgrade,
    ),
    Kind(
        code=ApplicationKind.MILITARY_IN,
        title=Text("军队变更入", "Change from the military"),
        manual="3.10",
        reviewer=proposed,
        authority=authority_of(proposed),
        pages=(
            Page(
                title=Text("军队注册信息", "Military registration"),
                fields=(
                    Field(
                        key="military_id",
                        label=Text("军队注册信息", "Military registration"),
                        widget=Widget.RADIO,
                        read=forms.key,
                        options=rules.own_military,
                    ),
                ),
                button=Text("军队变更入", "Change from the military"),
            ),
            Page(title=Text("基本信息", "Basics"), fields=(PHOTO, QUALIFICATION)),
            Page(
                title=Text("完善信息", "Details"),
                fields=(PLACE, TRAINEE, INSTITUTION, SCOPES, CHANGE_REASON),
            ),
            CONTACT,
            printed(HEALTH, OLD_PHONE, replace(NEW_PHONE, required=never)),
            OTHER_OF_CHANGE,
        ),
        rules=(_ACTIVE_OR_WAITING, rules.military_held, *_REGISTRABLE),
        warnings=_FOR_REVIEWERS,
        one_open=the_military,
        effect=effects.enter_from_military,
        asks_employment=True,
        confirms_photo=True,
    ),
    Kind(
        code=ApplicationKind.MILITARY_OUT,
        title=Text("变更到军队", "Change to the military"),
        manual="3.11",
        reviewer=current,
        authority=registering,
        pages=(
            Page(
                title=Text("选择执业信息", "Practice record"),
                fields=(RECORD,),
                button=Text("变更到军队", "Change to the military"),
            ),
            Page(
                title=Text("变更内容", "Change"),
                fields=(
                    Field(
                        key="military_unit",
                        label=Text("拟变更到的军队单位", "Military unit"),
                        widget=Widget.TEXT,
                        read=forms.text(100),
                    ),
                    CHANGE_REASON,
                ),
            ),
            CONTACT,
        ),
        rules=(_ACTIVE, rules.person_lives, rules.standing(Standing.VALID, Standing.FILED)),
        one_open=the_record,
        effect=effects.leave_for_military,
        ends_everything=True,
    ),
    Kind(
        code=ApplicationKind.DEPARTMENT_UPKEEP,
        title=Text("科室维护", "Department"),
        manual="4.2",
        reviewer=None,
        authority=None,
        pages=(
            Page(
                title=Text("科室维护", "Department"),
                fields=(
                    RECORD,
                    Field(
                        key="department_id",
                        label=Text("科室", "Department"),
                        widget=Widget.SELECT,
                        read=forms.key,
                        options=rules.departments,
                    ),
                ),
                button=Text("科室设置", "Set department"),
            ),
        ),
        rules=(_ACTIVE, rules.person_lives, rules.standing(Standing.VALID)),
        effect=effects.set_department,
    ),
)

KINDS: Final[Mapping[ApplicationKind, Kind]] = {kind.code: kind for kind in _TABLE}
