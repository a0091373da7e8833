"""Every rule of the agreement, with the sentence a person reads when it is broken."""

from pathlib import Path

import pytest

from tests.unit.contract.small_agreement import SEEDS, faults_of, warnings_of, write_agreement


def seed(name: str, *rows: str) -> tuple[str, str]:
    """A seed with its own header and these rows instead of the small agreement's."""
    return name, "\n".join([SEEDS[name].splitlines()[0], *rows]) + "\n"


CELLS = [
    (
        seed("sla_terms", "t,speed,sales,,,,60,minutes,business,0.9,,2024-01-01,"),
        "sla_terms.csv:2: column clause: 'speed' is unknown: write one of fit, completeness,"
        " handoff, speed_to_lead, disposition, feedback, cadence, contest_review, volume.",
    ),
    (
        seed("sla_terms", "t,handoff,both,,,,5,minutes,wall,0.9,,2024-01-01,"),
        "sla_terms.csv:2: column side: 'both' is unknown: write one of marketing, sales.",
    ),
    (
        seed("sla_terms", "t,handoff,marketing,,,,5,weeks,wall,0.9,,2024-01-01,"),
        "sla_terms.csv:2: column limit_unit: 'weeks' is unknown: write one of minutes, hours,"
        " days, month.",
    ),
    (
        seed("sla_terms", "t,handoff,marketing,,,,5,minutes,solar,0.9,,2024-01-01,"),
        "sla_terms.csv:2: column clock: 'solar' is unknown: write one of wall, business.",
    ),
    (
        seed("sla_terms", "t,handoff,marketing,,,,-5,minutes,wall,0.9,,2024-01-01,"),
        "sla_terms.csv:2: column limit_value: -5 is negative: write 0 or more.",
    ),
    (
        seed("sla_terms", "t,handoff,marketing,,,,five,minutes,wall,0.9,,2024-01-01,"),
        "sla_terms.csv:2: column limit_value: 'five' is not a plain number: write it like 1250"
        " or 0.95.",
    ),
    (
        seed("sla_terms", "t,fit,marketing,,,,,,,90,,2024-01-01,"),
        "sla_terms.csv:2: column target_rate: 90 is not between 0 and 1: write 90 % as 0.9.",
    ),
    (
        seed("sla_terms", "t,fit,marketing,,,,,,,,,2024-01-01,"),
        "sla_terms.csv:2: column target_rate: the cell is blank: fill it.",
    ),
    (
        seed("sla_terms", "t,fit,marketing,,,,,,,1,,01/02/2024,"),
        "sla_terms.csv:2: column effective_from: '01/02/2024' is not a date: write it like"
        " 2024-01-31.",
    ),
    (
        seed("sla_terms", "t,fit,marketing,,,,,,,1,,2024-02-30,"),
        "sla_terms.csv:2: column effective_from: '2024-02-30' is not a date: write it like"
        " 2024-01-31.",
    ),
    (
        seed("sla_terms", "t,feedback,sales,,,,,,,1,maybe,2024-01-01,"),
        "sla_terms.csv:2: column require_note: 'maybe' is neither true nor false: write one of"
        " the two.",
    ),
    (
        seed("sla_terms", "t,volume,marketing,,,0,,month,,1,,2024-01-01,"),
        "sla_terms.csv:2: column min_count: 0 promises nothing: write at least 1, or leave the"
        " row out.",
    ),
    (
        seed("sla_terms", "t,cadence,sales,,,1.5,10,days,business,1,,2024-01-01,"),
        "sla_terms.csv:2: column min_count: 1.5 is not a whole number: write it like 6.",
    ),
    (
        seed("business_hours", "office,Europe/Berlin,8,09:00,17:00"),
        "business_hours.csv:2: column weekday: '8' is not a weekday: write 1 for Monday to 7 for"
        " Sunday.",
    ),
    (
        seed("business_hours", "office,BST,1,09:00,17:00"),
        "business_hours.csv:2: column timezone: 'BST' is not an IANA time zone: write one like"
        " Europe/Berlin.",
    ),
    (
        seed("business_hours", "office,Europe/Berlin,1,9:00,17:00"),
        "business_hours.csv:2: column opens: '9:00' is not a time of day: write HH:MM, from 00:00"
        " to 24:00.",
    ),
    (
        seed("business_hours", "office,Europe/Berlin,1,09:00,24:30"),
        "business_hours.csv:2: column closes: '24:30' is not a time of day: write HH:MM, from"
        " 00:00 to 24:00.",
    ),
    (
        seed("business_hours", "office,Europe/Berlin,1,24:00,24:00"),
        "business_hours.csv:2: column opens: 24:00 is only a close: write 00:00 of the next"
        " weekday.",
    ),
    (
        seed("team_roles", "salesforce,SDR,boss,,"),
        "team_roles.csv:2: column role_type: 'boss' is unknown: write one of sdr, ae, manager,"
        " marketing, integration, queue.",
    ),
    (
        seed("stage_map", "salesforce,MQL,marketing"),
        "stage_map.csv:2: column stage: 'marketing' is unknown: write one of new, mql, sal, sql,"
        " opportunity, won, lost, rejected, dead, recycled.",
    ),
    (
        seed("stage_map", " ,MQL,mql"),
        "stage_map.csv:2: column crm: the cell is blank: fill it.",
    ),
    (
        seed("touch_types", "salesforce,Call,any,,true"),
        "touch_types.csv:2: column channel: the cell is blank: fill it.",
    ),
    (
        seed("touch_types", "salesforce,Call,both,call,true"),
        "touch_types.csv:2: column direction: 'both' is unknown: write one of outbound, inbound,"
        " any.",
    ),
    (
        seed("touch_types", "salesforce,Call,any,call,"),
        "touch_types.csv:2: column is_human: the cell is blank: fill it.",
    ),
    (
        seed("lead_sources", "salesforce,Web,website,product"),
        "lead_sources.csv:2: column sourced_by: 'product' is unknown: write one of marketing,"
        " sales, partner.",
    ),
    (
        seed("disqualification_reasons", "salesforce,Spam,spam"),
        "disqualification_reasons.csv:2: column reason_code: 'spam' is unknown: write one of"
        " wrong_icp, no_budget, no_compelling_event, wrong_contact_level, bad_timing.",
    ),
    (
        seed("required_fields", "phone,present,2024-01-01,"),
        "required_fields.csv:2: column field: 'phone' is unknown: write one of name, company,"
        " role, email, source, score.",
    ),
    (
        seed("required_fields", "email,filled,2024-01-01,"),
        "required_fields.csv:2: column rule: 'filled' is unknown: write one of present, email,"
        " number, in_sources.",
    ),
    (
        seed("lead_definition", "c,hunch,score,at_least,50,2024-01-01,,Engaged"),
        "lead_definition.csv:2: column kind: 'hunch' is unknown: write one of firmographic,"
        " trigger, behavioral, disqualifier.",
    ),
    (
        seed("lead_definition", "c,trigger,revenue,at_least,50,2024-01-01,,Rich"),
        "lead_definition.csv:2: column attribute: 'revenue' is unknown: write one of industry,"
        " employees, role, country, source, score, email_domain.",
    ),
    (
        seed("lead_definition", "c,trigger,score,above,50,2024-01-01,,Engaged"),
        "lead_definition.csv:2: column operator: 'above' is unknown: write one of in, not_in,"
        " between, at_least, matches.",
    ),
    (
        seed("lead_definition_examples", "e1,Software,100,CTO,Germany,50,a@b.example,maybe,why"),
        "lead_definition_examples.csv:2: column expected: 'maybe' is unknown: write one of pass,"
        " fail.",
    ),
    (
        seed("quotas", "2025-01-01,smb,emea,1000,Euro"),
        "quotas.csv:2: column currency: 'Euro' is not a currency: write its three-letter code,"
        " like EUR.",
    ),
    (
        seed("quotas", "2025-01-01,smb,emea,-1,EUR"),
        "quotas.csv:2: column quota: -1 is negative: write 0 or more.",
    ),
    (
        seed("fx_rates", "EUR,2024-01-01,0"),
        "fx_rates.csv:2: column rate: 0 is not above 0: write a rate such as 1.08.",
    ),
    (
        seed("internal_domains", "@acme.example"),
        "internal_domains.csv:2: column domain: '@acme.example' is not an e-mail domain: write"
        " what follows the @, like acme.com.",
    ),
]

