"""What must be true of the data, as Great Expectations suites that run inside DuckDB.

Belongs here: the suites, one file per commitment (`raw`, `unified`, `completeness`), the adapter
that lets Great Expectations speak to DuckDB, and what is made of the results. Does not belong
here: how a run reacts to a breach (the orchestration decides), and anything of Dagster.

Great Expectations takes 2.5 s to import, so nothing here imports it before suites are run.
"""
