"""storage: metadata behind its content's own address."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty.errors import LoyaltyError, SettingsError
from loyalty.storage import MAX_BLOCK, MAX_DATA_URI, Storage, cid_of

# The empty string's raw CIDv1, and "hello world"'s: both are in the IPFS documentation's examples.
EMPTY = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
HELLO = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"


@pytest.fixture
def folder(tmp_path: Path) -> Storage:
    """A folder that does not exist yet."""
    return Storage("folder", tmp_path / "storage", "")


@pytest.fixture
def data() -> Storage:
    """Everything inside the URI."""
    return Storage("data", Path("/nonexistent"), "")


def by_hand(content: bytes) -> str:
    """A raw CIDv1 spelt bit by bit: base32 has no padding and the multibase letter b, and no library is asked."""
    number = int.from_bytes(bytes([1, 0x55, 0x12, 32]) + hashlib.sha256(content).digest())
    bits = f"{number:0{36 * 8}b}"
    bits += "0" * (-len(bits) % 5)
    return "b" + "".join("abcdefghijklmnopqrstuvwxyz234567"[int(bits[i : i + 5], 2)] for i in range(0, len(bits), 5))


def test_known_content_has_its_published_address() -> None:
    """Two contents whose address everybody can look up."""
    assert cid_of(b"") == EMPTY
    assert cid_of(b"hello world") == HELLO


@given(st.binary(max_size=300))
def test_an_address_is_the_contents_hash(content: bytes) -> None:
    """The address equals one spelt by hand."""
    assert cid_of(content) == by_hand(content)


def test_only_one_block_has_a_plain_address() -> None:
    """IPFS cuts what is longer than a block, so the address would not be the content's hash."""
    assert cid_of(b"x" * MAX_BLOCK) == by_hand(b"x" * MAX_BLOCK)
    with pytest.raises(SettingsError, match="make the file smaller"):
        cid_of(b"x" * (MAX_BLOCK + 1))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_a_folder_gives_back_what_it_took(folder: Storage, content: bytes) -> None:
    """Bytes come back as they were, under the same URI however often they are put."""
    uri = folder.put(content, "application/octet-stream")
    assert uri == folder.put(content, "image/png") == f"ipfs://{cid_of(content)}"
    assert folder.get(uri) == content


def test_a_document_has_one_address(folder: Storage, data: Storage) -> None:
    """The same JSON has the same URI, is stored compact and unescaped, and comes back equal."""
    document = {"name": "Caf\xe9", "attributes": [{"trait_type": "city", "value": "Bern"}]}
    for storage in (folder, data):
        uri = storage.put_json(document)
        assert uri == storage.put_json(dict(document))
        assert storage.get_json(uri) == document
        assert storage.get(uri) == json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def test_a_file_keeps_its_kind(folder: Storage, data: Storage, tmp_path: Path) -> None:
    """A picture is stored as it is; a data: URI names its media type by the file's name."""
    picture = tmp_path / "badge.png"
    picture.write_bytes(b"\x89PNG")
    assert folder.get(folder.put_file(picture)) == b"\x89PNG"
    assert data.put_file(picture) == "data:image/png;base64," + base64.b64encode(b"\x89PNG").decode()
    customers = tmp_path / "customers.csv"
    customers.write_text("name,e-mail")
    model = tmp_path / "hat.GLB"
    model.write_bytes(b"glTF")
    assert data.put_file(model).startswith("data:model/gltf-binary;base64,")
    with pytest.raises(LoyaltyError, match="is not a picture, a video, a sound or a 3D model"):
        folder.put_file(customers)
    with pytest.raises(LoyaltyError, match="cannot be read: no such file"):
        folder.put_file(tmp_path / "nothing.png")


def test_content_that_was_changed_is_noticed(folder: Storage) -> None:
    """A file that is not what its name says is not given out, be it changed, cut, emptied or too long."""
    uri = folder.put(b"what was signed", "text/plain")
    path = folder.folder / uri.removeprefix("ipfs://")
    for content in (b"what was sigmed", b"what", b"", b"x" * (MAX_BLOCK + 1)):
        path.write_bytes(content)
        with pytest.raises(LoyaltyError, match="is not what its name says; restore it from a backup"):
            folder.get(uri)


