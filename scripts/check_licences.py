"""Refuse a dependency whose licence would bind a brand that ships `loyalty` inside its own product.

    python scripts/check_licences.py

Reads each distribution of requirements/runtime.txt, as installed here; what only serves development is not asked.
"""

from __future__ import annotations

import re
import sys
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

LOCK = Path(__file__).resolve().parent.parent / "requirements" / "runtime.txt"

PERMISSIVE = {
    # as SPDX says them
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "CNRI-Python", "ISC", "MIT", "MIT-0"),
    *("PSF-2.0", "Python-2.0", "Unlicense", "Zlib"),
    # as classifiers and older metadata say them
    *("Apache 2.0", "Apache Software License", "BSD License", "ISC License (ISCL)", "MIT License", "Public Domain"),
    *("Python Software Foundation License", "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication"),
}
KNOWN = {
    # It binds changes to its own files only, and this is a list of certificates that nobody changes.
    "certifi": "Mozilla Public License 2.0 (MPL 2.0)",
    # Only where a brand asks for `loyalty[postgres]`: imported as it is and never changed, which leaves the brand's own code free.
    **dict.fromkeys(("psycopg", "psycopg-binary", "psycopg-pool"), "LGPL-3.0-only"),
}


def licences(distribution: str) -> list[str]:
    """What a distribution says of itself: its expression, else its classifiers, else its free text's first line."""
    about = metadata.metadata(distribution)
    if expression := about.get("License-Expression"):
        return [expression]
    classifiers = [line.rsplit(" :: ", 1)[-1] for line in about.get_all("Classifier", []) if line.startswith("License")]
    named = [name for name in classifiers if name != "OSI Approved"]
    return named or [(about.get("License") or "unknown").strip().splitlines()[0]]


def is_permissive(expression: str) -> bool:
    """True when one alternative (OR) is made of permissive parts only (AND). Brackets are refused: a person decides."""
    alternatives = re.split(r"\s+(?:OR|-or-)\s+", expression)
    return any(all(part in PERMISSIVE for part in re.split(r"\s+AND\s+", one)) for one in alternatives)


def main() -> int:
    """Name every distribution that fails; the exit code."""
    lines = re.findall(r"^(\S+==[^\\\n]+)", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    locked = [Requirement(line) for line in lines]
    here = [wanted.name for wanted in locked if wanted.marker is None or wanted.marker.evaluate()]
    problems = []
    for name in here:
        try:
            said = licences(name)
        except metadata.PackageNotFoundError:
            problems.append(f"{name} is in the lock and not installed; run: make setup")
            continue
        if not all(is_permissive(one) or KNOWN.get(name) == one for one in said):
            problems.append(f"{name} is not permissive: {', '.join(said)}")
    if not here:
        problems.append(f"{LOCK.name} names no distribution")
    elsewhere = len(locked) - len(here)
    summary = f"{len(here)} runtime dependencies are permissive ({elsewhere} more are for other platforms)"
    print("\n".join(problems) or summary, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
