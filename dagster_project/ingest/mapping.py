"""Mappings: which delivered file and column feeds which canonical field, as YAML read by people.

Belongs here: the shape of a mapping file, reading and merging mapping files, and every check that
needs no export (unknown fields, unknown time zones, two objects claiming one file). Does not
belong here: SQL made from a mapping (views.py) or anything read from an export.

All scalars are read as text: a column called `no` or a constant `true` must not become a boolean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import duckdb
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dagster_project.errors import ContractError, Fault
from dagster_project.ingest import canonical

DEFAULTS = Path(__file__).parent / "mappings"
CRM_NAME = re.compile(r"[a-z][a-z0-9_]*")
OBJECT_NAME = re.compile(r"[A-Za-z0-9_]+")
PROVENANCE = ("_file", "_line", "_load_id", "_exported_at")

Path_ = tuple[str | int, ...]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Strict):
    """Where a field comes from: delivered columns tried in order, or one constant text."""

    columns: tuple[str, ...] = ()
    constant: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_yaml(cls, value: object) -> object:
        if isinstance(value, str) and value:
            return {"columns": (value,)}
        if isinstance(value, list) and value and all(isinstance(i, str) and i for i in value):
            return {"columns": tuple(value)}
        if isinstance(value, dict) and set(value) == {"constant"}:
            return value
        raise ValueError('must be a column, a list of columns, or {constant: "..."}')


class Feed(_Strict):
    """One canonical file fed by an object; `crm` where its lead ids belong to another CRM.

    Several objects of a CRM may feed one file. Leads, users and opportunities then complete each
    other by id: the first object in the mapping counts, the others fill what it leaves blank.
    Touches of several objects stay apart, each id with its object before it.
    """

    fields: dict[str, Source]
    crm: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_yaml(cls, value: object) -> object:
        if not isinstance(value, dict):
            raise ValueError("must hold canonical fields, each with its column")  # noqa: TRY004
        fields = {name: source for name, source in value.items() if name != "crm"}
        return {"fields": fields, "crm": value.get("crm")}


class ObjectMapping(_Strict):
    """One object of a CRM: its files, what identifies a record, and where its columns go.

    `key`, `modified` and `required` name canonical fields where the object has `fields`, and
    delivered columns where it has only `feeds`.
    """

    files: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    modified: str | None = None
    required: tuple[str, ...] = ()
    fields: dict[str, Source] = Field(default_factory=dict)
    feeds: dict[str, Feed] = Field(default_factory=dict)
    stage_dates: str | None = None

    def columns_of(self, name: str) -> tuple[str, ...]:
        """The delivered columns that `name` (as in `key` or `required`) may stand for."""
        return self.fields[name].columns if self.fields else (name,)

    @cached_property
    def key_columns(self) -> tuple[tuple[str, ...], ...]:
        """Per part of the key, the delivered columns tried in order; empty: records have no id."""
        return tuple(self.columns_of(name) for name in self.key)

    @cached_property
    def required_columns(self) -> tuple[tuple[str, ...], ...]:
        """Per required column, the spellings of which one must be in the header."""
        names = dict.fromkeys((*self.required, *self.key))
        return tuple(self.columns_of(name) for name in names)

    @cached_property
    def modified_columns(self) -> tuple[str, ...]:
        """The delivered columns that may hold a record's last-modified instant."""
        return self.columns_of(self.modified) if self.modified else ()

    @property
    def sources(self) -> list[Source]:
        """Where all fields come from, its own and those it feeds."""
        fed = [source for feed in self.feeds.values() for source in feed.fields.values()]
        return [*self.fields.values(), *fed]

    @cached_property
    def declared(self) -> tuple[str, ...]:
        """Every delivered column the mapping names, in its order, once each."""
        names = [column for source in self.sources for column in source.columns]
        names.extend(column for columns in self.required_columns for column in columns)
        names.extend(self.modified_columns)
        unique: dict[str, str] = {}
        for name in names:
            unique.setdefault(name.casefold(), name)
        return tuple(unique.values())

    @cached_property
    def stage_date_pattern(self) -> re.Pattern[str] | None:
        """Matches delivered columns such as `Date entered "Won (Sales)"`, with named groups."""
        if self.stage_dates is None:
            return None
        pattern = re.escape(self.stage_dates)
        # Names hold parentheses of their own; those of the pipeline must pair.
        for name, shape in (("stage", ".+"), ("pipeline", r"(?:[^()]|\([^()]*\))+")):
            pattern = pattern.replace(re.escape("{" + name + "}"), f"(?P<{name}>{shape})", 1)
        return re.compile(pattern, re.IGNORECASE)

    def undeclared(self, delivered: list[str]) -> list[str]:
        """Those of the delivered columns that this mapping does not know."""
        known = {column.casefold() for column in (*self.declared, *PROVENANCE)}
        pattern = self.stage_date_pattern
        return [
            column
            for column in delivered
            if column.casefold() not in known and not (pattern and pattern.fullmatch(column))
        ]


