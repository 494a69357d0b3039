"""What customers sign: redemptions and subscriptions, with a key at hand or in a wallet somewhere else."""

from __future__ import annotations

import json
from typing import Any

from tests.journeys.shop import ANVIL, Shop

# One customer for each test: a balance and a nonce are nobody else's.
REDEEMER, FAR, LISTENER, LEAVER, SPENDER = ANVIL[1:6]


def sign(message: dict[str, Any], index: int) -> str:
    """What a wallet does with a message it is shown: nothing of the program's own takes part in it."""
    from eth_account import Account

    Account.enable_unaudited_hdwallet_features()
    account = Account.from_mnemonic("test " * 11 + "junk", account_path=f"m/44'/60'/0'/0/{index}")
    return "0x" + bytes(account.sign_typed_data(full_message=message).signature).hex()


def test_redeems_with_a_key_at_hand(shop: Shop) -> None:
    """A customer spends 50 of 120 points: signed by one of Anvil's accounts, burnt on chain, once per reference."""
    command = ("points", "redeem", "anvil1", "50", "--reference", "till-1", "--sign-with-anvil", "1")
    assert shop.refuses(*command[:-1], "2") == [
        f"Error: the key is that of {ANVIL[2]}, but {REDEEMER} must sign; use the customer's own"
    ]
    assert shop(*command).out == f'Queued: 50 points of {REDEEMER} spent on "till-1". Next: loyalty send\n'
    shop("send", "--yes")
    known = shop(*command).out
    assert known.startswith(f'Known already: 50 points of {REDEEMER} spent on "till-1"; it is final, in 0x')
    moves = shop("points", "history", "anvil1", "--json").lines
    assert [(m["what"], m["amount"], m["balance"]) for m in moves] == [("award", 120, 120), ("redeem", -50, 70)]


def test_redeems_with_a_wallet_elsewhere(shop: Shop) -> None:
    """The message is printed for any wallet to sign, and comes back with its signature; nothing else passes for it."""
    asked = shop("points", "redeem", "anvil2", "10", "--reference", "till-2")
    assert asked.json["primaryType"] == "Redeem"
    assert asked.err.startswith(f"Next: keep this as request.json, have {FAR} sign it")
    shop.write("request.json", asked.out)
    redeem = ("points", "redeem", "anvil2", "10", "--reference", "till-2", "--signature", sign(asked.json, 2))
    told = "Error: {} is not for this: its {}; give the file that was signed"
    assert shop.refuses(*redeem[:3], "9", *redeem[4:], "--request", "request.json") == [
        told.format("request.json", "amount is 10, not 9")
    ]
    elsewhere = asked.json | {"domain": asked.json["domain"] | {"chainId": 1}}
    assert shop.refuses(*redeem, "--request", "-", stdin=json.dumps(elsewhere)) == [
        told.format("-", "domain is another contract's or chain's, not this program's")
    ]
    assert shop.refuses(*redeem, "--request", "loyalty.toml") == [
        "Error: loyalty.toml is not a message that this command printed; print it again without --signature"
    ]
    assert shop(*redeem, "--request", "request.json", "--json").json["new"]
    shop("send", "--yes")
    assert shop("points", "balance", FAR, "--json").json["points"] == 0


def test_spending_what_is_not_there_fails_alone(shop: Shop) -> None:
    """A redemption of more than there is fails with the contract's reason and exit code 1; what else was queued is sent."""
    shop("points", "redeem", "anvil5", "99", "--reference", "till-5", "--sign-with-anvil", "5")
    shop("points", "award", "anvil5", "99", "--key", "spend-5")
    sent = shop("send", "--yes", code=1)
    assert sent.said.startswith("Sent 1 operation in 1 transaction: ")
    assert sent.err.splitlines() == [
        f'points.redeem "till-5" for {SPENDER} failed: points: balance is too low',
        "Error: not everything was sent, and nothing is lost: correct that, then: loyalty retry && loyalty send",
    ]
    retried = shop("retry").out.splitlines()
    assert retried == [
        'points.redeem "till-5" had failed: points: balance is too low',
        "1 operation queued again. Next: loyalty send",
    ]
    assert shop("send", "--yes").said == "Next: loyalty audit reconcile"
    assert shop("retry").said == "Nothing has failed."


def test_a_subscriber_is_not_spammed(shop: Shop) -> None:
    """What a customer did not ask for is spam; from the moment they have signed, it is not."""
    assert shop("notify", "inbox", "anvil3", "--json").out == ""
    asked = shop("notify", "subscribe", "anvil3")
    shop.write("subscribe.json", asked.out)
    signed = ("--request", "subscribe.json", "--signature", sign(asked.json, 3))
    assert shop("notify", "subscribe", "anvil3", *signed).out == (
        f"Queued: {LISTENER} joins the channel. Next: loyalty send\n"
    )
    shop("notify", "send", "Doors open at six", "See you tonight", "--all", "--key", "doors")
    shop("send", "--yes")
    inbox = shop("notify", "inbox", "anvil3", "--json").lines
    assert {(one["title"], one["spam"]) for one in inbox} >= {("Doors open at six", False), ("Early", False)}


def test_a_subscriber_leaves(shop: Shop) -> None:
    """A customer who signs that they leave gets no more of what goes to all."""
    assert shop("notify", "unsubscribe", "anvil4", "--sign-with-anvil", "4").out == (
        f"Queued: {LEAVER} leaves the channel. Next: loyalty send\n"
    )
    shop("notify", "send", "Still there?", "Nobody is", "--all", "--key", "leaver")
    shop("send", "--yes")
    assert shop("notify", "inbox", LEAVER, "--spam", "--json").out == ""


def test_a_keystore_signs_too(shop: Shop) -> None:
    """A customer's keystore signs with the passphrase in the environment; a wrong one, or none, says so."""
    from eth_account import Account

    Account.enable_unaudited_hdwallet_features()
    key = Account.from_mnemonic("test " * 11 + "junk", account_path="m/44'/60'/0'/0/1").key
    shop.write("ana.json", json.dumps(Account.encrypt(key, "open sesame", kdf="pbkdf2", iterations=1000)))
    command = ("points", "redeem", "anvil1", "5", "--reference", "till-ks", "--sign-with", "ana.json", "--dry-run")
    assert shop.refuses(*command) == ['Error: keystore "ana.json" needs its passphrase; set LOYALTY_PASSPHRASE']
    assert shop.refuses(*command, LOYALTY_PASSPHRASE="no") == [
        f"Error: the passphrase does not open {shop.folder / 'ana.json'}; try again"
    ]
    told = shop(*command, LOYALTY_PASSPHRASE="open sesame").out
    assert told == f'Would be queued: 5 points of {REDEEMER} spent on "till-ks". Nothing was written.\n'
    typed = shop.on_terminal(*command, types="open sesame\n", at="Passphrase of keystore ana.json")
    assert (typed.out, typed.code) == (told, 0)
    assert "sesame" not in typed.err, "what is typed must not be shown"
