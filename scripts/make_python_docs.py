"""Write docs/python.md from the library's docstrings and signatures, or with --check say whether it is up to date.

python scripts/make_python_docs.py [--check]
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import loyalty
from loyalty import (
    admin,
    audit,
    claims,
    customers,
    deploy,
    epochs,
    errors,
    governed,
    intake,
    links,
    notify,
    poap,
    points,
    program,
    promised,
    queued,
    rewards,
    service,
    vouchers,
    warranty,
)
from loyalty.chain import anvil
from loyalty.ledger import batches, catalogue, people
from loyalty.outbox import Plan, Sent
from loyalty.outbox import plan as plans

DOCS = Path(__file__).resolve().parent.parent / "docs" / "python.md"
WIDTH = 100
INTRODUCTION = """\
# The Python library

Made from the docstrings by `scripts/make_python_docs.py`: change those, then run `make artifacts`.

```python
import loyalty

with loyalty.open("shop") as program:                        # the folder that holds loyalty.toml
    program.points.award("ada", 100, key="order-1001")       # queued: durable, and no node is asked
    program.send()                                           # on chain, exactly once
    print(program.points.balance("ada").points)
```

The library and the [command line](cli.md) say the same words: `loyalty points award` is `program.points.award()`.

- **who** is a wallet's address or a customer's id. An address is taken in any case; in mixed case its checksum must be right.
- **key** is yours: 1 to 200 printable ASCII characters without spaces. The same key with the same contents is the same operation
  (`new` is False), with other contents it raises `KeyReused`. Keys of different kinds do not meet.