class CrmMapping(_Strict):
    """One CRM: its objects, and how its times and numbers are written."""

    crm: str
    kind: Literal["salesforce", "hubspot", "generic"] = "generic"
    timezone: str = "UTC"
    timestamp_formats: tuple[str, ...] = ()
    decimal: Literal["point", "comma"] = "point"
    objects: dict[str, ObjectMapping]

    @property
    def raw_schema(self) -> str:
        """The schema that holds this CRM's raw tables."""
        return f"raw_{self.crm}"

    def feeds(self) -> Iterator[tuple[Path_, Feed]]:
        """Every feed of every object, with its path in the mapping."""
        for name, entry in self.objects.items():
            for target, feed in entry.feeds.items():
                yield ("objects", name, "feeds", target), feed

    def files_of(self, object_name: str) -> tuple[str, ...]:
        """The file stems of an object; its own name where the mapping gives none."""
        return self.objects[object_name].files or (object_name,)

    @cached_property
    def stems(self) -> dict[str, str]:
        """File stem in lower case -> object."""
        return {stem.casefold(): name for name in self.objects for stem in self.files_of(name)}

    def object_of(self, stem: str) -> str | None:
        """The object a file belongs to by its name without extension, None when it is nobody's.

        After a known stem, part numbers, dates and the marks of a copy are allowed: `Leads_001`,
        `Lead (3)`, `contacts-2026-11-20 (1)`, `Lead - Copy`. The longest known stem wins.
        """
        wanted = stem.strip().casefold()
        for known in sorted(self.stems, key=len, reverse=True):
            if wanted == known or (
                wanted.startswith(known) and _PART.fullmatch(wanted[len(known) :])
            ):
                return self.stems[known]
        return None


# One character at a time: groups that repeat within each other take for ever on long names.
_PART = re.compile(r"(?=.*\d|.*copy)(?:[\s_.:()\d-]|(?<=\d)[tz]|(?<![a-z])copy)+")


@dataclass(frozen=True)
class Mappings:
    """Every CRM there is a mapping for, by name."""

    crms: Dictionary[str, CrmMapping]

    def __iter__(self) -> Iterator[CrmMapping]:
        return iter(self.crms.values())

    def names(self) -> str:
        """For messages: `hubspot, salesforce`."""
        return ", ".join(sorted(self.crms))


@dataclass(frozen=True)
class _Document:
    """One YAML file as plain data, with the place of every key."""

    data: dict[str, Any]
    places: dict[Path_, tuple[str, int]]


