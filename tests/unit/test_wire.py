"""wire: every kind of operation as a contract call, each encoded a second way."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_account.typed_transactions import TypedTransaction
from eth_utils import function_abi_to_4byte_selector
from eth_utils import function_signature_to_4byte_selector as selector
from hexbytes import HexBytes
from hypothesis import given
from hypothesis import strategies as st

from loyalty.chain import abi
from loyalty.chain import signer as signers
from loyalty.governed import FUNCTIONS
from loyalty.ledger.operations import Group, Operation
from loyalty.outbox import plan
from loyalty.outbox.wire import DROP_HEADER, GAS_CAP, KINDS
from loyalty.serials import token_id

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
SIGNER = "0xd8da6bf26964af9d7eed9e03e53415d37aa96045"
LONGEST_TRANSACTION = 128 * 1024
"""Bytes that geth's pool takes as one transaction."""

wallets = st.integers(1, 2**160 - 1).map(lambda n: f"0x{n:040x}")
words = st.binary(min_size=32, max_size=32).map(lambda b: "0x" + b.hex())
numbers = st.integers(0, 2**256 - 1)
plain = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def operation(wallet: str = SIGNER, amount: int = 0, subject: str = "", **args: Any) -> Operation:
    """An operation with what its encoding reads."""
    return Operation(1, "k", "", subject, wallet, None, amount, args, "", "queued", "", 0, 0)


def sent(kind: str, *members: Operation, number: int = 0) -> bytes:
    """The calldata of a batch."""
    return KINDS[kind].encode(number, SIGNER, members)


def call(signature: str, *values: Any) -> bytes:
    """Calldata by its function's signature, through eth_abi alone."""
    types = signature.partition("(")[2][:-1]
    return selector(signature) + encode(types.split(",") if types else [], values)


@given(numbers, st.lists(st.tuples(wallets, st.integers(1, 2**42 - 1)), min_size=2, max_size=20))
def test_awards_are_packed_as_the_contract_unpacks_them(number: int, owed: list[tuple[str, int]]) -> None:
    """One word each: the wallet in the high 160 bits, the amount in the low 96."""
    members = [operation(wallet, amount) for wallet, amount in owed]
    packed = [int(wallet, 16) << 96 | amount for wallet, amount in owed]
    assert sent("points.award", *members, number=number) == call("award(uint256,uint256[])", number, packed)


@given(numbers, wallets, st.integers(1, 2**42 - 1))
def test_a_single_award_has_a_call_of_its_own(number: int, wallet: str, amount: int) -> None:
    """One award takes the cheaper function, without an array."""
    expected = call("award_one(uint256,address,uint256)", number, wallet, amount)
    assert sent("points.award", operation(wallet, amount), number=number) == expected


@given(numbers, wallets, st.integers(1, 2**42 - 1), words, plain)
def test_revocations(number: int, wallet: str, amount: int, reference: str, reason: str) -> None:
    """A revocation names wallet, amount, the reference's hash and the reason."""
    expected = call(
        "revoke(uint256,address,uint256,bytes32,string)", number, wallet, amount, bytes.fromhex(reference[2:]), reason
    )
    assert (
        sent("points.revoke", operation(wallet, amount, reference=reference, reason=reason), number=number) == expected
    )


@given(wallets, st.integers(1, 2**42 - 1), words, numbers, st.integers(0, 2**40), st.binary(min_size=65, max_size=65))
def test_redemptions(wallet: str, amount: int, reference: str, number: int, deadline: int, signature: bytes) -> None:
    """A redemption carries the customer's own number, kept as text because JSON readers cut large numbers, and the signature."""
    made = operation(
        wallet, amount, reference=reference, number=str(number), deadline=deadline, signature="0x" + signature.hex()
    )
    values = (wallet, amount, bytes.fromhex(reference[2:]), number, deadline, signature)
    assert sent("points.redeem", made) == call("redeem_for(address,uint256,bytes32,uint256,uint256,bytes)", *values)


@given(wallets, wallets, st.integers(1, 2**42 - 1), numbers, st.integers(0, 2**40), st.binary(min_size=1, max_size=99))
def test_vouchers_for_points(
    issuer: str, wallet: str, amount: int, number: int, deadline: int, signature: bytes
) -> None:
    """A voucher is sent as it was signed: by whom, for whom, and its number as text because JSON readers cut large numbers."""
    args = {"issuer": issuer, "number": str(number), "start": 7, "deadline": deadline}
    made = operation(wallet, amount, signature="0x" + signature.hex(), **args)
    values = (issuer, wallet, amount, number, 7, deadline, signature)
    signed = "award_for(address,address,uint256,uint256,uint256,uint256,bytes)"
    assert sent("points.voucher", made) == call(signed, *values)


