"""Drops: what was delivered, when it was exported, and which object each file belongs to.

Belongs here: walking the exports folder, opening delivered files safely (zips, links, paths), and
reading a drop's instant and mode. Does not belong here: what is inside a file (scan.py and on).

A delivered file that cannot be taken is a `Refusal`, never an exception: everything else must load.
"""

from __future__ import annotations

import json
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Literal

from dagster_project.errors import UsageError, disk_full
from dagster_project.ingest.mapping import CrmMapping, Mappings

MANIFEST = "_export.json"
TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
WORKBOOK_SUFFIX = ".xlsx"
READABLE = (*TEXT_SUFFIXES, WORKBOOK_SUFFIX)
# Kinds of file that hold data and are not read: silence about them would lose it.
OTHER_DATA = (".zip", ".gz", ".7z", ".xls", ".xlsb", ".ods", ".json", ".xml", ".parquet")

# Exports of text shrink to a fifth or a twentieth; deflate itself can reach 1 : 1032. Above a
# hundred a member is made to fill disks. Small members may shrink as they like: 10 MB harm nobody.
MAX_RATIO = 100
RATIO_APPLIES_ABOVE = 10 * 1024**2
# More than any CRM holds of one object, and still far below what a build machine's disk has.
MAX_MEMBER_BYTES = 64 * 1024**3

STOPPED = f"was not read, because the {MANIFEST} of its drop is wrong"
"""Why a file of such a drop is refused; people are told once, of the manifest."""

ANY_OBJECT = "*"
"""Stands for the object where a refused file belongs to none (a broken zip)."""


class RefusedError(Exception):
    """This file cannot be taken; the text is one sentence without the file's name."""


@dataclass(frozen=True)
class DropFile:
    """One file of a drop that belongs to an object, not opened yet."""

    object: str
    name: str
    """Relative to the exports folder, `crm/drop.zip/Lead.csv` for the member of a zip."""
    path: Path
    member: int | None = None
    """Position in the zip's directory: a zip may hold two members of one name."""

    @property
    def suffix(self) -> str:
        """In lower case, with the dot."""
        return PurePosixPath(self.name).suffix.lower()


@dataclass(frozen=True)
class Refusal:
    """A delivered file that is refused before it is read."""

    object: str
    name: str
    reason: str


@dataclass
class Drop:
    """One delivery under `<exports>/<crm>/`: a folder or a zip."""

    crm: str
    name: str
    path: Path
    exported_at: datetime
    """UTC, without zone."""
    mode: Literal["delta", "full"] = "delta"
    is_dated: bool = True
    """False where the modification time had to stand in for the instant."""
    files: list[DropFile] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)


def find_drops(exports: Path, mappings: Mappings) -> list[Drop]:
    """All drops under `exports`, oldest first (then by CRM and name, so that order is a function
    of the deliveries alone).

    Raises UsageError when the folder is missing, cannot be read, holds no file, or holds a folder
    that no mapping reads.
    """
    crms = list(_crm_folders(exports, mappings))
    root = exports.resolve()
    drops: list[Drop] = []
    for folder, mapping in crms:
        for path in _entries(folder):
            label = f"{mapping.crm}/{path.name}"
            if not _is_inside(path, root):
                reason = "leads out of the exports folder; copy it in instead"
                drops.append(_refused_drop(mapping, path, label, reason))
            elif path.is_dir():
                drops.append(_folder_drop(mapping, path, label, root))
            elif path.suffix.lower() == ".zip":
                drops.append(_zip_drop(mapping, path, label))
            elif path.suffix.lower() in (*READABLE, *OTHER_DATA):
                reason = (
                    "lies outside a drop; put it into a folder named by its date, such as"
                    f" {mapping.crm}/2026-11-20/"
                )
                drops.append(_refused_drop(mapping, path, label, reason))
    if not any(drop.files or drop.refusals or drop.unmatched for drop in drops):
        raise UsageError(
            f"{exports} holds no export files; put them into a folder such as"
            f" {exports / 'salesforce' / '2026-11-20'}"
        )
    return sorted(drops, key=lambda drop: (drop.exported_at, drop.crm, drop.name))


def _crm_folders(exports: Path, mappings: Mappings) -> Iterator[tuple[Path, CrmMapping]]:
    if not exports.is_dir():
        raise UsageError(f"{exports} is no folder; name the folder that holds <crm>/<drop>/")
    for path in _entries(exports):
        if not path.is_dir():
            if path.suffix.lower() in (*READABLE, ".zip"):
                raise UsageError(
                    f"{path} lies outside a CRM's folder; move it into one of"
                    f" {exports}/<crm>/ ({mappings.names()})"
                )
            continue
        mapping = mappings.crms.get(path.name.lower())
        if mapping is None:
            raise UsageError(
                f"{path} has no mapping; there are mappings for {mappings.names()}:"
                f" rename the folder or add mappings/{path.name}.yml to the contract folder"
            )
        yield path, mapping


