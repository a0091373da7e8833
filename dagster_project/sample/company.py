"""The company whose exports are made: its sources, markets, offices, teams and habits, as data.

Belongs here: every number and every raw value that makes the sample believable. The raw values are
those of the default agreement (`dbt/seeds`), apart from a deliberate few that it does not know.
Does not belong here: how numbers become events (the sibling modules), the CRM's file formats.

A habit is a way of working that some of the people share. In a company with `gaming` some do what
`gaming.py` says; in the others nobody does.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

Crm = Literal["salesforce", "hubspot"]

# Ways to look better than one is, by the names under which the warehouse reports them.
Gaming = Literal[
    "over_disqualifying",
    "bar_lowering",
    "ignored_leads",
    "late_logging",
    "bulk_dispositions",
    "touch_bursts",
    "deleted_while_pending",
]


@dataclass(frozen=True, slots=True)
class Source:
    """A channel that brings leads.

    `share` is relative volume; the others are probabilities: `mql` of ever becoming an MQL,
    `at_once` of being one on arrival, `fit` of matching the lead definition, `sql` of an MQL
    becoming an SQL (before fit and speed), `rejected` of being disqualified when not an SQL,
    `blank` of each required field being blank. `recent` multiplies `sql` in the last 120 days.
    """

    name: str
    share: int
    mql: float
    at_once: float
    fit: float
    sql: float
    rejected: float
    blank: float
    labels: tuple[str, ...]
    recent: float = 1.0
    created_by_sales: bool = False


@dataclass(frozen=True, slots=True)
class Market:
    """A place leads come from: whose clock they follow, who serves them, what they call it."""

    name: str
    timezone: str
    share: int
    office: str
    currency: str
    countries: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Office:
    """Where reps sit: the agreement's calendar they are judged by and their working hours."""

    calendar: str
    timezone: str
    opens: str
    hours: float
    region: str


@dataclass(frozen=True, slots=True)
class Habit:
    """How a rep works: median business minutes to a first touch, and probabilities.

    `ignores` a lead altogether, `cadence` follows up as agreed before giving up, `logs_late` an
    activity hours or days afterwards, `bursts` two touches within minutes; `rejects` multiplies
    the source's share of rejections.
    """

    name: str
    response_minutes: float
    ignores: float
    cadence: float
    rejects: float = 1.0
    logs_late: float = 0.02
    bursts: float = 0.03


@dataclass(frozen=True, slots=True)
class Team:
    """A Salesforce role or a HubSpot team; `office` None for people without a calendar."""

    name: str
    role: Literal["sdr", "ae", "manager", "marketing", "integration", "queue", "unmapped"]
    office: str | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A size of customer: share of companies, deal amounts, business days from open to close."""

    name: str
    share: int
    min_employees: int
    max_employees: int
    amount: int
    deal_days: int


@dataclass(frozen=True, slots=True)
class Labels:
    """The CRM's raw words for what happens; several words for one thing are used side by side."""

    status: dict[str, tuple[str, ...]]
    unmapped_status: str
    reasons: tuple[tuple[str, int], ...]
    deal_stages: tuple[tuple[str, ...], ...]
    won: str
    lost: str


@dataclass(frozen=True, slots=True)
class Company:
    """Everything the simulation is told; one per CRM."""

    crm: Crm
    sources: tuple[Source, ...]
    markets: tuple[Market, ...]
    offices: tuple[Office, ...]
    teams: tuple[Team, ...]
    labels: Labels
    habits: tuple[Habit, ...]
    segments: tuple[Segment, ...]
    mql_score: int = 50
    growth: float = 0.7
    months: tuple[int, ...] = (96, 102, 106, 102, 100, 98, 84, 80, 108, 112, 110, 82)
    requalifies: dict[str, float] = field(
        default_factory=lambda: {"recycled": 0.38, "dead": 0.08, "rejected": 0.03}
    )
    gaming: frozenset[Gaming] = frozenset()


SEGMENTS = (
    Segment("smb", 46, 20, 199, 44_000, 20),
    Segment("mid_market", 34, 200, 999, 125_000, 34),
    Segment("enterprise", 20, 1000, 9800, 310_000, 58),
)

# In the order in which they are handed out to the reps of a team, over and over.
HABITS = (
    Habit("steady", 11, 0.02, 0.86),
    Habit("quick", 6, 0.01, 0.93),
    Habit("slow", 36, 0.05, 0.70),
    Habit("steady", 11, 0.02, 0.86),
    Habit("picky", 16, 0.02, 0.82, rejects=1.7),
    Habit("careless", 24, 0.09, 0.30, logs_late=0.12, bursts=0.08),
    Habit("quick", 6, 0.01, 0.93),
    Habit("swamped", 90, 0.12, 0.55, logs_late=0.06),
)

