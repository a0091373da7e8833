"""Rules of money: quotas begin on a quarter and every currency has its rate."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from dagster_project.contract.seeds import Seeds
from dagster_project.errors import Fault


def quarters_begin(seeds: Seeds, first_month: int) -> Iterator[Fault]:
    """A quota starts on the first day of a fiscal quarter; `first_month` begins the year."""
    months = sorted((first_month - 1 + 3 * quarter) % 12 + 1 for quarter in range(4))
    for quota in seeds.quotas:
        day = quota.quarter_start
        if day.day != 1 or day.month not in months:
            listed = ", ".join(str(month) for month in months)
            message = f"{day} begins no fiscal quarter: write the first day of month {listed}."
            yield quota.fault(message, "quarter_start")


def quotas_have_rates(seeds: Seeds, reporting_currency: str) -> Iterator[Fault]:
    """A quota in another currency has a rate in force when its quarter starts.

    One fault per currency, at its first quota without a rate.
    """
    if "fx_rates" in seeds.broken:
        return
    since: dict[str, date] = {reporting_currency: date.min}
    for rate in seeds.fx_rates:
        since[rate.currency] = min(rate.effective_from, since.get(rate.currency, date.max))
    reported: set[str] = set()
    for quota in seeds.quotas:
        currency = quota.currency
        if since.get(currency, date.max) > quota.quarter_start and currency not in reported:
            reported.add(currency)
            message = f"{currency} has no rate on {quota.quarter_start}: add one to fx_rates.csv."
            yield quota.fault(message, "currency")


def reporting_currency_is_one(seeds: Seeds, reporting_currency: str) -> Iterator[Fault]:
    """Rates are to the reporting currency, which is worth itself."""
    for rate in seeds.fx_rates:
        if rate.currency == reporting_currency and rate.rate != 1:
            message = (
                f"{rate.currency} is the reporting currency and worth 1, not {rate.rate}:"
                " write rates to it, or change the variable reporting_currency."
            )
            yield rate.fault(message, "rate")
