"""``python -m registry`` is ``yizheng``. The command's parts meet in app.py, above all packages."""

from __future__ import annotations

import sys
from importlib import import_module


def main() -> None:
    """The command; one line instead of it where the libraries of the server are not installed."""
    try:
        app = import_module("app")
    except ModuleNotFoundError as error:
        if error.name == "app":
            raise
        sys.stderr.write(f"yizheng: {error.name} is missing; pip install 'yizheng[server]'\n")
        raise SystemExit(2) from None
    app.main(sys.argv[1:])


if __name__ == "__main__":
    main()
