"""The `mapped.*` views: raw columns under canonical names, times in UTC, numbers with a point.

Belongs here: SQL generated from mappings. Does not belong here: trimming, casting and deduping,
which is dbt's staging. A value that a mapping's format does not explain is passed on as delivered,
so that staging's cast fails on it and reports it with its raw value: nothing turns null here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import duckdb

from dagster_project.ingest import canonical, sql, tables
from dagster_project.ingest.canonical import Fields, FieldType
from dagster_project.ingest.mapping import PROVENANCE, CrmMapping, Mappings, Source
from dagster_project.ingest.tables import RawColumns

_DAY = r"[0-9]{4}[-/ ][0-9]{1,2}[-/ ][0-9]{1,2}"
_TIME = r"[T ][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?"
_LOCAL = rf"{_DAY}({_TIME})?"
_OFFSET = rf"{_DAY}{_TIME} *([Zz]|UTC|GMT|[+-][0-9]{{2}}(:?[0-9]{{2}})?)"
_GROUPING = r"[.\s\x{00a0}\x{202f}''’]"
_COMMA_NUMBER = rf"[+-]?(\d{{1,3}}({_GROUPING}\d{{3}})+|\d+)(,\d+)?"
_ISO_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME_CODES = re.compile(r"%[-]?[HIMSfpXc]")


def create_views(
    connection: duckdb.DuckDBPyConnection,
    mappings: Mappings,
    columns: RawColumns | None = None,
) -> None:
    """Creates or replaces every mapped view; those that read the same as before are left alone.
    `columns` are those of all raw tables, asked for where they are not given.

    Views of a CRM whose mapping is gone keep their rows out of `mapped.generic__*`: its raw tables
    stay, unread.
    """
    columns = tables.raw_columns(connection) if columns is None else columns
    wanted = dict(view_statements(mappings, columns))
    connection.execute("create table if not exists ingest.mapped_views (name varchar, sql varchar)")
    there = dict(connection.execute("select name, sql from ingest.mapped_views").fetchall())
    if there == wanted:
        return
    connection.execute("begin")
    for name in there.keys() - wanted.keys():
        connection.execute(f"drop view if exists mapped.{sql.name(name)}")
    for name, body in wanted.items():
        if there.get(name) != body:
            connection.execute(f"create or replace view mapped.{sql.name(name)} as {body}")
    connection.execute("delete from ingest.mapped_views")
    connection.execute(
        "insert into ingest.mapped_views select unnest(?), unnest(?)",
        [list(wanted), list(wanted.values())],
    )
    connection.execute("commit")


def view_statements(mappings: Mappings, columns: RawColumns) -> Iterator[tuple[str, str]]:
    """Yields (view name, select statement) for every view, in a fixed order."""
    for kind, objects in canonical.NATIVE.items():
        mapping = mappings.crms[kind]
        for object_name, fields in objects.items():
            entry = mapping.objects[object_name]
            there = columns[mapping.raw_schema, object_name]
            expressions = _expressions(mapping, entry.fields, fields, there)
            if kind == "salesforce" and object_name == "LeadHistory":
                lead_fields = mapping.objects["Lead"].fields
                expressions["field"] = _history_field(expressions["field"], lead_fields)
            body = _select(mapping.crm, mapping, object_name, expressions)
            yield f"{kind}__{canonical.snake(object_name)}", body
        yield f"{kind}__reviews", _fed(mappings, "reviews", kind)
    yield "hubspot__deal_stage_dates", _deal_stage_dates(mappings.crms["hubspot"], columns)
    for target in canonical.GENERIC:
        yield f"generic__{target}", _fed(mappings, target, None)


def _fed(mappings: Mappings, target: str, kind: str | None) -> str:
    """All feeds of a canonical file; `kind`: only those for that native CRM's leads.

    Reviews of a native CRM's leads go to that CRM's view and to no other. A row without an id
    feeds no file whose records have one: of one wide file some rows are deals and some are not.
    """
    fields = canonical.GENERIC[target]
    key = canonical.IDS.get(target)
    parts: dict[str, list[str]] = {}
    objects = _objects_feeding(mappings, target)
    for mapping in mappings:
        for object_name, entry in mapping.objects.items():
            feed = entry.feeds.get(target)
            if feed is None:
                continue
            crm = feed.crm or mapping.crm
            home = crm if target == "reviews" and crm in canonical.NATIVE else None
            if home != kind:
                continue
            expressions = _expressions(mapping, feed.fields, fields, list(entry.declared))
            body = ""
            if key is not None:
                body = f" where trim({expressions[key]}) <> ''"
                if target == "touches" and objects[crm] > 1:
                    prefix = sql.text(f"{object_name}/")
                    expressions[key] = f"{prefix} || trim({expressions[key]})"
            body = _select(crm, mapping, object_name, expressions) + body
            parts.setdefault(crm, []).append(body)
    if not parts:
        return _no_rows(fields)
    if key is None or target == "touches":
        return " union all ".join(body for bodies in parts.values() for body in bodies)
    return " union all ".join(_completed(bodies, fields, key) for bodies in parts.values())


def _objects_feeding(mappings: Mappings, target: str) -> Counter[str]:
    """How many objects feed a canonical file of each CRM. Two kinds of touches number their
    records each from one: where there are several, the object is part of a touch's id.
    """
    return Counter(
        entry.feeds[target].crm or mapping.crm
        for mapping in mappings
        for entry in mapping.objects.values()
        if target in entry.feeds
    )


def _completed(bodies: list[str], fields: Fields, key: str) -> str:
    """The rows of a CRM's first object, their blank fields filled from the others by id.

    Of every later object the newest delivered row of an id counts, whatever drop it came in. A
    record that the first object does not have comes from the first that has it. A union of the
    objects instead let the newest row blank all that its own object does not hold.
    """
    if len(bodies) == 1:
        return bodies[0]
    tables = [f"o0 as ({bodies[0]})"]
    newest = "order by _exported_at desc, _file desc, _line desc"
    tables += [
        f"o{i} as (select * from ({body})"
        f" qualify row_number() over (partition by trim({key}) {newest}) = 1)"
        for i, body in enumerate(bodies[1:], start=1)
    ]
    parts = []
    for i in range(len(bodies)):
        later = range(i + 1, len(bodies))
        columns = [f"o{i}.crm", f"o{i}.{key}"]
        for field in (sql.name(field) for field in fields if field != key):
            values = [f"nullif(trim(o{n}.{field}), '')" for n in (i, *later)]
            columns.append(f"coalesce({', '.join(values)}, null) as {field}")
        columns += [f"o{i}.{column}" for column in ("_object", *PROVENANCE)]
        joins = "".join(f" left join o{n} on trim(o{n}.{key}) = trim(o{i}.{key})" for n in later)
        absent = " and ".join(
            f"not exists (from o{n} where trim(o{n}.{key}) = trim(o{i}.{key}))" for n in range(i)
        )
        where = f" where {absent}" if absent else ""
        parts.append(f"select {', '.join(columns)} from o{i}{joins}{where}")
    return f"(with {', '.join(tables)} {' union all '.join(parts)})"


def _no_rows(fields: Fields) -> str:
    columns = ", ".join(f"null::varchar as {sql.name(field)}" for field in fields)
    return (
        f"select null::varchar as crm, {columns}, null::varchar as _object,"
        " null::varchar as _file, null::bigint as _line, null::varchar as _load_id,"
        " null::timestamp as _exported_at where false"
    )


def _select(crm: str, mapping: CrmMapping, object_name: str, expressions: dict[str, str]) -> str:
    columns = ", ".join(f"{body} as {sql.name(field)}" for field, body in expressions.items())
    return (
        f"select {sql.text(crm)} as crm, {columns}, {sql.text(object_name)} as _object,"
        f" _file, _line, _load_id, _exported_at from {tables.raw_table(mapping, object_name)}"
    )


def _expressions(
    mapping: CrmMapping, sources: dict[str, Source], fields: Fields, there: list[str]
) -> dict[str, str]:
    """Canonical field -> SQL; a field that nothing feeds is a null of type text."""
    known = {column.casefold() for column in there}
    expressions = {}
    for field, kind in fields.items():
        source = sources.get(field)
        if source is None:
            expressions[field] = "null::varchar"
        elif source.constant is not None:
            expressions[field] = sql.text(source.constant)
        else:
            columns = [sql.name(c) for c in source.columns if c.casefold() in known]
            expressions[field] = rewritten(_first_filled(columns), kind, mapping)
    return expressions


def _first_filled(columns: list[str]) -> str:
    """SQL of the first column that is not blank: a file may have several, one of them filled."""
    if len(columns) == 1:
        return columns[0]
    filled = [f"nullif(trim({column}), '')" for column in columns[:-1]]
    return f"coalesce({', '.join(filled)}, {columns[-1]})"


def rewritten(value: str, kind: FieldType, mapping: CrmMapping) -> str:
    """SQL of `value` as canonical text of its type, or `value` itself where nothing is to be done.

    Instants become `YYYY-MM-DD HH:MM:SS[.ffffff]` in UTC; an offset in the value wins over the
    mapping's time zone. A bare day of a `date` or `day_or_instant` field is never shifted; of an
    instant it is local midnight.
    """
    if kind is FieldType.NUMBER:
        return _number(value) if mapping.decimal == "comma" else value
    if kind not in (FieldType.INSTANT, FieldType.DATE, FieldType.DAY_OR_INSTANT):
        return value
    formats = mapping.timestamp_formats
    if not formats and kind is FieldType.DATE:
        return value
    if not formats and mapping.timezone == "UTC":
        signs = ("z", " Z", " +", " -")  # looked for first: a pattern per value would cost more
        may_need_it = " or ".join(f"contains({value}, '{sign}')" for sign in signs)
        return (
            f"case when ({may_need_it}) and regexp_full_match(trim({value}), '{_OFFSET}')"
            f" then {_castable(value)} else {value} end"
        )
    day_formats = [f for f in formats if not _TIME_CODES.search(f)]
    cases = []
    day = _strptime(value, day_formats)
    if kind is FieldType.DATE:
        moment = _strptime(value, formats) or "null::timestamp"
        cases.append(f"strftime({moment}, '%Y-%m-%d')")
    else:
        if kind is FieldType.DAY_OR_INSTANT:
            cases.append(
                f"case when regexp_full_match(trim({value}), '{_ISO_DAY}') then {value} end"
            )
            if day:
                cases.append(f"strftime({day}, '%Y-%m-%d')")
        cases.append(_utc(value, formats, mapping.timezone))
    return f"coalesce({', '.join(cases)}, {value})"


def instant(value: str, mapping: CrmMapping) -> str:
    """SQL of `value` as a TIMESTAMP in UTC, null where it is none; for comparing versions."""
    formats, zone = mapping.timestamp_formats, sql.text(mapping.timezone)
    # The cast would drop what it does not know at the end of a time, an offset included.
    local = (
        f"case when regexp_full_match(trim({value}), '{_LOCAL}')"
        f" then try_cast(trim({value}) as timestamp) end"
    )
    parsed = _strptime(value, formats)
    local = f"coalesce({parsed}, {local})" if parsed else local
    return (
        f"case when regexp_full_match(trim({value}), '{_OFFSET}')"
        f" then timezone('UTC', try_cast({_castable(value)} as timestamptz))"
        f" else timezone('UTC', timezone({zone}, {local})) end"
    )


def _castable(value: str) -> str:
    """SQL of an instant with an offset as a cast to timestamptz takes it: no blank before the
    offset, and a capital Z.
    """
    joined = f"regexp_replace(trim({value}), ' +([+-][0-9:]+)$', '\\1')"
    return f"regexp_replace({joined}, ' *[zZ]$', 'Z')"


def _utc(value: str, formats: tuple[str, ...], zone: str) -> str:
    moment = instant(
        value, CrmMapping(crm="x", timezone=zone, timestamp_formats=formats, objects={})
    )
    return f"rtrim(rtrim(strftime({moment}, '%Y-%m-%d %H:%M:%S.%f'), '0'), '.')"


def _strptime(value: str, formats: tuple[str, ...] | list[str]) -> str | None:
    if not formats:
        return None
    return f"try_strptime(trim({value}), [{', '.join(sql.text(f) for f in formats)}])"


def _number(value: str) -> str:
    """`1.234,56` -> `1234.56`; blanks, no-break blanks and apostrophes group thousands too.

    What is not written so passes unchanged: taking the point out of `12.5` made it 125.
    """
    plain = f"replace(regexp_replace({value}, '{_GROUPING}', '', 'g'), ',', '.')"
    is_number = f"regexp_full_match(trim({value}), '{_COMMA_NUMBER}')"
    return f"case when {is_number} then {plain} else {value} end"


def _history_field(value: str, lead: dict[str, Source]) -> str:
    """Translates the API name of a history row to the canonical field of the lead's own mapping."""
    cases = []
    for field, source in lead.items():
        for column in source.columns:
            spellings = {column.lower()}
            if column.lower().endswith("id") and len(column) > 2:
                spellings.add(column.lower()[:-2])  # OwnerId's history is written as Owner
            listed = ", ".join(sql.text(s) for s in sorted(spellings))
            cases.append(f"when lower(trim({value})) in ({listed}) then {sql.text(field)}")
    return f"case {' '.join(cases)} else lower(trim({value})) end"


def _deal_stage_dates(mapping: CrmMapping, columns: RawColumns) -> str:
    """One row per deal and stage entered, from the stage date columns delivered so far."""
    entry = mapping.objects["deals"]
    pattern = entry.stage_date_pattern
    there = columns[mapping.raw_schema, "deals"]
    known = {column.casefold() for column in there}
    deal = [sql.name(c) for c in entry.columns_of("id") if c.casefold() in known]
    parts = []
    for column in there:
        found = pattern.fullmatch(column) if pattern else None
        if not found:
            continue
        expressions = {
            "deal_id": _first_filled(deal),
            "stage": sql.text(found["stage"]),
            "pipeline": sql.text(found["pipeline"]),
            "entered_at": rewritten(sql.name(column), FieldType.INSTANT, mapping),
        }
        body = _select(mapping.crm, mapping, "deals", expressions)
        parts.append(f"{body} where trim({sql.name(column)}) <> ''")
    return " union all ".join(parts) if parts else _no_rows(canonical.DEAL_STAGE_DATES)