def _entries(folder: Path) -> list[Path]:
    """Sorted, without hidden files. Raises UsageError where the folder cannot be read."""
    try:
        return sorted(p for p in folder.iterdir() if not _is_hidden(p.name))
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be read ({error.strerror}); allow this user to read it"
        ) from error


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "~$")) or name in ("__MACOSX", "Thumbs.db", "desktop.ini")


def _is_inside(path: Path, root: Path) -> bool:
    return path.resolve().is_relative_to(root)


def _refused_drop(mapping: CrmMapping, path: Path, label: str, reason: str) -> Drop:
    """A delivery that cannot be opened, as a drop of nothing but its refusal."""
    drop = Drop(mapping.crm, path.name, path, datetime(1970, 1, 1))
    drop.refusals.append(Refusal(_object_or_any(mapping, path.stem), label, reason))
    _date(drop, None, path.lstat().st_mtime, "")
    return drop


def _folder_drop(mapping: CrmMapping, folder: Path, label: str, root: Path) -> Drop:
    drop = Drop(mapping.crm, folder.name, folder, datetime(1970, 1, 1))
    manifest: bytes | None = None
    unreadable = ""
    newest = folder.stat().st_mtime
    paths: list[Path] = []
    failures: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=failures.append):
        folders[:] = sorted(name for name in folders if not _is_hidden(name))
        here = Path(parent)
        for name in list(folders):
            if (here / name).is_symlink():
                paths.append(here / name)
        paths.extend(here / name for name in sorted(names) if not _is_hidden(name))
    for failure in failures:
        name = f"{mapping.crm}/{Path(failure.filename).relative_to(folder.parent)}"
        reason = f"cannot be read ({failure.strerror}); allow this user to read it"
        drop.refusals.append(Refusal(ANY_OBJECT, name, reason))
    for path in paths:
        relative = path.relative_to(folder).as_posix()
        name = f"{label}/{relative}"
        if not _is_inside(path, root):
            reason = "leads out of the exports folder; copy the file in instead"
            drop.refusals.append(Refusal(_object_or_any(mapping, path.stem), name, reason))
            continue
        if not path.is_file():
            drop.unmatched.append(name)
            continue
        if path.name == MANIFEST:
            try:
                manifest = manifest or path.read_bytes()
            except OSError as error:
                unreadable = f"it cannot be read: {error.strerror}"
            continue
        newest = max(newest, path.stat().st_mtime)
        _sort_in(drop, mapping, DropFile("", name, path))
    _date(drop, manifest, newest, f"{label}/{MANIFEST}")
    if unreadable:
        _stop(drop, f"{label}/{MANIFEST}", unreadable)
    return drop


def _zip_drop(mapping: CrmMapping, path: Path, label: str) -> Drop:
    """A zip's members as a drop's files; nothing is unpacked, and no member's path is trusted."""
    drop = Drop(mapping.crm, path.name, path, datetime(1970, 1, 1))
    manifest: bytes | None = None
    try:
        with zipfile.ZipFile(path) as archive:
            for index, info in enumerate(archive.infolist()):
                if info.is_dir():
                    continue
                member = PurePosixPath(info.filename.replace("\\", "/"))
                if any(_is_hidden(part) for part in member.parts if part not in ("..", ".")):
                    continue
                name = f"{label}/{member}"
                reason = _unsafe(info, member)
                if reason:
                    found = _object_or_any(mapping, member.stem)
                    drop.refusals.append(Refusal(found, name, reason))
                elif member.name == MANIFEST:
                    manifest = manifest or archive.read(info)
                else:
                    _sort_in(drop, mapping, DropFile("", name, path, index))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        reason = "is no complete zip (truncated or damaged); export it again"
        return _refused_drop(mapping, path, label, reason)
    except OSError as error:
        reason = f"cannot be read ({error.strerror}); allow this user to read it"
        return _refused_drop(mapping, path, label, reason)
    _date(drop, manifest, path.stat().st_mtime, f"{label}/{MANIFEST}")
    return drop


def _unsafe(info: zipfile.ZipInfo, member: PurePosixPath) -> str | None:
    """Why a member must not be touched, or None."""
    has_drive = re.match(r"[A-Za-z]:", str(member)) is not None
    if member.is_absolute() or has_drive or ".." in member.parts:
        return f"has a path that leaves the folder ({info.filename}); make the zip anew"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "is a link, not a file; make the zip anew with the file itself"
    if info.flag_bits & 1:
        return "is encrypted; make the zip anew without a password"
    return too_big(info)


def too_big(info: zipfile.ZipInfo) -> str | None:
    """The sentence for a member that would fill the disk, or None."""
    ratio = info.file_size / max(info.compress_size, 1)
    if info.file_size > RATIO_APPLIES_ABOVE and ratio > MAX_RATIO:
        return (
            f"would unpack to {info.file_size:,} bytes from {info.compress_size:,}"
            f" (a zip bomb: more than {MAX_RATIO} to 1); look where it comes from"
        )
    if info.file_size > MAX_MEMBER_BYTES:
        return f"would unpack to {info.file_size:,} bytes; split it into several files"
    return None


