"""``python -m issuer`` is ``yizheng-issue``."""

from issuer.cli import main

main(prog_name="yizheng-issue")
