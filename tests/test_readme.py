"""The ten lines of the README do what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import Desk

README = Path(__file__).resolve().parents[1] / "README.md"


def test_the_ten_lines_check_a_code(
    new_desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (snippet,) = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    monkeypatch.chdir(new_desk.folder)
    new_desk.set_up()  # today: the ten lines ask the real clock
    text = new_desk.credential("licence")["text"]
    cut = text[
        : len(text) // 3 * 3 - 3
    ]  # whole groups of base45, so that what is missing is the stream's end
    for given in (text, cut):
        exec(compile(snippet, str(README), "exec"), {"text": given})  # noqa: S102 - our own README
    valid, refused = capsys.readouterr().out.splitlines()
    assert valid.startswith("甲示例 示范市卫生健康委员会")
    assert refused == "refused ZLIB_INVALID"
