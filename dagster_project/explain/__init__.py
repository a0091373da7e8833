"""One lead's whole story, told from what is published: `leadpact explain`.

Belongs here: which lead is meant (finding), what happened to it and how it was judged (story), how
that reads on a screen (printing). Does not belong here: verdicts and their sentences, which are
the warehouse's own (marts.sla_explanations).
"""

from dagster_project.explain.printing import print_story
from dagster_project.explain.story import Story, tell

__all__ = ["Story", "print_story", "tell"]
