"""Build file -> published files: copied beside, checked, then switched by one atomic rename.

Belongs here: what is published, the guard against personal data, the switch, the run history.
Does not belong here: how the build file came about, nor Dagster.
"""

from dagster_project.publish.history import RunRecord
from dagster_project.publish.publication import Draft, Publication, make_draft, publish

__all__ = ["Draft", "Publication", "RunRecord", "make_draft", "publish"]