TERM_RULES = [
    (
        seed("sla_terms", "t,handoff,sales,,,,5,minutes,wall,0.9,,2024-01-01,"),
        "sla_terms.csv:2: column side: handoff is a promise of marketing: write marketing.",
    ),
    *(
        (
            seed("sla_terms", f"t,{clause},{side},,,{count},,{unit},{clock},0.9,,2024-01-01,"),
            f"sla_terms.csv:2: column limit_value: {clause} needs a limit: write a number.",
        )
        for clause, side, count, unit, clock in [
            ("handoff", "marketing", "", "minutes", "wall"),
            ("speed_to_lead", "sales", "", "minutes", "business"),
            ("disposition", "sales", "", "hours", "wall"),
            ("cadence", "sales", "6", "days", "business"),
            ("contest_review", "marketing", "", "days", "wall"),
        ]
    ),
    (
        seed("sla_terms", "t,handoff,marketing,,,,5,month,wall,0.9,,2024-01-01,"),
        "sla_terms.csv:2: column limit_unit: handoff is measured in minutes or hours or days:"
        " write that.",
    ),
    (
        seed("sla_terms", "t,volume,marketing,,,30,,,,1,,2024-01-01,"),
        "sla_terms.csv:2: column limit_unit: volume is measured in month: write that.",
    ),
    (
        seed("sla_terms", "t,cadence,sales,,,6,10,hours,business,1,,2024-01-01,"),
        "sla_terms.csv:2: column limit_unit: cadence is measured in days: write that.",
    ),
    (
        seed("sla_terms", "t,cadence,sales,,,6,10,days,wall,1,,2024-01-01,"),
        "sla_terms.csv:2: column clock: cadence runs on the business clock: write that.",
    ),
    (
        seed("sla_terms", "t,disposition,sales,,,,72,hours,,1,,2024-01-01,"),
        "sla_terms.csv:2: column clock: disposition runs on the wall or business clock: write"
        " that.",
    ),
    (
        seed("sla_terms", "t,volume,marketing,,,,,month,,1,,2024-01-01,"),
        "sla_terms.csv:2: column min_count: volume needs a count of MQLs a month: write a whole"
        " number.",
    ),
    (
        seed("sla_terms", "t,cadence,sales,,,,10,days,business,1,,2024-01-01,"),
        "sla_terms.csv:2: column min_count: cadence needs a count of touches: write a whole"
        " number.",
    ),
    (
        seed("sla_terms", "t,volume,marketing,,,30,3,month,,1,,2024-01-01,"),
        "sla_terms.csv:2: column limit_value: volume is promised by the month: leave it blank,"
        " the target is min_count.",
    ),
    (
        seed("sla_terms", "t,speed_to_lead,sales,,,,2,days,business,1,,2024-01-01,"),
        "sla_terms.csv:2: column limit_unit: a day of the business clock has no fixed length:"
        " write hours.",
    ),
    (
        seed("sla_terms", "t,cadence,sales,,,6,2.5,days,business,1,,2024-01-01,"),
        "sla_terms.csv:2: column limit_value: 2.5 is not a number of whole days: write it like 10.",
    ),
]