MARKETS = (
    Market("us_east", "America/New_York", 34, "us_east", "USD",
           (("United States", 78), ("USA", 10), ("US", 4), ("Canada", 8))),
    Market("us_west", "America/Los_Angeles", 20, "us_west", "USD",
           (("United States", 84), ("USA", 8), ("Mexico", 6), ("", 2))),
    Market("uk", "Europe/London", 18, "emea_uk", "GBP",
           (("United Kingdom", 82), ("UK", 8), ("Ireland", 10))),
    Market("continent", "Europe/Paris", 10, "emea_uk", "EUR",
           (("France", 34), ("Netherlands", 28), ("Spain", 20), ("Sweden", 16), ("", 2))),
    Market("dach", "Europe/Berlin", 14, "emea_dach", "EUR",
           (("Germany", 70), ("Deutschland", 6), ("Austria", 12), ("Switzerland", 12))),
    Market("elsewhere", "Asia/Singapore", 4, "us_west", "USD",
           (("Singapore", 40), ("Australia", 35), ("Brazil", 23), ("Belarus", 2))),
)  # fmt: skip

OFFICES = (
    Office("us_east", "America/New_York", "09:00", 8.0, "north_america"),
    Office("us_west", "America/Los_Angeles", "08:30", 8.5, "north_america"),
    Office("emea_uk", "Europe/London", "09:00", 8.5, "emea"),
    Office("emea_dach", "Europe/Berlin", "09:00", 8.0, "emea"),
)

SALESFORCE = Company(
    crm="salesforce",
    sources=(
        Source("organic_search", 17, 0.62, 0.55, 0.95, 0.25, 0.16, 0.04, ("Organic Search", "SEO")),
        Source("paid_search", 15, 0.66, 0.65, 0.92, 0.21, 0.20, 0.05,
               ("Paid Search", "Google Ads", "Google AdWords")),
        Source("paid_social", 14, 0.58, 0.45, 0.80, 0.13, 0.36, 0.08,
               ("Paid Social", "LinkedIn Ads"), recent=0.55),
        Source("website", 13, 0.80, 0.85, 0.94, 0.34, 0.12, 0.04,
               ("Web", "Website", "Contact Form")),
        Source("content", 11, 0.45, 0.20, 0.88, 0.15, 0.22, 0.07,
               ("Content Download", "Whitepaper")),
        Source("webinar", 8, 0.60, 0.30, 0.93, 0.20, 0.14, 0.05, ("Webinar",)),
        Source("event", 7, 0.55, 0.50, 0.90, 0.18, 0.22, 0.09, ("Trade Show", "Event")),
        Source("email", 4, 0.50, 0.40, 0.92, 0.17, 0.15, 0.04, ("Email Campaign", "Newsletter")),
        Source("referral", 4, 0.85, 0.90, 0.96, 0.40, 0.07, 0.05,
               ("Customer Referral", "Word of mouth"), recent=1.15),
        Source("partner", 3, 0.80, 0.85, 0.95, 0.34, 0.10, 0.08, ("Partner", "Partner Referral")),
        Source("outbound", 5, 0.30, 0.60, 0.90, 0.22, 0.20, 0.06,
               ("Outbound", "Cold Call"), created_by_sales=True),
        Source("inbound_call", 2, 0.85, 0.95, 0.93, 0.38, 0.10, 0.06, ("Phone Inquiry",)),
        Source("unmapped", 1, 0.55, 0.50, 0.88, 0.16, 0.20, 0.06, ("Podcast Sponsorship",)),
    ),
    markets=MARKETS,
    offices=OFFICES,
    teams=(
        Team("Inbound Leads NA", "queue", "us_east"),
        Team("Inbound Leads EMEA", "queue", "emea_uk"),
        Team("Integration User", "integration"),
        Team("Marketing Ops", "marketing"),
        Team("Marketing", "marketing"),
        Team("Solutions Consulting", "unmapped", "us_east"),
        Team("Sales Manager", "manager", "us_east"),
        Team("Sales Manager EMEA", "manager", "emea_uk"),
        Team("SDR East", "sdr", "us_east"),
        Team("SDR West", "sdr", "us_west"),
        Team("SDR EMEA", "sdr", "emea_uk"),
        Team("SDR DACH", "sdr", "emea_dach"),
        Team("AE East", "ae", "us_east"),
        Team("AE West", "ae", "us_west"),
        Team("AE EMEA", "ae", "emea_uk"),
        Team("AE DACH", "ae", "emea_dach"),
    ),
    labels=Labels(
        status={
            "new": ("New",),
            "mql": ("MQL",),
            "sal": ("Working - Contacted", "Accepted"),
            "sql": ("Qualified",),
            "opportunity": ("Closed - Converted",),
            "rejected": ("Unqualified",),
            "dead": ("No Response",),
            "recycled": ("Nurture", "Recycled"),
        },
        unmapped_status="On Hold",
        reasons=(
            ("Wrong ICP", 16), ("Company too small", 14), ("No Budget", 15), ("Too Expensive", 5),
            ("No Need", 10), ("Just Researching", 9), ("Not a Decision Maker", 10),
            ("Bad Timing", 9), ("Other", 4), ("Duplicate", 2), ("Bad Contact Data", 2), ("", 4),
        ),
        deal_stages=(
            ("Prospecting", "Qualification"),
            ("Needs Analysis", "Value Proposition"),
            ("Proposal/Price Quote", "Negotiation/Review"),
        ),
        won="Closed Won",
        lost="Closed Lost",
    ),
    habits=HABITS,
    segments=SEGMENTS,
)  # fmt: skip

