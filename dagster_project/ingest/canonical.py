"""The canonical fields: which columns every `mapped.*` view has, and what each one holds.

Belongs here: names and types of canonical fields, and nothing that depends on one company.
Does not belong here: which delivered column feeds a field (mappings/*.yml) and how a value is
rewritten on the way (views.py).
"""

from __future__ import annotations

import re
from enum import StrEnum


class FieldType(StrEnum):
    """What the text of a field means; the views carry text whatever the type."""

    TEXT = "text"
    INSTANT = "instant"
    DATE = "date"
    DAY_OR_INSTANT = "day_or_instant"
    NUMBER = "number"
    BOOLEAN = "boolean"


_CODES = {
    "i": FieldType.INSTANT,
    "d": FieldType.DATE,
    "di": FieldType.DAY_OR_INSTANT,
    "n": FieldType.NUMBER,
    "b": FieldType.BOOLEAN,
}

Fields = dict[str, FieldType]


def _fields(text: str) -> Fields:
    """Reads `name` or `name:code` words, so that one table is a few readable lines below."""
    pairs = (word.partition(":") for word in text.split())
    return {name: _CODES[code] if code else FieldType.TEXT for name, _, code in pairs}


REVIEWS = _fields("lead_id rejected_at:i ruling ruled_at:i ruled_by evidence")

SALESFORCE: dict[str, Fields] = {
    "Lead": _fields(
        "id is_deleted:b master_record_id first_name last_name email company title lead_source"
        " status industry employees:n country owner_id created_at:i is_converted:b"
        " converted_at:di converted_account_id converted_contact_id converted_opportunity_id"
        " score:n reason note modified_at:i"
    ),
    "LeadHistory": _fields("id lead_id created_by_id created_at:i field old_value new_value"),
    "User": _fields("id name email is_active:b user_role_id time_zone"),
    "UserRole": _fields("id name"),
    "Group": _fields("id name type"),
    "Task": _fields(
        "id who_id owner_id subject status task_subtype call_type activity_date:d completed_at:i"
        " created_at:i created_by_id is_deleted:b"
    ),
    "Event": _fields("id who_id owner_id subject starts_at:i ends_at:i created_at:i is_deleted:b"),
    "Opportunity": _fields(
        "id account_id name stage_name amount:n currency close_date:d is_closed:b is_won:b"
        " lead_source owner_id created_at:i is_deleted:b modified_at:i"
    ),
    "OpportunityHistory": _fields(
        "id opportunity_id stage_name amount:n close_date:d created_at:i"
    ),
    "Account": _fields("id name industry employees:n country"),
    "Contact": _fields("id account_id email"),
}

_ACTIVITY = _fields("id occurred_at:i owner direction outcome contact_ids created_at:i")

HUBSPOT: dict[str, Fields] = {
    "contacts": _fields(
        "id first_name last_name email company title source score:n lifecycle_stage lead_status"
        " owner owner_assigned_at:i created_at:i became_lead_at:i became_mql_at:i"
        " became_sql_at:i became_opportunity_at:i became_customer_at:i industry employees:n"
        " country reason note deal_ids merged_ids modified_at:i"
    ),
    "contacts_property_history": _fields(
        "contact_id property value changed_at:i source_type updated_by"
    ),
    "owners": _fields("id email first_name last_name team time_zone"),
    "calls": _ACTIVITY,
    "emails": _ACTIVITY,
    "meetings": _ACTIVITY,
    "deals": _fields(
        "id name pipeline stage amount:n currency close_date:di created_at:i owner lost_reason"
        " contact_ids modified_at:i"
    ),
}

DEAL_STAGE_DATES = _fields("deal_id stage pipeline entered_at:i")
"""Not a file of its own: unpivoted from the stage date columns of HubSpot's deals."""

GENERIC: dict[str, Fields] = {
    "leads": _fields(
        "lead_id created_at:i name email company title source score:n industry employees:n"
        " country owner status reason note opportunity_id mql_at:i sal_at:i sql_at:i"
        " opportunity_at:i won_at:i lost_at:i rejected_at:i dead_at:i recycled_at:i"
        " modified_at:i is_deleted:b"
    ),
    "lead_history": _fields("lead_id field old_value new_value changed_at:i"),
    "users": _fields("user_id name team email"),
    "touches": _fields("touch_id lead_id user_id type direction occurred_at:i logged_at:i"),
    "opportunities": _fields(
        "opportunity_id lead_id stage amount:n currency created_at:i closed_at:di is_won:b"
        " is_closed:b source owner name modified_at:i"
    ),
    "reviews": REVIEWS,
}

IDS = {
    "leads": "lead_id",
    "users": "user_id",
    "touches": "touch_id",
    "opportunities": "opportunity_id",
}
"""The canonical files whose records have an id, and the field that holds it."""

NATIVE: dict[str, dict[str, Fields]] = {"salesforce": SALESFORCE, "hubspot": HUBSPOT}
"""Kinds of CRM whose objects have views of their own; every other CRM feeds `GENERIC`."""


def snake(object_name: str) -> str:
    """`OpportunityHistory` -> `opportunity_history`; names in lower case stay as they are."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", object_name).lower()
