"""Names of pages: of whatever a source or a team is called, a file name that is safe and its own.

Belongs here: names of files. Does not belong here: what is on a page.
"""

from __future__ import annotations

import hashlib
import re

_PLAIN = re.compile(r"[a-z0-9][a-z0-9_]{0,59}")
# Windows opens a device under these names, whatever the extension.
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
)


def slug(value: str) -> str:
    """A file name without extension: lower-case letters, digits, `_` and `-`, at most 60 long.

    A value that is such a name already keeps it. Any other one ends in `-` and a digest of itself:
    no plain name has a hyphen, so two values never share a file, on no file system.
    """
    if _PLAIN.fullmatch(value) and value not in _DEVICES:
        return value
    words = re.sub(r"[^a-z0-9]+", "_", value.lower()).strip("_")[:40]
    digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{words}-{digest}"
