"""One lead's whole story, told from what is published: `leadpact explain`.

Belongs here: which lead is meant (finding), what happened to it (events) and how it was judged
(verdicts), how that reads on a screen (printing). Does not belong here: deciding a verdict, or its
sentence; both are the warehouse's (marts.fct_sla_obligations, marts.sla_explanations).
"""

from dagster_project.explain.model import Story
from dagster_project.explain.printing import print_story
from dagster_project.explain.story import tell

__all__ = ["Story", "print_story", "tell"]
