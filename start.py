"""The `yizheng` command where the extra ``server`` may be missing: one line that says what to install."""

from __future__ import annotations

import sys

import click

OURS = ("app", "credential", "issuer", "registry", "verifier", "wallet")


def main() -> None:
    """Hands over to `app`; status 2 where a library of the server is not installed."""
    try:
        from app import main as yizheng  # noqa: PLC0415 - so that its absence can be told in words
    except ModuleNotFoundError as error:
        name = (error.name or "").partition(".")[0]
        if name in OURS:  # a fault of ours, not of the installation
            raise
        click.echo(
            f"yizheng: 缺少组件 {name}，请安装：pip install 'yizheng[server]' · "
            f"{name} is not installed: pip install 'yizheng[server]'",
            err=True,
        )
        sys.exit(2)
    yizheng()


if __name__ == "__main__":
    main()