DATES = [
    (
        seed("sla_terms", "t,fit,marketing,,,,,,,1,,2024-01-01,2024-01-01"),
        "sla_terms.csv:2: column effective_to: 2024-01-01 is not after effective_from 2024-01-01:"
        " write the first day on which the row no longer holds.",
    ),
    (
        seed(
            "sla_terms",
            "a,fit,marketing,smb,emea,,,,,1,,2024-06-01,",
            "b,fit,marketing,smb,emea,,,,,1,,2024-01-01,2024-06-02",
        ),
        "sla_terms.csv:3: column effective_from: fit, smb, emea: in force at the same time as"
        " line 2 (2024-06-01 to open and 2024-01-01 to 2024-06-02): end one where the other"
        " begins.",
    ),
    (
        seed(
            "required_fields",
            "email,email,2024-01-01,2025-01-01",
            "email,present,2024-12-31,",
        ),
        "required_fields.csv:3: column effective_from: field email: in force at the same time as"
        " line 2 (2024-01-01 to 2025-01-01 and 2024-12-31 to open): end one where the other"
        " begins.",
    ),
    (
        seed(
            "lead_definition",
            "size,firmographic,employees,between,20|500,2024-01-01,,Our size",
            "Size,firmographic,employees,between,10|500,2025-01-01,,Our new size",
        ),
        "lead_definition.csv:3: column effective_from: criterion size: in force at the same time"
        " as line 2 (2024-01-01 to open and 2025-01-01 to open): end one where the other begins.",
    ),
]

