"""The scorecard: pages for people, made of what is published and of nothing else.

Belongs here: what is read (reading), what it is called (words), which pages there are (pages) and
how they look (templates, charts). Does not belong here: any figure of its own; every number on a
page stands in a mart.
"""

from dagster_project.report.building import ENTRY_PAGE, Scorecard, build_scorecard, rebuild
from dagster_project.report.charts import warm_up

__all__ = ["ENTRY_PAGE", "Scorecard", "build_scorecard", "rebuild", "warm_up"]
