"""Small invented companies whose exports are full of boundary cases.

``write_company(folder, seed)`` writes the same files for the same seed and options. What the
rules leave open is switched on by name with ``doubts``; without it a company holds only what
the rules decide.
"""

from __future__ import annotations

import csv
import itertools
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

DOUBTS = frozenset(
    {
        "same_second_reopen",  # a closing and an opening event of one lead in one second
        "status_won",  # the lead's own status maps to won or lost
        "status_opportunity_first",  # the status `opportunity` with no cycle before
        "win_in_a_later_cycle",  # an opportunity won after its lead qualified again
        "reopened_deal",  # lost, opened again, won
        "deleted_deal",
        "deleted_activity",
        "lead_status_without_history",  # HubSpot's lead status where nothing dates it
        "closing_instant",  # a generic closed_at with a time of day
        "dated_rates",  # a currency whose rate changes
        "owner_for_no_time",  # a rep for zero seconds
        "internal_call",  # CallType Internal with an `any` row
        "test_lead_deal",  # an opportunity of a test lead
        "won_in_the_future",  # closed won with a close date still to come
        "shared_deal_close",  # an opportunity of several leads is won or lost
        "win_before_creation",  # the close date begins before the opportunity was made
        "owner_without_history",  # owners that change where no history records it
        "stale_version",  # an older version of a record in a newer drop
    }
)

FIRST_DAY = datetime(2026, 1, 5, 8, 0)
REPORTING_ZONES = (
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Australia/Sydney",
    "America/Los_Angeles",
)
GENERIC = "zoho"
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

SALESFORCE_STAGES = {
    "new": ["Open - Not Contacted", "Working"],
    "mql": ["MQL", "Marketing Qualified"],
    "sal": ["Accepted"],
    "sql": ["Qualified", "Converted"],
    "opportunity": ["Prospecting", "Proposal"],
    "won": ["Closed Won"],
    "lost": ["Closed Lost"],
    "rejected": ["Rejected", "Disqualified"],
    "dead": ["Dead"],
    "recycled": ["Nurture"],
    "": ["Mystery Status"],
}
HUBSPOT_LIFECYCLE = {
    "new": ("lead", "Lead"),
    "mql": ("marketingqualifiedlead", "Marketing Qualified Lead"),
    "sql": ("salesqualifiedlead", "Sales Qualified Lead"),
    "opportunity": ("opportunity", "Opportunity"),
    "won": ("customer", "Customer"),
    "": ("evangelist", "Evangelist"),
}
HUBSPOT_LEAD_STATUS = {
    "new": ["NEW"],
    "sal": ["CONNECTED"],
    "rejected": ["UNQUALIFIED"],
    "dead": ["NO_RESPONSE"],
    "recycled": ["BAD_TIMING"],
    "": ["IN_PROGRESS"],
}
HUBSPOT_DEAL_STAGES = {
    "opportunity": ["Appointment Scheduled"],
    "won": ["Closed Won"],
    "lost": ["Closed Lost"],
}
GENERIC_STAGES = {
    "new": ["Fresh"],
    "mql": ["Marketing Ready", "Hot"],
    "sal": ["Taken"],
    "sql": ["Confirmed"],
    "opportunity": ["Deal open"],
    "won": ["Deal won"],
    "lost": ["Deal lost"],
    "rejected": ["Junk"],
    "dead": ["No answer"],
    "recycled": ["Later"],
    "": ["???"],
}
SOURCES = {
    "Web": ("Website", "marketing"),
    "Webinar": ("Webinar", "marketing"),
    "Trade Show": ("Events", "marketing"),
    "Outbound SDR": ("Outbound", "sales"),
    "Partner Referral": ("Partner", "partner"),
    "Purchased List": ("Purchased List", "marketing"),
}
REASONS = {
    "Wrong ICP": "wrong_icp",
    "No budget": "no_budget",
    "No compelling event": "no_compelling_event",
    "Too junior": "wrong_contact_level",
    "Bad timing": "bad_timing",
    "Other": "",
}
INDUSTRIES = ["Software", "Finance", "Retail", "software ", None]
EMPLOYEES = ["1", "49", "50", "99", "100", "999", "1000", "5000", "5001", "0", None, "many"]
COUNTRIES = ["US", "DE", "IN", "us", "FR", "Atlantis", None]
TITLES = ["VP Sales", "Director IT", "Head of Ops", "Intern", "vp marketing", None]
SCORES = ["10", "49", "50", "51", "60", "75", "59.9", None]
ROLE_TYPES = {
    "SDR Team": ("sdr", "AMER", "main"),
    "AE Team": ("ae", "", ""),
    "Night Shift": ("sdr", "APAC", "always"),
    "Bangalore": ("sdr", "APAC", "split"),
    "Sales Managers": ("manager", "", ""),
    "Marketing Ops": ("marketing", "", ""),
    "Integrations": ("integration", "", ""),
    "Waiting Room": ("queue", "", ""),
}


@dataclass(frozen=True)
class Company:
    exports: Path
    agreement: Path
    mappings: dict[str, Path]
    as_of: datetime
    seed: int
    crms: tuple[str, ...]
    history: dict[str, str]  # crm -> history, dates or none
    doubts: frozenset[str]


@dataclass
class Owner:
    owner_id: str
    name: str
    email: str
    team: str | None  # None: no role


@dataclass
class Act:
    number: int
    kind: str  # call, email, list_email, linkedin, cadence, task, meeting, sms, fax
    owner: Owner | None
    at: datetime
    logged_at: datetime
    direction: str | None = None
    is_planned: bool = False
    is_deleted: bool = False
    outcome: str = ""
    stories: list[Story] = field(default_factory=list)
    on_contact: bool = False


@dataclass
class Deal:
    number: int
    stages: list[tuple[datetime, str]]  # (instant, stage)
    close_date: date
    amount: str
    currency: str
    has_history: bool
    stories: list[Story]
    owner: Owner
    is_deleted: bool = False
    close_text: str | None = None

    @property
    def created_at(self) -> datetime:
        return self.stages[0][0]

    def stage_at(self, at: datetime) -> str:
        return [stage for since, stage in self.stages if since <= at][-1]


@dataclass
class Story:
    """One lead's life. ``changes`` are (instant, field, new value) in the order they happened."""

    number: int
    crm: str
    created_at: datetime
    initial: dict[str, str | None]
    changes: list[tuple[datetime, str, str | None]] = field(default_factory=list)
    gone_at: datetime | None = None  # absent from every drop from here on
    rejections: list[datetime] = field(default_factory=list)
    contact_number: int | None = None

    def set(self, at: datetime, name: str, value: str | None) -> None:
        self.changes.append((at, name, value))

    def ordered(self) -> list[tuple[datetime, str, str | None]]:
        return sorted(self.changes, key=lambda change: change[0])

    def state(self, until: datetime) -> dict[str, str | None]:
        values = dict(self.initial)
        for at, name, value in self.ordered():
            if at <= until:
                values[name] = value
        return values

    def modified_at(self, until: datetime) -> datetime:
        return max([self.created_at, *(at for at, _, _ in self.changes if at <= until)])


