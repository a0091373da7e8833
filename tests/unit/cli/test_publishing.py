"""What a run says when it may not write where it publishes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dagster_project import nightly
from dagster_project.errors import RunFailedError
from dagster_project.settings import Settings


def _publish(folder: Path, monkeypatch: pytest.MonkeyPatch, error: OSError) -> None:
    def publish(*_arguments: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(nightly, "publish", publish)
    docs = folder / "kept"
    docs.mkdir()
    settings = Settings(data_dir=folder)
    settings.warehouse_file.parent.mkdir()
    run: Any = SimpleNamespace(
        settings=settings,
        record=None,
        load=True,
        nodes=[1],
        draft=SimpleNamespace(),
        docs_dir=folder,
        watch=lambda *_: None,
        checker=SimpleNamespace(documented=lambda: None),
        builder=SimpleNamespace(docs=lambda: docs, documented=lambda: None),
    )
    nightly.publish_build(run)


def test_a_folder_without_permission_is_named_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the system says it of a link: its target comes first."""
    denied = PermissionError(13, "Permission denied", ".versions/1637", None, "published/.next")
    with pytest.raises(RunFailedError) as raised:
        _publish(tmp_path, monkeypatch, denied)
    assert str(raised.value) == (
        f"{tmp_path / 'published'} cannot be written to (Permission denied): make it and all that "
        "it holds writable, and run again."
    )


def test_a_full_disk_is_told_by_whoever_tells_it_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OSError, match="No space left"):
        _publish(tmp_path, monkeypatch, OSError(28, "No space left on device"))
