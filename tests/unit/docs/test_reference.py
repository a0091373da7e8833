"""The pages for operators say what the code says: settings, messages, commands, units."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import yaml
from pydantic import SecretStr

from dagster_project.cli import app
from dagster_project.settings import PROJECT_ROOT, Settings

DOCS = PROJECT_ROOT / "docs"
UNITS = sorted((DOCS / "deploy").glob("*.service")) + sorted((DOCS / "deploy").glob("*.timer"))


def rows(page: str, cells: int) -> list[list[str]]:
    """The rows of the page's tables that have so many cells."""
    lines = (DOCS / page).read_text(encoding="utf-8").splitlines()
    split = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "|" in line]
    return [row for row in split if len(row) == cells and set(row[0]) != {"-"}]


def test_every_setting_is_there_with_its_default() -> None:
    told = {row[0].strip("`"): row for row in rows("configuration.md", 4)[1:]}
    fields = Settings.model_fields
    assert set(told) == {f"LEADPACT_{name.upper()}" for name in fields}
    for name, entry in fields.items():
        _, option, default, _ = told[f"LEADPACT_{name.upper()}"]
        value = entry.default
        if isinstance(value, Path):
            assert default.strip("`") == value.relative_to(PROJECT_ROOT).as_posix()
            assert option == f"`--{name.replace('_', '-')}`"
        else:
            plain = value.get_secret_value() if isinstance(value, SecretStr) else value
            assert default.strip("`") == str(plain), name
            assert option == ("`--postgres`" if name == "postgres" else "")


def test_every_variable_is_there_with_its_default() -> None:
    told = {row[0].strip("`"): row[1].strip("`") for row in rows("configuration.md", 3)[1:]}
    project = yaml.safe_load((Settings().dbt_dir / "dbt_project.yml").read_text())
    assert told == {name: str(value) for name, value in project["vars"].items()}


def test_the_example_of_settings_names_settings_alone() -> None:
    lines = (DOCS / "deploy" / "leadpact.env").read_text().splitlines()
    names = {line.lstrip("#").split("=")[0] for line in lines if re.match("#?LEADPACT_", line)}
    assert names <= {f"LEADPACT_{name.upper()}" for name in Settings.model_fields}


def _templates() -> Iterator[str]:
    """Every sentence in the code, with `…` for what is filled in."""
    for folder in ("dagster_project", "expectations"):
        for file in (PROJECT_ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value
                if isinstance(node, ast.JoinedStr):
                    yield "".join(
                        str(part.value) if isinstance(part, ast.Constant) else "…"
                        for part in node.values
                    )


def test_every_message_of_the_runbook_is_one_of_ours() -> None:
    templates = list(_templates())
    messages = [
        message for row in rows("operations.md", 3)[1:] for message in re.findall("`(.+?)`", row[0])
    ]
    assert len(messages) > 25
    of_others = {"Could not set lock on file"}  # DuckDB's own
    for message in messages:
        if message in of_others:
            continue
        pieces = [piece for piece in message.split("…") if len(piece.strip(" .,:()")) > 2]
        assert pieces, message
        assert any(all(piece in template for piece in pieces) for template in templates), message


def _commands() -> Iterator[tuple[str, list[str]]]:
    pages = [PROJECT_ROOT / "README.md", *DOCS.rglob("*.md"), *UNITS]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for found in re.findall(r"(?:^|[\s/`'=])leadpact ([a-z-]+[^\n`'#;|]*)", text):
            yield page.name, found.split("  #")[0].replace("…", "x").replace('"', " ").split()


def test_every_command_of_the_pages_exists() -> None:
    known = typer.main.get_command(app)
    assert hasattr(known, "commands")
    seen = set()
    for page, (name, *words) in _commands():
        if name not in known.commands:
            continue
        options = {word.split("=")[0].rstrip(".,)") for word in words if word.startswith("--")}
        there = {
            option
            for parameter in known.commands[name].params
            for option in (*parameter.opts, *parameter.secondary_opts)
        }
        assert options <= there, (page, name, options - there)
        seen.add(name)
    assert seen == set(known.commands)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_takes_the_units_and_rates_them_well(tmp_path: Path) -> None:
    for unit in UNITS:
        text = unit.read_text()
        command = re.search(r"^ExecStart=(\S+)", text, re.MULTILINE)
        if command is not None:
            assert command[1] == "/opt/leadpact/.venv/bin/leadpact"
        text = text.replace("/opt/leadpact/.venv/bin/leadpact", sys.executable)
        (tmp_path / unit.name).write_text(text.replace("/opt/leadpact", str(PROJECT_ROOT)))
    names = [str(tmp_path / unit.name) for unit in UNITS]
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *names], capture_output=True, text=True
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    for name in names:
        if name.endswith(".service"):
            rated = subprocess.run(
                ["systemd-analyze", "security", "--offline=true", "--threshold=25", name],
                capture_output=True,
                text=True,
            )
            assert rated.returncode == 0, rated.stdout[-200:]


def test_pages_link_to_what_exists() -> None:
    for name in ("alerts", "configuration", "installing", "lineage", "operations"):
        page = DOCS / f"{name}.md"
        for target in re.findall(r"\]\((?!http)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), (page.name, target)