def read_mappings(contract_dir: Path | None = None) -> Mappings:
    """Reads the shipped mappings and, over them, those in `contract_dir`/mappings.

    A contract's file for a CRM that ships is merged over it key by key, so a company that names
    one column differently writes that column alone; any other file adds a CRM.

    Raises ContractError with file, line and sentence for every fault found.
    """
    shipped = mapping_files()
    documents = {path.stem: _read_yaml(path) for path in shipped}
    own: dict[str, Path] = {}
    faults: list[Fault] = []
    unread: set[str] = set()
    for path in mapping_files(contract_dir)[len(shipped) :]:
        try:
            document = _read_yaml(path)
        except ContractError as error:
            faults.extend(error.faults)
            unread.add(path.stem)
            continue
        crm = document.data.get("crm", path.stem)
        if not isinstance(crm, str) or not CRM_NAME.fullmatch(crm):
            message = "must be lower-case letters, digits and underscores, a letter first"
            line = document.places.get(("crm",), (str(path), 1))[1]
            faults.append(Fault(str(path), message, line, key="crm"))
        elif crm in own:
            message = f"maps {crm}, which {own[crm].name} maps too; keep one of them"
            faults.append(Fault(str(path), message))
        else:
            own[crm] = path
            documents[crm] = _merged(documents[crm], document) if crm in documents else document
    crms: dict[str, CrmMapping] = {}
    for crm, document in documents.items():
        mapping, found = _validated(crm, document)
        faults.extend(found)
        if mapping is not None:
            crms[crm] = mapping
    for mapping in crms.values():
        for at, feed in mapping.feeds():
            if feed.crm is not None and feed.crm not in {*documents, *unread}:
                file, line = _place(documents[mapping.crm], (*at, "crm"))
                message = f"{feed.crm} has no mapping; there are {', '.join(sorted(documents))}"
                faults.append(Fault(file, message, line, key="crm"))
    if faults:
        raise ContractError(faults)
    return Mappings(crms)


def mapping_files(contract_dir: Path | None = None) -> list[Path]:
    """The files that read_mappings reads: those shipped, then a contract folder's own."""
    own = contract_dir / "mappings" if contract_dir is not None else None
    found = {*own.glob("*.yml"), *own.glob("*.yaml")} if own is not None else ()
    return [*sorted(DEFAULTS.glob("*.yml")), *sorted(found)]


def _read_yaml(path: Path) -> _Document:
    name = str(path)
    try:
        node = yaml.compose(path.read_text("utf-8-sig"), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise ContractError([Fault(name, f"is not YAML: {error.problem}", line)]) from error
    except (yaml.YAMLError, OSError, UnicodeDecodeError) as error:
        raise ContractError([Fault(name, f"cannot be read: {error}")]) from error
    if not isinstance(node, yaml.MappingNode):
        raise ContractError([Fault(name, "must be a mapping with crm and objects", 1)])
    places: dict[Path_, tuple[str, int]] = {}
    return _Document(_plain(node, (), name, places), places)


def _plain(node: yaml.Node, path: Path_, file: str, places: dict[Path_, tuple[str, int]]) -> Any:
    places.setdefault(path, (file, node.start_mark.line + 1))
    if isinstance(node, yaml.MappingNode):
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            line = key_node.start_mark.line + 1
            if key in data:
                raise ContractError([Fault(file, "is there twice; keep one", line, key=key)])
            places[(*path, key)] = (file, line)
            data[key] = _plain(value_node, (*path, key), file, places)
        return data
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, index), file, places) for index, item in enumerate(node.value)]
    return node.value


def _merged(default: _Document, own: _Document) -> _Document:
    def merge(below: Any, above: Any) -> Any:
        if isinstance(below, dict) and isinstance(above, dict) and "constant" not in above:
            return below | {key: merge(below.get(key), value) for key, value in above.items()}
        return above

    return _Document(merge(default.data, own.data), default.places | own.places)


def _place(document: _Document, path: Path_) -> tuple[str, int]:
    """The place of the key, or of the nearest key above it that the file has."""
    for length in range(len(path), 0, -1):
        if path[:length] in document.places:
            return document.places[path[:length]]
    return document.places[()]


def _validated(crm: str, document: _Document) -> tuple[CrmMapping | None, list[Fault]]:
    faults: list[Fault] = []
    try:
        mapping = CrmMapping.model_validate({"crm": crm} | document.data)
    except ValidationError as error:
        for item in error.errors():
            # "fields" between a feed and its field is ours, not the file's
            path = tuple(p for i, p in enumerate(item["loc"]) if not (i == 4 and p == "fields"))
            file, line = _place(document, path)
            message = item["msg"].removeprefix("Value error, ")
            if item["type"] == "extra_forbidden":
                message = "is not known in a mapping; check the spelling"
            faults.append(Fault(file, message, line, key=".".join(map(str, path))))
        return None, faults
    for path, message in _contradictions(mapping):
        file, line = _place(document, path)
        key = next(part for part in reversed(path) if isinstance(part, str))
        faults.append(Fault(file, message, line, key=key))
    return (None if faults else mapping), faults


