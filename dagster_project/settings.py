"""Where things lie: the one settings object that every part is handed.

Belongs here: paths and what follows from them. Does not belong here: the agreement's own values
(seeds and `vars.yml`), which are data.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Paths of one installation; each from `LEADPACT_<NAME>`, else the default beside the code.

    Two settings with different `data_dir` never touch each other's files. Relative paths are
    relative to the working directory of the caller.
    """

    model_config = SettingsConfigDict(env_prefix="LEADPACT_", frozen=True)

    exports: Path = PROJECT_ROOT / "data" / "exports"
    contract: Path = PROJECT_ROOT / "dbt" / "seeds"
    data_dir: Path = PROJECT_ROOT / "data"
    schedule_timezone: str = "UTC"
    # What DuckDB may hold in memory while it builds, in its own words; beyond, it uses the disk.
    memory_limit: str = "5GB"
    # Hours after which a CRM's newest delivery is stale; for weekly deliveries 192.
    exports_due_hours: int = Field(default=48, ge=1)
    # Whom to tell what needs people: addresses as apprise writes them, blanks between them.
    alerts: SecretStr = SecretStr("")
    # Days after which people are told again what still holds.
    alerts_remind_days: int = Field(default=7, ge=1)
    # Where to copy what is published, as a connection string, which may hold a password.
    postgres: SecretStr = SecretStr("")
    postgres_reader: str = "leadpact_reader"

    @field_validator("exports", "contract", "data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @property
    def exports_due(self) -> timedelta:
        """How long a CRM's newest delivery is fresh."""
        return timedelta(hours=self.exports_due_hours)

    @property
    def alerts_remind(self) -> timedelta:
        """After how long people are told again."""
        return timedelta(days=self.alerts_remind_days)

    @property
    def project_root(self) -> Path:
        """The checkout: the folder that holds `dagster_project/` and `dbt/`."""
        return PROJECT_ROOT

    @property
    def dbt_dir(self) -> Path:
        """The dbt project."""
        return PROJECT_ROOT / "dbt"

    @property
    def warehouse_file(self) -> Path:
        """The build file; only the run itself opens it."""
        return self.data_dir / "warehouse" / "leadpact.duckdb"

    @property
    def run_lock(self) -> Path:
        """Locked by the run that is going on, whatever started it."""
        return self.data_dir / "warehouse" / "run.lock"

    @property
    def published_dir(self) -> Path:
        """What BI tools and analysts open."""
        return self.data_dir / "published"

    @property
    def keys_file(self) -> Path:
        """The key columns of every table, as the last run that published knew them."""
        return self.data_dir / "warehouse" / "keys.json"

    @property
    def postgres_mark(self) -> Path:
        """What became of the last copy to PostgreSQL."""
        return self.data_dir / "warehouse" / "postgres.json"

    @property
    def dagster_home(self) -> Path:
        """Dagster's run history and schedules for this data directory."""
        return self.data_dir / "dagster"

    @property
    def ui_lock(self) -> Path:
        """Locked by the `leadpact ui` of this data directory."""
        return self.dagster_home / "ui.lock"

    @property
    def ui_mark(self) -> Path:
        """Written by `leadpact ui` as it starts: where its pages are."""
        return self.dagster_home / "ui.url"
