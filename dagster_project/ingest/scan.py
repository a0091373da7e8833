"""One pass over a delivered file's bytes: what identifies it, and facts the reader relies on.

Belongs here: hashing, counting lines, telling text from anything else, finding the encoding and
making a UTF-8 copy of what is not UTF-8. Does not belong here: columns and rows (dialect.py on).
"""

from __future__ import annotations

import codecs
import hashlib
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from dagster_project.ingest.drops import RefusedError

BUFFER = 4 * 1024**2
HEAD = 256 * 1024
TAIL = 8 * 1024


@dataclass(frozen=True)
class Scan:
    """Facts of one file; lines are physical: LF, CRLF and a lone CR each end one."""

    sha256: str
    size: int
    lines: int
    has_nul: bool
    is_utf8: bool
    has_wide_utf8: bool
    """Some bytes outside ASCII are valid UTF-8 sequences."""
    head: bytes
    tail: bytes


def scan(stream: IO[bytes], copy: IO[bytes] | None = None) -> Scan:
    """Reads `stream` to its end; writes it to `copy` on the way (for the members of a zip)."""
    digest = hashlib.sha256()
    buffer = bytearray(BUFFER)
    view = memoryview(buffer)
    head = bytearray()
    tail = b""
    size = newlines = 0
    has_nul = has_wide = False
    is_utf8 = True
    ended_in_cr = False
    decoder = codecs.getincrementaldecoder("utf-8")()
    while count := stream.readinto(buffer):  # type: ignore[attr-defined]
        whole = count == BUFFER
        chunk = buffer if whole else buffer[:count]
        digest.update(view[:count])
        if copy is not None:
            copy.write(view[:count])
        if len(head) < HEAD:
            head += chunk[: HEAD - len(head)]
        tail = bytes(tail + chunk)[-TAIL:] if count < TAIL else bytes(chunk[-TAIL:])
        size += count
        newlines += chunk.count(b"\n")
        if ended_in_cr or b"\r" in chunk:
            newlines += chunk.count(b"\r") - chunk.count(b"\r\n")
            newlines -= ended_in_cr and chunk[:1] == b"\n"
        ended_in_cr = chunk[-1:] == b"\r"
        has_nul = has_nul or b"\0" in chunk
        if is_utf8 and not (chunk.isascii() and decoder.getstate()[0] == b""):
            try:
                decoder.decode(chunk)
                has_wide = True
            except UnicodeDecodeError:
                is_utf8 = False
                has_wide = has_wide or _WIDE.search(chunk) is not None
        elif not is_utf8 and not has_wide:
            has_wide = _WIDE.search(chunk) is not None
    if is_utf8 and decoder.getstate()[0]:
        is_utf8 = False
    return Scan(
        sha256=digest.hexdigest(),
        size=size,
        lines=newlines + (size > 0 and tail[-1:] not in (b"\n", b"\r")),
        has_nul=has_nul,
        is_utf8=is_utf8,
        has_wide_utf8=has_wide,
        head=bytes(head),
        tail=tail,
    )


_WIDE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")

