"""File names of pages."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from dagster_project.report.slugs import slug


def test_plain_names_stay() -> None:
    assert slug("paid_search") == "paid_search"
    assert slug("sdr2") == "sdr2"


def test_others_end_in_a_digest_of_their_own() -> None:
    assert re.fullmatch(r"sdr_east-[0-9a-f]{16}", slug("SDR East"))
    assert slug("SDR East") != slug("sdr east")
    assert slug("a/b") != slug("a.b")
    assert slug("") != slug(" ")
    assert slug("con") != "con"
    assert slug("a" * 61) != slug("a" * 62)


def test_none_leaves_its_folder_or_hides_in_it() -> None:
    for name in ("../../etc/passwd", "..", ".", "/", "C:\\x", ".hidden", "a\x00b", "<script>"):
        assert re.fullmatch(r"[a-z0-9_]*-[0-9a-f]{16}", slug(name)), name


@given(st.text(), st.text())
def test_two_names_never_share_a_file(one: str, other: str) -> None:
    assert (slug(one).casefold() == slug(other).casefold()) == (one == other)
    assert re.fullmatch(r"[a-z0-9_-]{1,60}", slug(one))