@dataclass
class Plot:
    """Everything the scenarios write into."""

    rng: random.Random
    crm: str
    mode: str
    end: datetime  # the newest export
    drop_times: list[datetime]
    owners: list[Owner]
    variables: dict[str, Any]
    doubts: frozenset[str]
    stories: list[Story] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)
    next_number: int = 1

    def number(self) -> int:
        self.next_number += 1
        return self.next_number

    def reps(self) -> list[Owner]:
        rep_teams = ("SDR Team", "AE Team", "Night Shift", "Bangalore", "Sales Managers")
        return [o for o in self.owners if o.team in rep_teams]

    def rep(self) -> Owner:
        return self.rng.choice(self.reps())

    def nobody(self) -> str | None:
        if self.crm == "salesforce":
            return QUEUE_ID
        if self.crm == "hubspot":
            return None
        return next(o.owner_id for o in self.owners if o.team == "Waiting Room")

    def moment(self, low: float = 0.0, high: float = 0.9) -> datetime:
        """A whole second within the company's life, often on the hour."""
        span = (self.end - FIRST_DAY).total_seconds()
        at = FIRST_DAY + timedelta(seconds=int(span * self.rng.uniform(low, high)))
        if self.rng.random() < 0.4:
            at = at.replace(minute=self.rng.choice([0, 30]), second=0)
        return at

    def new(self, created_at: datetime | None = None, stage: str = "new", **values: Any) -> Story:
        rng = self.rng
        created_at = created_at or self.moment()
        number = self.number()
        initial: dict[str, str | None] = {
            "first_name": rng.choice(["Ada", "Grace", "Alan", "Zoë"]),
            "last_name": f"Lead{number}",
            "email": f"lead{number}@{rng.choice(['acme.example', 'big.example', 'gmail.com'])}",
            "company": f"Company {number}",
            "title": rng.choice(TITLES),
            "source": vary(rng, rng.choice([*SOURCES, "Mystery Source", None])),
            "industry": rng.choice(INDUSTRIES),
            "employees": rng.choice(EMPLOYEES),
            "country": rng.choice(COUNTRIES),
            "score": rng.choice(SCORES),
            "owner": self.nobody(),
            "reason": None,
            "note": None,
        }
        if rng.random() < 0.4:  # one that fits, so that the definition is not failed by all
            initial.update(
                email=f"lead{number}@acme.example",
                title="VP Sales",
                source="Web",
                industry="Software",
                employees=rng.choice(["50", "99", "100", "1000", "5000"]),
                country=rng.choice(["US", "DE", "IN"]),
                score=rng.choice(["50", "75"]),
            )
        if self.variables["mql_entry"] == "score":
            initial["score"] = rng.choice(["10", "20", None])
        if rng.random() < 0.15:
            initial[rng.choice(["company", "title", "score", "source"])] = None
        if rng.random() < 0.08:
            initial["first_name"] = initial["last_name"] = None
        if rng.random() < 0.08:
            initial["email"] = rng.choice(
                [None, "nobody", "a@b", "a b@c.example", "a@@c.example", "x@y.example"]
            )
        if rng.random() < 0.05:
            initial["score"] = "n/a" if self.variables["mql_entry"] == "stage" else None
        initial.update(values)
        story = Story(number, self.crm, created_at, initial)
        if self.crm == "hubspot":
            initial.update({"lifecycle": None, "lead_status": None})
            if stage in HUBSPOT_LIFECYCLE:
                initial["lifecycle"] = stage
            else:
                initial["lead_status"] = stage
        else:
            initial["status"] = vary(rng, rng.choice(self.raw_stages()[stage]))
        self.stories.append(story)
        return story

    def raw_stages(self) -> dict[str, list[str]]:
        return SALESFORCE_STAGES if self.crm == "salesforce" else GENERIC_STAGES

    def move(self, story: Story, at: datetime, stage: str) -> datetime:
        """A change of status to a raw value of a stage; score entry moves the score too."""
        if self.crm == "hubspot":
            if stage in HUBSPOT_LIFECYCLE and not (stage == "" and self.rng.random() < 0.5):
                story.set(at, "lifecycle", stage)
            elif stage == "lost":
                story.set(at, "lead_status", "recycled")
            else:
                story.set(at, "lead_status", stage)
        else:
            story.set(at, "status", vary(self.rng, self.rng.choice(self.raw_stages()[stage])))
        if stage == "mql" and self.variables["mql_entry"] == "score":
            threshold = float(self.variables["mql_score_threshold"])
            story.set(at, "score", f"{threshold + self.rng.choice([0, 0, 0.5, 20]):g}")
        if stage in ("rejected", "dead", "recycled") and self.variables["mql_entry"] == "score":
            story.set(at, "score", self.rng.choice(["0", "59", None]))
        if stage == "rejected":
            story.rejections.append(at)
        return at

    def give(self, story: Story, at: datetime, owner: Owner | str | None) -> datetime:
        story.set(at, "owner", owner.owner_id if isinstance(owner, Owner) else owner)
        return at

    def act(self, stories: Story | list[Story], at: datetime, kind: str = "", **more: Any) -> Act:
        rng = self.rng
        kind = kind or rng.choice(["call", "email", "meeting", "linkedin"])
        late = rng.choice([timedelta(0), timedelta(0), MINUTE, 3 * HOUR, 2 * DAY])
        logged_at = more.pop("logged_at", at + late)
        act = Act(self.number(), kind, more.pop("owner", None) or self.rep(), at, logged_at, **more)
        act.stories = stories if isinstance(stories, list) else [stories]
        if act.direction is None and kind == "call":
            act.direction = rng.choice(["outbound", None])
        self.acts.append(act)
        return act

    def deal(
        self, stories: Story | list[Story], created_at: datetime, outcome: str = "", **more: Any
    ) -> Deal:
        rng = self.rng
        stages = [(created_at, "opportunity")]
        closed_at = more.pop("closed_at", created_at + rng.choice([HOUR, DAY, 20 * DAY]))
        if outcome:
            stages.append((closed_at, outcome))
        deal = Deal(
            self.number(),
            stages,
            more.pop("close_date", closed_at.date()),
            rng.choice(["1000", "2500.50", "", "90000"]),
            rng.choice(["USD", "EUR", "GBP", ""]),
            more.pop("has_history", rng.random() < 0.6),
            stories if isinstance(stories, list) else [stories],
            self.rep(),
            **more,
        )
        if self.crm == "generic" or self.crm == GENERIC:
            deal.stories = deal.stories[:1]
        for story in deal.stories:
            story.set(max(created_at, story.created_at), "opportunity_id", f"{deal.number}")
            if story.contact_number is None and self.crm == "salesforce":
                story.contact_number = self.number()
                story.set(created_at, "contact_id", f"{story.contact_number}")
        if deal.number % 9 == 0:
            deal.currency = "JPY"  # which the agreement has no rate for
        self.deals.append(deal)
        return deal

    def qualified(self, at: datetime | None = None, routed: bool = True) -> tuple[Story, datetime]:
        """A lead with its mql, mostly routed: (story, mql_at)."""
        rng = self.rng
        at = at or self.moment()
        story = self.new(at - rng.choice([timedelta(0), SECOND, HOUR, 3 * DAY]))
        self.move(story, at, "mql")
        if routed:
            self.give(
                story, at + rng.choice([timedelta(0), 5 * MINUTE, 301 * SECOND, HOUR]), self.rep()
            )
        return story, at


QUEUE_ID = "00G000000000001"


def vary(rng: random.Random, raw: str | None) -> str | None:
    """The same raw value, now and then in another case or with blanks around it."""
    if raw is None or rng.random() < 0.7:
        return raw
    return rng.choice([raw.upper(), raw.lower(), f" {raw}", f"{raw}  "])


# --- scenarios ------------------------------------------------------------------------------


def whole_way(plot: Plot) -> None:
    rng = plot.rng
    story, at = plot.qualified()
    for stage in ("sal", "sql"):
        at += rng.choice([SECOND, HOUR, 2 * DAY])
        if rng.random() < 0.7:
            plot.move(story, at, stage)
        if rng.random() < 0.6:
            plot.act(story, at - rng.choice([timedelta(0), MINUTE]))
    at += rng.choice([timedelta(0), HOUR, 5 * DAY])
    plot.deal(story, at, rng.choice(["", "won", "lost"]))


def untouched(plot: Plot) -> None:
    story, at = plot.qualified(routed=plot.rng.random() < 0.5)
    if plot.rng.random() < 0.3:
        plot.move(story, at + 72 * HOUR + plot.rng.choice([-SECOND, timedelta(0), SECOND]), "dead")


def rejected(plot: Plot) -> None:
    rng = plot.rng
    story, at = plot.qualified()
    rejected_at = at + rng.choice([timedelta(0), HOUR, 72 * HOUR, 73 * HOUR, 10 * DAY])
    if rng.random() < 0.2:
        rejected_at = at + SECOND
    reason = vary(rng, rng.choice([*REASONS, "Because", None]))
    story.set(
        rejected_at + rng.choice([-SECOND, timedelta(0), timedelta(0), SECOND]), "reason", reason
    )
    if rng.random() < 0.6:
        story.set(rejected_at + rng.choice([timedelta(0), HOUR, 20 * DAY]), "note", "Not for us")
    plot.move(story, rejected_at, "rejected")
    if rng.random() < 0.2:
        plot.move(story, rejected_at + HOUR, rng.choice(["sal", "sql", "dead", "rejected"]))


def given_up(plot: Plot) -> None:
    """Cadences: touches at and around the spacing, over some business days."""
    rng = plot.rng
    story, at = plot.qualified()
    spacing = timedelta(minutes=float(plot.variables["touch_spacing_minutes"]))
    touched = at + rng.choice([-HOUR, timedelta(0), HOUR])
    for _ in range(rng.randrange(0, 10)):
        plot.act(story, touched)
        touched += rng.choice([spacing, spacing + SECOND, spacing - SECOND, DAY, 2 * DAY, 3 * DAY])
    if rng.random() < 0.4:
        replied_at = at + rng.choice([-SECOND, timedelta(0), DAY, 2 * DAY])
        plot.act(story, replied_at, rng.choice(["call", "email"]), direction="inbound")
    dead_at = max(touched, at) + rng.choice([timedelta(0), HOUR, 4 * DAY])
    plot.move(story, dead_at, "dead")
    if rng.random() < 0.3:
        plot.act(story, dead_at + rng.choice([timedelta(0), SECOND]))


def again(plot: Plot) -> None:
    """Recycled and qualified again, around the requalification gap."""
    rng = plot.rng
    gap = timedelta(days=float(plot.variables["requalification_gap_days"]))
    story, at = plot.qualified(plot.moment(0, 0.4))
    for _ in range(rng.choice([1, 1, 2, 3])):
        at += rng.choice([HOUR, 2 * DAY])
        plot.act(story, at - MINUTE)
        plot.move(story, at, rng.choice(["recycled", "rejected", "dead"]))
        at += rng.choice([gap, gap - SECOND, gap + SECOND, 5 * DAY, SECOND])
        plot.move(story, at, rng.choice(["mql", "mql", "sal", "sql"]))
        if rng.random() < 0.4:
            plot.give(story, at + rng.choice([timedelta(0), HOUR]), plot.rep())
        plot.act(story, at + rng.choice([timedelta(0), MINUTE]))


def inferred(plot: Plot) -> None:
    rng = plot.rng
    story = plot.new(owner=rng.choice([plot.nobody(), plot.rep().owner_id]))
    at = story.created_at + rng.choice([timedelta(0), HOUR])
    kind = rng.choice(["sal", "sql", "deal"])
    if kind == "deal":
        plot.deal(story, at, rng.choice(["", "won", "lost"]))
    else:
        plot.move(story, at, kind)
    if rng.random() < 0.5:
        plot.move(story, at + rng.choice([timedelta(0), DAY]), "mql")
    if rng.random() < 0.4:
        plot.move(story, at + 2 * DAY, rng.choice(["rejected", "dead", "sql"]))
    plot.act(story, at + HOUR)


def qualified_twice(plot: Plot) -> None:
    rng = plot.rng
    story, at = plot.qualified()
    plot.move(story, at + rng.choice([timedelta(0), SECOND, DAY]), "mql")
    if rng.random() < 0.5:
        plot.move(story, at + 2 * DAY, "new")
        plot.move(story, at + 3 * DAY, "mql")


