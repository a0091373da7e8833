"""Dagster's view of the run: assets, checks, the job, its schedule and its sensor.

Belongs here: one short module per kind of definition, wrapping the plain modules. Does not belong
here: anything that loads, checks, builds or publishes. Nothing happens at import.
"""