HUBSPOT = replace(
    SALESFORCE,
    crm="hubspot",
    sources=(
        Source("organic_search", 24, 0.60, 0.55, 0.95, 0.26, 0.16, 0.05, ("Organic Search",)),
        Source("paid_search", 16, 0.66, 0.65, 0.92, 0.20, 0.20, 0.06, ("Paid Search",)),
        Source("paid_social", 13, 0.58, 0.45, 0.80, 0.13, 0.36, 0.09, ("Paid Social",),
               recent=0.55),
        Source("website", 16, 0.75, 0.80, 0.94, 0.32, 0.13, 0.04, ("Direct Traffic",)),
        Source("organic_social", 6, 0.50, 0.40, 0.88, 0.16, 0.20, 0.08, ("Organic Social",)),
        Source("other", 5, 0.50, 0.40, 0.88, 0.15, 0.22, 0.07, ("Other Campaigns",)),
        Source("email", 5, 0.50, 0.40, 0.92, 0.18, 0.15, 0.04, ("Email Marketing",)),
        Source("referral", 6, 0.82, 0.85, 0.96, 0.38, 0.08, 0.05, ("Referrals", "AI Referrals")),
        Source("partner", 3, 0.80, 0.85, 0.95, 0.34, 0.10, 0.08, ("Partner",)),
        Source("outbound", 5, 0.30, 0.60, 0.90, 0.22, 0.20, 0.07, ("Offline Sources",),
               created_by_sales=True),
        Source("unmapped", 1, 0.55, 0.50, 0.88, 0.16, 0.20, 0.06, ("TikTok Lead Form",)),
    ),
    markets=tuple(
        replace(market, office="us_east") if market.office == "us_west" else market
        for market in MARKETS
    ),
    offices=tuple(office for office in OFFICES if office.calendar != "us_west"),
    teams=(
        Team("Unassigned", "queue"),
        Team("Integrations", "integration"),
        Team("Marketing", "marketing"),
        Team("Marketing", "marketing"),
        Team("Revenue Enablement", "unmapped", "us_east"),
        Team("Sales Leadership", "manager", "us_east"),
        Team("SDR North America", "sdr", "us_east"),
        Team("SDR EMEA", "sdr", "emea_uk"),
        Team("SDR DACH", "sdr", "emea_dach"),
        Team("Account Executives NA", "ae", "us_east"),
        Team("Account Executives EMEA", "ae", "emea_uk"),
        Team("Account Executives DACH", "ae", "emea_dach"),
    ),
    labels=Labels(
        status={
            "new": ("NEW",),
            "mql": ("OPEN",),
            "sal": ("IN_PROGRESS", "ATTEMPTED_TO_CONTACT", "CONNECTED"),
            "sql": (),
            "opportunity": ("OPEN_DEAL",),
            "rejected": ("UNQUALIFIED",),
            "dead": ("NO_RESPONSE",),
            "recycled": ("BAD_TIMING", "Nurture"),
        },
        unmapped_status="LEGAL_HOLD",
        reasons=(
            ("Wrong ICP", 16), ("Company too small", 14), ("No Budget", 15), ("Too Expensive", 5),
            ("No Need", 10), ("Just Researching", 9), ("Wrong Contact Level", 10),
            ("BAD_TIMING", 9), ("Other", 4), ("Spam", 2), ("Moved away", 2), ("", 4),
        ),
        deal_stages=(
            ("Appointment Scheduled",),
            ("Presentation Scheduled", "Qualified to Buy"),
            ("Contract Sent", "Decision Maker Bought-In"),
        ),
        won="Closed Won",
        lost="Closed Lost",
    ),
)  # fmt: skip