def backward(plot: Plot) -> None:
    story, at = plot.qualified()
    for stage in ("sql", "sal", "", "mql", "opportunity", "sql", "new"):
        at += plot.rng.choice([SECOND, HOUR, DAY])
        plot.move(story, at, stage)


def deals(plot: Plot) -> None:
    """Opportunities before, at and after the mql; several; of several leads; by close date."""
    rng = plot.rng
    story, at = plot.qualified()
    stories = [story]
    for _ in range(rng.choice([0, 0, 1, 2])):
        other_at = at + rng.choice([-DAY, -SECOND, timedelta(0), SECOND, DAY])
        if rng.random() < 0.8:
            stories.append(plot.qualified(other_at)[0])
        else:
            stories.append(plot.new(other_at))
    if rng.random() < 0.2:
        plot.move(stories[-1], at + 2 * DAY, "recycled")
    created_at = at + rng.choice([-5 * DAY, -SECOND, timedelta(0), SECOND, 3 * DAY])
    outcome = rng.choice(["", "won", "lost"])
    closed_at = created_at + rng.choice([timedelta(0), HOUR, DAY, 12 * DAY])
    close_date = closed_at.date() + rng.choice([timedelta(0), timedelta(0), DAY, -DAY])
    plot.deal(stories, created_at, outcome, closed_at=closed_at, close_date=close_date)
    if rng.random() < 0.3 and created_at >= at:
        plot.deal(
            stories[:1], created_at + rng.choice([timedelta(0), DAY]), rng.choice(["", "won"])
        )


def merged(plot: Plot) -> None:
    """Chains of two or three leads; the losers bring events, activities and opportunities."""
    rng = plot.rng
    if plot.crm == GENERIC:
        return whole_way(plot)
    at = plot.moment(0, 0.7)
    chain: list[Story] = []
    merged_at = at + 5 * DAY
    for index in range(rng.choice([2, 2, 3])):
        if "same_second_reopen" not in plot.doubts:
            at += 7 * index * SECOND
        story = plot.new(at + rng.choice([-DAY, timedelta(0), HOUR]), score=None)
        if plot.variables["mql_entry"] == "stage" and rng.random() < 0.6:
            plot.move(story, at + rng.choice([timedelta(0), DAY, 2 * DAY]), "mql")
        if rng.random() < 0.5:
            plot.give(story, at + rng.choice([timedelta(0), DAY]), plot.rep())
        plot.act(story, at + rng.choice([timedelta(0), DAY + HOUR, 3 * DAY]))
        if rng.random() < 0.4:
            plot.move(story, at + rng.choice([DAY, 3 * DAY]), rng.choice(["sal", "sql", "dead"]))
        if rng.random() < 0.2:
            plot.deal(story, at + 4 * DAY, rng.choice(["", "won"]))
        if index and rng.random() < 0.3:
            plot.act([chain[-1], story], at + 2 * DAY)
        chain.append(story)
    listed: list[str] = []
    for loser, survivor in itertools.pairwise(chain):
        if plot.crm == "salesforce":
            loser.set(merged_at, "master_record_id", f"{survivor.number}")
            loser.set(merged_at, "is_deleted", "true")
        else:
            listed = [f"{loser.number}", *(listed if rng.random() < 0.5 else [])]
            survivor.set(merged_at, "merged_ids", ";".join(listed))
            loser.gone_at = merged_at
        loser.changes = [c for c in loser.changes if c[0] <= merged_at]
        merged_at += rng.choice([HOUR, 20 * DAY])
    plot.act(chain[-1], merged_at + DAY)
    return None


def deleted(plot: Plot) -> None:
    story, at = plot.qualified()
    gone_at = at + plot.rng.choice([HOUR, 30 * DAY])
    if plot.crm == "salesforce" and plot.rng.random() < 0.5:
        story.set(gone_at, "is_deleted", "true")
    else:
        story.gone_at = gone_at
        story.changes = [c for c in story.changes if c[0] < gone_at]
    plot.act(story, at + MINUTE)


def internal(plot: Plot) -> None:
    story, at = plot.qualified()
    story.initial["email"] = plot.rng.choice(["qa@ourco.example", "x@TEST.example"])
    plot.act(story, at + MINUTE)
    if "test_lead_deal" in plot.doubts:
        plot.deal(story, at + HOUR, "won")


def owner_moves(plot: Plot) -> None:
    rng = plot.rng
    story, at = plot.qualified(routed=False)
    by_team = {owner.team: owner.owner_id for owner in plot.owners}
    if rng.random() < 0.3:
        story.initial["owner"] = rng.choice(plot.reps()).owner_id
    since = at + rng.choice([-DAY, timedelta(0), timedelta(0), SECOND, DAY])
    since = max(since, story.created_at + SECOND)
    teams = ["AE Team", "Sales Managers", "Marketing Ops", "Mystery", None, "Integrations", "-"]
    for team in rng.sample(teams, rng.randrange(1, 5)):
        plot.give(story, since, plot.nobody() if team == "-" else by_team.get(team))
        since += rng.choice([SECOND, HOUR, DAY])
    if rng.random() < 0.3:
        plot.give(story, plot.end + 30 * MINUTE, plot.rep())
    plot.act(story, at + 2 * HOUR)
    if "owner_for_no_time" in plot.doubts:
        plot.give(story, since, plot.rep())
        plot.give(story, since, plot.nobody())


def busy(plot: Plot) -> None:
    """Every kind of activity around the mql."""
    rng = plot.rng
    story, at = plot.qualified(plot.moment(0, 0.95))
    spacing = timedelta(minutes=float(plot.variables["touch_spacing_minutes"]))
    by_team = {owner.team: owner for owner in plot.owners}
    for _ in range(rng.randrange(2, 7)):
        when = at + rng.choice(
            [-DAY, -SECOND, timedelta(0), SECOND, spacing, spacing + SECOND, HOUR, 3 * DAY]
        )
        kind = rng.choice(
            [
                "call",
                "call",
                "email",
                "email",
                "meeting",
                "list_email",
                "cadence",
                "task",
                "linkedin",
                "sms",
                "fax",
            ]
        )
        more: dict[str, Any] = {}
        if rng.random() < 0.25:
            more["owner"] = by_team[rng.choice(["Marketing Ops", "Integrations", "Mystery"])]
        if kind in ("call", "email") and rng.random() < 0.3:
            more["direction"] = "inbound"
        if kind == "call" and rng.random() < 0.1 and "internal_call" in plot.doubts:
            more["direction"] = "internal"
        if rng.random() < 0.15:
            more["is_planned"] = True
        if kind == "meeting":
            more["outcome"] = rng.choice(["", "COMPLETED", "NO_SHOW", "CANCELED", "SCHEDULED"])
        if rng.random() < 0.05 and "deleted_activity" in plot.doubts:
            more["is_deleted"] = True
        if rng.random() < 0.1:
            when = plot.end + rng.choice([timedelta(0), SECOND, 3 * DAY])
            more["logged_at"] = min(when, plot.end - HOUR)
        stories = [story]
        if rng.random() < 0.3 and plot.stories:
            stories.append(rng.choice(plot.stories))
        act = plot.act(stories if stories[0] is not stories[-1] else [story], when, kind, **more)
        act.on_contact = rng.random() < 0.3
    if rng.random() < 0.5:
        plot.deal(story, at + 4 * DAY)


def edited(plot: Plot) -> None:
    """Values that change just before, at and just after the mql, and between two drops."""
    rng = plot.rng
    story, at = plot.qualified(plot.moment(0, 0.8))
    for name, values in (
        ("source", [*SOURCES, "Mystery Source", None]),
        ("company", ["New Co", None]),
        ("title", TITLES),
        ("score", ["20", "80", None]),
        ("industry", INDUSTRIES),
        ("employees", EMPLOYEES),
        ("country", COUNTRIES),
        ("email", ["new@acme.example", None, "broken"]),
    ):
        if name == "score" and plot.variables["mql_entry"] == "score":
            continue
        for _ in range(rng.choice([0, 1, 1, 2])):
            moment = rng.choice([-DAY, -SECOND, timedelta(0), SECOND, HOUR, 20 * DAY, 40 * DAY])
            story.set(max(at + moment, story.created_at), name, rng.choice(values))


def born_qualified(plot: Plot) -> None:
    if plot.variables["mql_entry"] == "score":
        threshold = f"{plot.variables['mql_score_threshold']}"
        story = plot.new(score=threshold, owner=plot.rep().owner_id)
    else:
        story = plot.new(stage="mql", owner=plot.rep().owner_id)
    plot.act(story, story.created_at + plot.rng.choice([timedelta(0), HOUR]))


def at_the_end(plot: Plot) -> None:
    """Records dated around and after the newest export."""
    rng = plot.rng
    at = plot.end + rng.choice([-HOUR, -5 * MINUTE, -SECOND, timedelta(0), SECOND, 30 * MINUTE])
    story = plot.new(at - rng.choice([DAY, 2 * HOUR]))
    plot.move(story, at, "mql")
    plot.give(story, at + rng.choice([timedelta(0), MINUTE]), plot.rep())
    plot.act(story, at + rng.choice([MINUTE, HOUR]), logged_at=plot.end - MINUTE)
    if rng.random() < 0.5:
        plot.move(story, at + rng.choice([SECOND, 10 * MINUTE]), rng.choice(["sal", "rejected"]))


def due_at_the_end(plot: Plot) -> None:
    """Deadlines that fall just before, on and just after the newest export."""
    rng = plot.rng
    limit = rng.choice([5 * MINUTE, 72 * HOUR, 7 * DAY])
    at = plot.end - limit + rng.choice([-SECOND, timedelta(0), SECOND])
    story = plot.new(at - HOUR, owner=plot.rep().owner_id if limit > HOUR else plot.nobody())
    plot.move(story, at, "mql")
    if limit == 7 * DAY:
        plot.move(story, at + SECOND, "rejected")


