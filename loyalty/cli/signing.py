"""What a customer signs: printed for any wallet, signed here with a key at hand, or read back with its signature."""

from __future__ import annotations

import json as json_module
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from loyalty.cli import show

if TYPE_CHECKING:
    from loyalty.program import Program


_F = TypeVar("_F", bound=Callable[..., Any])
_NEW_EACH_TIME = ("number", "deadline", "nonce", "expiry")


@dataclass(frozen=True)
class Way:
    """How a message gets its signature, as the command line says it; none of it: somewhere else, from the printed message."""

    keystore: str | None
    anvil: int | None
    signature: str | None
    request: str | None

    @property
    def given(self) -> bool:
        """Whether there is a signature, or a key to make one with."""
        return self.keystore is not None or self.anvil is not None or self.signature is not None

    def check(self) -> None:
        """Refuse two ways at once, and half of one."""
        ways = [
            name
            for name, value in (
                ("--sign-with", self.keystore),
                ("--sign-with-anvil", self.anvil),
                ("--signature", self.signature),
            )
            if value is not None
        ]
        if len(ways) > 1:
            raise click.UsageError(f"{' and '.join(ways)} are two ways to sign; give one")
        if (self.signature is None) != (self.request is None):
            raise click.UsageError(
                "--signature and --request go together: the signature, and the file with the message that was signed"
            )


def options(command: _F) -> _F:
    """The options of a command that takes a customer's signature."""
    for option in (
        click.option("--request", metavar="FILE.json", help="The message that was signed, as this command printed it."),
        click.option("--signature", metavar="HEX", help="The signature that the customer's wallet gave."),
        click.option(
            "--sign-with-anvil",
            type=click.IntRange(0, 9),
            metavar="N",
            help="Sign with Anvil's N-th account, on chain 31337 alone.",
        ),
        click.option(
            "--sign-with", metavar="KEYSTORE", help="Sign with a keystore of this machine: a path, or an ape alias."
        ),
    ):
        command = option(command)
    return command


def signed(program: Program, way: Way, wallet: str, make: Callable[[], dict[str, Any]]) -> tuple[dict[str, Any], bytes]:
    """The message that ``wallet`` signed, and its signature. ``make`` gives the message as it would be printed now."""
    from loyalty.errors import SettingsError

    if way.signature is not None and way.request is not None:
        return _same(_read(way.request), make(), way.request), _bytes(way.signature)
    signer = _account(program, way).signer
    if signer.address != wallet:
        raise SettingsError(
            f"the key is that of {show.address(signer.address)}, but {show.address(wallet)} must sign; use the customer's own"
        )
    request = make()
    return request, signer.sign_typed(request)


def ask_to_sign(request: dict[str, Any], wallet: str, command: Sequence[str]) -> None:
    """Print the message that any wallet can sign, and say what to do with the signature."""
    show.emit(request)
    show.aside(
        f"Next: keep this as request.json, have {show.address(wallet)} sign it (eth_signTypedData_v4), then: {shlex.join(command)} --request request.json --signature 0x..."
    )


def _account(program: Program, way: Way) -> Program:
    """The same program with the customer's key as its signer: so the same rules hold for the key."""
    from loyalty.program import Program
    from loyalty.settings import SignerSettings

    theirs = SignerSettings(anvil=way.anvil, keystore=way.keystore or "")
    other = Program(replace(program.settings, signer=theirs), program.ledger)
    other.ask_passphrase = program.ask_passphrase
    return other


def _read(source: str) -> dict[str, Any]:
    from loyalty.errors import BadFile

    try:
        text = click.get_text_stream("stdin").read() if source == "-" else Path(source).read_text(encoding="utf-8")
        found = json_module.loads(text)
    except OSError as error:
        raise BadFile(f"{source} cannot be read: {(error.strerror or str(error)).lower()}") from error
    except ValueError:
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("message"), dict):
        raise BadFile(f"{source} is not a message that this command printed; print it again without --signature")
    return found


def _same(request: dict[str, Any], fresh: dict[str, Any], source: str) -> dict[str, Any]:
    """``request``, if it asks for what ``fresh`` does; only what is new in every message may differ."""
    from loyalty.errors import SettingsError

    def refuse(name: str, has: object, needs: object) -> SettingsError:
        return SettingsError(
            f"{source} is not for this: its {name} is {has}, not {needs}; give the file that was signed"
        )

    if request.get("primaryType") != fresh["primaryType"]:
        raise refuse("primaryType", request.get("primaryType"), fresh["primaryType"])
    if (request.get("domain"), request.get("types")) != (fresh["domain"], fresh["types"]):
        raise refuse("domain", "another contract's or chain's", "this program's")
    for name, needs in fresh["message"].items():
        has = str(request["message"].get(name))
        if name in _NEW_EACH_TIME and not has.isdecimal():
            raise refuse(name, has, "a number")
        if name not in _NEW_EACH_TIME and has.lower() != str(needs).lower():
            raise refuse(name, has, needs)
    return request


def _bytes(signature: str) -> bytes:
    from loyalty.errors import SettingsError

    try:
        return bytes.fromhex(signature.strip().removeprefix("0x"))
    except ValueError:
        raise SettingsError("the signature is not hexadecimal; copy it again, with its 0x") from None
