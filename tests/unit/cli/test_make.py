"""Which Python `make` sets up with."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from dagster_project.settings import PROJECT_ROOT

OLD = "#!/bin/sh\nexit 1\n"
# Says yes when asked for its version, and its own name when it is to make the environment.
NEW = '#!/bin/sh\ntest "$1" = -c && exit 0\necho "$0 $*"\nexit 1\n'


def make(folder: Path, pythons: dict[str, str]) -> subprocess.CompletedProcess[str]:
    make = shutil.which("make")
    if make is None:
        pytest.skip("there is no make")
    for name, script in pythons.items():
        (folder / name).write_text(script)
        (folder / name).chmod(0o755)
    return subprocess.run(
        [make, "setup", f"VENV={folder / 'venv'}"],
        cwd=PROJECT_ROOT,
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
    )


def test_without_a_new_enough_python_one_sentence_says_so(tmp_path: Path) -> None:
    done = make(tmp_path, {"python3": OLD})
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == (
        "No Python 3.11 or newer was found: install one, or name it with make PYTHON=…"
    )
    assert not (tmp_path / "venv").exists()


@pytest.mark.parametrize(
    ("pythons", "chosen"),
    [
        ({"python3": NEW, "python3.11": NEW}, "python3.11"),
        ({"python3": OLD, "python3.12": NEW}, "python3.12"),
        ({"python3": NEW}, "python3"),
    ],
)
def test_the_pinned_python_is_preferred(
    tmp_path: Path, pythons: dict[str, str], chosen: str
) -> None:
    done = make(tmp_path, pythons)
    assert f"{tmp_path / chosen} -m venv {tmp_path / 'venv'}\n" in done.stdout