def _contradictions(mapping: CrmMapping) -> Iterator[tuple[Path_, str]]:
    """What is well-formed and still cannot be: (path of the key, sentence)."""
    if mapping.kind != "generic" and mapping.kind != mapping.crm:
        yield ("kind",), f"{mapping.kind} is only for the crm of that name; use generic"
    if mapping.kind == "generic" and mapping.crm in canonical.NATIVE:
        yield ("kind",), f"the crm {mapping.crm} must keep the kind {mapping.crm}"
    try:
        ZoneInfo(mapping.timezone)
    except (KeyError, ValueError, OSError):
        yield ("timezone",), f"{mapping.timezone} is not an IANA time zone such as Europe/Berlin"
    for index, text in enumerate(mapping.timestamp_formats):
        if problem := _format_problem(text):
            yield ("timestamp_formats", index), f'"{text}" {problem}'
    claimed: dict[str, str] = {}
    names: dict[str, str] = {}
    known = canonical.NATIVE.get(mapping.kind, {})
    for name, entry in mapping.objects.items():
        at: Path_ = ("objects", name)
        if not OBJECT_NAME.fullmatch(name):
            yield at, "must be letters, digits and underscores; files: may name any file"
        same = names.setdefault(name.casefold(), name)
        if same != name:
            yield at, f"differs from {same} in case alone; tables are told apart by more"
        for stem in entry.files or (name,):
            other = claimed.setdefault(stem.casefold(), name)
            if other != name:
                yield (*at, "files"), f"the file {stem} already belongs to {other}"
        if not entry.fields and not entry.feeds:
            yield at, "has neither fields nor feeds, so nothing of it would be used"
        if entry.fields and name not in known:
            yield at, _unknown_object(mapping.kind, known)
        elif entry.fields:
            yield from _unknown_fields((*at, "fields"), entry.fields, known[name])
        for target, feed in entry.feeds.items():
            if target not in canonical.GENERIC:
                there_are = ", ".join(canonical.GENERIC)
                yield (*at, "feeds", target), f"is not one of {there_are}"
            else:
                path = (*at, "feeds", target)
                yield from _unknown_fields(path, feed.fields, canonical.GENERIC[target])
                key = canonical.IDS.get(target)
                if key is not None and key not in feed.fields:
                    yield path, f"has no {key}; name the column that identifies a record"
        if entry.fields:
            for part in ("key", "required", "modified"):
                value = getattr(entry, part)
                for field in (value,) if isinstance(value, str) else value or ():
                    if field not in entry.fields:
                        yield (*at, part), f"{field} is not one of the fields of {name}"
                    elif not entry.fields[field].columns:
                        yield (*at, part), f"{field} is a constant, so no file can hold it"
        columns = [column for source in entry.sources for column in source.columns]
        taken = [column for column in columns if column.casefold() in PROVENANCE]
        if taken:
            yield at, f"the column {taken[0]} cannot be mapped, its name is used for provenance"


def _unknown_object(kind: str, known: Dictionary[str, canonical.Fields]) -> str:
    if not known:
        return f"has fields, which are for {' and '.join(canonical.NATIVE)}; give it feeds instead"
    return (
        f"is no object of {kind}; there are {', '.join(known)}: check the spelling, or give an"
        " object of your own feeds instead of fields"
    )


def _format_problem(text: str) -> str | None:
    """Why DuckDB's strptime cannot use a format, or None."""
    if re.search("%[zZ]", text):
        return "must not hold an offset; times with one are read as ISO 8601 without a format"
    with duckdb.connect() as connection:
        try:
            connection.execute("select strptime(strftime(timestamp '2026-01-05', $1), $1)", [text])
        except duckdb.Error as error:
            return f"is no usable format: {str(error).splitlines()[0]}"
    return None


def _unknown_fields(
    path: Path_, fields: dict[str, Source], known: canonical.Fields
) -> Iterator[tuple[Path_, str]]:
    for field in fields:
        if field not in known:
            yield (*path, field), f"is no canonical field; there are {', '.join(known)}"