HOUR_RULES = [
    (
        seed("business_hours", "office,Europe/Berlin,1,22:00,06:00"),
        "business_hours.csv:2: column closes: 06:00 is not after opens 22:00: hours past midnight"
        " are two rows, to 24:00 and from 00:00 of the next weekday.",
    ),
    (
        seed("business_hours", "office,Europe/Berlin,1,09:00,09:00"),
        "business_hours.csv:2: column closes: 09:00 is not after opens 09:00: hours past midnight"
        " are two rows, to 24:00 and from 00:00 of the next weekday.",
    ),
    (
        seed(
            "business_hours",
            "office,Europe/Berlin,1,12:59,17:00",
            "office,Europe/Berlin,1,09:00,13:00",
        ),
        "business_hours.csv:3: column opens: calendar office, weekday 1: 09:00-13:00 overlaps"
        " 12:59-17:00 of line 2: join the two.",
    ),
    (
        seed(
            "business_hours",
            "office,Europe/Berlin,1,09:00,17:00",
            "office,Europe/Paris,2,09:00,17:00",
        ),
        "business_hours.csv:3: column timezone: calendar office has Europe/Berlin in line 2: give"
        " it one time zone.",
    ),
]

NAMES = [
    (
        seed("holidays", "shop,2025-01-01,New Year"),
        "holidays.csv:2: column calendar_id: 'shop' is an unknown calendar: write one of"
        " business_hours.csv (office), or add it there.",
    ),
    (
        seed("team_roles", "salesforce,SDR,sdr,,shop"),
        "team_roles.csv:2: column calendar_id: 'shop' is an unknown calendar: write one of"
        " business_hours.csv (office), or add it there.",
    ),
    (
        seed("team_roles", "salesforce,SDR,sdr,apac,office"),
        "team_roles.csv:2: column region: 'apac' is a region nobody has: write one of regions.csv"
        " (emea), or add it there.",
    ),
    (
        seed("sla_terms", "t,fit,marketing,,apac,,,,,1,,2024-01-01,"),
        "sla_terms.csv:2: column region: 'apac' is a region nobody has: write one of regions.csv"
        " (emea), or add it there.",
    ),
    (
        seed("sla_terms", "t,fit,marketing,SMB,,,,,,1,,2024-01-01,"),
        "sla_terms.csv:2: column segment: 'SMB' is a segment nobody has: write one of"
        " segments.csv (enterprise, smb), or add it there.",
    ),
    (
        seed("quotas", "2025-01-01,tiny,emea,1000,EUR"),
        "quotas.csv:2: column segment: 'tiny' is a segment nobody has: write one of segments.csv"
        " (enterprise, smb), or add it there.",
    ),
    (
        seed("quotas", "2025-01-01,smb,apac,1000,EUR"),
        "quotas.csv:2: column region: 'apac' is a region nobody has: write one of regions.csv"
        " (emea), or add it there.",
    ),
    (
        seed("regions", "Germany,emea", "France,EMEA"),
        "regions.csv:3: column region: 'EMEA' is spelled 'emea' in line 2: spell it alike.",
    ),
]

