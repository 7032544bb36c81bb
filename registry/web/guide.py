"""业务说明: for each kind who may apply, under which conditions, in which steps, and who reviews
(manual, sections 3 and 4; article, section 2.4). Beside the table of kinds, in the words people need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from credential.text import Text
from registry.kinds import ApplicationKind as K


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """What an applicant reads before beginning."""

    when: Text
    """One line for the list: when one needs this."""
    who: Text
    conditions: tuple[Text, ...]
    reviewer: Text
    after: Text
    icon: str


_PROPOSED: Final = Text(
    "拟执业机构审核，再由其所属卫生健康行政部门审批",
    "Reviewed by the proposed institution, decided by its health authority",
)
_CURRENT: Final = Text(
    "当前主要执业机构审核，再由注册的卫生健康行政部门审批",
    "Reviewed by the present main institution, decided by the registering health authority",
)
_FILED: Final = Text(
    "备案的医疗机构审核，再由其所属卫生健康行政部门审批",
    "Reviewed by the filed institution, decided by its health authority",
)
_ACTIVE: Final = Text("账户已激活", "Your account is activated")

GUIDES: Final[Mapping[K, Guide]] = {
    K.FIRST_REGISTRATION: Guide(
        when=Text("首次注册，或者在另一省增加执业地点", "Register for the first time, or in a further province"),
        who=Text("取得国内医师资格、尚未在该执业地点注册的医师", "Physicians with a domestic qualification who are not registered for this place"),
        conditions=(
            Text("医师资格信息已在系统中", "Your qualification is in the system"),
            Text("不在不予注册的期限内（医师法第十六条）", "No bar on registration applies (医师法 art. 16)"),
            Text("执业助理医师只能注册一个执业地点", "An assistant may register in one place only"),
            Text("取得资格后超过二年未注册的，须提交培训及考核合格证明", "More than two years after the qualification: proof of training and assessment"),
        ),
        reviewer=_PROPOSED,
        after=Text("批准后执业信息生效，签发电子证照和工牌", "On approval the record takes effect; licence and badge are issued"),
        icon="person-plus",
    ),
    K.CHANGE: Guide(
        when=Text("换执业地点、主要执业机构、执业范围或者类别", "Change place, main institution, scope or category"),
        who=Text("执业信息有效的医师；备案未满二年的也可以办理", "Physicians with a record in force, or filed less than two years ago"),
        conditions=(_ACTIVE, Text("至少有一项内容发生变化", "At least one thing changes"), Text("拟执业地点没有其他有效注册", "No other registration exists for the new place")),
        reviewer=_PROPOSED,
        after=Text("批准后执业信息更新，旧证照被新证照替代，请重新打印工牌", "On approval the record is updated; new licence and badge replace the old ones"),
        icon="arrow-left-right",
    ),
    K.SUSPEND_FILING: Guide(
        when=Text("调离、退休、离职等，暂不执业", "Leaving, retiring: practice is paused"),
        who=Text("执业信息有效的医师；也可以由机构提出", "Physicians with a record in force; the institution may file too"),
        conditions=(_ACTIVE, Text("备案满二年未继续执业的，将被注销注册", "After two years without practice the registration is ended")),
        reviewer=_CURRENT,
        after=Text("备案后执业信息无效，证照和工牌暂停使用", "The record rests; licence and badge are suspended"),
        icon="pause-circle",
    ),
    K.CANCEL_SUSPEND_FILING: Guide(
        when=Text("备案后二年内恢复执业", "Resume practice within two years of the filing"),
        who=Text("状态为“注册备案（执业信息无效）”的医师", "Physicians whose record is filed and not in force"),
        conditions=(_ACTIVE, Text("备案时间不超过二年（含当日）", "The filing is no older than two years, the last day included")),
        reviewer=_CURRENT,
        after=Text("批准后执业信息恢复有效，原证照继续使用", "The record is in force again; the same licence resumes"),
        icon="play-circle",
    ),
    K.DEREGISTRATION: Guide(
        when=Text("不再执业，结束执业注册", "End the registration for good"),
        who=Text("执业信息有效、已备案或者被暂停的医师；机构也可以提出", "Physicians with a live record; the institution may apply too"),
        conditions=(_ACTIVE, Text("注销后不能恢复，再执业须重新注册", "It cannot be undone: practising again needs a new registration")),
        reviewer=_CURRENT,
        after=Text("批准后执业注册终止，证照和工牌作废", "The registration ends; licence and badge are revoked"),
        icon="x-circle",
    ),
    K.MULTI_INSTITUTION_FILING: Guide(
        when=Text("同一执业地点内，到另一家机构执业", "Practise at a further institution in the same place"),
        who=Text("执业信息有效的医师", "Physicians with a record in force"),
        conditions=(_ACTIVE, Text("与主要执业机构在同一执业地点", "In the same place as the main institution"), Text("执业范围不超出已注册的范围", "Within the registered scope"), Text("不能是主要执业机构，也不能与已有备案时间重叠", "Not the main institution, and no overlapping filing there")),
        reviewer=_FILED,
        after=Text("批准后写入执业信息，签发新版电子证照", "On approval it is on the record and in a new licence"),
        icon="building-add",
    ),
    K.CANCEL_MULTI_FILING: Guide(
        when=Text("不再到已备案的机构执业", "Stop practising at a filed institution"),
        who=Text("有多执业机构备案的医师", "Physicians with a multi-institution filing"),
        conditions=(_ACTIVE, Text("备案尚未到期", "The filing has not run out")),
        reviewer=_FILED,
        after=Text("批准后备案取消，签发新版电子证照", "On approval the filing ends and a new licence is issued"),
        icon="building-dash",
    ),
    K.CANCEL_LEGACY_MULTI_LOCATION: Guide(
        when=Text("取消旧政策下的多地点执业", "End a practice place of the former multi-location policy"),
        who=Text("有“多地点执业”信息的医师", "Physicians with a legacy multi-location entry"),
        conditions=(_ACTIVE, Text("多地点执业只能查询和取消，不能新增", "Such entries can be seen and cancelled, never added")),
        reviewer=Text("多地点执业机构审核，再由其所属卫生健康行政部门审批", "Reviewed by that institution, decided by its health authority"),
        after=Text("批准后该多地点执业取消", "On approval the entry ends"),
        icon="geo",
    ),
    K.INFO_MODIFICATION: Guide(
        when=Text("更新照片、毕业学校、学历、任职资格", "Update photo, school, education, title"),
        who=Text("执业信息有效的医师", "Physicians with a record in force"),
        conditions=(_ACTIVE, Text("只修改执业信息中的内容，不修改医师资格信息", "Only the practice record changes, never the qualification")),
        reviewer=Text("当前主要执业机构审核，通过即生效", "Reviewed by the present main institution; its pass takes effect"),
        after=Text("照片或者任职资格变化的，证照和工牌更新", "A new photo or title renews licence and badge"),
        icon="pencil-square",
    ),
    K.ASSISTANT_UPGRADE: Guide(
        when=Text("执业助理医师取得执业医师资格", "An assistant has gained the physician qualification"),
        who=Text("执业助理医师，类别、主要执业机构、执业范围均不变", "Assistants whose category, main institution and scope stay the same"),
        conditions=(_ACTIVE, Text("已取得同一类别的执业医师资格", "A physician qualification of the same category is held"), Text("任何一项有变化的，请办理“变更”", "If any of them changes, apply for a change instead")),
        reviewer=_CURRENT,
        after=Text("批准后助理医师注册自动失效，颁发新的执业证书编码", "The assistant's registration lapses; a new licence number is given"),
        icon="arrow-up-circle",
    ),
    K.MILITARY_IN: Guide(
        when=Text("军队医师到地方执业", "A military physician comes to a local institution"),
        who=Text("退役、转业到本地的军队医师", "Discharged or transferred military physicians"),
        conditions=(Text("系统中有您的军队注册信息", "Your military registration is in the system"), Text("拟执业地点没有其他有效注册", "No other registration exists for the place")),
        reviewer=_PROPOSED,
        after=Text("批准后取得地方执业注册", "On approval a local registration is made"),
        icon="box-arrow-in-right",
    ),
    K.MILITARY_OUT: Guide(
        when=Text("到军队医疗机构执业", "Go to a military institution"),
        who=Text("有有效或者已备案执业信息的医师", "Physicians with a record in force or filed"),
        conditions=(_ACTIVE, Text("完成后，地方的注册信息全部失效", "When it is done, every local registration ends")),
        reviewer=_CURRENT,
        after=Text("地方的注册信息全部失效，可以打印证明交军队卫生部门", "Every local registration ends; a certificate can be printed"),
        icon="box-arrow-right",
    ),
    K.DEPARTMENT_UPKEEP: Guide(
        when=Text("设置所在科室", "Set your department"),
        who=Text("执业信息有效，且机构已设置科室的医师", "Physicians whose institution has set up departments"),
        conditions=(_ACTIVE,),
        reviewer=Text("无须审核，设置后立即生效", "No review: it takes effect at once"),
        after=Text("机构获取最新数据后可见", "The institution sees it with its latest data"),
        icon="diagram-3",
    ),
}  # fmt: skip

GROUPS: Final[tuple[tuple[Text, tuple[K, ...]], ...]] = (
    (Text("办理注册", "Register"), (K.FIRST_REGISTRATION, K.CHANGE, K.ASSISTANT_UPGRADE)),
    (Text("备案与注销", "Pause and end"), (K.SUSPEND_FILING, K.CANCEL_SUSPEND_FILING, K.DEREGISTRATION)),
    (
        Text("多机构", "Further institutions"),
        (K.MULTI_INSTITUTION_FILING, K.CANCEL_MULTI_FILING, K.CANCEL_LEGACY_MULTI_LOCATION),
    ),
    (Text("军队", "Military"), (K.MILITARY_IN, K.MILITARY_OUT)),
    (Text("信息", "Information"), (K.INFO_MODIFICATION, K.DEPARTMENT_UPKEEP)),
)  # fmt: skip

ELSEWHERE: Final = (
    Text("补录老人老办法的医师资格", "Supplementary entry of qualifications recognised before 1999"),
    Text("港澳台医师内地资格认定", "Recognition of qualifications from Hong Kong, Macao and Taiwan"),
    Text("港澳台医师内地短期行医", "Short-term practice of physicians from Hong Kong, Macao and Taiwan"),
    Text("外国医师内地短期行医", "Short-term practice of foreign physicians"),
)  # fmt: skip
"""不在此办理: handled only by the health authority or a body it names (article, 2.4)."""
