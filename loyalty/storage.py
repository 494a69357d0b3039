"""Metadata and media, behind one door: a content-addressed folder, an IPFS node, or `data:` URIs.

What goes on chain is the content's own URI. A folder and an IPFS node give the same one for the same bytes
(CIDv1, raw, sha2-256, base32: github.com/multiformats/cid), so a folder can be pinned later and nothing on chain changes.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import re
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from loyalty.errors import LoyaltyError, SettingsError

MAX_BLOCK = 262_144
"""Bytes that IPFS keeps as one block, so whose address is the plain hash of the content."""

MAX_DATA_URI = 2_048
"""Bytes that a URI may have on chain."""

NO_DOCUMENT = "0x" + "0" * 64
"""What stands on chain where there is no document."""

# Any content address: base58 (version 0) or base32 (version 1), letters and digits alone.
_CID = re.compile(r"Qm[1-9A-HJ-NP-Za-km-z]{44}|b[a-z2-7]{40,120}", re.ASCII)
_MODELS = {".glb": "model/gltf-binary", ".gltf": "model/gltf+json"}  # not in every Python's table
_PUT_SECONDS, _GET_SECONDS = 30, 5  # a node looks for what it does not have until it is told to stop
_RAW = "bafkrei"  # how the addresses made here start: version 1, raw, sha2-256


@dataclass(frozen=True)
class Storage:
    """Where content goes: ``kind`` is folder, ipfs or data; ``folder`` and ``ipfs`` say where."""

    kind: str
    folder: Path
    ipfs: str

    def put_json(self, document: dict[str, Any]) -> str:
        """Store a JSON document; the same document always has the same URI."""
        return self.put(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(), "application/json")

    def put(self, content: bytes, media_type: str) -> str:
        """Store bytes and return their URI."""
        if self.kind == "data":
            uri = f"data:{media_type};base64,{base64.b64encode(content).decode()}"
            if len(uri) > MAX_DATA_URI:
                raise SettingsError(
                    f'{len(content)} bytes are too many for a data: URI on chain ({MAX_DATA_URI} bytes in all); use [storage] kind = "folder" or "ipfs"'
                )
            return uri
        if self.kind == "ipfs":
            return f"ipfs://{_add(self.ipfs, content)}"
        cid = cid_of(content)
        self.folder.mkdir(parents=True, exist_ok=True)
        _write(self.folder / cid, content)
        return f"ipfs://{cid}"

    def put_file(self, path: Path) -> str:
        """Store a file, such as a badge's picture."""
        import mimetypes

        try:
            content = path.read_bytes()
        except OSError as error:
            raise LoyaltyError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from error
        kind = _MODELS.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0] or ""
        if kind.partition("/")[0] not in ("image", "video", "audio", "model"):
            # What is stored is published: a customer list by mistake must not be.
            raise SettingsError(
                f"{path} is not a picture, a video, a sound or a 3D model by its name; give one, such as badge.png"
            )
        return self.put(content, kind)

    @property
    def documents(self) -> Path:
        """Where private files are kept: beside what is or may be published, never in it."""
        return self.folder.parent / "documents"

    def keep(self, path: Path) -> str:
        """Keep a file that is nobody else's business, such as a repair's bill, and return the SHA-256 of its content (0x and 64 digits), which is its name there."""
        try:
            content = path.read_bytes()
        except OSError as error:
            raise LoyaltyError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from error
        digest = hashlib.sha256(content).hexdigest()
        self.documents.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(self.documents / digest, content)
        return f"0x{digest}"

    def kept(self, document: str) -> Path | None:
        """Where a private file with this SHA-256 is kept; None where it is not here."""
        path = self.documents / document.removeprefix("0x")
        return path if path.exists() else None

    def get(self, uri: str) -> bytes:
        """The bytes a URI stands for; raises when they are not here, or are not what the URI says."""
        if uri.startswith("data:"):
            return _inside(uri)
        cid = uri.removeprefix("ipfs://")
        # A stranger's notification may name any URI: only what can be an address is looked for.
        if cid == uri or not _CID.fullmatch(cid):
            raise LoyaltyError(f"{uri[:100]} is not kept here; only ipfs:// addresses and data: URIs are")
        if self.kind == "ipfs":
            return _cat(self.ipfs, cid)
        try:
            content = (self.folder / cid).read_bytes()
        except OSError:
            raise LoyaltyError(f"{uri} is not in {self.folder}; restore that folder from a backup") from None
        if _address(content) != cid:
            raise LoyaltyError(f"{self.folder / cid} is not what its name says; restore it from a backup")
        return content

    def get_json(self, uri: str) -> dict[str, Any]:
        """The JSON document a URI stands for."""
        loaded: dict[str, Any] = json.loads(self.get(uri))
        return loaded


