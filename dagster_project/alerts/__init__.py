"""Telling people, by webhook, e-mail or chat, that something needs them.

Belongs here: what is told, to whom it went, and when it is told again. Does not belong here: why a
run failed (nightly), and whether anything is wrong with the figures (dbt).
"""
