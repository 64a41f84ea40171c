"""What an audit may read, and what nobody can make it read."""

from __future__ import annotations

from pathlib import Path

import pytest

from roadworthy.foundation.errors import Refused
from roadworthy.measure.data_audit.places import Roots, roots


@pytest.fixture
def allowed(tmp_path: Path) -> Roots:
    """A data folder with the home inside, and one more root."""
    for folder in ("work/.roadworthy/keys", "work/.roadworthy/data", "work/in", "more", "other"):
        (tmp_path / folder).mkdir(parents=True)
    return roots(tmp_path / "work", f"{tmp_path / 'more'}, s3://bucket/live/", tmp_path / "work" / ".roadworthy")


@pytest.mark.parametrize(
    "location",
    ["in/a.csv", "in", "in/*.csv", "in/**/*.parquet", "not/there/yet.csv", "sqlite:in/a.db#orders", "in/../in/a.csv",
     ".roadworthy/data/demo/*.csv"],
)  # fmt: skip
def test_what_is_below_the_data_folder_is_read(allowed: Roots, location: str) -> None:
    found = allowed.resolved(location, "source")
    assert str(allowed.folder) in found
    assert found.endswith(location.rsplit("/", 1)[-1])


def test_more_roots_and_addresses_are_read_where_they_are_named(allowed: Roots, tmp_path: Path) -> None:
    assert allowed.resolved(f"{tmp_path}/more/a.csv", "source") == f"{tmp_path}/more/a.csv"
    assert allowed.resolved("s3://bucket/live/2026/*.parquet", "source") == "s3://bucket/live/2026/*.parquet"
    assert allowed.resolved("env:LIVE#orders", "source") == "env:LIVE#orders"


@pytest.mark.parametrize(
    "location",
    ["/etc/passwd", "../other/a.csv", "in/*/../../../other/a.csv", ".roadworthy/roadworthy.db",
     "sqlite:.roadworthy/roadworthy.db#sessions", ".roadworthy/keys/*", ".", "*", "**/*.pem",
     ".roadworthy/data/../keys/a", "linked/*.csv", "linked",
     "s3://bucket/live/../secret", "s3://bucket/livelier/a", "s3://bucket/other", "http://169.254.169.254/latest",
     "file:///etc/passwd", "~/.ssh/id_rsa", "link/a.csv"],
)  # fmt: skip
def test_nothing_else_is(allowed: Roots, location: str) -> None:
    (allowed.folder / "link").symlink_to(allowed.folder.parent / "other")
    (allowed.folder / "linked").mkdir()
    (allowed.folder / "linked" / "a.csv").symlink_to("/etc/passwd")
    with pytest.raises(Refused) as caught:
        allowed.resolved(location, "orders")
    assert caught.value.code == "data-location-outside"
    assert caught.value.place.source == "orders"