_MAGIC = (
    (b"PK\x03\x04", "is a zip or Excel file under another ending; name it .xlsx or .zip"),
    (b"PK\x05\x06", "is a zip file under another ending; name it .zip"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel or Office file; export it as .csv or .xlsx"),
    (b"%PDF", "is a PDF; export it as .csv or .xlsx"),
    (b"\x1f\x8b", "is gzip-compressed; unpack it first"),
    (b"\x89PNG", "is a picture; export it as .csv or .xlsx"),
    (b"PAR1", "is a Parquet file; export it as .csv or .xlsx"),
    (b"SQLite format 3\0", "is a database; export it as .csv or .xlsx"),
    (b"{\\rtf", "is a Rich Text document; export it as .csv or .xlsx"),
)
_MARKUP = re.compile(
    rb"\s*(?:<\?xml|<!--|<!doctype|<html|<head|<body|<script|<meta)", re.IGNORECASE
)
_CONTROL = bytes(set(range(32)) - {9, 10, 12, 13, 27})


def encoding_of(facts: Scan, stream: IO[bytes]) -> str:
    """The encoding's Python name: `utf-8`, `utf-16`, `utf-16-le`, `utf-16-be` or `cp1252`.

    A file that is UTF-8 but for some rows is `utf-8`: the reader quarantines those rows. `stream`
    is read only where the bytes leave open which it is. Raises RefusedError for what is no text.
    """
    if facts.size == 0:
        raise RefusedError("is empty (0 bytes); export it again")
    head = facts.head
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for magic, sentence in _MAGIC:
        if head.startswith(magic):
            raise RefusedError(sentence)
    start = head.removeprefix(codecs.BOM_UTF8)
    if not start.strip():
        raise RefusedError("holds nothing but blanks; export it again")
    if _MARKUP.match(start):
        raise RefusedError(
            "is a web page or XML, not a table (a login page saved as a file?);"
            " sign in and export it again"
        )
    if facts.has_nul:
        wide = _nul_pattern(head)
        if wide:
            return wide
    if facts.is_utf8 or facts.has_wide_utf8 or not _reads_as_cp1252(stream):
        return "utf-8"
    return "cp1252"


def is_binary(head: bytes) -> bool:
    """Whether the start of a file in which no header was found is no text of any kind.

    One byte in twenty; a stray control character in a note is met in real exports.
    """
    return len(head.translate(None, _CONTROL)) * 20 < len(head) * 19


def _nul_pattern(head: bytes) -> str | None:
    """UTF-16 without a mark: of mostly Latin text every other byte is NUL."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = max(len(head) // 2, 1)
    if odd > half * 0.6 and even < half * 0.1:
        return "utf-16-le"
    if even > half * 0.6 and odd < half * 0.1:
        return "utf-16-be"
    return None


_LETTERS = "A-Za-zÀ-ÖØ-öø-ýŠšŽžŒœŸ"
# What stands beside what in Windows-1252 text: accented letters in words, signs and typographic
# quotes anywhere. Not so ÿ and þ, which is how stray 0xFF and 0xFE bytes look, nor Â and Ã before
# anything but a capital: the first halves of damaged UTF-8.
_ACCENTED = "ÀÁÄ-ÖØ-öø-ýŠšŽžŒœŸ"
_PLAUSIBLE = re.compile(
    rf"(?<=[{_LETTERS}])[{_ACCENTED}]|[{_ACCENTED}](?=[{_LETTERS}])|[ÂÃ](?=[A-Z])"
    r"|(?<![^\s\"',;(])[ÀÉÈÊàéèêÓÒóòú](?![^\s\"',;)])"
    r"|[‘’“”„‚–—…•™®©°§«»¡¿ºª£¥¢·±²³µ¼½¾´¨¶\u00a0\u00ad‹›†‡‰×÷]"
    r"|€(?=[\s\d\"',;]|$)|(?<=\d)€"
)
_PLAUSIBLE_SHARE = 0.6
"""A few damaged rows do not outvote the rest of a file; one damaged row alone is no encoding."""


def _reads_as_cp1252(stream: IO[bytes]) -> bool:
    """Whether most bytes outside ASCII make sense as Windows-1252.

    The file is no UTF-8, and no sequence in it is: either it is Windows-1252 or a few rows of
    plain ASCII are damaged.
    """
    wide = plausible = 0
    while chunk := stream.read(BUFFER):
        for found in re.finditer(rb"[^\n\r]{0,16}[\x80-\xff][^\n\r]{0,16}", chunk):
            text = found.group().decode("cp1252", "replace")
            wide += sum(not character.isascii() for character in text)
            plausible += len(_PLAUSIBLE.findall(text))
        if wide > 100_000:
            break
    return wide > 0 and plausible >= _PLAUSIBLE_SHARE * wide


def transcode(source: IO[bytes], encoding: str, target: Path) -> None:
    """Writes `source` as UTF-8 to `target`, line ends as they are.

    Bytes that the encoding has no character for come out as bytes that are no UTF-8 either, so
    that the reader finds and quarantines exactly their rows.
    """
    if encoding == "cp1252":
        decoder = codecs.getincrementaldecoder(encoding)("surrogateescape")
        errors = "surrogateescape"
    else:
        decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
        errors = "surrogatepass"
    with target.open("wb") as copy:
        while chunk := source.read(BUFFER):
            copy.write(decoder.decode(chunk).encode("utf-8", errors))
        try:
            copy.write(decoder.decode(b"", final=True).encode("utf-8", errors))
        except UnicodeDecodeError:
            copy.write(b"\xff")  # half a character at the end: the last row's problem


def physical_lines(path: Path) -> Iterator[tuple[int, str]]:
    """(number from 1, line with its end), bytes that are not UTF-8 as lone surrogates."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
        yield from enumerate(stream, start=1)


def raw_records(path: Path, spans: dict[int, int]) -> dict[int, str]:
    """The raw text of records by the line they start on; `spans`: that line -> lines spanned."""
    texts: dict[int, str] = {}
    if not spans:
        return texts
    last = max(start + count for start, count in spans.items())
    open_spans: deque[tuple[int, int, list[str]]] = deque()
    for number, line in physical_lines(path):
        if number >= last:
            break
        if number in spans:
            open_spans.append((number, number + spans[number], []))
        for start, end, parts in list(open_spans):
            parts.append(line)
            if number + 1 == end:
                texts[start] = readable("".join(parts))
                open_spans.remove((start, end, parts))
    for start, _, parts in open_spans:
        texts[start] = readable("".join(parts))
    return texts


def readable(text: str) -> str:
    """`text` without its line end; undecodable bytes and NULs written as `\\xff`, `\\x00`."""
    text = text.rstrip("\r\n").replace("\0", "\\x00")
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
