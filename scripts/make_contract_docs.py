"""Write the function and event lists of docs/contracts.md from the artifacts, or with --check say whether they are up to date.

python scripts/make_contract_docs.py [--check]

The prose of the page is written by hand. Each list stands between two marks, and only what is between them is replaced.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs" / "contracts.md"
ARTIFACTS = ROOT / "loyalty" / "artifacts"

MARKS = re.compile(r"(<!-- made from loyalty/artifacts/(\w+)\.json -->\n).*?(<!-- end -->)", re.S)

# What the modules export is told once, in the page's section on them: artifacts carry no NatSpec of it.
SHARED = {
    "owner", "pending_owner", "offer_ownership", "accept_ownership", "guardian", "paused_until", "set_guardian", "pause",
    "unpause", "set_issuer", "stop_issuer", "is_issuer", "budget_of", "batch_spent", "number_spent",
    "cancel_numbers",
    "OwnershipOffered", "OwnershipTransferred", "GuardianSet", "Paused", "Unpaused", "IssuerSet", "NumberSpent",
}  # fmt: skip

# The compiler's own getters have no NatSpec either.
GETTERS = {
    "VALIDITY_MONTHS": "How many months points stay valid after the month of the award; 0 = for ever.",
    "OPEN_LOOP": "Whether customers may send points to each other.",
    "allowance": "What a spender may still send of an account's points.",
    "is_partner": "Whether an account takes part in the closed loop.",
    "is_shop": "Whether a contract may burn customers' points for what it sells.",
    "is_frozen": "Whether an account is stopped from spending and sending.",
    "contractURI": "Metadata of the collection (ERC-7572).",
    "name": "The name.",
    "symbol": "The short name.",
    "event_count": "How many events there are.",
    "event_at": "An event's number, in the order of creation from 0; 0 past the last.",
    "is_event_issuer": "Whether an account is one of an event's own issuers.",
    "is_service_centre": "Whether an account may write services into the histories of items.",
    "isApprovedForAll": "Whether an operator may move all of a holder's tokens, as far as they can be moved.",
    "POINTS": "The Points contract that rewards are bought with.",
    "order_count": "How many orders there are; they are numbered from 1.",
    "uri": "Metadata of a reward, as it was put on offer.",
    "NAME_HASH": "keccak-256 of the name.",
    "DOMAIN_TYPEHASH": "EIP-712 type hash of the domain, which has no version.",
    "SUBSCRIBE_TYPEHASH": "EIP-712 type hash of Subscribe.",
    "UNSUBSCRIBE_TYPEHASH": "EIP-712 type hash of Unsubscribe.",
    "SEND_NOTIFICATION_TYPEHASH": "EIP-712 type hash of SendNotification.",
    "isMigrationComplete": "True: there was nothing to import.",
    "chainName": "The chain's name, as deployed.",
    "chainID": "The chain's id at deployment.",
    "pushChannelAdmin": "The admin.",
    "governance": "The governance address; it has no rights.",
    "EPNSCoreAddress": "The Core contract; zero = none.",
    "PUSH_TOKEN_ADDRESS": "The PUSH token; not used here.",
    "usersCount": "How many users ever subscribed.",
    "mapAddressUsers": "A user by number, from 0.",
    "delegatedNotificationSenders": "Whether a delegate may send for a channel.",
    "nonces": "The nonce of a signer's next message.",
}


def lists(contract: str) -> str:
    """A contract's own functions and events, one line each."""
    artifact: dict[str, Any] = json.loads((ARTIFACTS / f"{contract}.json").read_text(encoding="utf-8"))
    abi = [entry for entry in artifact["abi"] if entry.get("name") not in SHARED]
    functions: dict[str, dict[str, Any]] = {}
    for entry in abi:
        if entry["type"] == "function":
            # A default argument makes two functions of one name: the longer one tells of both.
            functions[entry["name"]] = entry
    writes = [f for f in functions.values() if f["stateMutability"] == "nonpayable"]
    views = [f for f in functions.values() if f["stateMutability"] != "nonpayable"]
    events = [entry for entry in abi if entry["type"] == "event"]
    parts = [
        f"{artifact['runtimeBytes']:,} bytes on chain.",
        "**Functions that change something**",
        *[_function(artifact, one) for one in writes],
        "**Views**",
        *[_function(artifact, one) for one in views],
        "**Events**",
        *[f"- `{one['name']}({', '.join(_field(i) for i in one['inputs'])})`" for one in events],
    ]
    text = "\n".join(parts)
    return re.sub(r"\n(\*\*.+?\*\*)\n", r"\n\n\1\n\n", text) + "\n"


def _function(artifact: dict[str, Any], entry: dict[str, Any]) -> str:
    # A getter's arguments have no names of their own (arg0); their types say more.
    arguments = ", ".join(i["type"] if i["name"].startswith("arg") else i["name"].strip("_") for i in entry["inputs"])
    return f"- `{entry['name']}({arguments})`: {_told(artifact, entry)}"


def _told(artifact: dict[str, Any], entry: dict[str, Any]) -> str:
    """The NatSpec notice, or what it returns, or what a getter is for."""
    types = [i["type"] for i in entry["inputs"]]
    for count in (len(types), len(types) - 1):  # NatSpec stands at the shorter of two functions
        signature = f"{entry['name']}({','.join(types[:count])})"
        notice = artifact["userdoc"]["methods"].get(signature, {}).get("notice")
        returned = artifact["devdoc"]["methods"].get(signature, {}).get("returns", {}).get("_0")
        if notice or returned:
            return str(notice or returned)
    return GETTERS[entry["name"]]


def _field(entry: dict[str, Any]) -> str:
    return f"{entry['name'].strip('_')} indexed" if entry["indexed"] else str(entry["name"].strip("_"))


def main() -> None:
    """Fill in the lists, or compare them."""
    page = DOCS.read_text(encoding="utf-8")
    made = MARKS.sub(lambda found: found[1] + "\n" + lists(found[2]) + "\n" + found[3], page)
    if "--check" not in sys.argv[1:]:
        DOCS.write_text(made, encoding="utf-8")
        print(f"wrote {DOCS.relative_to(Path.cwd()) if DOCS.is_relative_to(Path.cwd()) else DOCS}")
    elif made != page:
        sys.exit("docs/contracts.md is not what the artifacts say; run: python scripts/make_contract_docs.py")


if __name__ == "__main__":
    main()
