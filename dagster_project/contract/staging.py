"""The folder that dbt seeds from.

dbt reads every YAML file beside its seeds as properties of models, so it cannot be shown the
contract folder itself, which may hold `vars.yml` and `mappings/`. Nor may it be: shown seeds
outside its project folder, dbt writes the SQL it ran over the very CSV files it loaded.
"""

from __future__ import annotations

from pathlib import Path

from dagster_project.contract.agreement import Contract, normalised_csv
from dagster_project.contract.seeds import SEEDS


def stage_for_dbt(contract: Contract, target_dir: Path) -> tuple[Path, ...]:
    """Write the agreement's seeds, normalised, into `target_dir`; the files that changed.

    A file whose content is the same keeps its modification time, by which dbt decides what to
    parse again. CSV files that are no seed of the agreement are removed: dbt would load them.

    Raises ValueError if `target_dir` is the contract folder: it is people's, not ours to rewrite.
    """
    if target_dir.resolve() == contract.folder.resolve():
        raise ValueError(f"{target_dir} holds the agreement itself and cannot be staged into")
    target_dir.mkdir(parents=True, exist_ok=True)
    changed = []
    for seed in SEEDS:
        path = target_dir / f"{seed}.csv"
        content = normalised_csv(contract.seeds, seed).encode()
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)
            changed.append(path)
    for path in target_dir.glob("*.csv"):
        if path.stem not in SEEDS:
            path.unlink()
    return tuple(changed)