def _object_or_any(mapping: CrmMapping, stem: str) -> str:
    return mapping.object_of(stem) or ANY_OBJECT


def _sort_in(drop: Drop, mapping: CrmMapping, file: DropFile) -> None:
    """Puts a file among the drop's files, refusals or unmatched ones."""
    stem = PurePosixPath(file.name).stem
    found = mapping.object_of(stem)
    if file.suffix == ".zip":
        reason = "is a zip inside a drop and is not opened; put it beside the drop's folder"
        drop.refusals.append(Refusal(found or ANY_OBJECT, file.name, reason))
    elif found is None:
        drop.unmatched.append(file.name)
    elif file.suffix in READABLE:
        drop.files.append(DropFile(found, file.name, file.path, file.member))
    else:
        reason = f"is a {file.suffix or 'file without ending'}; export it as .csv or .xlsx"
        drop.refusals.append(Refusal(found, file.name, reason))


@contextmanager
def open_file(file: DropFile) -> Iterator[IO[bytes]]:
    """The bytes of a delivered file. Raises RefusedError for all that can go wrong in reading it,
    a zip member's damage found only while its bytes are read included.
    """
    try:
        if file.member is None:
            with file.path.open("rb", buffering=0) as stream:
                yield stream
        else:
            with (
                zipfile.ZipFile(file.path) as archive,
                archive.open(archive.infolist()[file.member]) as member,
            ):
                yield member
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise RefusedError("is damaged inside its zip; export it again") from error
    except OSError as error:
        if disk_full(error, file.path.parent):
            raise  # of the copy that the caller makes; the file itself is in order
        raise RefusedError(
            f"cannot be read ({error.strerror or error}); allow this user to read it"
        ) from error


_DATE = re.compile(
    r"(?<!\d)(?P<year>20\d\d)(?P<dash>-?)(?P<month>0[1-9]|1[0-2])(?P=dash)"
    r"(?P<day>0[1-9]|[12]\d|3[01])"
    r"(?:[T_ ](?P<hour>[01]\d|2[0-3])[:.-]?(?P<minute>[0-5]\d)"
    r"(?:[:.-]?(?P<second>[0-5]\d))?(?:\.\d+)?(?P<zone>Z|[+-][01]\d:?[0-5]\d)?)?(?!\d)",
    re.IGNORECASE,
)


def instant_in_name(name: str) -> datetime | None:
    """The first ISO 8601 date or date-time anywhere in a drop's name, in UTC without zone.

    A bare date is 00:00 UTC of that date; a time without offset is UTC.
    """
    for found in _DATE.finditer(name):
        parts = found.groupdict()
        text = f"{parts['year']}-{parts['month']}-{parts['day']}"
        if parts["hour"]:
            text += f"T{parts['hour']}:{parts['minute']}:{parts['second'] or '00'}"
            text += (parts["zone"] or "").upper()
        try:
            return to_utc(datetime.fromisoformat(text))
        except ValueError:
            continue  # 2026-02-30 is no date; another may follow
    return None


def to_utc(value: datetime) -> datetime:
    """In UTC and without zone; a value without zone is UTC already."""
    return value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)


def _date(drop: Drop, manifest: bytes | None, mtime: float, manifest_name: str) -> None:
    """Sets the drop's instant and mode from its manifest, its name or its modification time."""
    named = instant_in_name(drop.name)
    drop.is_dated = named is not None
    modified = datetime.fromtimestamp(int(mtime), UTC).replace(tzinfo=None)
    drop.exported_at = named or modified
    if manifest is None:
        return
    try:
        content = json.loads(manifest.decode("utf-8-sig"))
    except ValueError:
        content = None
    if not isinstance(content, dict):
        _stop(drop, manifest_name, f"it must be JSON like {_MANIFEST_EXAMPLE}")
        return
    mode = content.get("mode", "delta")
    if mode not in ("delta", "full"):
        _stop(drop, manifest_name, f'mode must be "delta" or "full", not {json.dumps(mode)}')
        return
    drop.mode = mode
    if "exported_at" in content:
        try:
            drop.exported_at = to_utc(datetime.fromisoformat(content["exported_at"]))
            drop.is_dated = True
        except (ValueError, TypeError, OverflowError):
            found = json.dumps(content["exported_at"])
            why = f'exported_at must be an instant like "2026-11-20T02:00:00Z", not {found}'
            _stop(drop, manifest_name, why)


_MANIFEST_EXAMPLE = '{"exported_at": "2026-11-20T02:00:00Z", "mode": "delta"}'


def _stop(drop: Drop, manifest_name: str, why: str) -> None:
    """Refuses a whole drop for its manifest: it may be full or delta, and loading it on a guess
    could mark every absent record deleted, or none.
    """
    files = "1 file" if len(drop.files) == 1 else f"{len(drop.files)} files"
    told = f"is wrong ({why}), so {files} of its drop went unread; correct it"
    drop.refusals.append(Refusal(ANY_OBJECT, manifest_name, told))
    drop.refusals.extend(Refusal(file.object, file.name, STOPPED) for file in drop.files)
    drop.files.clear()
