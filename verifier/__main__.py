"""``python -m verifier`` is ``yizheng-verify``."""

from verifier.cli import main

main(prog_name="yizheng-verify")
