"""What the physician agrees to before the identity code is shown (授权页面; manual 2.2).

The version is stored with every consent. Who changes a word changes the version.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from credential.text import Text

VERSION: Final = "2026-11"


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that is agreed to."""

    what: Text
    said: Text


POINTS: Final = (
    Point(
        Text("出示什么", "What is shown"),
        Text(
            "本人照片、姓名、执业证书编码，仅此三项。",
            "Your photo, name and licence number: these three.",
        ),
    ),
    Point(
        Text("向谁出示", "To whom"),
        Text(
            "由您当面出示；任何扫描此码的人都能看到并核验。",
            "You hold it up in person; whoever scans it sees and verifies it.",
        ),
    ),
    Point(
        Text("多长时间", "For how long"),
        Text(
            "本次授权最长10分钟；每20秒换一个新码，每个码30秒内有效。离开页面即结束。",
            "At most 10 minutes: a new code every 20 seconds, each good for 30. Leaving the page ends it.",
        ),
    ),
    Point(
        Text("留下什么", "What is kept"),
        Text(
            "系统记录您授权的时间和文本版本，不记录谁扫描了码。",
            "The time and the version of this text are recorded; who scans is not.",
        ),
    ),
)

BOOK_POINTS: Final = (
    Point(
        Text("脱网码包是什么", "What it is"),
        Text(
            "提前签发的一批身份码，没有信号时仍每20秒换一个新码，每个码30秒内有效。",
            "Identity codes signed in advance: without a signal there is still a new one every 20 seconds,"
            " each good for 30.",
        ),
    ),
    POINTS[0],
    POINTS[1],
    Point(
        Text("保存在哪里", "Where it is kept"),
        Text(
            "只加密保存在本设备；退出登录即删除，从任何地方退出本设备后，未用的码随之作废。",
            "Encrypted on this device alone; signing out deletes it, and once this device is signed out from"
            " anywhere, what is left of it is revoked.",
        ),
    ),
)
