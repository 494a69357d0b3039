"""The command line: each command parses, calls one method of the library, and prints. One file per noun.

These modules import click and nothing heavier at their top: `loyalty --help` must not wait for web3 or SQLAlchemy.
"""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from loyalty.cli.top import cli

    cli(prog_name="loyalty", auto_envvar_prefix="LOYALTY")