def test_content_that_is_gone_is_told(folder: Storage) -> None:
    """What the folder does not have is told with the step to take."""
    with pytest.raises(LoyaltyError, match="restore that folder from a backup"):
        folder.get(f"ipfs://{EMPTY}")


@pytest.mark.parametrize(
    "uri",
    [
        "ipfs://../ledger.db", "ipfs://" + "../" * 9 + "etc/passwd", "ipfs:///etc/passwd", "ipfs://..", "ipfs://.", "ipfs://",
        f"ipfs://{EMPTY}/../../ledger.db", f"ipfs://{EMPTY}\0", "ipfs://" + "a" * 5000, "ipfs://ledger", "ipfs://b" + "a" * 500,
        "file:///etc/passwd", "/etc/passwd", "https://shop.example/x.json", "", "ipfs", f"ipfs://{EMPTY.upper()}", "ipfs://\xf1andu",
    ],
    ids=lambda uri: uri[:30],
)  # fmt: skip
def test_nothing_outside_the_folder_is_given_out(folder: Storage, uri: str) -> None:
    """A URI that is no content address is refused in one short sentence, whatever file it would lead to."""
    folder.put(b"", "text/plain")
    (folder.folder.parent / "ledger.db").write_text("secret")
    (folder.folder / "ledger").write_text("secret")
    with pytest.raises(LoyaltyError, match="is not kept here") as refused:
        folder.get(uri)
    assert len(str(refused.value)) < 200


def test_nothing_half_written_stays(folder: Storage) -> None:
    """After a put the folder holds the content alone."""
    folder.put(b"content", "text/plain")
    assert [path.name for path in folder.folder.iterdir()] == [cid_of(b"content")]


def test_two_threads_may_store_the_same(folder: Storage) -> None:
    """Eight threads that store the same hundred contents at once all get them stored."""
    failed: list[BaseException] = []

    def store() -> None:
        try:
            for n in range(100):
                folder.put(b"content %d" % n, "text/plain")
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=store) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(list(folder.folder.iterdir())) == 100


def test_a_data_uri_is_bounded(data: Storage) -> None:
    """A URI of exactly the length that fits on chain is made; what is longer is refused with the way out."""
    fits = (MAX_DATA_URI - len("data:text/plain;base64,")) // 4 * 3
    assert len(data.put(b"x" * fits, "text/plain")) <= MAX_DATA_URI
    with pytest.raises(SettingsError, match=r'use .storage. kind = "folder" or "ipfs"'):
        data.put(b"x" * (fits + 3), "text/plain")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_a_data_uri_gives_back_what_it_holds(data: Storage, content: bytes) -> None:
    """Any bytes come back."""
    assert data.get(data.put(content, "application/json")) == content


@pytest.mark.parametrize(
    ("uri", "content"),
    [
        ("data:,plain%20text", b"plain text"),
        ("data:application/json,%7B%22a%22:1%7D", b'{"a":1}'),
        ("data:text/plain;charset=utf-8,caf%C3%A9", "caf\xe9".encode()),
        ("data:;base64,aGk%3D", b"hi"),
        ("data:image/svg+xml;base64,", b""),
    ],
)
def test_other_peoples_data_uris_are_read(data: Storage, uri: str, content: bytes) -> None:
    """Percent signs stand for bytes, in base64 too."""
    assert data.get(uri) == content


@pytest.mark.parametrize(
    "uri", ["data:", "data:text/plain", "data:;base64,a", "data:;base64,ab$=", "data:;base64,\xe9"]
)
def test_a_broken_data_uri_is_told(data: Storage, uri: str) -> None:
    """What holds nothing that can be read is one sentence."""
    with pytest.raises(LoyaltyError, match="is not a data: URI that can be read"):
        data.get(uri)


def test_an_ipfs_node_that_is_not_there_is_told(tmp_path: Path) -> None:
    """Neither taking nor giving works without a node, and the sentence says which one was asked."""
    storage = Storage("ipfs", tmp_path, "/ip4/127.0.0.1/tcp/9")
    with pytest.raises(
        LoyaltyError, match=r"the IPFS node at /ip4/127.0.0.1/tcp/9 did not take the content \(.*\); start it"
    ):
        storage.put(b"x", "text/plain")
    with pytest.raises(LoyaltyError, match="does not give ipfs://"):
        storage.get(f"ipfs://{EMPTY}")
    with pytest.raises(LoyaltyError, match="is not kept here"):
        storage.get("ipfs://../config")