def wander(plot: Plot) -> None:
    """A random walk through the statuses, several in a second."""
    rng = plot.rng
    story = plot.new(plot.moment(0, 0.6))
    at = story.created_at
    last = "new"
    for _ in range(rng.randrange(2, 9)):
        stage = rng.choice(["new", "mql", "mql", "sal", "sql", "rejected", "dead", "recycled", ""])
        step = rng.choice([timedelta(0), SECOND, HOUR, DAY, 9 * DAY])
        closing = ("rejected", "dead", "recycled")
        if "same_second_reopen" not in plot.doubts and (last in closing or stage in closing):
            step = max(step, SECOND)
        at += step
        plot.move(story, at, stage)
        last = stage
        if rng.random() < 0.3 and (step or "owner_for_no_time" in plot.doubts):
            plot.give(story, at, rng.choice([plot.rep().owner_id, plot.nobody()]))
        if rng.random() < 0.3:
            plot.act(story, at + rng.choice([timedelta(0), MINUTE]))


def summer_time(plot: Plot) -> None:
    """Clocks that run over a change of the clocks."""
    rng = plot.rng
    weekend = rng.choice([datetime(2026, 3, 7), datetime(2026, 3, 28), datetime(2026, 4, 4)])
    at = weekend + rng.choice([-9 * HOUR, 3 * HOUR, 25 * HOUR, 30 * HOUR, 49 * HOUR])
    story = plot.new(at - DAY, owner=rng.choice([plot.rep().owner_id, plot.nobody()]))
    plot.move(story, at, "mql")
    routed_at = plot.give(story, at + rng.choice([timedelta(0), 5 * MINUTE]), plot.rep())
    for wait in (HOUR, 61 * MINUTE, 40 * HOUR):
        if rng.random() < 0.5:
            plot.act(story, routed_at + wait)
    if rng.random() < 0.5:
        plot.move(story, routed_at + 72 * HOUR, "sal")


def doubtful(plot: Plot) -> None:
    rng = plot.rng
    story, at = plot.qualified(plot.moment(0, 0.4))
    doubt = rng.choice(sorted(plot.doubts)) if plot.doubts else ""
    if doubt == "status_won" and plot.crm != "salesforce":
        plot.move(story, at + DAY, rng.choice(["won", "won", "lost"]))
        plot.move(story, at + 40 * DAY, "mql")
    elif doubt == "status_opportunity_first":
        story = plot.new()
        plot.move(story, story.created_at + HOUR, "opportunity")
    elif doubt == "win_in_a_later_cycle":
        plot.deal(story, at + HOUR, "won", closed_at=at + 20 * DAY, has_history=True)
        plot.move(story, at + DAY, "recycled")
        plot.move(story, at + 10 * DAY, "mql")
    elif doubt == "reopened_deal":
        deal = plot.deal(story, at + HOUR, "lost", closed_at=at + DAY, has_history=True)
        deal.stages += [(at + 2 * DAY, "opportunity"), (at + 9 * DAY, "won")]
    elif doubt == "deleted_deal":
        plot.deal(story, at + HOUR, "won", is_deleted=True)
    elif doubt == "won_in_the_future":
        plot.deal(story, at + HOUR, "won", has_history=False, close_date=plot.end.date() + 9 * DAY)


SCENARIOS: list[tuple[Callable[[Plot], None], float]] = [
    (whole_way, 3),
    (untouched, 1),
    (rejected, 3),
    (given_up, 3),
    (again, 3),
    (inferred, 2),
    (qualified_twice, 1),
    (backward, 1),
    (deals, 4),
    (merged, 2),
    (deleted, 2),
    (internal, 1),
    (owner_moves, 3),
    (busy, 4),
    (edited, 3),
    (born_qualified, 1),
    (at_the_end, 2),
    (due_at_the_end, 1),
    (wander, 3),
    (summer_time, 2),
]


# --- writing --------------------------------------------------------------------------------


def write_company(
    folder: Path,
    seed: int,
    *,
    crms: tuple[str, ...] | None = None,
    leads: int | None = None,
    history: dict[str, str] | None = None,
    drops: int | None = None,
    reporting_timezone: str | None = None,
    mql_entry: str = "",
    forms: bool = False,
    doubts: frozenset[str] = frozenset(),
) -> Company:
    """Writes ``folder/exports`` and ``folder/agreement`` of one invented company.

    ``leads`` is about how many leads each CRM has; ``history`` says per CRM whether it exports
    its `history`, only stage `dates` (not Salesforce) or `none`. With ``forms`` a form tool
    rules on Salesforce's rejections. What is not given is drawn from the seed.
    """
    unknown = doubts - DOUBTS
    if unknown:
        raise ValueError(f"no such doubts: {', '.join(sorted(unknown))}")
    rng = random.Random(f"company {seed}")
    drawn_crms = rng.choice(
        [("salesforce",), ("hubspot",), (GENERIC,), ("salesforce", "hubspot", GENERIC)]
    )
    crms = crms or drawn_crms
    drawn_leads = rng.randrange(40, 120)
    leads = leads or max(20, drawn_leads // len(crms))
    drawn_entry = rng.choice(["stage"] * 6 + ["score"])
    entry = mql_entry or drawn_entry
    modes = {}
    for crm in crms:
        offered = ["history"] * 3 + ([] if crm == "salesforce" else ["dates"]) + ["none"]
        modes[crm] = (history or {}).get(crm) or rng.choice(offered)
        if entry == "score":
            modes[crm] = "history"
    variables = {
        "reporting_timezone": reporting_timezone or rng.choice(REPORTING_ZONES),
        "reporting_currency": "USD",
        "default_calendar": rng.choice(["main", "split"]),
        "fiscal_year_start_month": rng.choice([1, 1, 2, 4, 11]),
        "mql_entry": entry,
        "requalification_gap_days": rng.choice([30, 30, 14]),
        "touch_spacing_minutes": rng.choice([5, 5, 10]),
        # Two within a minute, for companies as small as these.
        "integrity_bulk_dispositions": 2,
        "integrity_burst_touches": 2,
    }
    if entry == "score":
        variables["mql_score_threshold"] = 60
    # Few cycles are of one source here. Drawn apart, so that the stories stay as they are.
    lines = random.Random(f"lines {seed}")
    variables["conversion_window_days"] = lines.choice([3, 10, 30, 90])
    variables["benchmark_quarters"] = lines.choice([1, 4])
    variables["benchmark_min_cycles"] = lines.choice([1, 2, 5])
    variables["benchmark_min_expected"] = 1
    drop_times = [FIRST_DAY + timedelta(days=rng.randrange(60, 75))]
    for _ in range((drops or rng.choice([1, 2, 3, 4])) - 1):
        drop_times.append(drop_times[-1] + timedelta(days=rng.randrange(7, 40)))
    drop_times = [t.replace(hour=2, minute=0) for t in drop_times]
    full = [rng.random() < 0.4 for _ in drop_times]
    # an export that ran on for a while shows records younger than its own instant
    slack = rng.choice([timedelta(0), 2 * HOUR])

    exports, agreement = folder / "exports", folder / "agreement"
    for crm in crms:
        plot_rng = random.Random(f"{crm} {seed}")
        plot = Plot(
            plot_rng, crm, modes[crm], drop_times[-1], drop_times, _owners(crm), variables, doubts
        )
        _tracked_everything(plot)
        scenarios = [scenario for scenario, _ in SCENARIOS]
        weights = [weight for _, weight in SCENARIOS]
        if doubts:
            scenarios.append(doubtful)
            weights.append(5)
        while len(plot.stories) < leads:
            plot_rng.choices(scenarios, weights)[0](plot)
        for deal in plot.deals:
            _settle_deal(plot, deal)
        if modes[crm] != "history" and "owner_without_history" not in doubts:
            _settle_owners(plot)
        writer = {"salesforce": _write_salesforce, "hubspot": _write_hubspot}.get(
            crm, _write_generic
        )
        previous: datetime | None = None
        for at, is_full in zip(drop_times, full, strict=True):
            name = at.strftime(plot_rng.choice(["%Y-%m-%dT%H%M%SZ", "%Y%m%dT%H%M%SZ"]))
            drop = exports / crm / name
            drop.mkdir(parents=True)
            if is_full:
                said = {"exported_at": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "mode": "full"}
                (drop / "_export.json").write_text(json.dumps(said), encoding="utf-8")
            since = None if is_full else previous
            writer(plot, drop, since, at + slack)
            if forms and crm == "salesforce":
                (exports / "forms" / name).mkdir(parents=True)
                _csv(
                    exports / "forms" / name / "reviews.csv",
                    GENERIC_FILES["reviews"],
                    _reviews(plot, since, at + slack, lambda number: sf_id("00Q", number)),
                )
            previous = at + slack
    mappings = _write_agreement(agreement, rng, crms, variables, doubts)
    if forms and "salesforce" in crms:
        (agreement / "mappings").mkdir(exist_ok=True)
        mapping = generic_mapping("forms")
        mapping["objects"] = {"reviews": mapping["objects"]["reviews"]}
        mapping["objects"]["reviews"]["feeds"]["reviews"]["crm"] = "salesforce"
        mappings["forms"] = agreement / "mappings" / "forms.yml"
        mappings["forms"].write_text(yaml.safe_dump(mapping, sort_keys=False), encoding="utf-8")
    return Company(exports, agreement, mappings, drop_times[-1], seed, crms, modes, doubts)


def _settle_deal(plot: Plot, deal: Deal) -> None:
    """Takes out of an opportunity what only a doubt may put into it."""
    if len(deal.stories) > 1 and "shared_deal_close" not in plot.doubts:
        deal.stages = deal.stages[:1]
    if len(deal.stages) == 1 or (deal.has_history and plot.crm != GENERIC):
        return
    if "closing_instant" in plot.doubts and plot.crm == GENERIC:
        return
    if "win_before_creation" not in plot.doubts:
        deal.close_date = max(deal.close_date, deal.created_at.date() + 2 * DAY)
    if deal.close_date + DAY > plot.end.date() and "won_in_the_future" not in plot.doubts:
        if plot.crm == GENERIC:
            deal.stages = deal.stages[:1]
        deal.has_history = True


def _settle_owners(plot: Plot) -> None:
    """Owners that need no history: one assignment, or (where nothing dates it) one from birth."""
    for story in plot.stories:
        moves = [change for change in story.ordered() if change[1] == "owner"]
        story.changes = [change for change in story.changes if change[1] != "owner"]
        if not moves or story.initial["owner"] != plot.nobody():
            continue
        if plot.crm == "hubspot":
            story.changes += [move for move in moves if move[2] is not None][:1]
        else:
            story.initial["owner"] = moves[0][2]


def _owners(crm: str) -> list[Owner]:
    teams: list[str | None] = [*ROLE_TYPES, "SDR Team", "Mystery", None]
    result = []
    for index, team in enumerate(teams):
        if crm == "salesforce" and team == "Waiting Room":
            continue
        owner_id = f"005{index:012d}" if crm == "salesforce" else f"{700 + index}"
        result.append(Owner(owner_id, f"Rep Number{index}", f"rep{index}@ourco.example", team))
    return result


def _tracked_everything(plot: Plot) -> None:
    """One lead whose every tracked field changed, so that no tracked field looks untracked."""
    story, at = plot.qualified(FIRST_DAY + 2 * DAY)
    for name, value in (
        ("title", "VP Sales"),
        ("company", "Tracked Inc"),
        ("source", "Web"),
        ("reason", "Other"),
        ("owner", plot.rep().owner_id),
    ):
        story.set(at + 2 * HOUR, name, value)
    if plot.variables["mql_entry"] == "stage":
        story.set(at + HOUR, "score", "42")


def _csv(
    path: Path, header: list[str], rows: list[list[str | None]], quote_all: bool = False
) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL)
        writer.writerow(header)
        writer.writerows([["" if cell is None else cell for cell in row] for row in rows])


