"""P5: the command as a whole process, beside a python-cwt script and beside the bare imports it needs."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.texts import PEERS
from credential import qr
from tests import office
from verifier.trust import TrustStore

AT = office.at(office.NOW).isoformat()
ROOT = Path(__file__).resolve().parents[1]
# Without `site`: what a development venv runs at every start (setuptools' hook) is nobody's merit.
OURS = (sys.executable, "-S")
CWT = (
    "import sys, zlib, base45, cwt; from cwt import COSEKey\n"
    "kid, x, y = map(bytes.fromhex, sys.argv[2:])\n"
    "key = COSEKey.new({1: 2, 2: kid, 3: -7, -1: 1, -2: x, -3: y})\n"
    "print(cwt.decode(zlib.decompress(base45.b45decode(sys.argv[1])), key)[1])"
)
IMPORTS = (
    "import base45, cbor2, click, zxingcpp; from PIL import Image;"
    "from cryptography.hazmat.primitives.asymmetric import ec, ed25519"
)


def run(rounds: int) -> dict[str, Any]:
    """Milliseconds of processor time by process: medians over ``rounds``, in turn."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = TrustStore(folder / "trust")
        store.pin(office.pin())
        store.update(office.bundle().to_bytes(), now=office.NOW, older=lambda _version: None)
        text = office.text(office.issued())
        (folder / "code.png").write_bytes(qr.png(text, "licence"))
        check = [
            sys.executable,
            "-m",
            "verifier",
            "check",
            "--trust",
            str(folder / "trust"),
            "--at",
            AT,
        ]
        point = office.key("licence").public.cose_key
        commands = {
            "check TEXT": [*check, text],
            "check PNG": [*check, str(folder / "code.png")],
            "bare imports for a PNG": [*OURS, "-c", IMPORTS],
            "bare python": [*OURS, "-c", ""],
        }
        if PEERS.exists():
            x, y = (bytes(point[label]).hex() for label in (-2, -3))  # type: ignore[arg-type]
            commands["python-cwt"] = [
                str(PEERS),
                "-c",
                CWT,
                text,
                office.key("licence").kid.hex(),
                x,
                y,
            ]
        taken: dict[str, list[float]] = {what: [] for what in commands}
        for _ in range(rounds):
            for what, command in commands.items():
                taken[what].append(_processor_ms(command))
    return {what: round(median(times), 1) for what, times in taken.items()}


def _processor_ms(command: list[str]) -> float:
    # As installed, with compiled modules beside the sources, whatever this process was told.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    venv = Path(command[0]).parents[1]
    env["PYTHONPATH"] = os.pathsep.join([str(ROOT), *map(str, venv.glob("lib/*/site-packages"))])
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=env)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ((after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)) * 1000