KEYS = [
    (
        seed(
            "sla_terms",
            "t,fit,marketing,,,,,,,1,,2024-01-01,2025-01-01",
            "T,fit,marketing,,,,,,,1,,2025-01-01,",
        ),
        "sla_terms.csv:3: column term_id: 'T' is in line 2 already (case does not count):"
        " keep one.",
    ),
    (
        seed("holidays", "office,2025-01-01,New Year", "office,2025-01-01,Neujahr"),
        "holidays.csv:3: column calendar_id and holiday_date: 'office', '2025-01-01' is in line 2"
        " already (case does not count): keep one.",
    ),
    (
        seed("team_roles", "salesforce,SDR,sdr,,", "Salesforce, sdr ,ae,,"),
        "team_roles.csv:3: column crm and team: 'salesforce', 'sdr' is in line 2 already (case"
        " does not count): keep one.",
    ),
    (
        seed("stage_map", "salesforce,MQL,mql", "salesforce, mql,sal"),
        "stage_map.csv:3: column crm and raw_stage: 'salesforce', 'mql' is in line 2 already"
        " (case does not count): keep one.",
    ),
    (
        seed("touch_types", "hubspot,call,any,call,true", "hubspot,CALL,any,call,false"),
        "touch_types.csv:3: column crm and raw_type and direction: 'hubspot', 'CALL', 'any' is in"
        " line 2 already (case does not count): keep one.",
    ),
    (
        seed("lead_sources", "hubspot,Web,website,marketing", "hubspot,WEB,website,marketing"),
        "lead_sources.csv:3: column crm and raw_source: 'hubspot', 'WEB' is in line 2 already"
        " (case does not count): keep one.",
    ),
    (
        seed("disqualification_reasons", "hubspot,Spam,", "hubspot,spam,wrong_icp"),
        "disqualification_reasons.csv:3: column crm and raw_reason: 'hubspot', 'spam' is in line"
        " 2 already (case does not count): keep one.",
    ),
    (
        seed("lead_definition_examples", "e1,,,,,,,pass,why", "e1,,,,,,,fail,why"),
        "lead_definition_examples.csv:3: column example_id: 'e1' is in line 2 already (case does"
        " not count): keep one.",
    ),
    (
        seed("segments", "smb,1,199", "enterprise,200,", "SMB,0,0"),
        "segments.csv:4: column segment: 'SMB' is in line 2 already (case does not count):"
        " keep one.",
    ),
    (
        seed("regions", "Germany,emea", "GERMANY,emea"),
        "regions.csv:3: column country: 'GERMANY' is in line 2 already (case does not count):"
        " keep one.",
    ),
    (
        seed("quotas", "2025-01-01,smb,emea,1,EUR", "2025-01-01,smb,emea,2,USD"),
        "quotas.csv:3: column quarter_start and segment and region: '2025-01-01', 'smb', 'emea' is"
        " in line 2 already (case does not count): keep one.",
    ),
    (
        seed("fx_rates", "EUR,2024-01-01,1.1", "eur,2024-01-01,1.2"),
        "fx_rates.csv:3: column currency and effective_from: 'EUR', '2024-01-01' is in line 2"
        " already (case does not count): keep one.",
    ),
    (
        seed("internal_domains", "acme.example", "ACME.example"),
        "internal_domains.csv:3: column domain: 'ACME.example' is in line 2 already (case does"
        " not count): keep one.",
    ),
]