@given(st.lists(numbers, min_size=1, max_size=20))
def test_withdrawals(withdrawn: list[int]) -> None:
    """Vouchers are withdrawn by their numbers, many at once."""
    made = [operation(number=str(number)) for number in withdrawn]
    assert sent("points.withdraw", *made) == call("cancel_numbers(uint256[])", withdrawn)


@given(numbers, words, st.integers(1, 2**42 - 1))
def test_epochs(number: int, root: str, added: int) -> None:
    """An epoch is its root and what it adds."""
    expected = call("publish_epoch(uint256,bytes32,uint256)", number, bytes.fromhex(root[2:]), added)
    assert sent("points.epoch", operation(amount=added, subject=root), number=number) == expected


claims = st.tuples(wallets, st.integers(1, 2**88 - 1), st.lists(words, max_size=4))


@given(st.lists(claims, min_size=1, max_size=10))
def test_claims_are_packed_as_the_contract_unpacks_them(claimed: list[tuple[str, int, list[str]]]) -> None:
    """The wallet in the high 160 bits, then 8 for the length of its proof and 88 for the amount; all proofs in one array, in order."""
    made = [operation(wallet, cumulative=amount, proof=proof) for wallet, amount, proof in claimed]
    packed = [
        int.from_bytes(bytes.fromhex(wallet[2:]) + len(proof).to_bytes(1) + amount.to_bytes(11))
        for wallet, amount, proof in claimed
    ]
    proofs = [bytes.fromhex(one[2:]) for _, _, proof in claimed for one in proof]
    assert sent("points.claim", *made) == call("claim_many(uint256[],bytes32[])", packed, proofs)


def _ordered(noun: str, function: str, *arguments: Any) -> bytes:
    made = operation(subject=function, arguments=list(arguments))
    return sent(f"admin.{noun}", replace(made, kind=f"admin.{noun}"))


@given(wallets, st.integers(1, 2**64 - 1), st.integers(1, 2**32 - 1))
def test_orders_are_the_function_and_its_arguments(wallet: str, budget: int, period: int) -> None:
    """What an owner orders is the contract's own function, on any of the contracts."""
    for noun in ("points", "poap", "warranty"):
        expected = call("set_issuer(address,uint256,uint256)", wallet, budget, period)
        assert _ordered(noun, "set_issuer", wallet, budget, period) == expected
    assert _ordered("points", "set_partner", wallet, False) == call("set_partner(address,bool)", wallet, False)
    assert _ordered("poap", "unpause") == call("unpause()")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_order_is_a_function_of_a_contract(function: str) -> None:
    """What can be ordered is there, under that name, on the points contract, which has all of it."""
    (entry,) = (e for e in abi.artifact("Points")["abi"] if e.get("name") == function and e["type"] == "function")
    assert entry["stateMutability"] == "nonpayable"


@given(st.lists(wallets, min_size=1, max_size=20))
def test_sweeps(swept: list[str]) -> None:
    """A sweep is a list of wallets."""
    assert sent("points.sweep", *map(operation, swept)) == call("sweep(address[])", swept)


@given(
    st.integers(1, 2**32 - 1), st.integers(0, 2**40 - 1), st.integers(0, 2**40 - 1), st.integers(0, 2**32 - 1),
    st.booleans(), st.integers(0, 3), plain,
)  # fmt: skip
def test_events(event: int, start: int, end: int, supply: int, transferable: bool, burn: int, uri: str) -> None:
    """An event is made with its number, bounds, rights and metadata."""
    made = operation(
        subject=str(event), start=start, end=end, max_supply=supply, transferable=transferable, burn_auth=burn, uri=uri
    )
    expected = call(
        "create_event(uint256,uint256,uint256,uint256,bool,uint256,string)",
        event, start, end, supply, transferable, burn, uri,
    )  # fmt: skip
    entry = next(e for e in abi.artifact("Poap")["abi"] if e.get("name") == "create_event")
    types = ",".join(i["type"] for i in entry["inputs"])
    assert sent("poap.create", made)[4:] == expected[4:]
    assert sent("poap.create", made)[:4] == selector(f"create_event({types})")


