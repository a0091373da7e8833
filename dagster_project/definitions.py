"""The code location that Dagster loads; assembles, nothing else."""

import dagster as dg

from dagster_project.defs.assemble import build_defs
from dagster_project.settings import Settings


@dg.definitions
def defs() -> dg.Definitions:
    """Everything, for the installation that the environment names."""
    return build_defs(Settings())