def cid_of(content: bytes) -> str:
    """The content's address: CIDv1, raw codec (0x55), sha2-256 (0x12, 32 bytes), in base32."""
    if len(content) > MAX_BLOCK:
        raise SettingsError(f"{len(content)} bytes are more than the {MAX_BLOCK} of one block; make the file smaller")
    return _address(content)


def _address(content: bytes) -> str:
    digest = b"\x01\x55\x12\x20" + hashlib.sha256(content).digest()
    return "b" + base64.b32encode(digest).decode().lower().rstrip("=")


def _write(path: Path, content: bytes) -> None:
    """Write content under the name that follows from it, once."""
    if not path.exists():
        # A name of this thread's own: two that store the same do not take each other's half away.
        half = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.part")
        half.write_bytes(content)
        half.replace(path)  # whole or not at all, whatever stops us


def _inside(uri: str) -> bytes:
    """The bytes that a data: URI holds (RFC 2397)."""
    head, comma, body = uri.partition(",")
    try:
        plain = unquote_to_bytes(body)
        if not comma:
            raise ValueError("nothing after the media type")
        return base64.b64decode(plain, validate=True) if head.endswith(";base64") else plain
    except ValueError:
        raise LoyaltyError(f"{uri[:100]} is not a data: URI that can be read") from None


@contextlib.contextmanager
def _client(address: str, timeout: float) -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 0.7.0 predates urllib3 2 and says so at its import and at every request
        import ipfshttpclient

        # Not connect(): that refuses every node newer than 0.8, and so every current Kubo. The calls used here have not changed.
        with ipfshttpclient.Client(address, timeout=timeout) as client:
            yield client


def _add(address: str, content: bytes) -> str:
    import io

    expected = cid_of(content)
    # js-ipfs spells a version 1 address in base58 unless it is asked for base32; Kubo does not mind the question.
    asked = {"cid-base": "base32"}
    try:
        with _client(address, _PUT_SECONDS) as client:
            answer = client.add(io.BytesIO(content), cid_version=1, raw_leaves=True, pin=True, opts=asked)
        found = str((answer[-1] if isinstance(answer, list) else answer)["Hash"])
    except Exception as error:
        raise LoyaltyError(
            f"the IPFS node at {address} did not take the content ({type(error).__name__}); start it, or correct [storage] ipfs"
        ) from error
    if found != expected:
        raise LoyaltyError(
            f"the IPFS node at {address} stored the content as {found}, not as {expected}; is it set to another hash?"
        )
    return found


def _cat(address: str, cid: str) -> bytes:
    try:
        # One byte more than a block: what is longer is none of ours, and is not read to its end.
        with _client(address, _GET_SECONDS) as client:
            content = bytes(client.cat(cid, length=MAX_BLOCK + 1))
    except Exception as error:
        raise LoyaltyError(
            f"the IPFS node at {address} does not give ipfs://{cid} ({type(error).__name__}); is it running, and does it have it?"
        ) from error
    if len(content) > MAX_BLOCK:
        raise LoyaltyError(f"ipfs://{cid} is longer than {MAX_BLOCK} bytes, so it is no metadata")
    if cid.startswith(_RAW) and _address(content) != cid:
        raise LoyaltyError(f"the IPFS node at {address} gave something else for ipfs://{cid}; use another node")
    return content
