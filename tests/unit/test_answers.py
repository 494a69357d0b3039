"""What nodes say, and what it means."""

from __future__ import annotations

import pytest

from loyalty.chain.answers import TABLE, Answer, meaning

SAID = {
    # As the nodes write them, whole.
    "transaction already imported": Answer.KNOWN,
    "already known": Answer.KNOWN,
    "AlreadyKnown": Answer.KNOWN,
    "Known transaction": Answer.KNOWN,
    "existing tx with same hash": Answer.KNOWN,
    "nonce too low": Answer.NONCE_LOW,
    "nonce too low: next nonce 22, tx nonce 17": Answer.NONCE_LOW,
    "OldNonce, Current nonce: 22, nonce of rejected tx: 17": Answer.NONCE_LOW,
    "Nonce too low": Answer.NONCE_LOW,
    "NonceGap, Future nonce. Expected nonce: 5": Answer.NONCE_HIGH,
    "nonce too high: address 0x00, tx: 9 state: 7": Answer.NONCE_HIGH,
    "replacement transaction underpriced": Answer.REPLACEMENT,
    "ReplacementNotAllowed": Answer.REPLACEMENT,
    "INTERNAL_ERROR: could not replace existing tx": Answer.REPLACEMENT,
    "transaction underpriced: gas tip cap 1, minimum needed 1000000": Answer.FEE_LOW,
    "FeeTooLow, MaxFeePerGas too low": Answer.FEE_LOW,
    "max fee per gas less than block base fee: address 0x00, maxFeePerGas: 1, baseFee: 7": Answer.FEE_LOW,
    "Gas price below current base fee": Answer.FEE_LOW,
    "FeeTooLowToCompete": Answer.FULL,
    "Insufficient funds for gas * price + value": Answer.NO_FUNDS,
    "insufficient funds for gas * price + value: balance 0, tx cost 5, overshot 5": Answer.NO_FUNDS,
    "InsufficientFunds, Account balance: 0, cumulative cost: 5": Answer.NO_FUNDS,
    "Upfront cost exceeds account balance": Answer.NO_FUNDS,
    "intrinsic gas too low": Answer.GAS,
    "intrinsic gas too high -- tx.gas_limit > env.block.gas_limit": Answer.GAS,
    "exceeds block gas limit": Answer.GAS,
    "GasLimitExceeded, Gas limit: 30000000": Answer.GAS,
    "invalid chain id for signer": Answer.CHAIN,
    "Wrong chainId": Answer.CHAIN,
    "txpool is full": Answer.FULL,
    "project ID request rate exceeded": Answer.LIMITED,
    "15/second request limit reached": Answer.LIMITED,
    "Your app has exceeded its compute units per second capacity": Answer.LIMITED,
    "Too Many Requests": Answer.LIMITED,
    "query returned more than 10000 results": Answer.UNKNOWN,
    "Failed to decode transaction": Answer.UNKNOWN,
    "": Answer.UNKNOWN,
}


@pytest.mark.parametrize(("said", "means"), SAID.items())
def test_a_node_s_own_words_are_understood(said: str, means: Answer) -> None:
    """Whoever says it, in whatever case and with whatever numbers behind it."""
    assert meaning(said) is means
    assert meaning(f"err: {said.upper()} (request 1f3)") is means


@pytest.mark.parametrize(("who", "words", "means"), TABLE)
def test_each_row_of_the_table_decides(who: str, words: str, means: Answer) -> None:
    """No row is hidden by an earlier one that means something else, and none is written in capitals that never match."""
    assert who and words == words.lower()
    assert meaning(words) is means
