"""The documentation: its links lead somewhere, it knows every word of the library, and it speaks of the project alone."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import subprocess
import sys
import tomllib
from functools import cached_property
from pathlib import Path

import pytest

from loyalty import settings
from loyalty.admin import Admin
from loyalty.audit import Audit
from loyalty.claims import Claims
from loyalty.customers import Customers
from loyalty.links import Links
from loyalty.notify import Notify
from loyalty.poap import Poap
from loyalty.points import Points
from loyalty.program import Program
from loyalty.rewards import Rewards
from loyalty.service import Service, ServiceCentre
from loyalty.warranty import Warranty

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").glob("*.md")])
TEXTS = {page: page.read_text(encoding="utf-8") for page in PAGES}
WRITTEN = "\n".join(text for page, text in TEXTS.items() if page.name not in ("cli.md", "python.md"))
"""What people wrote, without the pages that are made from the code."""

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")

# Where this was made, and where packages come from, are no part of the project. Spelt apart, so as not to be found here.
BANNED = (
    str(ROOT), "TO" + "DO", "FIX" + "ME", "py" + "pi.org", "python" + "hosted.org", "npm" + "js.org",
    "npm" + "js.com", "docs." + "rs",
)  # fmt: skip


def anchors(text: str) -> set[str]:
    """The anchors that a page's headings give, as the common renderers make them."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    headings = re.findall(r"^#+ (.+)$", prose, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link names a file that is there, and every anchor a heading of its page."""
    for target in LINK.findall(TEXTS[page]):
        if target.startswith(("https://", "http://")):
            continue
        name, _, anchor = target.partition("#")
        found = (page.parent / name).resolve() if name else page
        assert found.exists(), f"{page.relative_to(ROOT)} links to {target}, which is not there"
        if anchor:
            assert anchor in anchors(found.read_text(encoding="utf-8")), f"{target} has no such heading"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_speaks_of_the_project_alone(page: Path) -> None:
    """No page names a folder of somebody's machine, a registry, or work that is left to do."""
    for word in BANNED:
        assert word not in TEXTS[page]


def test_every_page_can_be_found() -> None:
    """Each page of docs/ is linked from the README, or from a page that is."""
    linked, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        linked.add(page)
        for target in LINK.findall(TEXTS[page]):
            found = (page.parent / target.partition("#")[0]).resolve()
            if found in TEXTS and found not in linked:
                ahead.append(found)
    assert {page for page in PAGES if page.is_relative_to(ROOT / "docs")} <= linked


def test_every_command_is_explained() -> None:
    """Each command is used or named in what people wrote, not only in the reference."""
    import click

    from loyalty.cli.top import cli

    def commands(group: click.Group, words: str) -> list[str]:
        found: list[str] = []
        for name, command in group.commands.items():
            here = f"{words} {name}"
            found += commands(command, here) if isinstance(command, click.Group) else [here]
        return found

    missing = [words for words in commands(cli, "loyalty") if words not in WRITTEN and f"`{words[8:]}" not in WRITTEN]
    assert not missing


NOUNS: dict[str, type] = {
    "program": Program,
    "program.points": Points,
    "program.poap": Poap,
    "program.poap.link": Links,
    "program.warranty": Warranty,
    "program.warranty.claim": Claims,
    "program.warranty.service": Service,
    "program.warranty.service_centre": ServiceCentre,
    "program.rewards": Rewards,
    "program.notify": Notify,
    "program.admin": Admin,
    "program.customers": Customers,
    "program.audit": Audit,
}


@pytest.mark.parametrize(("spelled", "noun"), NOUNS.items(), ids=NOUNS)
def test_every_method_is_in_the_reference(spelled: str, noun: type) -> None:
    """Each public method and property of what a program is made of stands in docs/python.md."""
    page = TEXTS[ROOT / "docs" / "python.md"]
    inner = {"settings", "ledger", "storage", "outbox", "node", "signer", "signer_address", "open", "init"}
    for name, found in vars(noun).items():
        public = not name.startswith("_") and name not in (inner if noun is Program else ())
        if public and (inspect.isfunction(found) or isinstance(found, property | cached_property)):
            assert f"{spelled}.{name}(" in page or f"**`{name}`**" in page, name


@pytest.mark.parametrize("contract", ["Points", "Poap", "Warranty", "Rewards", "PushComm"])
def test_every_function_and_event_is_in_the_contracts_page(contract: str) -> None:
    """Whatever can be called on a contract, and whatever it tells, is named in docs/contracts.md."""
    page = TEXTS[ROOT / "docs" / "contracts.md"]
    abi = json.loads((ROOT / "loyalty" / "artifacts" / f"{contract}.json").read_text())["abi"]
    names = {entry["name"] for entry in abi if entry["type"] in ("function", "event")}
    assert not {name for name in names if f"`{name}(" not in page}


def test_every_setting_is_explained() -> None:
    """Each setting of loyalty.toml stands in docs/settings.md, and so does each variable that is read."""
    page = TEXTS[ROOT / "docs" / "settings.md"]
    tables = (settings.Network, settings.SignerSettings, settings.PointsSettings, settings.PoapSettings)
    tables += (settings.WarrantySettings, settings.NotifySettings, settings.StorageSettings)
    for table in tables:
        for field in dataclasses.fields(table):
            assert f"`{field.name}`" in page, f"{table.__name__}.{field.name}"
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "loyalty").rglob("*.py"))
    for variable in set(re.findall(r'"(LOYALTY_[A-Z_]+)"', sources)) - {"LOYALTY_CRASH_AT"}:
        assert variable in page, variable


def _toml_blocks() -> list[str]:
    return [block for text in TEXTS.values() for block in re.findall(r"^```toml\n(.*?)^```$", text, re.M | re.S)]


@pytest.mark.parametrize("block", _toml_blocks(), ids=lambda block: block.splitlines()[0])
def test_settings_that_are_shown_exist(block: str) -> None:
    """A piece of loyalty.toml that a page shows holds tables and settings that there are."""
    kinds = {"signer": settings.SignerSettings, "points": settings.PointsSettings, "poap": settings.PoapSettings}
    kinds |= {"rewards": settings.RewardsSettings, "webhooks": settings.WebhookSettings}
    kinds |= {"warranty": settings.WarrantySettings, "notify": settings.NotifySettings}
    kinds |= {"storage": settings.StorageSettings, "program": settings.ProgramSettings}
    for name, table in tomllib.loads(block).items():
        for values, kind in (
            [(v, settings.Network) for v in table.values()] if name == "networks" else [(table, kinds[name])]
        ):
            assert set(values) <= {field.name for field in dataclasses.fields(kind)}


@pytest.mark.parametrize("script", ["make_python_docs.py", "make_contract_docs.py"])
def test_made_pages_are_up_to_date(script: str) -> None:
    """The Python reference says what the docstrings say, the contracts' lists what the artifacts say."""
    done = subprocess.run([sys.executable, f"scripts/{script}", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_test_that_a_page_names_is_there() -> None:
    """A link whose text is a test's name leads to the file that holds that test."""
    named = [
        (page, name, (page.parent / target).resolve())
        for page in (ROOT / "docs").rglob("*.md")
        for name, target in re.findall(r"\[`(test_\w+)`\]\((\S+?)\)", page.read_text(encoding="utf-8"))
    ]
    assert len(named) > 50
    gone = [f"{page.name}: {name}" for page, name, path in named if f"def {name}(" not in path.read_text("utf-8")]
    assert not gone
