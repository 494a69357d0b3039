"""set_contract_uri: where the token's metadata is."""

import ape


def test_replaces_it(points, owner):
    """contractURI gives the new one, up to 2,048 bytes of it: a data: URI fits."""
    for uri in ("ipfs://new", "x" * 2048, ""):
        points.set_contract_uri(uri, sender=owner)
        assert points.contractURI() == uri


def test_tells(points, owner):
    """ERC-7572's event, which has no fields."""
    tx = points.set_contract_uri("ipfs://new", sender=owner)
    assert [event.event_name for event in tx.events] == ["ContractURIUpdated"]


def test_refuses(points, owner, issuer, refusal):
    """Only the owner, and at most 2,048 bytes."""
    with ape.reverts("ownership: caller is not the owner"):
        points.set_contract_uri("ipfs://new", sender=issuer)
    assert refusal(points.set_contract_uri, "x" * 2049, sender=owner) is not None
    assert points.contractURI() == "ipfs://points"