DEFINITIONS = [
    (
        seed("lead_definition", "c,firmographic,industry,at_least,5,2024-01-01,,x"),
        "lead_definition.csv:2: column operator: at_least compares numbers and industry is text:"
        " write in, not_in or matches.",
    ),
    (
        seed("lead_definition", "c,firmographic,employees,between,20,2024-01-01,,x"),
        "lead_definition.csv:2: column value: '20' is not two numbers: write low|high, like"
        " 20|500.",
    ),
    (
        seed("lead_definition", "c,firmographic,employees,between,20|many,2024-01-01,,x"),
        "lead_definition.csv:2: column value: '20|many' is not two numbers: write low|high, like"
        " 20|500.",
    ),
    (
        seed("lead_definition", "c,firmographic,employees,between,500|20,2024-01-01,,x"),
        "lead_definition.csv:2: column value: 500 is above 20: write the lower bound first.",
    ),
    (
        seed("lead_definition", "c,behavioral,score,at_least,fifty,2024-01-01,,x"),
        "lead_definition.csv:2: column value: 'fifty' is not a plain number: write one like 50.",
    ),
    (
        seed("lead_definition", "c,firmographic,industry,in,Software||Retail,2024-01-01,,x"),
        "lead_definition.csv:2: column value: the list holds a blank value: write values with one"
        " | between them.",
    ),
    (
        seed("lead_definition", "c,trigger,role,matches,(chief,2024-01-01,,x"),
        "lead_definition.csv:2: column value: the engine cannot read this regular expression"
        " (missing ): (chief): correct it.",
    ),
    (
        seed("lead_definition", "c,trigger,role,matches,chief(?= of),2024-01-01,,x"),
        "lead_definition.csv:2: column value: the engine cannot read this regular expression"
        " (invalid perl operator: (?=): correct it.",
    ),
    (
        seed("required_fields", "company,in_sources,2024-01-01,"),
        "required_fields.csv:2: column rule: in_sources is made for source, not for company:"
        " write present.",
    ),
    (
        seed("segments", "smb,199,1", "enterprise,200,"),
        "segments.csv:2: column max_employees: 1 is below min_employees 199: exchange the two.",
    ),
    (
        seed("segments", "enterprise,199,", "smb,1,199"),
        "segments.csv:3: column min_employees: smb and enterprise (line 2) both hold a company of"
        " 199 employees: both ends count, end one below the other.",
    ),
]

MONEY = [
    (
        seed("quotas", "2025-02-01,smb,emea,1000,EUR"),
        "quotas.csv:2: column quarter_start: 2025-02-01 begins no fiscal quarter: write the first"
        " day of month 1, 4, 7, 10.",
    ),
    (
        seed("quotas", "2025-01-02,smb,emea,1000,EUR"),
        "quotas.csv:2: column quarter_start: 2025-01-02 begins no fiscal quarter: write the first"
        " day of month 1, 4, 7, 10.",
    ),
    (
        seed("quotas", "2025-01-01,smb,emea,1000,CHF", "2025-04-01,smb,emea,1000,CHF"),
        "quotas.csv:2: column currency: CHF has no rate on 2025-01-01: add one to fx_rates.csv.",
    ),
    (
        seed("quotas", "2023-10-01,smb,emea,1000,EUR"),
        "quotas.csv:2: column currency: EUR has no rate on 2023-10-01: add one to fx_rates.csv.",
    ),
    (
        seed("fx_rates", "EUR,2024-01-01,1.08", "USD,2024-01-01,0.9"),
        "fx_rates.csv:3: column rate: USD is the reporting currency and worth 1, not 0.9: write"
        " rates to it, or change the variable reporting_currency.",
    ),
]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [*CELLS, *TERM_RULES, *DATES, *HOUR_RULES, *NAMES, *KEYS, *DEFINITIONS, *MONEY],
)
def test_a_broken_rule_is_named_with_its_place(
    tmp_path: Path, changed: tuple[str, str], sentence: str
) -> None:
    name, text = changed
    assert faults_of(write_agreement(tmp_path / "agreement", **{name: text})) == [sentence]


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    folder = write_agreement(
        tmp_path / "agreement",
        **dict(
            [
                seed("stage_map", "salesforce,MQL,big", "salesforce,SQL,bigger"),
                seed("holidays", "shop,2025-01-01,New Year"),
                seed("segments", "smb,x,y", "enterprise,200,"),
            ]
        ),
    )
    places = [sentence.split(": ")[0:2] for sentence in faults_of(folder)]
    assert places == [
        ["holidays.csv:2", "column calendar_id"],
        ["segments.csv:2", "column min_employees"],
        ["segments.csv:2", "column max_employees"],
        ["stage_map.csv:2", "column stage"],
        ["stage_map.csv:3", "column stage"],
    ]


