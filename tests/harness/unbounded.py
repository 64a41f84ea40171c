"""Limits for tests of the funnel that are about something else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from roadworthy.operate.admission.model import Asking
from roadworthy.operate.telemetry.model import Usage


class Unbounded:
    """Limits where no budget is declared: nothing is bounded, nothing is counted, no price is known."""

    def reserve(
        self,
        scopes: Mapping[str, str],
        want: Mapping[str, int],
        at: dt.datetime,
        passed: Collection[tuple[str, str]] = (),
    ) -> None:
        """Nothing has to be set aside."""

    def settle(self, reserved: object, used: Mapping[str, int]) -> None:
        """Nothing was set aside."""

    def release(self, reserved: object) -> None:
        """Nothing was set aside."""

    def counts(self, scopes: Mapping[str, str], at: dt.datetime) -> Mapping[str, int]:  # noqa: ARG002 - the protocol's
        """Nothing is counted, so a ceiling of a certificate is met by nobody."""
        return {}

    def cost(self, usage: Usage, model: str, at: dt.datetime) -> None:
        """No price is known."""

    def worst(self, asking: Asking, model: str | Sequence[str]) -> Mapping[str, int]:  # noqa: ARG002 - the protocol's
        """One call and its tokens."""
        return {"calls": 1, "tokens": asking.input_tokens + asking.output_tokens}
