"""The articles of the demonstration: what the codes are, how a hospital verifies one, where to look for help."""

from __future__ import annotations

from typing import Final

from registry.articles import Written

_NOTE_ZH: Final = "> 本文为演示内容，用于说明系统功能，不是任何机构发布的通知。\n\n"
_NOTE_EN: Final = (
    "> Written for the demonstration, to show the system. No authority has issued it.\n\n"
)

ARTICLES: Final = (
    Written(
        title_zh="电子证照、身份码、工牌：三种码有什么不同（演示）",
        title_en="Licence, identity code, badge: three codes (demonstration)",
        body_zh=_NOTE_ZH
        + """医师有三种二维码。每一种都带签名，签名由颁发机关作出，任何人都能核验。

## 电子证照

载明姓名、照片、级别、类别、执业范围、执业地点和主要执业机构，以及多机构备案。执业信息变更后，旧证照显示“已被新证照替代”。

## 电子身份码

- 只有照片、姓名和执业证书编码；
- 每 30 秒更新一次，截图很快失效；
- 出示前需要本人同意。

## 电子工牌

印在工牌上的固定二维码，载明照片、姓名、职称和主要执业机构。执业信息变化后须重新打印。

## 哪一种都不含

身份证号码、出生日期、手机号码。
""",
        body_en=_NOTE_EN
        + """A physician has three QR codes. Each is signed by the issuing authority, and anyone can verify it.

## Licence

Name, photo, level, category, scope, place and main institution, and filings with further institutions. After a change the former licence reads as superseded.

## Identity code

- photo, name and licence number only;
- renewed every 30 seconds, so a screenshot soon expires;
- shown only after the physician agrees.

## Badge

A fixed code on the printed badge: photo, name, title and main institution. Print it again when the record changes.

## In none of them

Identity number, date of birth, mobile number.
""",
    ),
    Written(
        title_zh="医院怎样核验一名医师（演示）",
        title_en="How a hospital verifies a physician (demonstration)",
        body_zh=_NOTE_ZH
        + """核验不需要账户，也不需要联网。

1. 打开[核验页面](/v)，允许使用摄像头；
2. 对准医师出示的二维码；
3. 先看结论，再看照片：**照片须与本人一致**。

## 三种结论

- 有效：证照由受信任的颁发机关签名，没有被暂停或者作废；
- 不予认可：页面写明一个原因，例如已过期、已作废、签名不符；
- 无法判定：名单缺失或者过旧。请联网更新后再扫一次，不要当作有效处理。

## 扫身份码时

身份码 30 秒有效。提示过期的，请医师刷新后再扫；请勿接受截图。
""",
        body_en=_NOTE_EN
        + """Verifying needs no account and no network.

1. Open the [verification page](/v) and allow the camera;
2. point it at the physician's code;
3. read the verdict, then look at the photo: **it must show the person before you**.

## Three verdicts

- Valid: signed by a trusted authority, neither suspended nor revoked;
- Refused: the page names one reason, such as expired, revoked, or a signature that does not match;
- Cannot be told: a list is missing or too old. Update while online and scan again; do not take it as valid.

## Identity codes

An identity code lasts 30 seconds. If it has expired, ask for a fresh one; accept no screenshots.
""",
    ),
    Written(
        title_zh="遇到问题先看这里（演示）",
        title_en="Where to look first when something is wrong (demonstration)",
        body_zh=_NOTE_ZH
        + """多数问题在[用户手册](/manual)中有答案。

## 只看到资格信息，看不到执业信息

核对账户的姓名、身份证号码与执业证书是否一致。不一致而资格信息无误的，请联系注册所在地卫生健康行政部门办理“更换医师资格”。

## 资格信息和执业信息都看不到

取得资格时的姓名或者身份证号码与现在不同，系统不能自动绑定。请向颁发资格证书的省级卫生健康行政部门申请修改或者补录。

## 业务被退回

在“业务”页面打开该业务，按意见修改后重新提交，原来填写的内容都还在。

## 还没有解决

医师可以在“我的”页面提交[技术支持](/support)；对产品和服务的建议请写在[意见反馈](/feedback)。
""",
        body_en=_NOTE_EN
        + """Most questions are answered in the [manual](/manual).

## The qualification is there, the practice record is not

Compare name and identity number of your account with those on the licence. Where they differ and the qualification is right, ask the authority that registered you to relink it (更换医师资格).

## Neither is there

Name or identity number were different when you qualified, so nothing could be bound. Apply to the provincial authority that issued the qualification.

## An application was returned

Open it under Business, correct what the opinion names and submit it again: all you typed is still there.

## Still unsolved

Physicians can ask [technical support](/support); suggestions are welcome as [feedback](/feedback).
""",
    ),
)
