"""The types a cell of the agreement can have: how it is read, and what is said when it cannot be.

Belongs here: one cell at a time. Does not belong here: what cells mean together (rules).
A reader takes the trimmed text of a cell and returns its value, or raises ValueError with the
sentence for people.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from dagster_project.contract.engine import time_zones

PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
CLOCK_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
CURRENCY = re.compile(r"[A-Za-z]{3}")
DOMAIN = re.compile(r"[^\s@/]+\.[^\s@/]+")


def _cell(read: Callable[[str], Any], *, blank: Any = ...) -> BeforeValidator:
    """A pydantic validator around a reader; without `blank`, a blank cell is a fault."""

    def validate(value: Any) -> Any:
        text = str(value).replace("\r\n", "\n").replace("\r", "\n").strip()
        if not text:
            if blank is ...:
                raise PydanticCustomError("cell", "the cell is blank: fill it.")
            return blank
        try:
            return read(text)
        except ValueError as error:
            raise PydanticCustomError("cell", "{sentence}", {"sentence": str(error)}) from error

    return BeforeValidator(validate)


def _one_of(options: Any) -> Callable[[str], str]:
    known = get_args(options)

    def read(text: str) -> str:
        if text.lower() not in known:
            raise ValueError(f"{text!r} is unknown: write one of {', '.join(known)}.")
        return text.lower()

    return read


def _number(text: str) -> Decimal:
    if not PLAIN_NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is not a plain number: write it like 1250 or 0.95.")
    return Decimal(text)


def _not_negative(text: str) -> Decimal:
    number = _number(text)
    if number < 0:
        raise ValueError(f"{text} is negative: write 0 or more.")
    return number


def _above_zero(text: str) -> Decimal:
    number = _number(text)
    if number <= 0:
        raise ValueError(f"{text} is not above 0: write a rate such as 1.08.")
    return number


def _share(text: str) -> Decimal:
    number = _number(text)
    if not 0 <= number <= 1:
        raise ValueError(f"{text} is not between 0 and 1: write 90 % as 0.9.")
    return number


def _whole(text: str) -> int:
    number = _not_negative(text)
    if number != int(number):
        raise ValueError(f"{text} is not a whole number: write it like 6.")
    return int(number)


def _count(text: str) -> int:
    number = _whole(text)
    if number == 0:
        raise ValueError("0 promises nothing: write at least 1, or leave the row out.")
    return number


def _weekday(text: str) -> int:
    if text not in {"1", "2", "3", "4", "5", "6", "7"}:
        raise ValueError(f"{text!r} is not a weekday: write 1 for Monday to 7 for Sunday.")
    return int(text)


def _day(text: str) -> date:
    try:
        if len(text) != len("2024-01-01"):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a date: write it like 2024-01-31.") from None


def _truth(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ValueError(f"{text!r} is neither true nor false: write one of the two.")
    return text.lower() == "true"


def _opening(text: str) -> str:
    if text == "24:00":
        raise ValueError("24:00 is only a close: write 00:00 of the next weekday.")
    return _closing(text)


def _closing(text: str) -> str:
    if text != "24:00" and not CLOCK_TIME.fullmatch(text):
        raise ValueError(f"{text!r} is not a time of day: write HH:MM, from 00:00 to 24:00.")
    return text


def _time_zone(text: str) -> str:
    if text not in time_zones():
        raise ValueError(f"{text!r} is not an IANA time zone: write one like Europe/Berlin.")
    return text


def _currency(text: str) -> str:
    if not CURRENCY.fullmatch(text):
        raise ValueError(f"{text!r} is not a currency: write its three-letter code, like EUR.")
    return text.upper()


def _domain(text: str) -> str:
    if not DOMAIN.fullmatch(text):
        raise ValueError(
            f"{text!r} is not an e-mail domain: write what follows the @, like acme.com."
        )
    return text


def _crm(text: str) -> str:
    """The two CRMs the project knows by name are spelled as it spells them."""
    return text.lower() if text.lower() in {"salesforce", "hubspot"} else text


ClauseName = Literal[
    "fit",
    "completeness",
    "handoff",
    "speed_to_lead",
    "disposition",
    "feedback",
    "cadence",
    "contest_review",
    "volume",
]
SideName = Literal["marketing", "sales"]
UnitName = Literal["minutes", "hours", "days", "month"]
ClockName = Literal["wall", "business"]
RoleTypeName = Literal["sdr", "ae", "manager", "marketing", "integration", "queue"]
StageName = Literal[
    "new",
    "mql",
    "sal",
    "sql",
    "opportunity",
    "won",
    "lost",
    "rejected",
    "dead",
    "recycled",
]
DirectionName = Literal["outbound", "inbound", "any"]
SponsorName = Literal["marketing", "sales", "partner"]
ReasonName = Literal[
    "wrong_icp",
    "no_budget",
    "no_compelling_event",
    "wrong_contact_level",
    "bad_timing",
]
FieldName = Literal["name", "company", "role", "email", "source", "score"]
FieldRuleName = Literal["present", "email", "number", "in_sources"]
KindName = Literal["firmographic", "trigger", "behavioral", "disqualifier"]
AttributeName = Literal[
    "industry",
    "employees",
    "role",
    "country",
    "source",
    "score",
    "email_domain",
]
OperatorName = Literal["in", "not_in", "between", "at_least", "matches"]
ExpectedName = Literal["pass", "fail"]

Text = Annotated[str, _cell(str)]
OptionalText = Annotated[str | None, _cell(str, blank=None)]
Crm = Annotated[str, _cell(_crm)]
Domain = Annotated[str, _cell(_domain)]
Currency = Annotated[str, _cell(_currency)]
TimeZone = Annotated[str, _cell(_time_zone)]
Opening = Annotated[str, _cell(_opening)]
Closing = Annotated[str, _cell(_closing)]
Weekday = Annotated[int, _cell(_weekday)]
Day = Annotated[date, _cell(_day)]
OptionalDay = Annotated[date | None, _cell(_day, blank=None)]
Truth = Annotated[bool, _cell(_truth)]
TruthOrFalse = Annotated[bool, _cell(_truth, blank=False)]
Share = Annotated[Decimal, _cell(_share)]
Rate = Annotated[Decimal, _cell(_above_zero)]
Amount = Annotated[Decimal, _cell(_not_negative)]
OptionalAmount = Annotated[Decimal | None, _cell(_not_negative, blank=None)]
OptionalNumber = Annotated[Decimal | None, _cell(_number, blank=None)]
OptionalCount = Annotated[int | None, _cell(_count, blank=None)]
WholeOrZero = Annotated[int, _cell(_whole, blank=0)]
OptionalWhole = Annotated[int | None, _cell(_whole, blank=None)]
Clause = Annotated[ClauseName, _cell(_one_of(ClauseName))]
Side = Annotated[SideName, _cell(_one_of(SideName))]
OptionalUnit = Annotated[UnitName | None, _cell(_one_of(UnitName), blank=None)]
OptionalClock = Annotated[ClockName | None, _cell(_one_of(ClockName), blank=None)]
RoleType = Annotated[RoleTypeName, _cell(_one_of(RoleTypeName))]
Stage = Annotated[StageName, _cell(_one_of(StageName))]
Direction = Annotated[DirectionName, _cell(_one_of(DirectionName))]
Sponsor = Annotated[SponsorName, _cell(_one_of(SponsorName))]
OptionalReason = Annotated[ReasonName | None, _cell(_one_of(ReasonName), blank=None)]
Field = Annotated[FieldName, _cell(_one_of(FieldName))]
FieldRule = Annotated[FieldRuleName, _cell(_one_of(FieldRuleName))]
Kind = Annotated[KindName, _cell(_one_of(KindName))]
Attribute = Annotated[AttributeName, _cell(_one_of(AttributeName))]
Operator = Annotated[OperatorName, _cell(_one_of(OperatorName))]
Expected = Annotated[ExpectedName, _cell(_one_of(ExpectedName))]
