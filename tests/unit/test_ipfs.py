"""storage on a real IPFS node: Kubo when `ipfs` is on PATH, else js-ipfs, which `make ipfs` fetches."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.request
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from loyalty import storage
from loyalty.errors import LoyaltyError
from loyalty.storage import MAX_BLOCK, Storage, cid_of

JS_IPFS = Path(__file__).resolve().parent.parent / "ipfs"
START_SECONDS = 60

CONTENTS = [
    b"",
    b"hello world",
    "Gr\xfc\xdfe".encode(),
    bytes(range(256)) * 4,
    b"x" * (MAX_BLOCK - 1),
    b"x" * MAX_BLOCK,
]


@dataclass(frozen=True)
class IpfsNode:
    """A running node: the address of its API as loyalty.toml writes it."""

    api: str


def js_ipfs(folder: Path) -> list[str]:
    """The command of a js-ipfs that listens on free ports of 127.0.0.1 and knows no other node."""
    cli = JS_IPFS / "node_modules" / "ipfs" / "src" / "cli.js"
    if not cli.exists():
        pytest.skip("no IPFS node: neither `ipfs` on PATH nor js-ipfs; run: make ipfs")
    free = "/ip4/127.0.0.1/tcp/0"
    config = {"Addresses": {"Swarm": [], "API": free, "RPC": free, "Gateway": "", "Delegates": []}, "Bootstrap": []}
    (folder / "config.json").write_text(json.dumps(config))
    # The daemon itself and not npm's script: ending a script would leave the node behind.
    node = ["node", "--require", str(JS_IPFS / "with_resolvers.cjs"), str(cli)]
    return [*node, "daemon", "--offline", "--init-profile=test", "--init-config", str(folder / "config.json")]


def kubo(folder: Path, environment: dict[str, str]) -> list[str]:
    """The command of a Kubo set up the same way."""
    for command in (
        ["ipfs", "init", "--profile=test"],
        ["ipfs", "config", "Addresses.API", "/ip4/127.0.0.1/tcp/0"],
        ["ipfs", "config", "--json", "Addresses.Swarm", "[]"],
        ["ipfs", "config", "--json", "Addresses.Gateway", "[]"],
    ):
        subprocess.run(command, env=environment, cwd=folder, check=True, capture_output=True)
    return ["ipfs", "daemon", "--offline"]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IpfsNode]:
    """A real node with an empty repository of its own."""
    folder = tmp_path_factory.mktemp("ipfs")
    api = folder / "repository" / "api"
    environment = {**os.environ, "IPFS_PATH": str(api.parent)}
    command = kubo(folder, environment) if shutil.which("ipfs") else js_ipfs(folder)
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log, start_new_session=True)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not api.exists() or not _answers(api):
            said = (folder / "log").read_text(errors="replace")
            assert process.poll() is None and time.monotonic() < deadline, f"the IPFS node does not start:\n{said}"
            time.sleep(0.05)
        yield IpfsNode(_address(api))
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address(api: Path) -> str:
    return api.read_text().strip().removesuffix("/http")


def _answers(api: Path) -> bool:
    port = _address(api).rpartition("/")[2]
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v0/version", data=b"", timeout=5) as answer:
            return bool(json.load(answer)["Version"])
    except (OSError, ValueError):
        return False


@pytest.fixture
def ipfs(node: IpfsNode, tmp_path: Path) -> Storage:
    """Storage on the node."""
    return Storage("ipfs", tmp_path, node.api)


@pytest.mark.parametrize("content", CONTENTS, ids=["empty", "text", "UTF-8", "bytes", "a block less one", "a block"])
def test_a_node_and_a_folder_give_the_same_address(ipfs: Storage, tmp_path: Path, content: bytes) -> None:
    """What a folder keeps today can be pinned later, and nothing on chain changes; the node gives back what it took."""
    uri = ipfs.put(content, "text/plain")
    assert uri == Storage("folder", tmp_path, "").put(content, "text/plain")
    assert ipfs.get(uri) == content


def test_documents_and_pictures_come_back(ipfs: Storage, tmp_path: Path) -> None:
    """Metadata and files go through the node and back."""
    document = {"name": "Caf\xe9", "attributes": [{"trait_type": "city", "value": "Z\xfcrich"}]}
    assert ipfs.get_json(ipfs.put_json(document)) == document
    picture = tmp_path / "badge.png"
    picture.write_bytes(os.urandom(5_000))
    assert ipfs.get(ipfs.put_file(picture)) == picture.read_bytes()


def test_what_is_put_is_pinned(ipfs: Storage, node: IpfsNode) -> None:
    """The node keeps what it was given when it cleans up."""
    uri = ipfs.put(b"keep this", "text/plain")
    port = node.api.rpartition("/")[2]
    url = f"http://127.0.0.1:{port}/api/v0/pin/ls?arg={uri.removeprefix('ipfs://')}&cid-base=base32"
    with urllib.request.urlopen(url, data=b"", timeout=10) as answer:
        assert cid_of(b"keep this") in json.load(answer)["Keys"]


def test_a_file_of_many_blocks_is_not_read_to_its_end(ipfs: Storage, node: IpfsNode) -> None:
    """Somebody else's large file, under an address that is not our kind, is refused after one block."""
    boundary = "frontier"
    body = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\nContent-Type: application/octet-stream\r\n\r\n'
    port = node.api.rpartition("/")[2]
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v0/add?cid-version=0",
        data=body.encode() + b"y" * 1_000_000 + f"\r\n--{boundary}--\r\n".encode(),
        headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        cid = json.loads(answer.read().splitlines()[-1])["Hash"]
    assert cid.startswith("Qm")
    with pytest.raises(LoyaltyError, match=f"is longer than {MAX_BLOCK} bytes"):
        ipfs.get(f"ipfs://{cid}")


def test_what_nobody_has_is_told_soon(ipfs: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address whose content is nowhere is given up after the seconds set for it: a stranger's notification may name it."""
    assert storage._GET_SECONDS <= 5
    monkeypatch.setattr(storage, "_GET_SECONDS", 1)
    started = time.monotonic()
    with pytest.raises(LoyaltyError, match="does not give ipfs://"):
        ipfs.get(f"ipfs://{cid_of(b'nobody has this')}")
    assert time.monotonic() - started < 10


def test_talking_to_a_node_warns_of_nothing(ipfs: Storage) -> None:
    """The old client library's warnings are not the operator's."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ipfs.get(ipfs.put(b"quiet", "text/plain")) == b"quiet"