def test_what_refers_to_a_broken_seed_is_not_blamed(tmp_path: Path) -> None:
    changed = dict([seed("regions", "Germany,emea,too much"), seed("segments", "smb,x,")])
    faults = faults_of(write_agreement(tmp_path / "agreement", **changed))
    assert [fault.split(":")[0] for fault in faults] == ["regions.csv", "segments.csv"]


ALLOWED = [
    seed("sla_terms"),
    seed("sla_terms", "t,Speed_To_Lead,SALES,,,,1.5,Hours,Wall,0.9,,2024-01-01,"),
    seed("sla_terms", "t,handoff,marketing,,,,0,minutes,wall,0,,2024-01-01,"),
    seed("sla_terms", "t,volume,marketing,unknown,unknown,30,1,month,,1,,2024-01-01,"),
    seed(
        "sla_terms",
        "a,fit,marketing,,,,,,,1,,2024-01-01,2025-01-01",
        "b,fit,marketing,,,,,,,1,,2025-01-01,",
        "c,fit,marketing,smb,,,,,,1,,2024-01-01,",
        "d,fit,marketing,,emea,,,,,1,,2024-01-01,",
    ),
    seed(
        "business_hours",
        "office,Europe/Berlin,1,00:00,12:00",
        "office,Europe/Berlin,1,12:00,24:00",
    ),
    seed("segments", "smb,,"),
    seed("quotas"),
    seed("fx_rates", "EUR,2024-01-01,1.08"),
    seed("lead_definition", r"c,trigger,role,matches,\b(vp|head)\b,2024-01-01,,x"),
    seed("touch_types", "hubspot,call,inbound,call,TRUE", "hubspot,call,outbound,call,False"),
]


@pytest.mark.parametrize("changed", ALLOWED)
def test_what_the_rules_allow_passes(tmp_path: Path, changed: tuple[str, str]) -> None:
    name, text = changed
    assert faults_of(write_agreement(tmp_path / "agreement", **{name: text})) == []


def test_an_agreement_without_calendar_has_no_clock(tmp_path: Path) -> None:
    changed = dict([seed("business_hours"), seed("holidays"), seed("team_roles")])
    assert faults_of(write_agreement(tmp_path / "agreement", **changed)) == [
        "business_hours.csv: there is no calendar: write the hours of at least one."
    ]