- **amounts** are whole numbers in the token's unit, **times** unix seconds in UTC, **dates** ISO text (`2026-03-31`), money wei.
- Every error that is raised on purpose is a [`LoyaltyError`](#errors); its text gives the fact and the next step.
- Importing `loyalty` loads nothing heavy, and queueing opens no socket: see [howto/backend.md](howto/backend.md).
"""

# What a program is made of, and what its nouns are made of: `loyalty poap link create` is `program.poap.link.create()`.
NOUNS: dict[str, type] = {
    "points": points.Points,
    "poap": poap.Poap,
    "poap.link": links.Links,
    "warranty": warranty.Warranty,
    "warranty.claim": claims.Claims,
    "warranty.service": service.Service,
    "warranty.service_centre": service.ServiceCentre,
    "rewards": rewards.Rewards,
    "notify": notify.Notify,
    "admin": admin.Admin,
    "customers": customers.Customers,
    "audit": audit.Audit,
}
RESULTS = {
    "Of several nouns": (queued.Queued, intake.Taken, errors.BadRow),
    "Of the program": (program.Status, batches.Spending, Plan, plans.Line, Sent, deploy.Standing, anvil.Running),
    "Of points": (
        points.Balance,
        points.Lot,
        points.Movement,
        vouchers.Voucher,
        epochs.Published,
        epochs.Epoch,
        epochs.Proof,
        epochs.Claims,
    ),
    "Of poap": (poap.Created, poap.Shown, poap.Badge, poap.Holder, promised.BadgeVoucher, catalogue.Event),
    "Of poap.link": (links.Link, links.Made, links.Listed),
    "Of warranty": (warranty.Shown, warranty.Held, service.Entry),
    "Of warranty.claim": (claims.Shown,),
    "Of rewards": (rewards.Offered, rewards.Shown, rewards.Order, rewards.Owned),
    "Of notify": (notify.Received,),
    "Of customers": (people.Customer, customers.Imported),
    "Of admin": (governed.Order, admin.Office, admin.Issuer, admin.EventIssuer),
    "Of audit": (audit.Books,),
}
# What stands in the classes for the library's own use.
_INNER = {"settings", "ledger", "storage", "outbox", "node", "signer", "signer_address"}


class _Bare:
    """An annotation or a default that prints as it is written."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def text() -> str:
    """The page."""
    parts = [
        INTRODUCTION,
        "## loyalty\n",
        *_function(loyalty.open, "loyalty.open"),
        *_function(loyalty.init, "loyalty.init"),
    ]
    parts += ["## Program\n", f"{_told(program.Program)}\n", *_members(program.Program, "program")]
    parts += ["### program.chain\n", f"{_told(anvil.LocalChain)}\n", *_members(anvil.LocalChain, "program.chain")]
    for name, noun in NOUNS.items():
        spelled = f"program.{name}"
        title = f"### {spelled}\n" if "." in name else f"## {noun.__name__}\n"
        parts += [title, f"`{spelled}`. {_told(noun)}\n", *_members(noun, spelled)]
    parts.append("## Results\n\nEach is a dataclass; `dataclasses.asdict` makes it a dictionary.\n")
    for heading, classes in RESULTS.items():
        parts.append(f"### {heading}\n")
        parts += [part for found in classes for part in _result(found)]
    parts += ["## Errors\n", *_errors()]
    return "\n".join(parts)


def _members(owner: type, spelled: str) -> Iterator[str]:
    """Properties as a list, then the methods, in the order of the source."""
    properties: list[str] = []
    methods: list[str] = []
    for name, found in vars(owner).items():
        if name.startswith("_") or name in _INNER:
            continue
        if isinstance(found, property | cached_property):
            getter = found.fget if isinstance(found, property) else found.func
            properties.append(f"- **`{name}`**: {_told(getter)}")
        elif inspect.isfunction(found):
            methods += _function(found, f"{spelled}.{name}")
    if properties:
        yield "\n".join(properties) + "\n"
    yield from methods


def _function(found: Any, spelled: str) -> Iterator[str]:
    yield f"```python\n{_signature(found, spelled)}\n```\n\n{_told(found)}\n"


def _signature(found: Any, spelled: str) -> str:
    """``program.points.award(who: str, …) -> Queued``, a parameter to a line where it is long."""
    signature = inspect.signature(found)
    parameters = [_parameter(one) for one in signature.parameters.values() if one.name != "self"]
    returned = signature.return_annotation
    arrow = "" if returned in ("None", inspect.Signature.empty) else f" -> {returned}"
    shown = [str(one) for one in inspect.Signature(parameters).parameters.values()]
    if any(one.kind is one.KEYWORD_ONLY for one in parameters):
        shown.insert(next(i for i, one in enumerate(parameters) if one.kind is one.KEYWORD_ONLY), "*")
    line = f"{spelled}({', '.join(shown)}){arrow}"
    if len(line) <= WIDTH:
        return line
    return f"{spelled}(\n" + "".join(f"    {one},\n" for one in shown) + f"){arrow}"


def _parameter(one: inspect.Parameter) -> inspect.Parameter:
    default = _Bare("...") if callable(one.default) and one.default is not one.empty else one.default
    return one.replace(annotation=_Bare(str(one.annotation)), default=default)


def _result(found: type) -> Iterator[str]:
    listed = [f"{one.name}: {one.type}" for one in dataclasses.fields(found)]
    computed = [
        f"- **`{name}`**: {_told(value.fget)}"
        for name, value in vars(found).items()
        if isinstance(value, property) and not name.startswith("_")
    ]
    yield f"**`{found.__name__}`** {_told(found)}\n\n```python\n" + "\n".join(listed) + "\n```\n"
    if computed:
        yield "\n".join(computed) + "\n"


def _errors() -> Iterator[str]:
    """The tree that errors.py opens with, and what each carries."""
    _, _, tree = inspect.cleandoc(errors.__doc__ or "").partition("\n\n")
    yield f"```text\n{tree}\n```\n"
    listed = [
        f"- **`{name}`**: {_told(found)}"
        for name, found in vars(errors).items()
        if inspect.isclass(found) and issubclass(found, errors.LoyaltyError)
    ]
    yield "\n".join(listed) + "\n"
    yield (
        "Those that a program catches most are in `loyalty` itself: "
        + ", ".join(f"`loyalty.{name}`" for name in loyalty.__all__ if inspect.isclass(getattr(loyalty, name)))
        + ". The others are in `loyalty.errors`.\n"
    )


def _told(found: Any) -> str:
    """A docstring as Markdown."""
    return re.sub(r"``(.+?)``", r"`\1`", inspect.getdoc(found) or "")


def main() -> None:
    """Write the page, or compare it."""
    if "--check" not in sys.argv[1:]:
        DOCS.parent.mkdir(exist_ok=True)
        DOCS.write_text(text(), encoding="utf-8")
        print(f"wrote {DOCS.relative_to(Path.cwd()) if DOCS.is_relative_to(Path.cwd()) else DOCS}")
    elif not DOCS.exists() or DOCS.read_text(encoding="utf-8") != text():
        sys.exit("docs/python.md is not what the docstrings say; run: python scripts/make_python_docs.py")


if __name__ == "__main__":
    main()
