"""A build file small enough to count by hand."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

# cycle, crm, mql_at, target, then value and rule of name, email, source and score. Company and
# role are required of nobody. Weeks of 2026-01-05 and 2026-01-12 are Mondays.
_LEADS = """
('a#1', 'salesforce', '2026-01-05 00:00', 0.9, 'Ann', 'present', 'a@x.io',   'email', ' WEB ', 'in_sources', '10',  'number'),
('b#1', 'salesforce', '2026-01-07 12:00', 0.9, NULL,  'present', 'b@x',      'email', 'Web',   'in_sources', NULL,  'number'),
('c#1', 'hubspot',    '2026-01-11 23:59', 0.9, '',    'present', 'c d@x.io', 'email', 'Web',   'in_sources', 'nan', 'number'),
('d#1', 'hubspot',    '2026-01-12 00:00', 0.5, 'Dan', 'present', NULL,       NULL,    'Event', 'in_sources', '1e3', NULL),
('e#1', 'hubspot',    '2026-01-13 09:00', 0.5, 'Eve', 'present', 'e@@x.io',  'email', NULL,    'in_sources', 'ten', NULL),
('f#1', 'hubspot',    '2026-01-14 09:00', 0.5, 'Fay', 'present', 'f@x.io',   'email', 'event', 'in_sources', '',    NULL),
('g#1', 'salesforce', '2026-01-14 09:00', NULL, NULL, 'present', NULL,       'email', NULL,    'in_sources', NULL,  'number'),
('h#1', 'salesforce', '2026-01-14 09:00', 0.5, NULL,  'present', NULL,       'email', NULL,    'in_sources', NULL,  'number')
"""  # noqa: E501


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "leadpact.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"""
            create schema intermediate;
            create schema contract;
            create table intermediate.int_leads_as_handed_over as
            select
                cycle_id, split_part(cycle_id, '#', 1) as lead_key, crm,
                cast(mql_at as timestamp) as mql_at,
                cast(date_trunc('week', cast(mql_at as timestamp)) as date) as mql_week,
                name, name_rule, email, email_rule, source, source_rule, score, score_rule,
                null as company, cast(null as varchar) as company_rule,
                null as role, cast(null as varchar) as role_rule,
                cast(target_rate as double) as target_rate
            from (values {_LEADS}) as t (
                cycle_id, crm, mql_at, target_rate,
                name, name_rule, email, email_rule, source, source_rule, score, score_rule
            );
            -- h was first seen as accepted: its MQL is inferred.
            create table intermediate.int_cycles as
            select cycle_id, cycle_id = 'h#1' as is_mql_inferred
            from intermediate.int_leads_as_handed_over;
            create table contract.required_fields as
            select * from (values
                ('name', 'present'), ('email', 'email'), ('source', 'in_sources'),
                ('score', 'number')
            ) as t (field, rule);
            create table contract.lead_sources as
            select * from (values
                ('salesforce', 'Web', 'website'), ('HubSpot', 'Event', 'event'),
                ('hubspot', 'Web', null)
            ) as t (crm, raw_source, source);
        """)
    return path