WARNINGS = [
    (
        seed(
            "sla_terms",
            "a,fit,marketing,,,,,,,1,,2024-01-01,2024-06-01",
            "b,fit,marketing,,,,,,,1,,2025-01-01,",
        ),
        "sla_terms.csv:3: column effective_from: fit, any segment, any region: nothing is in force"
        " from 2024-06-01 (line 2) until 2025-01-01.",
    ),
    (
        # Without a term for smb the term for any segment holds, but not in February.
        seed(
            "sla_terms",
            "a,fit,marketing,,,,,,,1,,2024-01-01,2025-02-01",
            "b,fit,marketing,smb,,,,,,1,,2024-01-01,2025-01-01",
            "c,fit,marketing,smb,,,,,,1,,2025-04-01,",
            "d,fit,marketing,,,,,,,1,,2025-03-01,",
        ),
        "sla_terms.csv:4: column effective_from: fit, smb, any region: nothing is in force"
        " from 2025-02-01 until 2025-03-01.",
    ),
    (
        seed("sla_terms", "t,fit,marketing,,,,,,,1,,2024-01-01,2025-02-01"),
        "sla_terms.csv:2: column effective_to: fit, any segment, any region: nothing is in force"
        " from 2025-02-01 on.",
    ),
    (
        seed(
            "sla_terms",
            "t,fit,marketing,smb,,,,,,1,,2024-01-01,",
            "u,fit,marketing,enterprise,emea,,,,,1,,2024-01-01,",
        ),
        "sla_terms.csv:2: column segment: fit: no term holds for segment enterprise in region"
        " unknown, segment unknown in region emea, segment unknown in region unknown: nobody is"
        " judged by it there.",
    ),
    (
        seed("sla_terms", "t,fit,marketing,unknown,unknown,,,,,1,,2024-01-01,"),
        "sla_terms.csv:2: column segment: fit: no term holds for segment smb in region emea,"
        " segment smb in region unknown, segment enterprise in region emea and 2 more: nobody is"
        " judged by it there.",
    ),
    (
        seed("sla_terms", "t,fit,marketing,,,,5,,,1,,2024-01-01,"),
        "sla_terms.csv:2: column limit_value: fit does not read this cell: leave it blank.",
    ),
    (
        seed("segments", "smb,1,199", "enterprise,250,"),
        "segments.csv:3: column min_employees: companies of 200 to 249 employees have no segment,"
        " between smb and enterprise.",
    ),
    (
        seed("lead_sources", "hubspot,A,referral,partner", "hubspot,B,referral,sales"),
        "lead_sources.csv:3: column sourced_by: referral is sourced by partner in line 2.",
    ),
    (
        seed("stage_map", "zoho,MQL,mql", "zoho,SQL,sql"),
        "stage_map.csv:2: column crm: 'zoho' has no mapping (there are hubspot, salesforce).",
    ),
]


@pytest.mark.parametrize(("changed", "sentence"), WARNINGS)
def test_what_is_legal_and_seldom_meant_is_a_warning(
    tmp_path: Path, changed: tuple[str, str], sentence: str
) -> None:
    name, text = changed
    assert sentence in warnings_of(write_agreement(tmp_path / "agreement", **{name: text}))


QUIET = [
    # A promise to smb for a while, and the one to everybody before, between and after.
    (
        "a,fit,marketing,,,,,,,1,,2024-01-01,",
        "b,fit,marketing,smb,emea,,,,,1,,2024-06-01,2024-07-01",
        "c,fit,marketing,smb,emea,,,,,1,,2024-09-01,2024-10-01",
        "d,fit,marketing,,emea,,,,,1,,2024-09-01,2024-10-01",
    ),
    # What one less specific term leaves open another holds.
    (
        "a,fit,marketing,,,,,,,1,,2024-01-01,2024-08-01",
        "b,fit,marketing,smb,,,,,,1,,2024-01-01,2024-07-01",
        "c,fit,marketing,smb,,,,,,1,,2024-09-01,",
        "d,fit,marketing,,,,,,,1,,2024-08-01,",
    ),
    # Targets of volume are for whom they are.
    ("v,volume,marketing,smb,emea,10,,month,,1,,2024-01-01,",),
]


@pytest.mark.parametrize("terms", QUIET)
def test_days_that_a_less_specific_term_holds_are_no_gap(
    tmp_path: Path, terms: tuple[str, ...]
) -> None:
    name, text = seed("sla_terms", *terms)
    warnings = warnings_of(write_agreement(tmp_path / "agreement", **{name: text}))
    assert [warning for warning in warnings if "has no term" not in warning] == []


def test_a_clause_without_term_is_a_warning(tmp_path: Path) -> None:
    warnings = warnings_of(write_agreement(tmp_path / "agreement"))
    assert "sla_terms.csv: handoff has no term: nobody is judged by it." in warnings
    assert not any("speed_to_lead has no term" in warning for warning in warnings)
