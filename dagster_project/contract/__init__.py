"""The agreement between sales and marketing: sixteen CSV files, read, validated, handed to dbt.

`read_agreement(folder)` gives it with the column mappings, and every fault of both;
`read_contract(folder)` gives a `Contract` or raises `ContractError` with every fault;
`stage_for_dbt(contract, folder)` writes what dbt seeds from. No Dagster in here.
"""

from dagster_project.contract.agreement import (
    Contract,
    check_contract,
    read_agreement,
    read_contract,
    shipped_and_own_mappings,
)
from dagster_project.contract.staging import stage_for_dbt

__all__ = [
    "Contract",
    "check_contract",
    "read_agreement",
    "read_contract",
    "shipped_and_own_mappings",
    "stage_for_dbt",
]
