"""Questions in SQL to what is published: `leadpact query`.

Belongs here: a connection in which nothing can be altered (opening), which statements are
questions and how their errors read (statements), what there is to ask (catalogue), and where an
answer goes: the screen (screen) or a file (answers). Does not belong here: any figure of its own.
"""

from dagster_project.query.command import Call, Format, answer

__all__ = ["Call", "Format", "answer"]
