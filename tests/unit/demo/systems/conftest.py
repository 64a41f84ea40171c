"""The four systems as the shop left them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.harness.systems import Served, served


@pytest.fixture
def systems() -> Iterator[dict[str, Served]]:
    with served() as found:
        yield found