@given(numbers, st.integers(1, 2**32 - 1), st.sets(wallets, min_size=2, max_size=20))
def test_drops_are_the_code_that_will_hold_them(number: int, event: int, given_to: set[str]) -> None:
    """The bytes are an initcode of twelve bytes and then the wallets, ascending, twenty bytes each, whatever order they came in."""
    members = [operation(wallet, subject=str(event)) for wallet in given_to]
    listed = b"".join(int(wallet, 16).to_bytes(20) for wallet in sorted(given_to, key=lambda w: int(w, 16)))
    code = bytes.fromhex("600B5981380380925939F300") + listed
    assert sent("poap.award", *members, number=number) == call("drop(uint256,uint256,bytes)", number, event, code)


@given(numbers, st.integers(1, 2**32 - 1), wallets)
def test_a_single_badge_has_a_call_of_its_own(number: int, event: int, wallet: str) -> None:
    """One badge is awarded, not dropped."""
    expected = call("award(uint256,uint256,address)", number, event, wallet)
    assert sent("poap.award", operation(wallet, subject=str(event)), number=number) == expected


events = st.integers(1, 2**32 - 1)


@given(numbers, events, events, st.integers(0, 1023), st.sets(wallets, min_size=2, max_size=20))
def test_a_list_is_given_again_whole_or_not_at_all(
    number: int, event: int, source: int, listed: int, given_to: set[str]
) -> None:
    """All the wallets of a list share a call that names it; where one is missing, the others are dropped as a list of their own."""
    subject = f"{event} {source} {listed}"
    members = [operation(wallet, subject=subject, count=len(given_to)) for wallet in given_to]
    again = call("drop_again(uint256,uint256,uint256,uint256)", number, event, source, listed)
    assert sent("poap.again", *members, number=number) == again
    rest = [operation(m.wallet, subject=str(event)) for m in members[1:]]
    assert sent("poap.again", *members[1:], number=number) == sent("poap.award", *rest, number=number)


signatures = st.binary(min_size=65, max_size=1024)


@given(wallets, events, wallets, numbers, st.integers(0, 2**40), signatures)
def test_vouchers(issuer: str, event: int, wallet: str, number: int, deadline: int, signature: bytes) -> None:
    """A voucher names its issuer, the event, the wallet, the issuer's number and the deadline, and carries the signature."""
    args = {"issuer": issuer, "number": str(number), "deadline": deadline, "signature": "0x" + signature.hex()}
    expected = call(
        "claim(address,uint256,address,uint256,uint256,bytes)", issuer, event, wallet, number, deadline, signature
    )
    assert sent("poap.claim", operation(wallet, subject=str(event), **args)) == expected


@given(
    wallets, events, wallets, numbers, st.integers(0, 2**40), signatures, wallets, st.binary(min_size=65, max_size=65)
)
def test_links(
    issuer: str, event: int, key: str, number: int, deadline: int, signature: bytes, wallet: str, received: bytes
) -> None:
    """A link names its key where a voucher names a wallet, and carries the key's signature for the wallet as well."""
    args = {"issuer": issuer, "number": str(number), "deadline": deadline, "signature": "0x" + signature.hex()}
    args |= {"key": key, "key_signature": "0x" + received.hex()}
    expected = call(
        "claim_link(address,uint256,address,uint256,uint256,bytes,address,bytes)",
        issuer, event, key, number, deadline, signature, wallet, received,
    )  # fmt: skip
    assert sent("poap.claim", operation(wallet, subject=str(event), **args)) == expected


@given(st.lists(st.integers(0, 2**63), min_size=1, max_size=20))
def test_cancellations(cancelled: list[int]) -> None:
    """Numbers are cancelled in one list."""
    members = [operation(number=number) for number in cancelled]
    assert sent("poap.cancel", *members) == call("cancel_numbers(uint256[])", cancelled)


@given(events, wallets, st.booleans(), plain)
def test_what_the_owner_does_to_an_event(event: int, issuer: str, on: bool, uri: str) -> None:
    """An event's own issuers, its metadata, and its freezing, each name the event."""
    subject = str(event)
    named = call("set_event_issuer(uint256,address,bool)", event, issuer, on)
    assert sent("poap.issuer", operation(issuer, subject=subject, on=on)) == named
    assert sent("poap.art", operation(subject=subject, uri=uri)) == call("set_event_uri(uint256,string)", event, uri)
    assert sent("poap.freeze", operation(subject=subject)) == call("freeze_event(uint256)", event)


