"""What every command shares: opening the program, asking, and the one place where an error becomes a line."""

from __future__ import annotations

import contextlib
import errno
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from loyalty.cli import show
from loyalty.errors import BadRows, LoyaltyError

if TYPE_CHECKING:
    from loyalty.program import Program

json_option = click.option("--json", is_flag=True, help="Print one JSON document.")
json_lines_option = click.option("--json", is_flag=True, help="Print one JSON object per line.")
dry_run_option = click.option("--dry-run", is_flag=True, help="Say what would come of it, and write nothing.")
dry_send_option = click.option(
    "--dry-run", is_flag=True, help="Say what would be sent and what it costs, and send nothing."
)
calldata_option = click.option(
    "--calldata", is_flag=True, help="Print target and data, for a Safe or another wallet to send; queue nothing."
)
yes_option = click.option("--yes", is_flag=True, help="Do not ask.")
skip_bad_option = click.option(
    "--skip-bad", is_flag=True, help="Take the good rows; the bad ones go to FILE.bad.csv with their reasons."
)

# Only these are the surroundings' fault; any other OSError is ours, and stays a traceback.
_SURROUNDINGS = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT)


class InOrder(click.Group):
    """A group that lists its commands in the order a person meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


class Top(InOrder):
    """The whole command line. What the library raises on purpose becomes one line and exit code 1; a bug stays a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except LoyaltyError as error:
            if isinstance(error, BadRows):
                for row in error.rows:
                    show.aside(f"{error.source} line {row.line}: {row.reason}")
            raise click.ClickException(show.clean(str(error))) from error
        except UnicodeEncodeError as error:
            raise click.ClickException("an argument or a file's text is not UTF-8; write it again") from error
        except OSError as error:
            if error.errno not in _SURROUNDINGS or not error.filename:
                raise
            why = (error.strerror or str(error)).lower()
            raise click.ClickException(show.clean(f"{error.filename} cannot be used: {why}")) from error
        except (KeyboardInterrupt, click.Abort):
            show.aside("\nInterrupted. Nothing is lost: run the same command again and it goes on where it was.")
            ctx.exit(130)


@contextlib.contextmanager
def opened(*, dry_run: bool = False) -> Iterator[Program]:
    """The program that the command works on; in a dry run it keeps nothing."""
    import loyalty

    with loyalty.open(folder()) as program:
        if dry_run:
            program.rehearse()
        if _asked():
            program.ask_passphrase = _ask_passphrase
        yield program


def folder() -> str:
    """The folder that the command line names, or the current one."""
    found: str = click.get_current_context().find_root().params["folder"]
    return found


def agreed(question: str, *, yes: bool) -> bool:
    """Whether to go on. Where nobody can be asked and --yes is absent, that is wrong usage: it must not hang."""
    if yes:
        return True
    if not _asked():
        raise click.UsageError("nobody can be asked here; add --yes")
    return click.confirm(question, err=True)


def wallet(program: Program, who: str) -> str:
    """The wallet meant by an address or a customer's id, as the library takes it."""
    from loyalty import units

    return units.address(who) if units.is_address(who) else program.customers.show(who).wallet


def _asked() -> bool:
    """Whether there is a person to ask; a service may have no standard input at all."""
    return sys.stdin is not None and sys.stdin.isatty()


def _ask_passphrase(keystore: str) -> str:
    found: str = click.prompt(f"Passphrase of keystore {show.clean(keystore)}", hide_input=True, err=True)
    return found
