"""Which stop switch keeps an action."""

from __future__ import annotations

from roadworthy.decide.certificate.status.verdicts import Held


def stop_of(
    held: Held | None, use_case: str, agent: str | None, action: str, *, despite_stop: bool = False
) -> str | None:
    """The stop switch that keeps an action, as its scope is written; None where none does.

    Args:
        held: what is stopped; None where nothing is known yet.
        use_case: whose action it is.
        agent: name of the declared workload that asked.
        action: name of the declared action.
        despite_stop: whether it takes another action back and a person said that stops do not keep that. A switch for
            exactly this action keeps it all the same: whoever set it meant it.
    """
    if held is None:
        return None
    if despite_stop:
        return f"action:{action}" if action in held.stopped_actions else None
    return held.stopped_by(use_case, agent, action)
