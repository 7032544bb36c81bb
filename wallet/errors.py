"""Why the wallet refuses, and what it says beside a code: stable names with their words."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from credential.text import Text


class Code(StrEnum):
    """The stable name of a reason. Its meaning never changes; its words may."""

    # The identity code.
    CONSENT_REQUIRED = "CONSENT_REQUIRED"
    SESSION_OVER = "SESSION_OVER"
    SHOWN_ELSEWHERE = "SHOWN_ELSEWHERE"
    TOO_SOON = "TOO_SOON"
    NOTHING_TO_SHOW = "NOTHING_TO_SHOW"

    # The code book.
    BOOK_NOT_ALLOWED = "BOOK_NOT_ALLOWED"
    BOOK_ENDED = "BOOK_ENDED"
    BOOK_NOT_STARTED = "BOOK_NOT_STARTED"
    BOOK_OVER = "BOOK_OVER"
    CLOCK_UNCHECKED = "CLOCK_UNCHECKED"

    # The badge as a picture.
    FONT_MISSING = "FONT_MISSING"
    CHARACTER_MISSING = "CHARACTER_MISSING"
    TEXT_DOES_NOT_FIT = "TEXT_DOES_NOT_FIT"
    NOT_A_BADGE = "NOT_A_BADGE"


WORDS: Final = {
    Code.CONSENT_REQUIRED: Text(
        "请先确认授权，再出示电子身份码。", "Consent first; then the identity code is shown."
    ),
    Code.SESSION_OVER: Text(
        "本次出示已结束，请重新授权。", "This session is over; give consent again."
    ),
    Code.SHOWN_ELSEWHERE: Text(
        "电子身份码已在另一处出示，此处已停止。",
        "The identity code is being shown elsewhere; it has stopped here.",
    ),
    Code.TOO_SOON: Text("请求过于频繁，请稍候。", "Too soon for another code; wait a moment."),
    Code.NOTHING_TO_SHOW: Text(
        "当前没有可以出示的执业注册。", "There is no registration that may be shown now."
    ),
    Code.BOOK_NOT_ALLOWED: Text(
        "审批机关未开放脱网使用。", "The authority has not allowed codes to be used offline."
    ),
    Code.BOOK_ENDED: Text(
        "此脱网码包已被停用，请联网后重新下载。",
        "This code book was ended; connect and fetch a new one.",
    ),
    Code.BOOK_NOT_STARTED: Text(
        "本机时间早于脱网码包的开始时间，请校准时间。",
        "This device's clock is before the code book's start; set the clock.",
    ),
    Code.BOOK_OVER: Text(
        "脱网码包已用完，请联网后重新下载。",
        "The code book is used up; connect and fetch a new one.",
    ),
    Code.CLOCK_UNCHECKED: Text("时间未核对。", "The time has not been checked."),
    Code.FONT_MISSING: Text(
        "服务器未安装中文字体，无法制作工牌图片。",
        "No Chinese font is installed on the server, so no picture can be made.",
    ),
    Code.CHARACTER_MISSING: Text(
        "服务器字体缺字，无法制作图片，请在手机上保存工牌。",
        "The server's fonts lack a character; save the badge on the phone instead.",
    ),
    Code.TEXT_DOES_NOT_FIT: Text("文字过长，工牌上放不下。", "A text is too long for the badge."),
    Code.NOT_A_BADGE: Text("这不是工牌凭证。", "This is not a badge."),
}


class WalletError(Exception):
    """The one exception of the wallet. ``subject`` is the part it is about, or another package's reason."""

    def __init__(self, code: Code, subject: str = "") -> None:
        self.code = code
        self.subject = subject
        super().__init__(self.reason)

    @property
    def reason(self) -> str:
        """Code and subject as shown and logged: ``TOO_SOON:3``."""
        return f"{self.code}:{self.subject}" if self.subject else str(self.code)

    @property
    def text(self) -> Text:
        return WORDS[self.code]
