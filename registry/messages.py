"""Every word the registry says: reasons with their HTTP status, states, actions and notices.

Chinese first, as the manual and the statutes word it, where they do. A test fails for any code, state,
action or role without both languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from credential.text import Text
from registry.correspondence import (
    ArticleState,
    FeedbackMark,
    TicketAction,
    TicketState,
    TicketSubject,
)
from registry.credentials import CredentialKind, CredentialState, OrderAction
from registry.errors import Code
from registry.record import Binding, FilingState, MilitaryState, PhotoState, Standing
from registry.roles import Role
from registry.workflow import Action, Status

REASONS: Final[Mapping[Code, tuple[int, Text]]] = {
    Code.NOT_FOUND: (404, Text("未找到该信息", "Nothing was found")),
    Code.ROLE_FORBIDDEN: (403, Text("当前身份不能办理此操作", "Your role may not do this")),
    Code.SELF_APPROVAL: (
        403,
        Text(
            "不得审核、审批本人的业务，也不得在两个环节重复审核",
            "Nobody may decide on an application of their own, nor review it at two steps",
        ),
    ),
    Code.STEP_INVALID: (409, Text("当前环节不能办理此操作", "Not possible at this step")),
    Code.ALREADY_DECIDED: (
        409,
        Text("该业务已办结", "This application has already been decided"),
    ),
    Code.ALREADY_WITHDRAWN: (
        409,
        Text("该业务已撤回", "This application has been withdrawn"),
    ),
    Code.ALREADY_OPEN: (
        409,
        Text("已有同一事项的业务正在办理", "An application for the same matter is already open"),
    ),
    Code.STALE_FORM: (
        409,
        Text(
            "内容已发生变化，请核对后重新提交",
            "The content has changed since you opened it; check it and submit again",
        ),
    ),
    Code.RETURNED_BEFORE: (
        409,
        Text("补正材料只能一次性告知", "Corrections may be asked for only once"),
    ),
    Code.RETURN_TOO_LATE: (
        409,
        Text(
            "已超过五个工作日，视为受理，不能再退回补正",
            "Five working days have passed: the application counts as accepted",
        ),
    ),
    Code.EXTENSION_NOT_ALLOWED: (
        409,
        Text("本系统未启用延长审批期限", "Decisions are not put off here: policy is off"),
    ),
    Code.EXTENDED_BEFORE: (
        409,
        Text("审批期限只能延长一次", "The time to decide is extended only once"),
    ),
    Code.EXTENSION_TOO_LATE: (
        409,
        Text("审批期限已届满，不能延长", "The time to decide is over and cannot be extended"),
    ),
    Code.TAKE_OVER_TOO_EARLY: (
        409,
        Text(
            "机构审核未满十五个工作日，不能接办",
            "The institution still has time: taking over is possible after 15 working days",
        ),
    ),
    Code.OPINION_REQUIRED: (422, Text("请填写意见", "State your opinion")),
    Code.GROUND_REQUIRED: (422, Text("请选择不予批准的理由", "Choose the ground of refusal")),
    Code.DOCUMENT_REQUIRED: (
        422,
        Text("请填写依据和文书编号", "State the ground and the number of the document"),
    ),
    Code.EMPLOYMENT_UNCONFIRMED: (
        422,
        Text(
            "请确认本机构已（拟）聘用该医师",
            "Confirm that the institution employs or will employ the physician",
        ),
    ),
    Code.SECOND_PERSON_REQUIRED: (
        403,
        Text("须由另一名工作人员确认", "A second person has to confirm this"),
    ),
    Code.LIMIT_REACHED: (
        409,
        Text("已达到当日办理上限", "The limit for one day has been reached"),
    ),
    Code.QUOTA_REACHED: (
        413,
        Text(
            "您上传的图片已占满空间，请先删除旧的咨询",
            "Your pictures fill their space: delete an old question first",
        ),
    ),
    Code.ADMINISTRATOR_EXISTS: (
        409,
        Text("已有系统管理员", "There is an administrator already"),
    ),
    Code.FIELD_REQUIRED: (422, Text("必填", "Required")),
    Code.FIELD_UNKNOWN: (422, Text("表单中没有此项", "The form has no such field")),
    Code.FIELD_TYPE: (422, Text("类型不正确", "Not of the right type")),
    Code.FIELD_FORMAT: (422, Text("格式不正确", "Not in the right format")),
    Code.FIELD_TOO_LONG: (422, Text("内容过长", "Too long")),
    Code.FILES_FULL: (
        413,
        Text("该业务上传的文件过多", "Too many files have been handed in with this application"),
    ),
    Code.FIELD_OPTION: (422, Text("不在可选范围内", "Not one of the options")),
    Code.TEXT_FORBIDDEN: (
        422,
        Text("含有不可见或者控制字符", "Contains invisible or control characters"),
    ),
    Code.FILE_TYPE: (
        415,
        Text("只接受 JPEG、PNG、WebP 图片或者 PDF", "Only JPEG, PNG, WebP pictures, or PDF"),
    ),
    Code.IMAGE_INVALID: (
        422,
        Text("图片已损坏，无法读取", "The picture is damaged and cannot be read"),
    ),
    Code.IMAGE_TOO_MANY_PIXELS: (
        422,
        Text("图片尺寸过大，请缩小后上传", "The picture has too many pixels: make it smaller"),
    ),
    Code.TOO_MANY_FILES: (422, Text("最多上传三张图片", "At most three pictures")),
    Code.ACCOUNT_NOT_ACTIVE: (
        409,
        Text("电子化注册账户未激活", "The registration account is not activated"),
    ),
    Code.PERSON_DEAD: (
        409,
        Text("已登记死亡或者被宣告失踪", "Registered as dead or declared missing"),
    ),
    Code.BARRED: (
        409,
        Text("在不予注册的期限内（医师法第十六条）", "Registration is barred (医师法 art. 16)"),
    ),
    Code.NO_QUALIFICATION: (
        409,
        Text("未查到医师资格", "No physician qualification was found"),
    ),
    Code.PHOTO_MISSING: (
        409,
        Text("个人照片尚未经机构确认", "The institution has not confirmed a photo"),
    ),
    Code.REENTRY_PROOF_REQUIRED: (
        422,
        Text("须提交培训及考核合格证明", "Proof of training and assessment is required"),
    ),
    Code.MILITARY_NOT_HELD: (
        409,
        Text("军队注册信息已变更到地方", "The military registration has already been used"),
    ),
    Code.PASSWORD_WEAK: (
        422,
        Text("密码须为8至16位，含字母和数字", "8 to 16 characters with letters and digits"),
    ),
    Code.USERNAME_INVALID: (
        422,
        Text(
            "用户名须以字母开头，6至12位字母、数字或下划线",
            "A letter first, then 6 to 12 letters, digits or underscores in all",
        ),
    ),
    Code.TICKET_USED: (
        409,
        Text("此登录二维码已被使用", "This sign-in code has been used already"),
    ),
    Code.TICKET_EXPIRED: (
        410,
        Text(
            "登录二维码已过期，请刷新电脑上的二维码",
            "The sign-in code has expired: renew it on the computer",
        ),
    ),
    Code.TICKET_MISMATCH: (
        403,
        Text("登录二维码与此浏览器不符", "The sign-in code belongs to another browser"),
    ),
    Code.SIGN_IN_REFUSED: (
        401,
        Text(
            "用户名或者密码不正确。连续输错五次，账户将锁定十五分钟，期间可用短信验证码登录",
            "User name or password is wrong. Five wrong passwords lock the account for fifteen minutes;"
            " a code by SMS still opens it",
        ),
    ),
    Code.NAME_DIFFERS: (
        409,
        Text("姓名与证件号不符", "Name and identity number do not belong together"),
    ),
    Code.SECOND_FACTOR_WRONG: (
        401,
        Text(
            "动态口令不正确，请输入当前的六位数字",
            "That code is wrong: enter the present six digits",
        ),
    ),
    Code.EXPORT_HOURS: (
        409,
        Text(
            "全部字段只能在工作日早8:00之前、晚18:00之后或者非工作日导出；当前显示的信息随时可以导出",
            "All fields are exported before 08:00 or from 18:00 on working days, and on other days; what is"
            " shown may be exported at any time",
        ),
    ),
    Code.CODE_WRONG: (
        422,
        Text(
            "验证码不正确或者已失效，请重新获取",
            "The code is wrong or no longer good: ask for a new one",
        ),
    ),
    Code.CODE_TOO_SOON: (
        429,
        Text("请等待六十秒后再获取验证码", "Wait sixty seconds before asking for another code"),
    ),
    Code.CODE_TOO_MANY: (
        429,
        Text("今日获取验证码次数过多，请明日再试", "Too many codes today: try again tomorrow"),
    ),
    Code.AGREEMENT_REQUIRED: (
        422,
        Text(
            "请阅读并同意《服务协议》和《隐私政策》",
            "Please read and accept the service agreement and the privacy policy",
        ),
    ),
    Code.IDENTITY_NOT_PROVED: (
        422,
        Text(
            "姓名、身份证号码或者人脸未通过核验，请核对后重试",
            "Name, identity number or face could not be confirmed: check and try again",
        ),
    ),
    Code.ALREADY_REGISTERED: (
        409,
        Text(
            "无法用此身份注册，已提交人工核实；如果您注册过账户，请直接登录或者找回密码",
            "This identity cannot be used to sign up; somebody will look at it. If you have an account,"
            " sign in or recover your password",
        ),
    ),
    Code.USERNAME_TAKEN: (409, Text("用户名已被使用", "This user name is taken")),
    Code.CONTACT_TAKEN: (
        409,
        Text("该手机号或者邮箱不能使用", "This mobile number or e-mail address cannot be used"),
    ),
    Code.PASSWORD_COMMON: (
        422,
        Text("密码过于常见，请换一个", "This password is too common: choose another one"),
    ),
    Code.PASSWORD_WRONG: (422, Text("原密码不正确", "The present password is wrong")),
    Code.NOT_ACTIVATED: (
        422,
        Text("未能激活，请核对后重试", "Not activated: check what you typed and try again"),
    ),
    Code.APPLICATIONS_OPEN: (
        409,
        Text(
            "还有业务正在办理，请先撤回或者等待办结",
            "Applications are still on their way: withdraw them or wait for the decision",
        ),
    ),
    Code.LICENCE_NOT_ACTIVE: (
        409,
        Text("执业信息不是有效状态", "The practice record is not in force"),
    ),
    Code.NOT_FILED: (
        409,
        Text("执业信息不是备案状态", "The practice record is not filed as suspended"),
    ),
    Code.PERIOD_OVER: (
        409,
        Text(
            "备案已满二年，须经考核后重新申请注册（医师法第十七条、第十九条）",
            "Two years have passed since the filing: an assessment and a new registration are needed",
        ),
    ),
    Code.PLACE_TAKEN: (
        409,
        Text("该执业地点已有注册信息", "There is already a registration for this place"),
    ),
    Code.ASSISTANT_ONE_PLACE: (
        409,
        Text("执业助理医师只能注册一个执业地点", "An assistant may register in one place only"),
    ),
    Code.LEVEL_CATEGORY_MIXED: (
        409,
        Text(
            "与其他有效注册的级别、类别不一致",
            "Level or category differs from the other registrations in force",
        ),
    ),
    Code.LEVEL_LOWERED: (
        409,
        Text("不能由执业医师变更为执业助理医师", "A physician cannot become an assistant"),
    ),
    Code.NOTHING_CHANGES: (409, Text("没有任何变更", "Nothing would change")),
    Code.NOT_ASSISTANT: (
        409,
        Text("只有执业助理医师可以办理", "Only for assistant physicians"),
    ),
    Code.UPGRADE_QUALIFICATION: (
        409,
        Text(
            "须选择同一类别的执业医师资格；类别、范围或机构改变的，请办理变更",
            "Choose a physician's qualification of the same category; otherwise apply for a change",
        ),
    ),
    Code.SUSPENSION_DATES: (
        422,
        Text("暂停执业的期限不正确", "The dates of the suspension are not possible"),
    ),
    Code.INSTITUTION_UNKNOWN: (422, Text("没有该机构", "There is no such institution")),
    Code.INSTITUTION_CLOSED: (422, Text("该机构已停业", "The institution is closed")),
    Code.PLACE_WITHOUT_COUNTIES: (
        422,
        Text(
            "新疆生产建设兵团没有县级行政区划代码，执业助理医师请选择机构所在的市、县（如石河子市）",
            "The Xinjiang Production and Construction Corps has no county codes: an assistant chooses the"
            " city or county where the institution lies, such as 石河子市",
        ),
    ),
    Code.INSTITUTION_OUTSIDE_PLACE: (
        422,
        Text("该机构不在所选执业地点内", "The institution does not lie in the place chosen"),
    ),
    Code.SCOPE_OUTSIDE_CATEGORY: (
        422,
        Text("执业范围不属于该类别", "The scope does not belong to the category"),
    ),
    Code.FILING_AT_MAIN: (
        409,
        Text("该机构即主要执业机构", "This is the main institution already"),
    ),
    Code.FILING_OTHER_PLACE: (
        409,
        Text(
            "该机构不在同一执业地点，请申请增加注册",
            "The institution lies in another place: apply for a further registration",
        ),
    ),
    Code.FILING_SCOPE: (
        409,
        Text("备案的执业范围超出注册的执业范围", "The scope exceeds the registered one"),
    ),
    Code.FILING_DATES: (
        422,
        Text("有效期不正确", "The dates of the filing are not possible"),
    ),
    Code.FILING_TOO_LONG: (409, Text("有效期过长", "The filing would last too long")),
    Code.FILING_OVERLAPS: (
        409,
        Text("在该机构已有同期备案", "There is a filing at this institution for that time"),
    ),
    Code.FILING_NOT_HELD: (
        409,
        Text("该多机构备案已失效", "The filing is no longer in force"),
    ),
    Code.LEGACY_NOT_HELD: (
        409,
        Text("该多地点执业已失效", "The multi-location registration is no longer in force"),
    ),
    Code.SEVERAL_SCOPES: (200, Text("执业范围多于一个", "More than one scope")),
    Code.RESIDENT_TRAINEE: (200, Text("规培医师", "Resident in standardised training")),
    Code.EARLIER_RECORD_ENDED: (
        200,
        Text("曾有注册并已终止", "An earlier registration has ended"),
    ),
    Code.QUALIFICATION_ID_DIFFERS: (
        200,
        Text(
            "资格证书编码中的证件号与现证件号不同",
            "The identity number inside the qualification number is another one",
        ),
    ),
    Code.NAMESAKE: (
        200,
        Text(
            "另有一人姓名、出生日期相同，请核对是否为同一人",
            "Somebody else has the same name and birth date: check that it is not one person twice",
        ),
    ),
    Code.INSTITUTION_MERGED: (
        200,
        Text("该机构已合并", "The institution has been merged into another"),
    ),
    Code.REPORTED_LATE: (
        200,
        Text("已超过三十日的报告期限", "Reported after more than thirty days"),
    ),
    Code.DUPLICATE: (
        409,
        Text("证件号、资格证书编码或者执业证书编码已存在", "This number is already registered"),
    ),
    Code.STORE_BUSY: (
        503,
        Text("系统繁忙，请稍后再试", "The system is busy; try again shortly"),
    ),
    Code.STORE_FULL: (
        503,
        Text("系统暂时无法保存，请稍后再试", "Nothing can be saved at the moment"),
    ),
    Code.STORE_UNFIT: (
        503,
        Text("数据库的版本或者设置不合要求", "The database is not fit for use"),
    ),
    Code.STORE_UNREACHABLE: (
        503,
        Text("无法连接数据库", "The database cannot be reached"),
    ),
    Code.STORE_URL: (
        503,
        Text(
            "数据库地址不正确，应为 sqlite:///文件 或 postgresql+psycopg://…",
            "Not the address of a database: sqlite:///FILE or postgresql+psycopg://…",
        ),
    ),
    Code.STORE_DAMAGED: (
        500,
        Text("数据库内容不完整或者互相矛盾", "The database is damaged or contradicts itself"),
    ),
    Code.STORE_WENT_BACK: (
        503,
        Text(
            "数据库比上次发布时旧，疑为旧备份；请先按运维手册恢复",
            "The database is older than at the last publication: an old backup? Follow the manual",
        ),
    ),
    Code.CLOCK_WENT_BACK: (
        503,
        Text(
            "系统时间早于上次处理期限的时间，请先核对时钟",
            "The clock is behind the time at which deadlines were last looked after; check it",
        ),
    ),
    Code.CLOCK_LEAPT: (
        503,
        Text(
            "系统时间距上次处理期限过久，请先核对时钟",
            "The clock is far ahead of the time at which deadlines were last looked after; check it",
        ),
    ),
    Code.FILE_UNUSABLE: (
        500,
        Text("文件或者目录无法读写", "A file or folder cannot be read or written"),
    ),
    Code.AUDIT_BROKEN: (500, Text("审计日志被改动", "The audit log has been altered")),
}

STATUSES: Final[Mapping[Status, Text]] = {
    Status.DRAFT: Text("未提交", "not submitted"),
    Status.INSTITUTION_REVIEW: Text("已提交，待机构审核", "submitted, with the institution"),
    Status.RETURNED_BY_INSTITUTION: Text("机构退回修改", "returned by the institution"),
    Status.REJECTED_BY_INSTITUTION: Text("机构审核不通过", "rejected by the institution"),
    Status.AUTHORITY_REVIEW: Text(
        "机构审核通过，待卫生健康行政部门审批", "passed, with the health authority"
    ),
    Status.ACCEPTED: Text("已受理", "accepted for decision"),
    Status.RETURNED_BY_AUTHORITY: Text("退回补正", "returned for correction"),
    Status.NOT_ACCEPTED: Text("不予受理", "not accepted"),
    Status.APPROVED: Text("审批通过（已生效）", "approved, in force"),
    Status.REJECTED_BY_AUTHORITY: Text("审批不通过", "refused by the authority"),
    Status.WITHDRAWN: Text("已撤回", "withdrawn"),
    Status.VOIDED: Text("已作废", "voided"),
}
ACTIONS: Final[Mapping[Action, Text]] = {
    Action.EDIT: Text("修改", "Edit"),
    Action.DELETE: Text("删除", "Delete"),
    Action.SUBMIT: Text("提交", "Submit"),
    Action.WITHDRAW: Text("撤回", "Withdraw"),
    Action.PASS: Text("通过", "Pass"),
    Action.RETURN: Text("退回", "Return"),
    Action.REJECT: Text("不通过", "Reject"),
    Action.TAKE_OVER: Text("接办", "Take over"),
    Action.ACCEPT: Text("受理", "Accept"),
    Action.RETURN_FOR_CORRECTION: Text("退回补正", "Return for correction"),
    Action.NOT_ACCEPT: Text("不予受理", "Do not accept"),
    Action.EXTEND: Text("延长审批期限", "Extend the time to decide"),
    Action.APPROVE: Text("批准", "Approve"),
    Action.REFUSE: Text("不批准", "Refuse"),
    Action.VOID: Text("作废", "Void"),
}
ROLES: Final[Mapping[Role, Text]] = {
    Role.PUBLIC: Text("社会大众", "member of the public"),
    Role.PHYSICIAN: Text("医师个人", "physician"),
    Role.INSTITUTION_CLERK: Text("医疗机构", "institution"),
    Role.AUTHORITY_CLERK: Text("卫生健康行政部门", "health authority"),
    Role.ADMIN: Text("系统管理员", "administrator"),
    Role.SYSTEM: Text("系统", "system"),
}
STANDINGS: Final[Mapping[Standing, Text]] = {
    Standing.VALID: Text("有效", "in force"),
    Standing.FILED: Text("注册备案（执业信息无效）", "filed, not in force"),
    Standing.SUSPENDED: Text("暂停执业", "practice suspended"),
    Standing.DEREGISTERED: Text("已注销", "deregistered"),
    Standing.UPGRADED: Text("助师升医师后自动失效", "lapsed by upgrade"),
    Standing.TO_MILITARY: Text("变更到军队后失效", "lapsed by change to the military"),
    Standing.SUPERSEDED: Text("已变更", "superseded"),
}
FILING_STATES: Final[Mapping[FilingState, Text]] = {
    FilingState.SCHEDULED: Text("未到开始日", "not begun"),
    FilingState.ACTIVE: Text("有效", "in force"),
    FilingState.INACTIVE: Text("主执业信息无效期间", "at rest with the main record"),
    FilingState.EXPIRED: Text("已到期", "expired"),
    FilingState.CANCELLED: Text("已取消", "cancelled"),
    FilingState.TERMINATED: Text("已终止", "terminated"),
}
PHOTO_STATES: Final[Mapping[PhotoState, Text]] = {
    PhotoState.PENDING: Text("待机构确认", "waiting for confirmation"),
    PhotoState.CONFIRMED: Text("已确认", "confirmed"),
    PhotoState.REFUSED: Text("未通过", "refused"),
}
BINDINGS: Final[Mapping[Binding, Text]] = {
    Binding.NONE: Text("未绑定", "not bound"),
    Binding.NEEDS_CREDENTIALS: Text("待设置用户名和密码", "user name and password to be set"),
    Binding.PENDING_ACTIVATION: Text("待激活", "to be activated"),
    Binding.ACTIVE: Text("已激活", "activated"),
    Binding.REVOKED: Text("已撤销", "revoked"),
    Binding.CLOSED: Text("已关闭", "closed"),
}
MILITARY_STATES: Final[Mapping[MilitaryState, Text]] = {
    MilitaryState.ACTIVE: Text("有效", "in force"),
    MilitaryState.MOVED_TO_LOCAL: Text("已变更到地方", "changed to local"),
}
CREDENTIAL_KINDS: Final[Mapping[CredentialKind, Text]] = {
    CredentialKind.LICENCE: Text("电子证照", "electronic licence"),
    CredentialKind.BADGE: Text("电子工牌", "badge"),
}
CREDENTIAL_STATES: Final[Mapping[CredentialState, Text]] = {
    CredentialState.ACTIVE: Text("有效", "active"),
    CredentialState.SUSPENDED: Text("暂停", "suspended"),
    CredentialState.REVOKED: Text("已吊销", "revoked"),
    CredentialState.SUPERSEDED: Text("已被新版本替代", "superseded"),
}
ORDER_ACTIONS: Final[Mapping[OrderAction, Text]] = {
    OrderAction.ISSUE: Text("签发", "issue"),
    OrderAction.SUSPEND: Text("暂停", "suspend"),
    OrderAction.RESUME: Text("恢复", "resume"),
    OrderAction.REVOKE: Text("吊销", "revoke"),
    OrderAction.SUPERSEDE: Text("替代", "supersede"),
}


ARTICLE_STATES: Final[Mapping[ArticleState, Text]] = {
    ArticleState.DRAFT: Text("草稿", "draft"),
    ArticleState.PUBLISHED: Text("已发布", "published"),
    ArticleState.WITHDRAWN: Text("已撤下", "withdrawn"),
}
TICKET_SUBJECTS: Final[Mapping[TicketSubject, Text]] = {
    TicketSubject.REGISTRATION: Text("医师电子化注册", "Physician registration"),
    TicketSubject.CREDENTIALS: Text("电子证照、身份码与工牌", "Licence, identity code and badge"),
    TicketSubject.ACCOUNT: Text("账户绑定与激活", "Binding and activation of the account"),
    TicketSubject.APP: Text("应用的使用", "Use of the app"),
}
TICKET_STATES: Final[Mapping[TicketState, Text]] = {
    TicketState.NEW: Text("新建", "new"),
    TicketState.IN_PROGRESS: Text("处理中", "in progress"),
    TicketState.ANSWERED: Text("已答复", "answered"),
    TicketState.CLOSED: Text("已关闭", "closed"),
}
TICKET_ACTIONS: Final[Mapping[TicketAction, Text]] = {
    TicketAction.TAKE_UP: Text("开始处理", "Take up"),
    TicketAction.REPLY: Text("答复", "Reply"),
    TicketAction.CLOSE: Text("关闭", "Close"),
    TicketAction.DELETE: Text("删除", "Delete"),
}
FEEDBACK_MARKS: Final[Mapping[FeedbackMark, Text]] = {
    FeedbackMark.NEW: Text("未处理", "new"),
    FeedbackMark.READ: Text("已阅", "read"),
    FeedbackMark.TAKEN_UP: Text("已采纳", "taken up"),
}


class Notice(StrEnum):
    """What people are told without having asked."""

    RETURNED = "RETURNED"
    DECIDED = "DECIDED"
    VOIDED = "VOIDED"
    RECORD_LEAVES = "RECORD_LEAVES"
    STARTED_BY_CLERK = "STARTED_BY_CLERK"
    REVIEW_REMINDER = "REVIEW_REMINDER"
    DECISION_OVERDUE = "DECISION_OVERDUE"
    SUSPENDED_BY_ORDER = "SUSPENDED_BY_ORDER"
    SUSPENSION_LIFTED = "SUSPENSION_LIFTED"
    FILED_TWO_YEARS = "FILED_TWO_YEARS"
    MAY_BE_TAKEN_OVER = "MAY_BE_TAKEN_OVER"
    FILING_EXPIRED = "FILING_EXPIRED"
    DRAFT_EXPIRED = "DRAFT_EXPIRED"
    ACCEPTED_BY_SILENCE = "ACCEPTED_BY_SILENCE"
    SIGNED_IN_ELSEWHERE = "SIGNED_IN_ELSEWHERE"
    ACTIVATED = "ACTIVATED"
    DECISION_EXTENDED = "DECISION_EXTENDED"
    DEREGISTERED_BY_TIME = "DEREGISTERED_BY_TIME"
    PHOTO_REFUSED = "PHOTO_REFUSED"
    CLERK_TO_CONFIRM = "CLERK_TO_CONFIRM"
    CLERK_CONFIRMED = "CLERK_CONFIRMED"
    TICKET_ANSWERED = "TICKET_ANSWERED"
    REPRINT_BADGE = "REPRINT_BADGE"
    BADGE_RENEWED = "BADGE_RENEWED"
    RENEWED = "RENEWED"
    SCAN_SIGN_IN = "SCAN_SIGN_IN"


NOTICES: Final[Mapping[Notice, Text]] = {
    Notice.SIGNED_IN_ELSEWHERE: Text(
        "您的账户在另一台设备登录；如非本人操作，请退出其他登录并修改密码",
        "Your account was signed in at another device; if that was not you, sign the others out and"
        " change your password",
    ),
    Notice.ACTIVATED: Text("您的账户已激活", "Your account has been activated"),
    Notice.REPRINT_BADGE: Text(
        "工牌内容已变化，此前下载的工牌已失效，请重新打印工牌",
        "What your badge says has changed: the one you downloaded no longer holds; print it again",
    ),
    Notice.RENEWED: Text(
        "您的电子证照和电子工牌已续期，旧的到期前仍然有效",
        "Your licence and badge have been renewed; the old ones stay good to their end",
    ),
    Notice.BADGE_RENEWED: Text(
        "电子工牌已续期，请在旧工牌到期前重新打印工牌",
        "Your badge has been renewed: print it again before the one you downloaded runs out",
    ),
    Notice.SCAN_SIGN_IN: Text(
        "您的账户通过扫码在一台电脑上登录；如非本人操作，请立即退出其他设备并修改密码",
        "Your account was signed in on a computer by scanning; if that was not you, sign out other"
        " devices and change the password",
    ),
    Notice.RETURNED: Text("您的业务已被退回，请修改后重新提交", "Your application was returned"),
    Notice.DECIDED: Text("您的业务已办结", "Your application has been decided"),
    Notice.VOIDED: Text(
        "业务所依据的执业信息已失效，业务作废", "The record it rested on has ended"
    ),
    Notice.RECORD_LEAVES: Text(
        "一名医师的执业信息已变更出本单位", "A physician's record has left you"
    ),
    Notice.STARTED_BY_CLERK: Text(
        "机构或者卫生健康行政部门就您的执业信息发起了业务",
        "An institution or authority has started an application about your record",
    ),
    Notice.REVIEW_REMINDER: Text(
        "业务待机构审核已满五个工作日", "An application has waited five working days for review"
    ),
    Notice.DECISION_OVERDUE: Text(
        "业务已超过二十个工作日的审批期限", "An application is past its 20 working days"
    ),
    Notice.SUSPENDED_BY_ORDER: Text("您的执业已被依法暂停", "Your practice has been suspended"),
    Notice.SUSPENSION_LIFTED: Text("暂停执业已期满", "The suspension has ended"),
    Notice.FILED_TWO_YEARS: Text(
        "备案已满二年，待卫生健康行政部门处理", "Two years have passed since the filing"
    ),
    Notice.MAY_BE_TAKEN_OVER: Text(
        "业务待机构审核已满十五个工作日，可以接办",
        "An application has waited 15 working days for review and may be taken over",
    ),
    Notice.FILING_EXPIRED: Text("多执业机构备案已到期", "A multi-institution filing has run out"),
    Notice.DRAFT_EXPIRED: Text("未提交的业务已过期作废", "A draft has expired"),
    Notice.ACCEPTED_BY_SILENCE: Text(
        "逾期未告知，自收到之日起视为受理", "Accepted by silence as of the day received"
    ),
    Notice.DECISION_EXTENDED: Text(
        "业务的审批期限已延长十个工作日，理由见办理意见",
        "The time to decide was extended by ten working days; the reason is in the opinion",
    ),
    Notice.DEREGISTERED_BY_TIME: Text(
        "备案满二年未继续执业，执业注册已注销",
        "Two years have passed since the filing: the registration has ended",
    ),
    Notice.PHOTO_REFUSED: Text(
        "个人照片未通过机构确认，请重新上传",
        "The institution refused the photo; upload another one",
    ),
    Notice.CLERK_TO_CONFIRM: Text(
        "一家机构申请开通经办人账户，待核实", "An institution asks for a clerk's account: check it"
    ),
    Notice.CLERK_CONFIRMED: Text("经办人账户已开通", "The clerk's account has been opened"),
    Notice.TICKET_ANSWERED: Text("您的咨询已有答复", "Your question has been answered"),
}


def status_of(code: Code) -> int:
    """The HTTP status that goes with a reason."""
    return REASONS[code][0]


def words(code: Code) -> Text:
    """The words that go with a reason."""
    return REASONS[code][1]


POLICIES: Final[Mapping[str, Text]] = {
    "institution_reminder_days": Text(
        "机构审核提醒（工作日）", "Working days until an institution is reminded"
    ),
    "take_over_days": Text(
        "主管部门可以接办（工作日）", "Working days until an authority may take over"
    ),
    "acceptance_days": Text("受理期限（工作日）", "Working days to accept"),
    "decision_days": Text("审批期限（工作日）", "Working days to decide"),
    "draft_days": Text("草稿保留（天）", "Days a draft is kept"),
    "suspend_years": Text("备案期限（年）", "Years of a suspend filing"),
    "reentry_years": Text(
        "须提交再执业证明的中断（年）", "Years of interruption after which proof is asked"
    ),
    "report_days": Text("机构报告期限（天）", "Days for an institution to report"),
    "multi_filing_max_years": Text(
        "多机构备案最长（年）", "Longest multi-institution filing (years)"
    ),
    "extension_days": Text("延长审批（工作日）", "Working days of an extension"),
    "may_extend": Text("允许延长审批一次", "A decision may be put off once"),
    "two_persons_decide": Text("受理与决定须为两人", "Who accepted does not decide"),
    "deregister_filed_two_years": Text(
        "备案满二年自动注销", "Two years of a filing end the registration by themselves"
    ),
    "clock_leap_days": Text("时钟核对间隔（天）", "Days after which the clock is asked about"),
    "suspensions_per_day": Text("每日依职权暂停上限", "Suspensions by order a day"),
    "ex_officio_per_day": Text("每日依职权注销上限", "Ex-officio deregistrations a day"),
}
"""What the fields of `rules.Policy` are called."""
