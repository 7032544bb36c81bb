"""Every reason of the wallet has its words, in both languages."""

from __future__ import annotations

import re

import credential.errors
import registry.errors
from wallet.errors import WORDS, Code, WalletError


def test_every_code_has_words_in_chinese_and_english() -> None:
    assert set(WORDS) == set(Code)
    for code, text in WORDS.items():
        assert code.value == code.name
        assert re.search(r"[\u4e00-\u9fff]", text.zh), code
        assert text.zh.endswith("。"), code
        assert re.fullmatch(r"[A-Z][ -~]*\.", text.en), code


def test_no_name_means_one_thing_here_and_another_elsewhere() -> None:
    others = {*credential.errors.Code.__members__, *registry.errors.Code.__members__}
    assert set(Code.__members__) & others == set()


def test_an_error_names_code_and_subject() -> None:
    error = WalletError(Code.TOO_SOON, "3")
    assert (error.reason, str(error), error.text) == (
        "TOO_SOON:3",
        "TOO_SOON:3",
        WORDS[Code.TOO_SOON],
    )
