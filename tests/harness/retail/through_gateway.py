"""The tasks' expected actions and their broken variants through a gateway before the shop's tools, which speak MCP.

`python -m tests.harness.retail.through_gateway [dev|test|train]` prints the tables of `docs/real-input.md`.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from roadworthy.operate.actions.catalogue.drafting import Draft
from roadworthy.operate.actions.catalogue.service import Source, Wish
from roadworthy.operate.actions.declared import Action, ActionLimit, System
from roadworthy.operate.actions.tables import action_windows
from roadworthy.operate.admission.keys.model import Wanted
from tests.harness.acting import CASE, LETS, Shop
from tests.harness.gateway import gateway
from tests.harness.governed import RULES, govern, rights
from tests.harness.probed_systems import serving
from tests.harness.retail.database import Database, folder
from tests.harness.retail.policy import confirmed, limits
from tests.harness.retail.replay import Broken, Call, Task, broken, expected, refusal
from tests.harness.retail.server import server
from tests.harness.retail.tools import Retail
from tests.harness.upstream import wait_for

IMPORTED, FREE, CONFIRMED = "imported", "free", "shop"
"""The shop three times: its tools as imported, as the policy has them but for whom a run is, and as it has them."""
DONE, HELD, GATEWAY, TOOL = "done", "held", "gateway", "tool"
Specs = Mapping[str, Mapping[str, Any]]
CAME: Final = (DONE, HELD, GATEWAY, TOOL)
_CAME: Final = {"done": DONE, "held": HELD, "refused": GATEWAY, "failed": TOOL}


@dataclass(frozen=True)
class Came:
    """What came of a call."""

    call: Call
    by: str
    """One of `CAME`: who said no, if anybody did."""
    rule: str
    """Of the gateway, where it said no or asked a person."""
    id: str = ""


@dataclass
class Desk:
    """The gateway, and the shop behind it."""

    shop: Shop
    tools: Retail
    database: Database
    """As it lies there; each task acts on a copy."""
    drafts: dict[str, Draft]
    """By name of the tool."""
    _runs: int = field(default=0)

    def begin(self) -> str:
        """A new agent run on a fresh shop, whose limits have all their room; its name."""
        self.tools.database = self.database.copy()
        self.shop.running.app.store.write(lambda connection: connection.execute(action_windows.delete()))
        self._runs += 1
        return f"task-{self._runs}"

    def ask(self, call: Call, run: str, system: str = CONFIRMED) -> Came:
        """Ask for one call."""
        name = self.drafts[call.name].name.replace(f"{CONFIRMED}.", f"{system}.", 1)
        said = self.shop.do(name, call.arguments, run=run).json()
        assert said["state"] in _CAME, said
        return Came(call, _CAME[said["state"]], said.get("rule", ""), said["id"])

    def find(self, task: Task, run: str, system: str = CONFIRMED) -> None:
        """Find out for whom a run is, as an agent begins."""
        call = Call("find_user_id_by_email", {"email": self.database.users[task.user]["email"]})
        assert self.ask(call, run, system).by == DONE

    def expected(self, task: Task, system: str = CONFIRMED, *, found: bool = True) -> list[Came]:
        """What comes of a task's calls, one after the other.

        Args:
            task: whose calls.
            system: as which of the shops are declared.
            found: whether the agent begins by finding out who the customer is.
        """
        run = self.begin()
        if found:
            self.find(task, run, system)
        return [self.ask(call, run, system) for call in task.calls]

    def broken(self, each: Broken, system: str = CONFIRMED) -> Came:
        """What comes of a call that nobody should be let do. What went before is done at the shop itself."""
        run = self.begin()
        self.find(each.task, run, system)
        for call in each.task.calls[: each.at]:
            refusal(self.tools, call)
        if each.repeated:
            self.ask(each.call, run, system)
        return self.ask(each.call, run, system)


@contextmanager
def desk(home: Path, more: Callable[[Specs], Specs] | None = None) -> Iterator[Desk]:
    """It, until the end of the block; the test skips, saying so, without the benchmark's data.

    Args:
        home: where it is kept.
        more: makes further actions of those that are declared.
    """
    at = folder()
    database = Database.load(at)
    tools = Retail(database.copy())
    with ExitStack() as stack:
        address = stack.enter_context(serving(server(at, tools).streamable_http_app()))
        running = stack.enter_context(gateway(home))
        system = {"speaks": "mcp", "address": f"{address}/mcp"}
        running.declare(System, **dict.fromkeys((IMPORTED, FREE, CONFIRMED), system))
        imports = running.app.imports
        drafts = {name: imports.look(Wish(name, Source.MCP, (CASE,))).drafts for name in (IMPORTED, FREE, CONFIRMED)}
        actions: dict[str, Mapping[str, Any]] = {each.name: each.spec for each in drafts[IMPORTED]}
        for system_name in (FREE, CONFIRMED):
            ours = drafts[system_name]
            names = {each.of: each.name for each in ours}
            bound = system_name == CONFIRMED
            actions |= {each.name: confirmed(each, names, bound=bound) for each in ours}
            running.declare_quietly(ActionLimit, **limits(system_name, ours))
        running.declare(Action, **actions, **(more(actions) if more else {}))
        context = running.app.identity.local_user("keeper").context("tests")
        key, _ = running.app.admitting.keys.new(context, Wanted("agent", CASE, stage="pilot"))
        govern(running.app, rights([*RULES, LETS]))
        shop = Shop(running, {}, key)
        stack.callback(shop.close)
        wait_for(lambda: CONFIRMED in (said := shop.get("/v1/actions")).text and said.status_code == 200)
        yield Desk(shop, tools, database, {each.of: each for each in drafts[CONFIRMED]})


# ---------------------------------------------------------------- tables


def counted(came: Iterable[tuple[str, Came]]) -> dict[str, Counter[str]]:
    """By what was asked, who said what."""
    found: dict[str, Counter[str]] = {}
    for what, each in came:
        found.setdefault(what, Counter())[each.by] += 1
    return dict(sorted(found.items()))


def table(title: str, found: dict[str, Counter[str]]) -> str:
    """As Markdown."""
    head = [f"| {title} | asked | {' | '.join(CAME)} |", f"|---|{'---|' * (len(CAME) + 1)}"]
    rows = [
        f"| {what} | {each.total():,} | " + " | ".join(f"{each[by]:,}" for by in CAME) + " |"
        for what, each in found.items()
    ]
    return "\n".join([*head, *rows])


def tables(split: str) -> Iterator[str]:
    """What comes of a split's tasks and of their broken variants."""
    with tempfile.TemporaryDirectory() as home, desk(Path(home)) as made:
        tasks = expected(folder(), split)
        for system in (IMPORTED, FREE, CONFIRMED):
            came = [each for task in tasks for each in made.expected(task, system)]
            yield table(f"expected, {system}", counted((each.call.name, each) for each in came))
        wrong = [each for task in tasks for each in broken(made.database, task)]
        for system in (FREE, CONFIRMED):
            variants = [(each.why, made.broken(each, system)) for each in wrong]
            yield table(f"broken, {system}", counted(variants))
            rules = Counter((each.rule or "no rule", each.by) for _why, each in variants)
            yield ", ".join(f"{rule}: {by} {times:,}" for (rule, by), times in sorted(rules.items()))


if __name__ == "__main__":
    try:
        for each_table in tables(sys.argv[1] if len(sys.argv) > 1 else "dev"):
            sys.stdout.write(f"{each_table}\n\n")
    except pytest.skip.Exception as absent:
        sys.exit(str(absent))
