"""Which lead somebody means: by its key, its CRM's id, or one of its cycles.

Belongs here: the forms an id comes in, and what to say to one that fits no lead or several. Does
not belong here: what is told of the lead (story).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dagster_project.errors import UsageError
from dagster_project.explain.published import Published

# The characters after the 15 of a Salesforce id: each says of five of them which are capitals.
_CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

_MOST_CANDIDATES = 5


@dataclass(frozen=True, slots=True)
class Found:
    """The lead that is meant.

    `merged` is the record that was asked for where it is another than the lead's own; `excluded`
    says why it stands in no mart; `cycle_number` is None unless a cycle was asked for.
    """

    lead_key: str
    cycle_number: int | None = None
    merged: str | None = None
    excluded: str | None = None


def find(published: Published, asked: str) -> Found:
    """The lead of a lead_key, a cycle_id or a bare id of a CRM, in whatever case.

    Raises UsageError, with what to ask for instead, where none or several fit.
    """
    name, mark, suffix = asked.strip().rpartition("#") if "#" in asked else (asked.strip(), "", "")
    if mark and not (suffix.isdecimal() and int(suffix) > 0):
        raise UsageError(f"{asked!r} names no cycle: write its number after the #, as in {name}#1.")
    found = _only(published, name, asked)
    return Found(
        lead_key=found.lead_key,
        cycle_number=int(suffix) if mark else None,
        merged=found.merged,
        excluded=found.excluded,
    )


def _only(published: Published, name: str, asked: str) -> Found:
    if "@" in name:
        raise UsageError(
            f"{asked!r} is an address: leads are known by their key or their CRM's id, which "
            "restricted.leads gives for an address."
        )
    keys = _possible_keys(published, name)
    matches = _matches(published, keys) or _matches(published, keys, any_case=True)
    if len(matches) > 1:
        names = _listed(sorted(matches))
        raise UsageError(f"{asked!r} may be {names}: ask for one of them.")
    if not matches:
        raise UsageError(f"No lead is called {asked!r}: {_advice(published, name, keys)}")
    return next(iter(matches.values()))


def _possible_keys(published: Published, name: str) -> list[str]:
    """The keys that a name may stand for: its own CRM's, or every CRM's where it names none."""
    rows = published.rows(
        "select crm from marts.rpt_sla_assessability union select crm from ops.excluded_records"
    )
    crms = sorted(row["crm"] for row in rows)
    crm, colon, record = name.partition(":")
    known = {crm.casefold(): crm for crm in crms}
    if colon and crm.casefold() in known:
        crms, name = [known[crm.casefold()]], record
    elif colon and crms:
        raise UsageError(
            f"No CRM called {crm!r} has leads here: there {'are' if len(crms) > 1 else 'is'} "
            f"{_listed(crms, 'and')}."
        )
    return [f"{crm}:{form}" for crm in crms for form in _forms(crm, name.strip())]


def _forms(crm: str, record: str) -> list[str]:
    """How a record's id may stand in its key: of a Salesforce id the first 15 characters do."""
    if crm != "salesforce" or len(record) != 18:
        return [record]
    return sorted({record[:15], _with_capitals(record)})


def _with_capitals(record: str) -> str:
    """The first 15 characters of a Salesforce id in their own case, by its last three."""
    letters = []
    for block, check in enumerate(record[15:].upper()):
        capitals = _CAPITALS.find(check)
        if capitals < 0:
            return record[:15]
        for place, letter in enumerate(record[block * 5 : block * 5 + 5]):
            letters.append(letter.upper() if capitals >> place & 1 else letter.lower())
    return "".join(letters)


def _matches(
    published: Published, keys: Iterable[str], *, any_case: bool = False
) -> dict[str, Found]:
    """The records among `keys`, by their own keys."""
    wanted = [key.lower() if any_case else key for key in keys]
    marks = ", ".join("?" for _ in wanted) or "null"
    fold = "lower" if any_case else ""
    persons = "union select lead_key from persons.restricted.leads" if published.has_persons else ""
    leads = published.rows(
        f"""
        select distinct lead_key from (
            select lead_key from marts.fct_lead_events
            union all select lead_key from marts.fct_lead_cycles {persons}
        ) where {fold}(lead_key) in ({marks})
        """,
        wanted,
    )
    excluded = published.rows(
        f"""
        select crm || ':' || record_id as record_key, lead_key, reason from ops.excluded_records
        where {fold}(crm || ':' || record_id) in ({marks})
        """,
        wanted,
    )
    found = {row["lead_key"]: Found(row["lead_key"]) for row in leads}
    for row in excluded:
        key = row["record_key"]
        if row["lead_key"] is None:
            found[key] = Found(key, excluded=row["reason"])
        else:
            found[key] = _survivor(published, row["lead_key"], key)
    return found


def _survivor(published: Published, lead_key: str, merged: str) -> Found:
    """A merged record's lead, which may be a test itself."""
    tests = published.rows(
        "select reason from ops.excluded_records"
        " where crm || ':' || record_id = ? and lead_key is null",
        [lead_key],
    )
    return Found(lead_key, merged=merged, excluded=tests[0]["reason"] if tests else None)


def _advice(published: Published, name: str, keys: list[str]) -> str:
    """What else the name may be, what was perhaps meant, or how leads are called here."""
    record = name.partition(":")[2] or name
    marks = ", ".join("?" for _ in keys) or "null"
    other = published.rows(
        f"""
        select 'an opportunity' as what, split_part(cycle_id, '#', 1) as lead_key
        from marts.fct_opportunities where opportunity_key in ({marks})
        union all
        select 'an activity', lead_key from marts.fct_touches
        where ends_with(touch_key, ':' || ?) or ends_with(touch_key, ':' || left(?, 15))
        """,
        [*keys, record, record],
    )
    for row in other:
        if row["lead_key"] is not None:
            return f"it is {row['what']} of {row['lead_key']}, ask for that."
    near = published.rows(
        f"""
        select lead_key, min(damerau_levenshtein(lower(lead_key), wanted)) as distance
        from (select distinct lead_key from marts.fct_lead_cycles),
            (select unnest([{marks}]) as wanted)
        group by lead_key having distance <= 2 order by distance, lead_key limit {_MOST_CANDIDATES}
        """,
        [key.lower() for key in keys],
    )
    if near:
        return f"did you mean {_listed([row['lead_key'] for row in near])}?"
    example = published.rows("select min(lead_key) as lead_key from marts.fct_lead_cycles")
    if example and example[0]["lead_key"]:
        return f"a lead is called like {example[0]['lead_key']}."
    return "no lead has become an MQL here yet."


def _listed(names: list[str], last: str = "or") -> str:
    shown = names[:_MOST_CANDIDATES]
    if len(names) > len(shown):
        return f"{', '.join(shown)} {last} {len(names) - len(shown)} more"
    return f" {last} ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))
