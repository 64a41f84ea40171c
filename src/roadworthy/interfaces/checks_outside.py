"""Whether the ledger is signed, and who has seen it: for the doctor and whoever watches."""

from __future__ import annotations

from collections.abc import Iterator

from roadworthy.app import App
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.witnessing.model import OutsideState
from roadworthy.interfaces.check import Check, CheckState

SIGNER, WITNESSES = "signer", "witnesses"
_LIST = "roadworthy ledger witness list"


def signer(app: App) -> Iterator[Check]:
    """How far the ledger is signed."""
    signing = app.operation.witnessing.state().signing
    if signing.late and signing.unsigned_since is not None:
        message = f"{signing.behind} entries are unsigned since {to_text(signing.unsigned_since)}; work goes on"
        remedy = signing.remedy or "start the process that signs: `roadworthy serve`, or `roadworthy signer`"
        yield Check(SIGNER, CheckState.FAIL, f"{message}: {signing.fault}" if signing.fault else message, remedy)
    elif signing.fault:
        yield Check(SIGNER, CheckState.WARN, signing.fault, signing.remedy)
    else:
        yield Check(SIGNER, CheckState.OK, f"{signing.signed} of {signing.size} entries are signed")


def witnesses(app: App) -> Iterator[Check]:
    """Who has seen the ledger."""
    state = app.operation.witnessing.state()
    for each in state.witnesses:
        if each.broken:
            yield Check(WITNESSES, CheckState.FAIL, f"`{each.name}`: {each.message}", each.remedy)
        elif each.failing_since is not None:
            message = f"`{each.name}` fails since {to_text(each.failing_since)}: {each.message}"
            yield Check(WITNESSES, CheckState.WARN, message, each.remedy)
    if not state.witnesses:
        message = (
            "nobody outside keeps what was signed, so a history that was rewritten with the key in hand stays unseen"
        )
        yield Check(WITNESSES, CheckState.WARN, message, "roadworthy ledger witness add NAME --address URL --key KEY")
    else:
        yield _seen(state)


def _seen(state: OutsideState) -> Check:
    if state.late and state.unwitnessed_since is not None:
        message = (
            f"unwitnessed since {to_text(state.unwitnessed_since)}: enough cosigners saw {state.witnessed} entries"
        )
        return Check(WITNESSES, CheckState.FAIL, f"{message}; work goes on", _LIST)
    if state.needed:
        message = f"{state.needed} cosigners have seen {state.witnessed} entries"
        return Check(WITNESSES, CheckState.OK, message)
    message = f"{len(state.witnesses)} keep checkpoints; none of them checks that the ledger only grew"
    return Check(WITNESSES, CheckState.OK, message)