def test_a_drops_header_deploys_what_follows_it() -> None:
    """Run step by step, the twelve bytes copy everything after themselves, behind one zero byte, into code that cannot run."""
    code = DROP_HEADER + bytes(range(1, 41))
    assert len(DROP_HEADER) == 12
    stack: list[int] = []
    memory = bytearray()
    position = 0
    while True:
        step, position = code[position], position + 1
        if step == 0x60:  # PUSH1
            stack.append(code[position])
            position += 1
        elif step == 0x59:  # MSIZE
            stack.append(len(memory))
        elif step == 0x38:  # CODESIZE
            stack.append(len(code))
        elif step == 0x03:  # SUB
            stack.append(stack.pop() - stack.pop())
        elif step == 0x80:  # DUP1
            stack.append(stack[-1])
        elif step == 0x81:  # DUP2
            stack.append(stack[-2])
        elif step == 0x92:  # SWAP3
            stack[-1], stack[-4] = stack[-4], stack[-1]
        elif step == 0x39:  # CODECOPY
            to, start, length = stack.pop(), stack.pop(), stack.pop()
            memory.extend(bytes(max(0, -(-(to + length) // 32) * 32 - len(memory))))
            memory[to : to + length] = (code + bytes(length))[start : start + length]
        elif step == 0xF3:  # RETURN
            start, length = stack.pop(), stack.pop()
            deployed = bytes(memory[start : start + length])
            break
        else:
            raise AssertionError(f"the header has the unexpected byte {step:x}")
    assert deployed == b"\0" + bytes(range(1, 41))


@given(
    st.integers(1, 2**16 - 1), *[st.integers(0, 600)] * 2, st.integers(0, 255), st.tuples(*[st.integers(0, 255)] * 4), plain
)  # fmt: skip
def test_terms(terms: int, legal: int, commercial: int, transfers: int, rules: tuple[int, ...], uri: str) -> None:
    """Terms are set under their number, with their rules of claims; those that were queued before there were such rules have none."""
    args = {"legal": legal, "commercial": commercial, "transfers": transfers, "uri": uri}
    function = f"set_terms({'uint256,' * 8}string)"
    names = ("max_claims", "cooldown_days", "repair_months", "recovery_days")
    ruled = operation(subject=str(terms), **args, **dict(zip(names, rules, strict=True)))
    assert sent("warranty.terms", ruled) == call(function, terms, legal, commercial, transfers, *rules, uri)
    plain_ones = sent("warranty.terms", operation(subject=str(terms), **args))
    assert plain_ones == call(function, terms, legal, commercial, transfers, 0, 0, 0, 0, uri)


items = st.tuples(words, wallets, st.integers(0, 2**32 - 1), st.integers(1, 2**16 - 1), st.integers(0, 2**16 - 1))


@given(numbers, st.lists(items, min_size=1, max_size=20))
def test_registrations_are_two_words_each(number: int, registered: list[tuple[str, str, int, int, int]]) -> None:
    """The token id, then the wallet in the high 160 bits, the production from bit 56, the start from bit 16 and the terms in the low 16."""
    members, packed = [], []
    for token, wallet, start, terms, production in registered:
        made = {"production": production} if production else {}
        members.append(operation(wallet, subject=token, start=start, terms=terms, **made))
        word = bytes.fromhex(wallet[2:]) + bytes(3) + production.to_bytes(2) + start.to_bytes(5) + terms.to_bytes(2)
        packed += [int(token, 16), int.from_bytes(word)]
    assert sent("warranty.register", *members, number=number) == call("register(uint256,uint256[])", number, packed)


@given(numbers, words, st.integers(1, 2**32), words, words, st.booleans(), plain)
def test_steps_of_a_claim(number: int, token: str, claim: int, document: str, new: str, on: bool, reason: str) -> None:
    """Each names the token and the claim's number; some a document, a reason, or the article that takes the old one's place."""
    paper, ids = bytes.fromhex(document[2:]), (int(token, 16), claim)
    made = operation(subject=token, claim=claim, document=document, reason=reason, new_id=new, restart=on)
    for kind, signature, values in (
        ("open", "open_claim_for(uint256,uint256,bytes32)", (number, ids[0], paper)),
        ("review", "review_claim(uint256,uint256,uint256)", (number, *ids)),
        ("approve", "approve_claim(uint256,uint256,uint256,bytes32)", (number, *ids, paper)),
        ("reject", "reject_claim(uint256,uint256,uint256,string)", (number, *ids, reason)),
        ("cancel", "cancel_claim(uint256,uint256)", ids),
        ("repair", "repair(uint256,uint256,uint256,bytes32)", (number, *ids, paper)),
        ("refund", "refund(uint256,uint256,uint256,bytes32)", (number, *ids, paper)),
        ("replace", "replace(uint256,uint256,uint256,uint256,bool,bytes32)", (number, *ids, int(new, 16), on, paper)),
    ):
        assert sent(f"warranty.{kind}", made, number=number) == call(signature, *values), kind


@given(numbers, words, wallets, words, st.booleans(), st.booleans(), st.integers(1, 4), plain)
def test_what_else_becomes_of_an_article(
    number: int, token: str, wallet: str, document: str, lost: bool, stolen: bool, kind: int, text: str
) -> None:
    """Flags, recalls, returns, sales and service books."""
    which = int(token, 16)
    made = operation(
        wallet, subject=token, lost=lost, stolen=stolen, reason=text, kind=kind, document=document, on=lost
    )
    for name, signature, values in (
        ("flag", "flag(uint256,uint256,bool,bool)", (number, which, lost, stolen)),
        ("recover", "recover(uint256,uint256,string)", (number, which, text)),
        ("sell", "transferFrom(address,address,uint256)", (SIGNER, wallet, which)),
        ("service", "log_service(uint256,uint256,bytes32)", (which, kind, bytes.fromhex(document[2:]))),
        ("centre", "set_service_centre(address,bool)", (wallet, lost)),
    ):
        assert sent(f"warranty.{name}", made, number=number) == call(signature, *values), name
    recalled = operation(subject=str(kind), uri=text)
    expected = call("recall(uint256,uint256,string)", number, kind, text)
    assert sent("warranty.recall", recalled, number=number) == expected


@given(numbers, words, st.integers(1, 120), plain)
def test_extensions_and_voids(number: int, token: str, months: int, reason: str) -> None:
    """Both name the token; one the months, the other the reason."""
    extended, voided = operation(subject=token, months=months), operation(subject=token, reason=reason)
    assert sent("warranty.extend", extended, number=number) == call(
        "extend(uint256,uint256,uint256)", number, int(token, 16), months
    )
    assert sent("warranty.void", voided, number=number) == call(
        "void(uint256,uint256,string)", number, int(token, 16), reason
    )


sales = st.tuples(*[st.integers(0, 2**32)] * 5, st.integers(0, 3))


@given(numbers, st.integers(1, 2**32 - 1), sales, wallets, plain)
def test_rewards(number: int, reward: int, sale: tuple[int, ...], collection: str, uri: str) -> None:
    """A reward is created under its number with its whole sale, and changed by that number."""
    named = dict(zip(("price", "stock", "start", "end", "limit", "flags"), sale, strict=True))
    made = operation(subject=str(reward), collection=collection, implementation=SIGNER, uri=uri, **named)
    assert sent("rewards.create", made, number=number) == call(
        f"create_reward({'uint256,' * 8}address,address,string)", number, reward, *sale, collection, SIGNER, uri
    )
    changed = operation(subject=str(reward), amount=7)
    assert sent("rewards.stock", changed, number=number) == call(
        "add_stock(uint256,uint256,uint256)", number, reward, 7
    )
    assert sent("rewards.price", changed, number=number) == call(
        "set_price(uint256,uint256,uint256)", number, reward, 7
    )
    assert sent("rewards.close", changed) == call("close_reward(uint256)", reward)


@given(wallets, st.integers(1, 2**16 - 1), st.integers(1, 2**64 - 1), numbers, st.binary(min_size=1, max_size=99))
def test_purchases(wallet: str, quantity: int, price: int, number: int, signature: bytes) -> None:
    """A purchase is sent as it was signed, its large numbers as text because JSON readers cut them."""
    args = {"price": str(price), "number": str(number), "deadline": 5, "signature": "0x" + signature.hex()}
    made = operation(wallet, quantity, "9", **args)
    signed = "buy_for(address,uint256,uint256,uint256,uint256,uint256,bytes)"
    assert sent("rewards.buy", made) == call(signed, wallet, 9, quantity, price, number, 5, signature)


@given(numbers, st.lists(st.integers(1, 2**64), min_size=1, max_size=20), plain)
def test_orders(number: int, orders: list[int], reason: str) -> None:
    """Many orders are fulfilled at once; one is cancelled, with the lots that it spent."""
    members = [operation(subject=str(order)) for order in orders]
    assert sent("rewards.fulfil", *members, number=number) == call("fulfil(uint256,uint256[])", number, orders)
    cancelled = operation(subject=str(orders[0]), lots=[str(order) for order in orders], reason=reason)
    values = (number, orders[0], orders, reason)
    signed = "cancel_for(uint256,uint256,uint256[],string)"
    assert sent("rewards.cancel", cancelled, number=number) == call(signed, *values)


@pytest.mark.parametrize(("kind", "to_customer"), [(1, False), (3, True), (4, False)])
def test_notifications_are_addressed_as_the_protocol_says(kind: int, to_customer: bool) -> None:
    """One to a single wallet names that wallet; to all or to a list it names the channel itself."""
    channel, customer = "0x" + "c" * 40, "0x" + "d" * 40
    made = operation(customer, channel=channel, type=kind, identity="0+3+Gr\xfc\xdfe+b")
    recipient = customer if to_customer else channel
    expected = call("sendNotification(address,address,bytes)", channel, recipient, "0+3+Gr\xfc\xdfe+b".encode())
    assert sent("notify.send", made) == expected


@given(
    wallets, wallets, st.booleans(), st.integers(0, 2**64), st.integers(0, 2**40), st.binary(min_size=65, max_size=65)
)
def test_subscriptions(channel: str, wallet: str, on: bool, nonce: int, expiry: int, signature: bytes) -> None:
    """Unsigned ones are the sender's own; signed ones carry r, s and v apart, in the protocol's order."""
    name = "subscribe" if on else "unsubscribe"
    assert sent("notify.subscribe", operation(wallet, channel=channel, on=on)) == call(f"{name}(address)", channel)
    signed = operation(wallet, channel=channel, on=on, nonce=nonce, expiry=expiry, signature="0x" + signature.hex())
    assert sent("notify.subscribe", signed) == call(
        f"{name}BySig(address,address,uint256,uint256,uint8,bytes32,bytes32)",
        channel, wallet, nonce, expiry, signature[64], signature[:32], signature[32:64],
    )  # fmt: skip


def test_delegates() -> None:
    """A delegate is added or removed by address."""
    delegate = "0x" + "d" * 40
    assert sent("notify.delegate", operation(delegate, on=True)) == call("addDelegate(address)", delegate)
    assert sent("notify.delegate", operation(delegate, on=False)) == call("removeDelegate(address)", delegate)


def test_deployments_are_bytecode_and_arguments() -> None:
    """The artifact's bytecode, then the constructor's arguments."""
    arguments = [SIGNER, "LOCAL"]
    made = operation(contract="PushComm", arguments=arguments)
    bytecode = bytes.fromhex(abi.artifact("PushComm")["bytecode"][2:])
    assert sent("deploy", made) == bytecode + encode(["address", "string"], arguments)


@given(st.binary(min_size=32, max_size=32), st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_a_token_id_is_the_hash_of_salt_and_serial(salt: bytes, serial: str) -> None:
    """The salt's 32 bytes, then the serial's UTF-8 bytes, hashed."""
    from eth_hash.auto import keccak

    assert token_id(salt, serial) == "0x" + keccak(salt + serial.encode()).hex()


def _example(kind: str, n: int, longest: bool = False) -> Operation:
    """An operation of a kind; ``longest``: with the longest texts that its noun accepts."""
    text = "x" * (100 if longest else 1)
    uri = "x" * (2_048 if longest else 1)
    word = f"0x{n + 1:064x}"
    signature = "0x" + "ab" * 65
    args: dict[str, dict[str, Any]] = {
        "deploy": {"contract": "Points", "arguments": ["n" * 64, "s" * 16, 0, 24, False, uri, SIGNER, SIGNER, 1, 1]},
        "points.revoke": {"reference": word, "reason": text},
        "points.redeem": {"reference": word, "number": "1", "deadline": 1, "signature": signature},
        "points.voucher": {"issuer": SIGNER, "number": "1", "start": 0, "deadline": 1, "signature": signature},
        "points.withdraw": {"number": str(2**256 - 1 - n)},
        "points.claim": {"cumulative": n + 1, "proof": [word] * 20},
        "admin.points": {"arguments": [uri]},
        "admin.poap": {"arguments": [uri]},
        "admin.warranty": {"arguments": [uri]},
        "admin.rewards": {"arguments": [uri]},
        "rewards.create": {
            **{"price": 2**63 - 1, "stock": 1, "start": 0, "end": 0, "limit": 0},
            **{"flags": 3, "collection": SIGNER, "implementation": SIGNER, "uri": uri},
        },
        "rewards.buy": {"price": "1", "number": "1", "deadline": 1, "signature": signature},
        "rewards.cancel": {"lots": [str(2**112)] * (121 if longest else 1), "reason": text},
        "poap.create": {"start": 0, "end": 0, "max_supply": 0, "transferable": False, "burn_auth": 0, "uri": uri},
        "poap.again": {"count": KINDS["poap.again"].most},
        "poap.claim": {
            "issuer": SIGNER,
            "number": str(2**256 - 1),
            "deadline": 1,
            "signature": "0x" + "ab" * (1_024 if longest else 65),
            "key": SIGNER,
            "key_signature": signature,
        },
        "poap.cancel": {"number": n},
        "poap.issuer": {"on": True},
        "poap.art": {"uri": uri},
        "warranty.terms": {"legal": 1, "commercial": 1, "transfers": 1, "uri": uri},
        "warranty.register": {"start": 1, "terms": 1},
        **{
            f"warranty.{step}": {"claim": 1, "document": word}
            for step in ("open", "review", "approve", "cancel", "repair", "refund")
        },
        "warranty.reject": {"claim": 1, "reason": text},
        "warranty.replace": {"claim": 1, "document": word, "new_id": word, "restart": True},
        "warranty.service": {"kind": 1, "document": word},
        "warranty.centre": {"on": True},
        "warranty.flag": {"lost": True, "stolen": True},
        "warranty.recall": {"uri": uri},
        "warranty.recover": {"reason": text},
        "warranty.extend": {"months": 1},
        "warranty.void": {"reason": text},
        "notify.send": {"channel": SIGNER, "type": 3, "identity": "x" * (8_192 if longest else 1)},
        "notify.subscribe": {"channel": SIGNER, "on": True},
        "notify.delegate": {"on": True},
    }
    numbered = {"poap.again": "1 2 0", "warranty.terms": "1", "warranty.recall": "1"}
    subject = numbered.get(kind, "1" if kind.startswith(("poap.", "rewards.")) else word)
    if kind.startswith("admin."):
        subject = "set_contract_uri"
    return replace(operation(f"0x{2**159 + n:040x}", n + 1, subject, **args.get(kind, {})), kind=kind)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_calls_a_function_that_the_contract_has(kind: str) -> None:
    """Of one member or of as many as fit, the call starts with the selector of a function in the noun's artifact."""
    from loyalty.outbox.wire import CONTRACTS as NOUNS

    wire = KINDS[kind]
    if not wire.noun:
        assert kind == "deploy"
        return
    selectors = {
        selector(f"{e['name']}({','.join(i['type'] for i in e['inputs'])})")
        for e in abi.artifact(NOUNS[wire.noun])["abi"]
        if e["type"] == "function" and e["stateMutability"] in ("nonpayable", "payable")
    }
    for count in {1, wire.most}:
        assert sent(kind, *(_example(kind, n) for n in range(count)))[:4] in selectors


@pytest.mark.parametrize("kind", KINDS)
def test_the_longest_batch_fits_into_a_transaction(kind: str) -> None:
    """Signed, the most operations of a kind with the longest texts are less than what nodes take as one transaction."""
    wire = KINDS[kind]
    calldata = sent(kind, *(_example(kind, n, longest=True) for n in range(wire.most)), number=2**63)
    to = SIGNER if wire.noun else ""
    raw = signers.from_anvil(0).sign(31337, 2**40, to, calldata, GAS_CAP, 10**15, 10**15).raw
    assert len(raw) < LONGEST_TRANSACTION
    assert TypedTransaction.from_bytes(HexBytes(raw)).as_dict()["nonce"] == 2**40


def _constant(contract: str, name: str) -> int:
    found = re.search(rf"^{name}: constant\(uint256\) = (\d+)$", (CONTRACTS / f"{contract}.vy").read_text(), re.M)
    assert found, f"{contract}.vy has no constant {name}"
    return int(found[1])


@pytest.mark.parametrize(
    ("kind", "contract", "constant", "bound"),
    [
        ("points.award", "Points", "MAX_AWARDS", 650),
        ("points.sweep", "Points", "MAX_SWEPT", 200),
        ("points.claim", "Points", "MAX_CLAIMS", 100),
        ("points.withdraw", "issuers", "MAX_CANCELLED", 256),
        ("poap.award", "Poap", "MAX_WALLETS", 1228),
        ("poap.again", "Poap", "MAX_WALLETS", 1228),
        ("poap.cancel", "issuers", "MAX_CANCELLED", 256),
        ("warranty.register", "Warranty", "MAX_ITEMS", 200),
        ("rewards.fulfil", "Rewards", "MAX_FULFILLED", 200),
    ],
)
def test_a_batch_is_never_longer_than_its_contract_takes(kind: str, contract: str, constant: str, bound: int) -> None:
    """What fits into one call here is within the bound in the contract's source."""
    assert KINDS[kind].most <= _constant(contract, constant) == bound


def test_only_what_has_a_bound_is_sent_in_bulk() -> None:
    """Every other kind is one operation to a call, as its function takes one."""
    assert {kind for kind, wire in KINDS.items() if wire.most > 1} == {
        "points.award", "points.sweep", "points.withdraw", "points.claim", "poap.award", "poap.again", "poap.cancel",
        "warranty.register", "rewards.fulfil",
    }  # fmt: skip


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].noun])
def test_a_batch_number_is_spent_where_the_contract_takes_one(kind: str) -> None:
    """Calls whose first argument is a batch carry the number that the ledger counted; the others have none."""
    from loyalty.deploy import CONTRACTS as NOUNS

    wire = KINDS[kind]
    for count in {1, wire.most}:
        call = sent(kind, *(_example(kind, n) for n in range(count)), number=77)
        functions = [e for e in abi.artifact(NOUNS[wire.noun])["abi"] if e["type"] == "function"]
        called = next(e for e in functions if function_abi_to_4byte_selector(e) == call[:4])
        assert wire.numbered == (called["inputs"][0]["name"] == "batch")
        assert (call[4:36] == (77).to_bytes(32)) == wire.numbered


def test_what_shares_a_call_shares_what_the_call_says_once() -> None:
    """A drop is for one event (or of one list) and sorted by wallet; everything else that goes out in bulk says it for each member."""
    assert {kind for kind, wire in KINDS.items() if wire.one_subject and wire.most > 1} == {"poap.award", "poap.again"}
    assert {kind for kind, wire in KINDS.items() if wire.by_wallet} == {"poap.award", "poap.again"}
    assert {kind for kind, wire in KINDS.items() if wire.unless_true} == {"notify.send"}


def test_a_full_batch_is_planned_below_the_most_gas_a_transaction_may_ask() -> None:
    """By its measured gas, each kind's longest batch stays under EIP-7825's cap."""
    for kind, wire in KINDS.items():
        assert wire.gas_base + wire.most * wire.gas_each <= GAS_CAP == 16_777_216, kind


def test_a_plan_counts_operations_calls_and_gas() -> None:
    """Groups of a kind add up; each group takes as many calls as its operations fill; the price is per gas."""
    wire = KINDS["poap.award"]
    groups = [
        Group("poap.award", "1", wire.most + 1, 0, 1),
        Group("poap.award", "2", 1, 0, 2),
        Group("notify.send", "", 3, 0, 3),
    ]
    found = plan.make(groups, 2, 10)
    badges, notes = found.lines
    assert (badges.kind, badges.operations, badges.transactions) == ("poap.award", wire.most + 2, 3)
    assert badges.gas == 3 * wire.gas_base + (wire.most + 2) * wire.gas_each
    assert (notes.operations, notes.transactions) == (3, 3)
    assert (found.operations, found.transactions, found.in_flight) == (wire.most + 5, 6, 2)
    assert (found.gas, found.wei) == (badges.gas + notes.gas, 10 * (badges.gas + notes.gas))
    assert plan.make([], 0, 1).wei == 0


def test_every_kind_of_the_nouns_is_known() -> None:
    """Whatever a noun queues, the outbox can send: each kind named in the nouns' source is one of the kinds."""
    root = CONTRACTS.parent / "loyalty"
    named: set[str] = set()
    for noun in (
        "points",
        "vouchers",
        "epochs",
        "poap",
        "promised",
        "links",
        "warranty",
        "claims",
        "service",
        "rewards",
        "notify",
        "deploy",
    ):
        named |= set(
            re.findall(r'"((?:points|poap|warranty|rewards|notify)\.[a-z]+)"', (root / f"{noun}.py").read_text())
        )
    named |= {f"admin.{noun}" for noun in ("points", "poap", "warranty", "rewards")}
    assert named - {"points."} == set(KINDS) - {"deploy"}
