"""What a code means and what to say of it: the one table, ``reasons.json``.

FORMAT.md, the commands and the page take their words from it. A code is *refused* when something is
wrong, and *undetermined* when nothing is known to be wrong but something needed is missing or too old;
a *notice* stands beside a verdict and never instead of one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from credential.errors import Code
from credential.text import Text


@dataclass(frozen=True, slots=True)
class Reason:
    """One row: the step it belongs to, the verdict it means, its words."""

    step: str
    verdict: str
    text: Text


@cache
def reasons() -> dict[Code, Reason]:
    """The table, by code, in the order of the steps."""
    rows = json.loads(Path(__file__).with_name("reasons.json").read_text("utf-8"))
    return {
        Code(code): Reason(row["step"], row["verdict"], Text(row["zh"], row["en"]))
        for code, row in rows.items()
    }


def message(code: Code) -> Text:
    """What to say to a person, in Chinese and English."""
    return reasons()[code].text
