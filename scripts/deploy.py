"""Deploy a program's contracts with an ape account: a Ledger, a keystore, or on a Safe's behalf.

    ape run deploy                                                    a throwaway local chain, its first account
    ape run deploy --network base:sepolia --account brand --owner 0x<safe> --only points,poap
    loyalty deploy                                                    the program takes them as its own

The bytecode is that of loyalty/artifacts, the very bytes `loyalty deploy` sends. Names, budgets and terms come from the
loyalty.toml of --program. The owner may be another account than the one that pays: it need not sign anything here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ape
import click
from ape.api import AccountAPI, ProviderAPI
from ape.cli import AccountAliasPromptChoice, ConnectedProviderCommand
from ape.contracts import ContractContainer
from ethpm_types import ContractType

from loyalty import settings as loyalty_toml
from loyalty import units
from loyalty.deploy import arguments
from loyalty.outbox.wire import CONTRACTS
from loyalty.storage import Storage

ARTIFACTS = Path(__file__).resolve().parent.parent / "loyalty" / "artifacts"


@click.command(cls=ConnectedProviderCommand)
@click.option("--account", help="ape account that signs and pays. On a local chain: a test account, if none is named.")
@click.option(
    "--owner", help="Who owns the contracts, for example a Safe. Default: what loyalty.toml says, else --account."
)
@click.option("--issuer", help="Who may award. Default: what loyalty.toml says, else --account.")
@click.option("--only", default="", help="Nouns, with commas between: points,poap. Default: every contract there is.")
@click.option(
    "--program", default=".", type=click.Path(exists=True, path_type=Path), help="Folder of the loyalty.toml."
)
@click.option("--dry-run", is_flag=True, help="Say what would be deployed, and send nothing.")
def cli(provider: ProviderAPI, account: str, owner: str, issuer: str, only: str, program: Path, dry_run: bool) -> None:
    """Deploy the contracts of loyalty.toml, and write where they stand so that `loyalty deploy` takes them as its own."""
    signer = _signer(account, provider)
    ends_here = getattr(provider, "process", None) is not None  # an Anvil that ape started ends with this command
    done: dict[str, Any] = {}
    points = _standing(program, provider.chain_id).get("points", {}).get("address", "")
    for noun in _nouns(only):
        if noun == "rewards" and not points and not dry_run:
            raise click.UsageError("Rewards sells for points: deploy points before, or with it")
        artifact = json.loads((ARTIFACTS / f"{CONTRACTS[noun]}.json").read_text(encoding="utf-8"))
        given = _constructor_arguments(program, noun, str(signer.address).lower(), owner or "", issuer or "", points)
        click.echo(f"{CONTRACTS[noun]}({', '.join(map(repr, given))})", err=True)
        if not dry_run:
            done[noun] = _deploy(signer, artifact, given)
            points = done.get("points", {}).get("address", points)
            if not ends_here:  # written after each one, so that a refusal halfway loses nothing that stands
                _write(program, provider.chain_id, done)
    for noun, deployment in done.items():
        click.echo(f"{noun:10}{deployment['address']}")


def _nouns(only: str) -> list[str]:
    asked = [noun.strip() for noun in only.split(",") if noun.strip()]
    if unknown := set(asked) - set(CONTRACTS):
        raise click.UsageError(f"there is no {', '.join(sorted(unknown))}; the nouns are {', '.join(CONTRACTS)}")
    return asked or list(CONTRACTS)


def _signer(alias: str | None, provider: ProviderAPI) -> AccountAPI:
    if alias:
        return AccountAliasPromptChoice().convert(alias, None, None)
    if not provider.network.is_dev:
        raise click.UsageError(
            f"name who signs on {provider.network.name}: --account ALIAS (see: ape accounts list --all)"
        )
    return ape.accounts.test_accounts[0]


def _constructor_arguments(program: Path, noun: str, signer: str, owner: str, issuer: str, points: str) -> list[Any]:
    """What `loyalty deploy` would give the constructor, with checksums, as ape wants addresses."""
    path = program / loyalty_toml.FILE
    if path.is_file():
        settings = loyalty_toml.load(path)
    else:  # a look at the contracts alone: nothing of it is kept
        settings = loyalty_toml.Settings(
            program,
            "Loyalty",
            loyalty_toml.KNOWN["local"],
            program / "ledger.db",
            storage=loyalty_toml.StorageSettings(kind="data"),
        )
    storage = Storage(settings.storage.kind, settings.state / "storage", settings.storage.ipfs)
    given = arguments(settings, storage, noun, signer, owner=owner, issuer=issuer, points=points)
    return [units.checksum(one) if isinstance(one, str) and units.is_address(one) else one for one in given]


def _deploy(signer: AccountAPI, artifact: dict[str, Any], arguments: list[Any]) -> dict[str, Any]:
    contract = ContractContainer(
        ContractType(
            contractName=artifact["contractName"],
            abi=artifact["abi"],
            deploymentBytecode={"bytecode": artifact["bytecode"]},
        )
    )
    instance = signer.deploy(contract, *arguments)
    receipt = instance.creation_metadata.receipt
    return {
        "address": str(instance.address),
        "block_number": receipt.block_number,
        "source": artifact["sourceSha256"],
        "transaction": receipt.txn_hash,
    }


def _write(program: Path, chain_id: int, deployments: dict[str, Any]) -> None:
    """Add to what stands on this chain, beside the program's ledger."""
    path = _file(program, chain_id)
    path.parent.mkdir(exist_ok=True)
    text = json.dumps({"chain_id": chain_id, "contracts": _standing(program, chain_id) | deployments}, indent=2)
    path.write_text(text + "\n", encoding="utf-8")
    click.echo(f"wrote {path}", err=True)


def _standing(program: Path, chain_id: int) -> dict[str, Any]:
    """What was deployed here before."""
    path = _file(program, chain_id)
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["contracts"] if path.exists() else {}
    return found


def _file(program: Path, chain_id: int) -> Path:
    return program / ".loyalty" / f"deployed-{chain_id}.json"
