"""A morning at the demo's support desk: what its agent did before a visitor came, through the gateway's own door.

Nothing is written that did not happen: each step is asked for over HTTP like any agent's, in the systems that the demo
runs, with a fault switched on where something has to go wrong. Customers and orders are others than those of the
errands in docs/support-agent.md, so that those come out as they are told there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from roadworthy.app import App
from roadworthy.demo.systems.running import Running, key_file
from roadworthy.foundation.logs import log

AGENT: Final = "support-agent/2.1"
"""What it calls itself."""
_SECONDS: Final = 20.0
_OK: Final = 200
_GRETA: Final = {"payment": "p-7011", "customer": "c-1007", "currency": "EUR"}
_HARU: Final = {"payment": "p-7012", "customer": "c-1008", "currency": "JPY"}
_log = log("demo")


@dataclass(frozen=True, slots=True)
class Went:
    """One errand."""

    run: str
    steps: tuple[tuple[str, Mapping[str, Any]], ...]
    fault: Mapping[str, Any] = field(default_factory=dict)
    """Switched on in a system before it; `system` says which."""
    ends: bool = True
    """Whether the agent says that it is done."""


MORNING: Final = (
    Went(
        "greta-maes-tablet",
        (
            ("get-order", {"order": "o-5011"}),
            ("get-payment", {"payment": "p-7011"}),
            *(("refund", {**_GRETA, "amount": 9_800, "reason": f"Part {part} of four."}) for part in range(1, 5)),
            ("refund", {**_GRETA, "amount": 9_800, "reason": "One part too many."}),
        ),
    ),
    Went(
        "haru-mori-cooker",
        (
            ("get-payment", {"payment": "p-7012"}),
            ("refund", {**_HARU, "amount": 1_000, "reason": "It came late."}),
        ),
    ),
    Went("elin-sandberg-jacket", (("get-ticket", {"ticket": "t-3003"}), ("get-order", {"order": "o-5008"}))),
    Went(
        "elin-sandberg-gloves",
        (
            ("cancel-order", {"order": "o-5009", "reason": "no longer needed"}),
            ("create-ticket", {"customer": "c-1005", "subject": "Gloves cancelled", "text": "She wrote to us."}),
            ("send-mail", {"to": "elin.sandberg@customers.example", "subject": "Your gloves", "text": "Cancelled."}),
        ),
        fault={"system": "mail", "fault": "half", "operation": "sendMail", "times": 1},
        ends=False,
    ),
)  # fmt: skip
"""A window that is nearly full and a refusal by it, a currency that may not be, a run that read what a customer wrote,
and a mail that broke off: its system's log says that it was sent, and its correction lacks the number of it."""
ROUND: Final = {"payment": "p-7011", "customer": "c-1007", "amount": 2_500, "currency": "EUR"}
"""What the back office pays past the gateway; the log of payments says so, and a finding follows."""


def enact(app: App, home: Path, systems: Running, key: str) -> bool:
    """Let the morning happen, once: not where agents have acted in this home before, or something does not run.

    Args:
        app: the demo, which serves.
        home: where the keys of its systems are.
        systems: those that run.
        key: of the support agent.

    Returns:
        Whether it happened.
    """
    if not app.gateway.address or len(systems.addresses) < len({"orders", "payments", "ticketing", "mail"}):
        return False
    if app.acting.rollbacks.runs(limit=1):
        return False
    with httpx.Client(trust_env=False, timeout=_SECONDS) as http:
        try:
            if not _ready(http, app, key):
                return False
            for each in MORNING:
                _go(http, app.gateway.address, key, each, home, systems)
            _round(http, home, systems)
        except httpx.HTTPError as error:
            _log.warning("the morning of the support desk broke off", error=type(error).__name__)
            return False
    return True


def _ready(http: httpx.Client, app: App, key: str) -> bool:
    """Whether the gateway knows what is declared, which it does soon after it serves."""
    clock = app.runtime.clock
    until = clock.monotonic() + _SECONDS
    while clock.monotonic() < until:
        said = http.get(f"{app.gateway.address}/v1/actions", headers={"Authorization": f"Bearer {key}"})
        if said.status_code == _OK and '"refund"' in said.text:
            return True
        clock.sleep(0.2)
    return False


def _go(http: httpx.Client, gateway: str, key: str, went: Went, home: Path, systems: Running) -> None:
    if went.fault:
        said = {name: value for name, value in went.fault.items() if name != "system"}
        _post(http, f"{systems.addresses[went.fault['system']]}/faults", _kept(home, went.fault["system"]), said)
    for action, arguments in went.steps:
        body = {"action": action, "arguments": arguments, "run": went.run, "agent": AGENT}
        if _post(http, f"{gateway}/v1/actions", key, body).json().get("state") != "done":
            return
    if went.ends:
        _post(http, f"{gateway}/v1/agent-runs/{went.run}/complete", key, {})


def _round(http: httpx.Client, home: Path, systems: Running) -> None:
    """Somebody of the back office pays by hand."""
    _post(http, f"{systems.addresses['payments']}/refunds", _kept(home, "payments", "back-office"), ROUND)


def _kept(home: Path, system: str, role: str = "operator") -> str:
    return key_file(home, system, role).read_text("utf-8").strip()


def _post(http: httpx.Client, address: str, key: str, body: Mapping[str, Any]) -> httpx.Response:
    return http.post(address, json=body, headers={"Authorization": f"Bearer {key}"})
