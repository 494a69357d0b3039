"""What a person sees: questions, a bar, ^C, and nothing that a stranger could draw on the screen with."""

from __future__ import annotations

import shlex
import signal
import sqlite3
import subprocess
import time

from tests.journeys.shop import LOYALTY, Shop, wallet


def test_asks_before_it_spends(shop: Shop) -> None:
    """The cost is shown and a person asked: no sends nothing, yes sends; where nobody can be asked, --yes is needed."""
    shop("points", "award", "c8", "5", "--key", "asked")
    unasked = shop("send", code=2)
    assert unasked.out.splitlines()[0].split() == ["WHAT", "OPERATIONS", "TRANSACTIONS", "GAS", "(ABOUT)"]
    assert unasked.out.splitlines()[-1].startswith("Cost: about 0.")
    assert unasked.err.splitlines()[-1] == "Error: nobody can be asked here; add --yes"
    no = shop.on_terminal("send", types="n\n", at="? [y/N]:")
    assert (no.code, no.err.splitlines()[-1]) == (
        1, "Error: you said no; nothing was sent. When it may be: loyalty send",
    )  # fmt: skip
    yes = shop.on_terminal("send", types="y\n", at="? [y/N]:")
    assert (yes.code, yes.out.splitlines()[-1]) == (0, "Next: loyalty audit reconcile")
    assert "Send 1 operation for about 0.0" in yes.err
    assert "[y/N]" not in yes.out, "the result is what is piped on"
    assert shop("points", "balance", "c8", "--json").json["points"] == 5


def test_interrupting_loses_nothing(shop: Shop) -> None:
    """^C ends with 130 and one line; what was queued is sent once, by the watch or by the next send."""
    watch = shop.started("send", "--watch", "--yes", "--every", "0.2")
    assert watch.stdout is not None
    try:
        while "Nothing is waiting" not in watch.stdout.readline():
            assert watch.poll() is None
        shop("points", "award", "c9", "5", "--key", "watched")
        assert watch.stdout.readline().startswith("Sent 1 operation in 1 transaction: ")
        watch.send_signal(signal.SIGINT)
        _, err = watch.communicate(timeout=30)
    finally:
        watch.kill()
    assert watch.returncode == 130
    assert err.strip() == "Interrupted. Nothing is lost: run the same command again and it goes on where it was."
    assert shop("points", "balance", "c9", "--json").json["points"] == 5


def test_watching_tells_a_reason_once(paper: Shop, node: str) -> None:
    """What waits, waits without a word after the first; a line every few seconds would hide the next one."""
    settings = paper.folder / "loyalty.toml"
    settings.write_text(settings.read_text().replace('network = "local"', 'network = "here"'))
    with settings.open("a") as file:
        file.write(f'[networks.here]\nrpc = "{node}"\nchain_id = 31337\n')
    paper("points", "award", "c1", "5", "--key", "k")
    watch = paper.started("send", "--watch", "--yes", "--every", "0.1")
    assert watch.stderr is not None
    try:
        first = watch.stderr.readline()
        time.sleep(1)
        watch.send_signal(signal.SIGINT)
        _, rest = watch.communicate(timeout=30)
    finally:
        watch.kill()
    assert first == "points.award waits: points is not deployed on chain 31337; run: loyalty deploy\n"
    assert rest.count("waits") == 0


HOSTILE = "\x1b[31mred\x1b]0;title\x07 \u202etxet \x9b2J[bold]x[/bold]"
SHOWN = "\N{REPLACEMENT CHARACTER}[31mred"


def drawn(text: str) -> set[str]:
    """The characters of a terminal's text that are neither letters nor line ends."""
    return {c for c in text if not c.isprintable() and c != "\n"}


def test_names_draw_nothing(paper: Shop) -> None:
    """Escape sequences in a file are shown as what they are, to people; programs get them as JSON's own escapes."""
    paper.write("customers.csv", f"customer_id,wallet,name\nhostile{HOSTILE},{wallet(300)},{HOSTILE}\n")
    paper("customers", "import", "customers.csv")
    for told in (paper("customers", "show", wallet(300)).out, paper("customers", "list").out):
        assert SHOWN in told
        assert not drawn(told)
    assert "[bold]x[/bold]" in paper("customers", "show", wallet(300)).out, "markup in data is data"
    machine = paper("customers", "show", wallet(300), "--json")
    assert machine.json["attributes"]["name"] == HOSTILE
    assert machine.out.isascii()


def test_errors_draw_nothing(paper: Shop) -> None:
    """A reason that repeats what somebody wrote is one printable line."""
    paper.write("awards.csv", f'customer_id,amount\n"{HOSTILE}\nnext",5\n')
    told = paper("points", "award", "awards.csv", code=1).err
    assert SHOWN in told
    assert (drawn(told), len(told.splitlines())) == (set(), 2)
    told = paper("customers", "show", HOSTILE, code=1).err
    assert not drawn(told)


def test_colour_is_for_terminals(paper: Shop) -> None:
    """Into a file or a pipe goes plain text."""
    assert "\x1b" not in paper("customers", "list", TERM="xterm-256color").out


def test_a_pipe_that_closes_is_no_bug(paper: Shop) -> None:
    """`loyalty customers list | head -1` ends quietly."""
    with sqlite3.connect(paper.folder / "ledger.db") as ledger:
        many = range(3000)  # more than a pipe holds
        ledger.executemany("INSERT INTO customers VALUES (?, '{}', 0)", [(f"many{n}",) for n in many])
        ledger.executemany(
            "INSERT INTO wallets (address, customer_id, created_at) VALUES (?, ?, 0)",
            [(wallet(1000 + n), f"many{n}") for n in many],
        )
    done = subprocess.run(
        f"{shlex.join(LOYALTY)} customers list | head -1", shell=True, cwd=paper.folder, capture_output=True, text=True
    )
    assert (done.stdout.split(), done.stderr) == (["CUSTOMER", "WALLET", "WALLETS"], "")
