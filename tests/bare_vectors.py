"""Runs every vector with nothing installed but the verifier's own four libraries; no pytest."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests import vector_runner


def main() -> None:
    cases = vector_runner.cases()
    wrong = [case["name"] for case in cases if vector_runner.run(case) != case["expect"]]
    present = sorted({"PIL", "qrcode", "numpy", "flask", "sqlalchemy", "rich"} & set(sys.modules))
    print(f"{len(cases) - len(wrong)} of {len(cases)} vectors end as they should")
    if wrong or present or len(cases) < 150:
        sys.exit(f"wrong: {wrong}, imported though not needed: {present}")


if __name__ == "__main__":
    main()
