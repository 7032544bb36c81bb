"""``make demo``: from an empty folder to a forged code refused, with the real commands.

Every line that starts with ``$`` is a command that is really run, in a temporary folder. The checks run
in a process that cannot open a connection: ``socket`` and ``ssl`` are barred from import. The demonstration
fails, with exit status 1, when any command ends otherwise than told.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.panel import Panel

from credential import envelope, qr
from issuer.demo_portraits import portrait

ISSUER = "https://yizheng.example/i/11"
FACTS: dict[str, Any] = {
    "name": "甲示例",
    "licence_number": "110110105000123",
    "gender": "male",
    "level": "physician",
    "category": 10,
    "scopes": ["内科专业", "全科医学专业"],
    "place": 11,
    "institution": "示范市第一人民医院",
    "title": 233,
    "approved_on": "2022-11-07",
    "filings": [
        {
            "institution": "示范市第二医院",
            "scopes": ["内科专业"],
            "from": "2026-01-01",
            "to": "2026-12-31",
        }
    ],
    "version": 1,
}

# The offline verifier: as installed, but with no way to a network.
_OFFLINE = (
    "import sys; sys.modules['socket'] = sys.modules['ssl'] = None; "
    "from verifier.cli import main; main(prog_name='yizheng-verify')"
)


@dataclass
class Walk:
    """One walk through the commands in ``folder``, telling on ``console`` what it does."""

    folder: Path
    console: Console
    step: int = 0

    def say(self, chinese: str, english: str) -> None:
        self.step += 1
        self.console.print(Panel(f"{chinese}\n[dim]{english}[/dim]", title=str(self.step)))

    def run(self, *args: str, expect: int = 0) -> str:
        """Runs ``yizheng-issue …`` or ``yizheng-verify …``, shows it, and gives its output."""
        program, *rest = args
        start = (
            ["-m", "issuer", "--home", "home"] if program == "yizheng-issue" else ["-c", _OFFLINE]
        )
        shown = ["--home", "home", *rest] if program == "yizheng-issue" else rest
        self.console.print(
            f"$ {program} {' '.join(_short(arg) for arg in shown)}", style="cyan", markup=False
        )
        done = subprocess.run(  # noqa: S603 - our own interpreter, our own arguments
            [sys.executable, *start, *rest],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        output = done.stdout + done.stderr
        self.console.print(_shorter(output), markup=False, highlight=False, end="")
        if done.returncode != expect:
            raise SystemExit(f"expected exit status {expect}, got {done.returncode}")
        return done.stdout

    def issue(self, kind: str, *more: str) -> dict[str, Any]:
        out = self.run(
            "yizheng-issue",
            kind,
            "--facts",
            "facts.json",
            "--photo",
            "portrait.png",
            "--form",
            "link",
            *more,
        )
        issued: dict[str, Any] = json.loads(out)
        return issued


def main() -> None:
    """Runs the demonstration; nothing of it stays."""
    os.environ["YIZHENG_KEY_PASSPHRASE"] = secrets.token_urlsafe(24)
    console = Console(width=100, soft_wrap=True)
    with tempfile.TemporaryDirectory(prefix="yizheng-demo-") as name:
        walk(Path(name), console)
    console.print(
        "[bold green]✔ 演示完成：一切如所述。 Done: everything ended as told.[/bold green]"
    )


def walk(folder: Path, console: Console) -> None:
    """The demonstration in ``folder``."""
    go = Walk(folder, console)
    (folder / "facts.json").write_text(json.dumps(FACTS, ensure_ascii=False), "utf-8")
    (folder / "portrait.png").write_bytes(portrait(1))

    go.say(
        "建立签发机关：信任锚、密钥、信任清单、状态清单。",
        "Set up an authority: trust anchor, keys, trust list, status list.",
    )
    go.run(
        "yizheng-issue",
        "init",
        "--issuer",
        ISSUER,
        "--name",
        "示范市卫生健康委员会",
        "--name-en",
        "Demo Health Commission",
        "--region",
        "11",
    )

    go.say(
        "为一位（虚构的）医师签发电子证照、工牌、电子身份码，画成二维码。",
        "Issue a licence, a badge and an identity code for an invented physician, drawn as QR codes.",
    )
    licence = go.issue("licence", "--out", "licence.png")
    badge = go.issue("badge", "--out", "badge.png")
    code = go.issue("identity-code", "--out", "code.png")

    go.say(
        "断网读取图片并核验：三张都有效。",
        "Read the pictures and check them without a network: all valid.",
    )
    check = ("yizheng-verify", "check", "--trust", "home/trust")
    go.run(*check, "licence.png", "badge.png", "code.png")

    go.say(
        "身份码只活三十秒：第 29 秒有效，第 30 秒已过期。",
        "An identity code lives 30 seconds: good in the 29th, over in the 30th.",
    )
    issued = datetime.fromtimestamp(code["iat"], UTC)
    go.run(*check, "--at", (issued + timedelta(seconds=29)).isoformat(), "code.png")
    go.run(*check, "--at", (issued + timedelta(seconds=30)).isoformat(), "code.png", expect=1)

    go.say("改动一个字节：签名不符。", "Change one byte: the signature does not hold.")
    forged = _forged(licence["text"])
    (folder / "forged.png").write_bytes(qr.png(forged, "licence"))
    go.run(*check, "forged.png", expect=1)

    go.say(
        "暂停证照、吊销工牌，公布新的状态清单，核验方更新后断网核验。",
        "Suspend the licence, revoke the badge, publish, let the verifier update, check offline.",
    )
    go.run("yizheng-issue", "status", licence["cti"], "suspend")
    go.run("yizheng-issue", "status", badge["cti"], "revoke")
    go.run("yizheng-issue", "publish")
    go.run("yizheng-verify", "update", "--trust", "home/trust", "home/public/bundle")
    go.run(*check, "licence.png", "badge.png", expect=1)

    go.say(
        "恢复证照后又有效；工牌一经吊销，永远无效。",
        "Resumed, the licence is valid again; a revoked badge never is.",
    )
    go.run("yizheng-issue", "status", licence["cti"], "resume")
    go.run("yizheng-issue", "status", badge["cti"], "resume", expect=1)
    go.run("yizheng-issue", "publish")
    go.run("yizheng-verify", "update", "--trust", "home/trust", "home/public/bundle")
    go.run(*check, "licence.png")

    go.say(
        "九十天后信任清单已过期：不说有效，也不说是假的。",
        "Ninety days on the trust list has expired: neither valid nor called a forgery.",
    )
    later = datetime.fromtimestamp(licence["iat"], UTC) + timedelta(days=91)
    go.run(*check, "--at", later.isoformat(), "licence.png", expect=2)


def _forged(text: str) -> str:
    """The same code with one byte of its content changed."""
    host = text.removeprefix("https://").partition("/")[0]
    message = bytearray(envelope.unwrap(text, hosts=[host]))
    message[len(message) // 2] ^= 1
    return envelope.link(bytes(message), host=host)


def _short(argument: str) -> str:
    return argument if len(argument) <= 40 else f"{argument[:37]}…"


def _shorter(output: str) -> str:
    """Each line as a person can follow it; the commands' JSON is long."""
    return "".join(
        (line if len(line) <= 300 else f"{line[:140]} … {line[-150:]}") + "\n"
        for line in output.splitlines()
    )


if __name__ == "__main__":
    main()