def _in_window(at: datetime, since: datetime | None, until: datetime) -> bool:
    return at <= until and (since is None or at > since)


def _told(story: Story, since: datetime | None, until: datetime) -> bool:
    """Whether a drop holds the lead's row."""
    if story.created_at > until or (story.gone_at is not None and story.gone_at <= until):
        return False
    return _in_window(story.modified_at(until), since, until)


def _changes(
    plot: Plot, since: datetime | None, until: datetime, names: tuple[str, ...]
) -> list[tuple[datetime, int, Story, str, str | None, str | None]]:
    """(instant, rank, story, field, old, new), oldest first; rank is the same in every drop."""
    found = []
    rank = 0
    for story in plot.stories:
        values = dict(story.initial)
        for at, name, value in story.ordered():
            old = values.get(name)
            values[name] = value
            rank += 1
            if name in names and old != value and _in_window(at, since, until):
                found.append((at, rank, story, name, old, value))
    return sorted(found, key=lambda change: (change[0], change[1]))


def _z(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


# --- Salesforce -----------------------------------------------------------------------------

SALESFORCE_HISTORY = {
    "status": "Status",
    "owner": "Owner",
    "title": "Title",
    "company": "Company",
    "source": "LeadSource",
    "score": "Lead_Score__c",
    "reason": "Disqualification_Reason__c",
}
SALESFORCE_TYPES = {
    "call": "Call",
    "email": "Email",
    "list_email": "ListEmail",
    "cadence": "Cadence",
    "linkedin": "LinkedIn",
    "task": "Task",
    "sms": "SMS",
    "fax": "Fax",
}


def sf_id(prefix: str, number: int | str, long: bool = True) -> str:
    return f"{prefix}{int(number):012d}" + ("AAA" if long else "")


def _write_salesforce(plot: Plot, drop: Path, since: datetime | None, until: datetime) -> None:
    # the same writing whatever was drawn before: a delta must not depend on the drops' order
    rng = random.Random(drop.name)
    rows: list[list[str | None]] = []
    for story in plot.stories:
        as_it_was = until
        if not _told(story, since, until):
            if "stale_version" not in plot.doubts or plot.mode != "history":
                continue
            if story.created_at > (since or until) or rng.random() > 0.1:
                continue
            as_it_was = story.created_at
        now = story.state(as_it_was)
        master, deal, contact = (
            now.get(name) for name in ("master_record_id", "opportunity_id", "contact_id")
        )
        rows.append(
            [
                sf_id("00Q", story.number),
                now.get("is_deleted") or "false",
                sf_id("00Q", master) if master else None,
                now["first_name"],
                now["last_name"],
                now["email"],
                now["company"],
                now["title"],
                now["source"],
                now["status"],
                now["industry"],
                now["employees"],
                now["country"],
                now["owner"],
                _z(story.created_at),
                "true" if deal else "false",
                sf_id("003", contact, False) if contact else None,
                sf_id("006", deal, rng.random() < 0.5) if deal else None,
                now["score"],
                now["reason"],
                now["note"],
                _z(story.modified_at(as_it_was)),
            ]
        )
    header = [
        "Id", "IsDeleted", "MasterRecordId", "FirstName", "LastName", "Email", "Company", "Title",
        "LeadSource", "Status", "Industry", "NumberOfEmployees", "Country", "OwnerId",
        "CreatedDate", "IsConverted", "ConvertedContactId", "ConvertedOpportunityId",
        "Lead_Score__c", "Disqualification_Reason__c", "Disqualification_Note__c",
        "SystemModstamp",
    ]  # fmt: skip
    rng.shuffle(rows)
    if rng.random() < 0.3:
        header = [name.upper() for name in header]
    half = len(rows) // 2
    if rng.random() < 0.3 and half:
        _csv(drop / "Lead_1.csv", header, rows[:half], True)
        _csv(drop / "Lead_2.csv", header, rows[half:], True)
    else:
        _csv(drop / "Lead.csv", header, rows, True)
    if plot.mode == "history":
        _write_salesforce_history(plot, drop, since, until, rng)
    teams = sorted({owner.team for owner in plot.owners if owner.team})
    _csv(
        drop / "UserRole.csv",
        ["Id", "Name"],
        [[sf_id("00E", index), team] for index, team in enumerate(teams)],
    )
    _csv(
        drop / "User.csv",
        ["Id", "Name", "Email", "IsActive", "UserRoleId", "TimeZoneSidKey"],
        [
            [
                f"{owner.owner_id}AAA",
                owner.name,
                owner.email,
                "true",
                sf_id("00E", teams.index(owner.team)) if owner.team else None,
                "America/New_York",
            ]
            for owner in plot.owners
        ],
    )
    _csv(drop / "Group.csv", ["Id", "Name", "Type"], [[QUEUE_ID + "AAA", "Inbound", "Queue"]])
    _write_salesforce_activities(plot, drop, since, until, rng)
    _write_salesforce_deals(plot, drop, since, until)


def _write_salesforce_history(
    plot: Plot, drop: Path, since: datetime | None, until: datetime, rng: random.Random
) -> None:
    rows: list[list[str | None]] = []
    for at, rank, story, name, old, new in _changes(plot, since, until, tuple(SALESFORCE_HISTORY)):
        lead_id = sf_id("00Q", story.number, rng.random() < 0.5)
        author = plot.owners[0].owner_id
        pairs = [(old, new)]
        if name == "owner":
            names = {owner.owner_id: owner.name for owner in plot.owners} | {QUEUE_ID: "Inbound"}
            pairs = [(names.get(old or ""), names.get(new or "")), (old, new)]
        for part, (before, after) in enumerate(pairs):
            rows.append(
                [
                    sf_id("017", rank * 2 + part, False),
                    lead_id,
                    author,
                    _z(at),
                    SALESFORCE_HISTORY[name],
                    before,
                    after,
                ]
            )
    for story in plot.stories:
        if _in_window(story.created_at, since, until):
            rows.append(
                [sf_id("017", 900000 + story.number), sf_id("00Q", story.number),
                 plot.owners[0].owner_id, _z(story.created_at), "created", None, None]
            )  # fmt: skip
    rng.shuffle(rows)
    _csv(
        drop / "LeadHistory.csv",
        ["Id", "LeadId", "CreatedById", "CreatedDate", "Field", "OldValue", "NewValue"],
        rows,
    )


def _write_salesforce_activities(
    plot: Plot, drop: Path, since: datetime | None, until: datetime, rng: random.Random
) -> None:
    tasks: list[list[str | None]] = []
    events: list[list[str | None]] = []
    for act in plot.acts:
        changed = [act.logged_at] + ([act.at] if act.at <= until else [])
        if act.logged_at > until or not any(_in_window(at, since, until) for at in changed):
            continue
        story = act.stories[0]
        contact = story.contact_number
        who = (
            sf_id("003", contact, rng.random() < 0.5)
            if act.on_contact and contact is not None
            else sf_id("00Q", story.number, rng.random() < 0.5)
        )
        owner = act.owner.owner_id if act.owner else None
        if act.kind == "meeting":
            if act.is_planned or act.outcome not in ("", "COMPLETED"):
                continue
            events.append(
                [sf_id("00U", act.number), who, owner, "Meeting", _z(act.at), _z(act.at + HOUR),
                 _z(act.logged_at), "true" if act.is_deleted else "false"]
            )  # fmt: skip
            continue
        is_done = not act.is_planned and act.at <= until
        if not act.is_planned and act.at > until:
            is_done = rng.random() < 0.5  # completed with a date still to come
        without_instant = is_done and act.logged_at == act.at
        tasks.append(
            [
                sf_id("00T", act.number),
                who,
                owner,
                f"{act.kind} it",
                "Completed" if is_done else rng.choice(["Not Started", "In Progress"]),
                SALESFORCE_TYPES[act.kind],
                act.direction.title() if act.kind == "call" and act.direction else None,
                act.at.date().isoformat(),
                _z(act.at) if is_done and not without_instant else None,
                _z(act.logged_at),
                owner,
                "true" if act.is_deleted else "false",
            ]
        )
    _csv(
        drop / "Task.csv",
        ["Id", "WhoId", "OwnerId", "Subject", "Status", "TaskSubtype", "CallType",
         "ActivityDate", "CompletedDateTime", "CreatedDate", "CreatedById", "IsDeleted"],
        tasks,
    )  # fmt: skip
    _csv(
        drop / "Event.csv",
        ["Id", "WhoId", "OwnerId", "Subject", "StartDateTime", "EndDateTime", "CreatedDate",
         "IsDeleted"],
        events,
    )  # fmt: skip


def _deal_told(deal: Deal, since: datetime | None, until: datetime) -> bool:
    return any(_in_window(at, since, until) for at, _ in deal.stages)


def _write_salesforce_deals(
    plot: Plot, drop: Path, since: datetime | None, until: datetime
) -> None:
    rows: list[list[str | None]] = []
    history: list[list[str | None]] = []
    raw = {"opportunity": "Prospecting", "won": "Closed Won", "lost": "Closed Lost"}
    for deal in plot.deals:
        for index, (at, stage) in enumerate(deal.stages):
            if deal.has_history and _in_window(at, since, until):
                history.append(
                    [sf_id("008", deal.number * 10 + index), sf_id("006", deal.number), raw[stage],
                     deal.amount, deal.close_date.isoformat(), _z(at)]
                )  # fmt: skip
        if not _deal_told(deal, since, until):
            continue
        stage = deal.stage_at(until)
        rows.append(
            [
                sf_id("006", deal.number),
                sf_id("001", deal.number % 5),
                f"Deal {deal.number}",
                raw[stage],
                deal.amount,
                deal.currency,
                deal.close_date.isoformat(),
                "true" if stage in ("won", "lost") else "false",
                "true" if stage == "won" else "false",
                "Web",
                deal.owner.owner_id,
                _z(deal.created_at),
                "true" if deal.is_deleted else "false",
                _z(max(at for at, _ in deal.stages if at <= until)),
            ]
        )
    _csv(
        drop / "Opportunity.csv",
        ["Id", "AccountId", "Name", "StageName", "Amount", "CurrencyIsoCode", "CloseDate",
         "IsClosed", "IsWon", "LeadSource", "OwnerId", "CreatedDate", "IsDeleted",
         "SystemModstamp"],
        rows,
    )  # fmt: skip
    _csv(
        drop / "OpportunityHistory.csv",
        ["Id", "OpportunityId", "StageName", "Amount", "CloseDate", "CreatedDate"],
        history,
    )
    _csv(
        drop / "Account.csv",
        ["Id", "Name", "Industry", "NumberOfEmployees", "BillingCountry"],
        [[sf_id("001", n), f"Account {n}", "Software", "120", "US"] for n in range(5)],
    )


# --- HubSpot --------------------------------------------------------------------------------

HUBSPOT_HISTORY = {
    "lifecycle": "lifecyclestage",
    "lead_status": "hs_lead_status",
    "owner": "hubspot_owner_id",
    "score": "hubspotscore",
    "title": "jobtitle",
    "company": "company",
}


def _hs(at: datetime | None) -> str | None:
    """Whole minutes as HubSpot writes them, anything finer as ISO 8601."""
    if at is None:
        return None
    return at.strftime("%Y-%m-%d %H:%M" if at.second == 0 else "%Y-%m-%dT%H:%M:%SZ")


def _raw_lead_status(stage: str | None) -> str | None:
    return None if stage is None else HUBSPOT_LEAD_STATUS[stage][0]


def _became(story: Story, until: datetime) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    if story.initial.get("lifecycle"):
        found[story.initial["lifecycle"] or ""] = story.created_at
    for at, name, value in story.ordered():
        if name == "lifecycle" and value is not None and at <= until:
            found.setdefault(value, at)
    return found


def _write_hubspot(plot: Plot, drop: Path, since: datetime | None, until: datetime) -> None:
    rows: list[list[str | None]] = []
    by_id = {owner.owner_id: owner for owner in plot.owners}
    keeps_lead_status = plot.mode == "history" or "lead_status_without_history" in plot.doubts
    for story in plot.stories:
        if not _told(story, since, until):
            continue
        now = story.state(until)
        became = _became(story, until) if plot.mode == "dates" else {}
        owner = by_id.get(now["owner"] or "")
        assigned = [at for at, name, _ in story.changes if name == "owner" and at <= until]
        if story.initial["owner"] is not None:
            assigned.append(story.created_at)
        owned_by = None
        if owner is not None:
            owned_by = owner.email if story.number % 2 else owner.name
        lifecycle, lead_status = now["lifecycle"], _raw_lead_status(now["lead_status"])
        if not keeps_lead_status and now["lead_status"] not in ("new", ""):
            lead_status = None
        deal_ids = [
            f"{deal.number}"
            for deal in plot.deals
            if story in deal.stories and deal.created_at <= until and deal.number % 3
        ]
        rows.append(
            [
                f"{story.number}",
                now["first_name"],
                now["last_name"],
                now["email"],
                now["company"],
                now["title"],
                now["source"],
                now["score"],
                None if lifecycle is None else HUBSPOT_LIFECYCLE[lifecycle][1],
                lead_status,
                owned_by,
                _hs(max(assigned)) if assigned and owned_by else None,
                _hs(story.created_at),
                _hs(became.get("new")),
                _hs(became.get("mql")),
                _hs(became.get("sql")),
                _hs(became.get("opportunity")),
                _hs(became.get("won")),
                now["industry"],
                now["employees"],
                now["country"],
                now["reason"],
                now["note"],
                ";".join(deal_ids),
                now.get("merged_ids"),
                _hs(story.modified_at(until)),
            ]
        )
    _csv(
        drop / "contacts.csv",
        ["Record ID", "First Name", "Last Name", "Email", "Company Name", "Job Title",
         "Original Source", "HubSpot Score", "Lifecycle Stage", "Lead Status", "Contact owner",
         "Owner Assigned Date", "Create Date", "Became a Lead Date",
         "Became a Marketing Qualified Lead Date", "Became a Sales Qualified Lead Date",
         "Became an Opportunity Date", "Became a Customer Date", "Industry",
         "Number of Employees", "Country/Region", "Disqualification Reason",
         "Disqualification Note", "Associated Deal IDs", "Merged Contact IDs",
         "Last Modified Date"],
        rows,
        True,
    )  # fmt: skip
    if plot.mode == "history":
        _write_hubspot_history(plot, drop, since, until)
    _csv(
        drop / "owners.csv",
        ["Owner ID", "Email", "First Name", "Last Name", "Team", "Time Zone"],
        [
            [o.owner_id, o.email, o.name.split()[0], o.name.split()[1], o.team, "UTC"]
            for o in plot.owners
        ],
        True,
    )
    _write_hubspot_activities(plot, drop, since, until)
    _write_hubspot_deals(plot, drop, since, until)


def _write_hubspot_history(plot: Plot, drop: Path, since: datetime | None, until: datetime) -> None:
    found: list[tuple[datetime, int, Story, str, str | None]] = []
    for story in plot.stories:
        if _in_window(story.created_at, since, until):
            found += [
                (story.created_at, 0, story, name, story.initial[name])
                for name in HUBSPOT_HISTORY
                if story.initial[name] is not None
            ]
    found += [
        (at, rank, story, name, new)
        for at, rank, story, name, _, new in _changes(plot, since, until, tuple(HUBSPOT_HISTORY))
    ]
    rows: list[list[str | None]] = []
    for at, _, story, name, value in sorted(found, key=lambda change: (change[0], change[1])):
        raw = value
        if name == "lifecycle" and value is not None:
            raw = HUBSPOT_LIFECYCLE[value][0]
        if name == "lead_status":
            raw = _raw_lead_status(value)
        rows.append([f"{story.number}", HUBSPOT_HISTORY[name], raw, _hs(at), "CRM_UI", "someone"])
    _csv(
        drop / "contacts_property_history.csv",
        ["Record ID", "Property", "Value", "Timestamp", "Source type", "Updated by"],
        rows,
        True,
    )


def _write_hubspot_activities(
    plot: Plot, drop: Path, since: datetime | None, until: datetime
) -> None:
    files: dict[str, list[list[str | None]]] = {"calls": [], "emails": [], "meetings": []}
    for act in plot.acts:
        changed = [act.logged_at] + ([act.at] if act.at <= until else [])
        if act.logged_at > until or not any(_in_window(at, since, until) for at in changed):
            continue
        if act.kind not in ("call", "email", "meeting"):
            continue
        if act.is_planned and act.kind != "meeting":
            continue
        direction = None
        outcome = act.outcome
        if act.kind == "call":
            direction = {"inbound": "INBOUND", "outbound": "OUTBOUND"}.get(act.direction or "")
            outcome = "Connected"
        elif act.kind == "email":
            direction = "INCOMING_EMAIL" if act.direction == "inbound" else "EMAIL"
            if direction == "EMAIL" and act.number % 5 == 0:
                direction = "FORWARDED_EMAIL"
        elif act.is_planned:
            outcome = "SCHEDULED"
        owner = act.owner
        files[f"{act.kind}s"].append(
            [
                f"{act.number}",
                _hs(act.at),
                None if owner is None else (owner.email if act.number % 2 else owner.name),
                direction,
                outcome,
                ";".join(f"{story.number}" for story in act.stories),
                _hs(act.logged_at),
            ]
        )
    for name, rows in files.items():
        label = {"calls": "Call direction", "emails": "Email direction"}.get(name, "Call direction")
        header = ["Record ID", "Activity date", "Activity assigned to", label, "Call outcome",
                  "Associated Contact IDs", "Create date"]  # fmt: skip
        if name == "meetings":  # the label has changed over the years
            header.append("Meeting outcome")
            rows = [[*row, row[4]] for row in rows]
        _csv(drop / f"{name}.csv", header, rows, True)


def _write_hubspot_deals(plot: Plot, drop: Path, since: datetime | None, until: datetime) -> None:
    rows: list[list[str | None]] = []
    for deal in plot.deals:
        if not _deal_told(deal, since, until):
            continue
        entered: dict[str, datetime] = {}
        for at, stage in deal.stages:
            if at <= until and deal.has_history:
                entered.setdefault(stage, at)
        stories = deal.stories
        if deal.number % 3 and deal.number % 2:
            stories = []  # the link is on the contact's row alone
        rows.append(
            [
                f"{deal.number}",
                f"Deal {deal.number}",
                "Sales Pipeline",
                HUBSPOT_DEAL_STAGES[deal.stage_at(until)][0],
                deal.amount,
                deal.currency,
                deal.close_date.isoformat() + " 12:00",
                _hs(deal.created_at),
                deal.owner.email,
                None,
                ";".join(f"{story.number}" for story in stories),
                _hs(entered.get("opportunity")),
                _hs(entered.get("won")),
                _hs(entered.get("lost")),
            ]
        )
    _csv(
        drop / "deals.csv",
        ["Record ID", "Deal Name", "Pipeline", "Deal Stage", "Amount", "Currency", "Close Date",
         "Create Date", "Deal owner", "Closed Lost Reason", "Associated Contact IDs",
         'Date entered "Appointment Scheduled (Sales Pipeline)"',
         'Date entered "Closed Won (Sales Pipeline)"',
         'Date entered "Closed Lost (Sales Pipeline)"'],
        rows,
        True,
    )  # fmt: skip


# --- generic --------------------------------------------------------------------------------

GENERIC_HISTORY = ("status", "owner", "title", "company", "source", "score", "reason")
GENERIC_LEADS = [
    "lead_id", "created_at", "name", "email", "company", "title", "source", "score", "industry",
    "employees", "country", "owner", "status", "reason", "note", "opportunity_id",
]  # fmt: skip
GENERIC_DATES = [
    f"{stage}_at"
    for stage in ("mql", "sal", "sql", "opportunity", "won", "lost", "rejected", "dead", "recycled")
]
GENERIC_FILES: dict[str, list[str]] = {
    "leads": [*GENERIC_LEADS, *GENERIC_DATES],
    "lead_history": ["lead_id", "field", "old_value", "new_value", "changed_at"],
    "users": ["user_id", "name", "team"],
    "touches": [
        "touch_id", "lead_id", "user_id", "type", "direction", "occurred_at", "logged_at",
    ],
    "opportunities": [
        "opportunity_id", "lead_id", "stage", "amount", "currency", "created_at", "closed_at",
        "is_won", "is_closed", "source",
    ],
    "reviews": ["lead_id", "rejected_at", "ruling", "ruled_at", "ruled_by", "evidence"],
}  # fmt: skip
GENERIC_KEYS = {
    "leads": "lead_id",
    "users": "user_id",
    "touches": "touch_id",
    "opportunities": "opportunity_id",
}


def _stage_of(raw: str | None) -> str | None:
    for stage, names in GENERIC_STAGES.items():
        if stage and raw is not None and raw.strip().casefold() in [n.casefold() for n in names]:
            return stage
    return None


def _write_generic(plot: Plot, drop: Path, since: datetime | None, until: datetime) -> None:
    rng = random.Random(drop.name)
    rows: list[list[str | None]] = []
    for story in plot.stories:
        if not _told(story, since, until):
            continue
        now = story.state(until)
        reached: dict[str, datetime] = {}
        if plot.mode == "dates":
            steps = [(story.created_at, "status", story.initial["status"]), *story.ordered()]
            for at, name, value in steps:
                stage = _stage_of(value) if name == "status" else None
                if stage is not None and at <= until:
                    reached.setdefault(f"{stage}_at", at)
        now["lead_id"] = f"L{story.number}"
        now["created_at"] = _z(story.created_at)
        now["name"] = " ".join(p for p in (now["first_name"], now["last_name"]) if p)
        if now.get("opportunity_id"):
            now["opportunity_id"] = f"O{now['opportunity_id']}"
        rows.append(
            [now.get(name) for name in GENERIC_LEADS]
            + [_z(reached[name]) if name in reached else None for name in GENERIC_DATES]
        )
    files: dict[str, list[list[str | None]]] = {"leads": rows}
    if plot.mode == "history":
        files["lead_history"] = [
            [f"L{story.number}", name, old, new, _z(at)]
            for at, _, story, name, old, new in _changes(plot, since, until, GENERIC_HISTORY)
        ]
    files["users"] = [[owner.owner_id, owner.name, owner.team] for owner in plot.owners]
    files["touches"] = [
        [
            f"T{act.number}",
            f"L{act.stories[0].number}",
            act.owner.owner_id if act.owner else None,
            act.kind,
            act.direction,
            _z(act.at),
            _z(act.logged_at),
        ]
        for act in plot.acts
        if not act.is_planned
        and act.outcome in ("", "COMPLETED")
        and _in_window(act.logged_at, since, until)
    ]
    files["opportunities"] = []
    for deal in plot.deals:
        if not _deal_told(deal, since, until):
            continue
        stage = deal.stage_at(until)
        is_closed = stage in ("won", "lost")
        closed = deal.close_date.isoformat() if is_closed else None
        if is_closed and "closing_instant" in plot.doubts:
            closed = _z(deal.stages[-1][0])
        files["opportunities"].append(
            [
                f"O{deal.number}",
                f"L{deal.stories[0].number}" if deal.number % 4 else None,
                GENERIC_STAGES[stage][0],
                deal.amount,
                deal.currency,
                _z(deal.created_at),
                closed,
                "true" if stage == "won" else "false",
                "true" if is_closed else "false",
                "Web",
            ]
        )
    files["reviews"] = _reviews(plot, since, until, "L{}".format)
    for name, lines in files.items():
        if lines or rng.random() < 0.5:
            _csv(drop / f"{name}.csv", GENERIC_FILES[name], lines)


def _reviews(
    plot: Plot, since: datetime | None, until: datetime, name: Callable[[int], str]
) -> list[list[str | None]]:
    """Marketing's rulings on rejections: in time, on the last second, late, unreadable, or none."""
    rows: list[list[str | None]] = []
    for story in plot.stories:
        for rejected_at in story.rejections:
            rng = random.Random(f"{story.number} {rejected_at}")
            ruled_at = rejected_at + rng.choice(
                [HOUR, 7 * DAY, 7 * DAY + SECOND, 30 * DAY, timedelta(0)]
            )
            ruling = rng.choice(["accepted", "contested", "Contested", "pending", ""])
            if ruling and _in_window(ruled_at, since, until):
                rows.append(
                    [name(story.number), _z(rejected_at), ruling, _z(ruled_at), "x", "said so"]
                )
            if _in_window(rejected_at, since, until):
                for unreadable in ("31.02.2026", "soon"):
                    rows.append(
                        [name(story.number), unreadable, "accepted", _z(ruled_at), "x", None]
                    )
                rows.append(
                    [name(story.number), _z(rejected_at), "contested", "n/a ", "x", "no date"]
                )
    return rows


# --- the agreement --------------------------------------------------------------------------


def _write_agreement(
    folder: Path,
    rng: random.Random,
    crms: tuple[str, ...],
    variables: dict[str, Any],
    doubts: frozenset[str],
) -> dict[str, Path]:
    folder.mkdir(parents=True)
    (folder / "vars.yml").write_text(yaml.safe_dump(variables), encoding="utf-8")

    def seed(name: str, header: str, rows: list[list[Any]]) -> None:
        _csv(folder / f"{name}.csv", header.split(), [[_cell(c) for c in row] for row in rows])

    mid = date(2026, 3, 1)
    seed(
        "sla_terms",
        "term_id clause side segment region min_count limit_value limit_unit clock target_rate "
        "require_note effective_from effective_to",
        _terms(rng, mid),
    )
    main_zone = rng.choice(["America/New_York", "Europe/Berlin", "Europe/London"])
    hours: list[list[Any]] = []
    for weekday in range(1, 6):
        hours.append(["main", main_zone, weekday, "09:00", "17:00"])
    for weekday in range(1, 7):
        hours.append(["split", "Asia/Kolkata", weekday, "09:30", "13:00"])
        hours.append(["split", "Asia/Kolkata", weekday, "14:00", "18:30"])
    for weekday in range(1, 8):
        hours.append(["always", "Europe/Berlin", weekday, "00:00", "24:00"])
    seed("business_hours", "calendar_id timezone weekday opens closes", hours)
    seed(
        "holidays",
        "calendar_id holiday_date name",
        [["main", "2026-01-19", "A holiday"], ["main", "2026-03-09", "Another"],
         ["main", "2026-04-03", "Good Friday"], ["split", "2026-01-26", "Republic Day"]],
    )  # fmt: skip
    seed(
        "team_roles",
        "crm team role_type region calendar_id",
        [
            [crm, team, role, region, calendar]
            for crm in crms
            for team, (role, region, calendar) in ROLE_TYPES.items()
        ],
    )
    seed("stage_map", "crm raw_stage stage", _stages(crms, doubts))
    seed("touch_types", "crm raw_type direction channel is_human", _touch_types(crms, doubts))
    seed(
        "lead_sources",
        "crm raw_source source sourced_by",
        [[crm, raw, source, by] for crm in crms for raw, (source, by) in SOURCES.items()],
    )
    seed(
        "disqualification_reasons",
        "crm raw_reason reason_code",
        [[crm, raw, code] for crm in crms for raw, code in REASONS.items()],
    )
    seed(
        "required_fields",
        "field rule effective_from effective_to",
        [["name", "present", "2020-01-01", ""], ["company", "present", "2020-01-01", ""],
         ["role", "present", mid, ""], ["email", "email", "2020-01-01", ""],
         ["source", "in_sources", "2020-01-01", ""], ["score", "number", "2020-01-01", mid]],
    )  # fmt: skip
    seed(
        "lead_definition",
        "criterion_id kind attribute operator value effective_from effective_to description",
        [["industry", "firmographic", "industry", "in", "Software|Finance | retail",
          "2020-01-01", "", "an industry we know"],
         ["size", "firmographic", "employees", "between", "50|5000", "2020-01-01", mid, "size"],
         ["size2", "firmographic", "employees", "between", "100|5000", mid, "", "larger size"],
         ["role", "firmographic", "role", "matches", "vp|director|head of", "2020-01-01", "",
          "who decides"],
         ["country", "trigger", "country", "not_in", "FR", "2020-01-01", "", "where we sell"],
         ["score", "behavioral", "score", "at_least", "50", "2020-01-01", "", "active"],
         ["freemail", "disqualifier", "email_domain", "in", "gmail.com", "2020-01-01", "",
          "a private address"],
         ["bought", "disqualifier", "source", "in", "Purchased List", "2020-01-01", "",
          "a bought list"]],
    )  # fmt: skip
    seed(
        "lead_definition_examples",
        "example_id industry employees role country score email expected why",
        [["good", "Software", "500", "VP Sales", "US", "80", "a@acme.example", "pass", "all"],
         ["small", "Software", "5", "VP Sales", "US", "80", "a@acme.example", "fail", "small"]],
    )  # fmt: skip
    seed(
        "segments",
        "segment min_employees max_employees",
        [["smb", "1", "99"], ["mid", "100", "999"], ["enterprise", "1000", ""]],
    )
    seed("regions", "country region", [["US", "AMER"], ["DE", "EMEA"], ["FR", "EMEA"],
                                       ["IN", "APAC"]])  # fmt: skip
    seed("quotas", "quarter_start segment region quota currency", _quotas(variables))
    rates = [["EUR", "2020-01-01", "1.1"], ["GBP", "2020-01-01", "1.25"]]
    if "dated_rates" in doubts:
        rates.append(["EUR", "2026-03-01", "1.2"])
    seed("fx_rates", "currency effective_from rate", rates)
    seed("internal_domains", "domain", [["ourco.example"], ["test.example"]])
    mappings = {}
    for crm in crms:
        if crm in ("salesforce", "hubspot"):
            continue
        (folder / "mappings").mkdir(exist_ok=True)
        path = folder / "mappings" / f"{crm}.yml"
        path.write_text(yaml.safe_dump(generic_mapping(crm), sort_keys=False), encoding="utf-8")
        mappings[crm] = path
    return mappings


def _quotas(variables: dict[str, Any]) -> list[list[Any]]:
    """Quotas of some segments and regions, in quarters before, during and after the exports."""
    rng = random.Random(f"quotas {variables}")
    first_month = (variables["fiscal_year_start_month"] - 1) % 3 + 1
    starts = [date(2025, first_month + 9, 1)]
    starts += [date(2026, month, 1) for month in range(first_month, 13, 3)]
    return [
        [start, segment, region, rng.choice(["0", "900", "2500.50", "1000000"]),
         rng.choice(["USD", "EUR", "GBP"])]
        for start in starts
        for segment in ("smb", "mid", "enterprise", "unknown")
        for region in ("AMER", "EMEA", "APAC", "unknown")
        if rng.random() < 0.6
    ]  # fmt: skip


def generic_mapping(crm: str) -> dict[str, Any]:
    objects: dict[str, Any] = {}
    for canonical, columns in GENERIC_FILES.items():
        declared: dict[str, Any] = {"files": [canonical]}
        if canonical in GENERIC_KEYS:
            declared["key"] = [GENERIC_KEYS[canonical]]
        declared["required"] = columns[:1]
        declared["feeds"] = {canonical: {column: column for column in columns}}
        objects[canonical] = declared
    return {"crm": crm, "kind": "generic", "timezone": "UTC", "objects": objects}


def _cell(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _terms(rng: random.Random, mid: date) -> list[list[Any]]:
    always, start, within_month = "2020-01-01", date(2026, 1, 20), date(2026, 2, 11)
    note = rng.choice(["true", "false"])
    return [
        ["fit-1", "fit", "marketing", "", "", "", "", "", "", "0.85", "", start, ""],
        ["comp-1", "completeness", "marketing", "", "", "", "", "", "", "1.0", "", always, ""],
        ["hand-1", "handoff", "marketing", "", "", "", "5", "minutes", "wall", "0.95", "", always,
         mid],
        ["hand-2", "handoff", "marketing", "", "", "", "60", "minutes", "wall", "0.95", "", mid,
         ""],
        ["speed-1", "speed_to_lead", "sales", "", "", "", "60", "minutes", "business", "0.9", "",
         always, ""],
        ["speed-ent", "speed_to_lead", "sales", "enterprise", "", "", "30", "minutes",
         "business", "0.95", "", always, mid],
        ["speed-amer", "speed_to_lead", "sales", "", "AMER", "", "4", "hours", "business", "0.9",
         "", always, ""],
        ["speed-ent-amer", "speed_to_lead", "sales", "enterprise", "AMER", "", "15", "minutes",
         "business", "0.9", "", mid, ""],
        ["disp-1", "disposition", "sales", "", "", "", "72", "hours", "wall", "1.0", "", always,
         ""],
        ["feed-1", "feedback", "sales", "", "", "", "", "", "", "1.0", "false", always, mid],
        ["feed-2", "feedback", "sales", "", "", "", "", "", "", "1.0", note, mid, ""],
        ["cad-1", "cadence", "sales", "", "", "3", "3", "days", "business", "0.9", "", always,
         mid],
        ["cad-2", "cadence", "sales", "", "", "6", "10", "days", "business", "0.9", "", mid, ""],
        ["cad-smb", "cadence", "sales", "smb", "", "2", "1", "days", "business", "0.9", "",
         always, ""],
        ["rev-1", "contest_review", "marketing", "", "", "", "7", "days", "wall", "1.0", "",
         start, ""],
        ["vol-smb-amer-1", "volume", "marketing", "smb", "AMER", "2", "", "month", "", "1.0", "",
         always, within_month],
        ["vol-smb-amer-2", "volume", "marketing", "smb", "AMER", "3", "", "month", "", "1.0", "",
         within_month, ""],
        # what a term leaves open is one target for all, less what more specific terms name
        ["vol-ent", "volume", "marketing", "enterprise", "", "2", "", "month", "", "0.8", "",
         always, ""],
        ["vol-emea", "volume", "marketing", "", "EMEA", "5", "", "month", "", "0.9", "", start,
         ""],
        ["vol-rest", "volume", "marketing", "", "", "4", "", "month", "", "1.0", "", mid, ""],
    ]  # fmt: skip


def _stages(crms: tuple[str, ...], doubts: frozenset[str]) -> list[list[Any]]:
    rows = []
    for crm in crms:
        names: dict[str, list[str]] = {
            "salesforce": SALESFORCE_STAGES,
            "hubspot": {
                stage: [
                    *HUBSPOT_LEAD_STATUS.get(stage, []),
                    *HUBSPOT_DEAL_STAGES.get(stage, []),
                    *HUBSPOT_LIFECYCLE.get(stage, ()),
                ]
                for stage in SALESFORCE_STAGES
            },
        }.get(crm, GENERIC_STAGES)
        for stage, raws in names.items():
            seen: set[str] = set()
            for raw in raws:
                if stage and raw.casefold() not in seen:
                    seen.add(raw.casefold())
                    rows.append([crm, raw, stage])
    return rows


def _touch_types(crms: tuple[str, ...], doubts: frozenset[str]) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for crm in crms:
        if crm == "salesforce":
            rows += [
                [crm, "Call", "outbound", "phone", "true"],
                [crm, "Call", "any" if "internal_call" in doubts else "inbound", "phone", "true"],
                [crm, "Email", "any", "email", "true"],
                [crm, "ListEmail", "any", "email", "false"],
                [crm, "Cadence", "outbound", "email", "false"],
                [crm, "LinkedIn", "outbound", "social", "true"],
                [crm, "Task", "any", "other", "false"],
                [crm, "Event", "any", "meeting", "true"],
                [crm, "Meeting", "any", "meeting", "true"],
                [crm, "SMS", "any", "sms", "true"],
                [crm, "SMS", "outbound", "sms", "false"],
            ]
        elif crm == "hubspot":
            rows += [
                [crm, "call", "any", "phone", "true"],
                [crm, "email", "outbound", "email", "true"],
                [crm, "email", "inbound", "email", "true"],
                [crm, "meeting", "any", "meeting", "true"],
            ]
        else:
            rows += [
                [crm, "call", "any", "phone", "true"],
                [crm, "email", "outbound", "email", "true"],
                [crm, "email", "any", "email", "true"],
                [crm, "meeting", "outbound", "meeting", "true"],
                [crm, "list_email", "any", "email", "false"],
                [crm, "cadence", "any", "email", "false"],
                [crm, "linkedin", "any", "social", "true"],
                [crm, "sms", "inbound", "sms", "true"],
                [crm, "task", "any", "other", "false"],
            ]
    return rows
