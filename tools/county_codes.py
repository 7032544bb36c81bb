"""Writes credential/codelists/counties.json: present-day division codes of GB/T 2260 and their names.

Source: ``cn/loc.dat`` of python-stdnum, which follows the tables of zh.wikipedia.org. A code may have
carried several names; only the one whose period is still open is kept. Run it again after upgrading
python-stdnum: ``python tools/county_codes.py``.
"""

from __future__ import annotations

import json
import re
from importlib import metadata, resources
from pathlib import Path
from typing import Final

TARGET: Final = Path(__file__).parent.parent / "credential" / "codelists" / "counties.json"
_PROVINCE: Final = re.compile(r'(\d{2}) province="')
_DIVISION: Final = re.compile(r'  (\d{4}) county="([^"]+)"')
_PERIOD: Final = re.compile(r"(?:\[(\d{4})?-(\d{4})?\])?(.+)")


def present_names(source: str) -> dict[str, str]:
    """Six-digit code to the name it carries today; codes out of use are left out."""
    names: dict[str, str] = {}
    province = ""
    for line in source.splitlines():
        if opening := _PROVINCE.match(line):
            province = opening[1]
        elif row := _DIVISION.match(line):
            code = province + row[1]
            for part in row[2].split(","):
                period = _PERIOD.fullmatch(part)
                if period and not period[2] and not code.endswith("0000"):
                    names[code] = period[3]
    return names


def main() -> None:
    source = resources.files("stdnum.cn").joinpath("loc.dat").read_text("utf-8")
    header = (
        f"python-stdnum {metadata.version('python-stdnum')}, stdnum/cn/loc.dat, "
        "after zh.wikipedia.org 中华人民共和国行政区划代码 (CC BY-SA); present-day names only"
    )
    rows = ",\n".join(
        f"    {json.dumps(code)}: {json.dumps(name, ensure_ascii=False)}"
        for code, name in sorted(present_names(source).items())
    )
    TARGET.write_text(
        f'{{\n  "source": {json.dumps(header, ensure_ascii=False)},\n  "names": {{\n{rows}\n  }}\n}}\n',
        "utf-8",
    )


if __name__ == "__main__":
    main()
