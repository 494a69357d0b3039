"""Write docs/cli.md from the --help of every command, or with --check say whether it is up to date.

python scripts/make_cli_docs.py [--check]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from loyalty.cli.top import cli

DOCS = Path(__file__).resolve().parent.parent / "docs" / "cli.md"
WIDTH = 100
INTRODUCTION = """\
# The command line

Made from `--help` by `scripts/make_cli_docs.py`: change the commands, then run `make artifacts`.

Results go to stdout, everything else to stderr. The exit code is 0 when it worked, 1 when it did not (one line says
why, and what to do), 2 when the command was written wrongly, and 130 after ^C.
"""


def commands(command: click.Command, parent: click.Context | None = None) -> Iterator[tuple[str, click.Context]]:
    """A command and all below it, each with the words that call it."""
    name = "loyalty" if parent is None else str(command.name)
    settings = {**command.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH}
    context = click.Context(command, info_name=name, parent=parent, **settings)
    yield context.command_path, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from commands(below, context)


def text() -> str:
    """The page."""
    parts = [INTRODUCTION]
    for words, context in commands(cli):
        level = "##" if context.parent is None or context.parent.parent is None else "###"
        parts.append(f"{level} {words}\n\n```text\n{context.command.get_help(context)}\n```\n")
    return "\n".join(parts)


def main() -> None:
    """Write the page, or compare it."""
    if "--check" not in sys.argv[1:]:
        DOCS.parent.mkdir(exist_ok=True)
        DOCS.write_text(text(), encoding="utf-8")
        print(f"wrote {DOCS.relative_to(Path.cwd()) if DOCS.is_relative_to(Path.cwd()) else DOCS}")
    elif not DOCS.exists() or DOCS.read_text(encoding="utf-8") != text():
        sys.exit("docs/cli.md is not what --help says; run: python scripts/make_cli_docs.py")


if __name__ == "__main__":
    main()
