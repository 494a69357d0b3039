"""QR codes of links, as pictures."""

from __future__ import annotations

import io

FORMATS = ("svg", "png")
"""What a picture can be."""


def picture(text: str, kind: str) -> bytes:
    """A QR code that holds ``text``, black on white, with the quiet zone that scanners need. 15 % of it may be lost in print (level M)."""
    import segno

    written = io.BytesIO()
    segno.make(text, error="m", micro=False, boost_error=False).save(written, kind=kind, scale=8, border=4)
    return written.getvalue()
