"""Laws of the guard, over random edits of everything that can be declared: what is not granted does not happen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from roadworthy.assembly.kinds import kinds
from roadworthy.foundation.errors import Refused
from roadworthy.foundation.ledger.appender import appender_for
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.resources.documents import Declared, declare
from roadworthy.foundation.resources.model import Action
from roadworthy.foundation.resources.plan import Plan
from roadworthy.foundation.resources.registry import Registry
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import simulated
from roadworthy.foundation.storage.sqlite import SqliteStore
from roadworthy.inventory.deciding import tier_name
from roadworthy.inventory.model import UseCase
from tests.harness.authorities import Declines, Listens, granted
from tests.unit.foundation.resources.samples import _empty_database

DANA = Context(Actor(ActorKind.PERSON, "dana"))


@dataclass
class Register:
    """Every declared kind on a store of its own."""

    resources: Resources
    units: Units
    store: SqliteStore
    declined: list[str] = field(default_factory=list)

    def try_(self, plan: Plan) -> bool:
        """Apply a plan; False where it is refused."""
        try:
            self.resources.apply(DANA, plan)
        except Refused as error:
            self.declined.append(error.code)
            return False
        return True

    def weighty(self) -> dict[str, Any]:
        """What nobody may change alone: stages, known tiers, and every policy as it stands."""
        with self.store.read() as connection:
            found: dict[str, Any] = {
                f"{kind.name}/{each.name}": each.digest
                for kind in self.resources.registry.all()
                if kind.name != "UseCase"
                for each in self.resources.all(connection, kind.name)
            }
            for each in self.resources.all(connection, "UseCase"):
                spec = each.spec
                assert isinstance(spec, UseCase)
                stage = None if spec.stage in {None, "proposed"} else spec.stage
                tier = None if tier_name(spec) == "unknown" else tier_name(spec)
                found |= {
                    f"stage of {each.name}": stage,
                    f"tier of {each.name}": tier,
                    f"data of {each.name}": spec.data,
                }
        return found


@contextmanager
def register() -> Iterator[Register]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "roadworthy.db"
        path.write_bytes(_empty_database())
        runtime = simulated()
        store = SqliteStore(path, runtime)
        units = Units(store, appender_for(store, runtime, "tests"), runtime)
        yield Register(Resources(store, units, Registry(kinds())), units, store)
        store.close()


def _use_case(name: str, spec: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    return "UseCase", name, {"title": name, **{key: value for key, value in spec.items() if value is not None}}


names = st.sampled_from(["claims", "triage"])
risks = st.fixed_dictionaries(
    {},
    optional={
        "impact": st.sampled_from(["none", "safety"]),
        "autonomy": st.sampled_from(["informs", "acts"]),
        "personalData": st.just("none"),
        "exposure": st.sampled_from(["internal", "public"]),
        "override": st.just({"tier": "low", "reason": "small", "by": "ann"}),
    },
)
whole = st.fixed_dictionaries(
    {
        "impact": st.sampled_from(["none", "safety"]),
        "autonomy": st.just("informs"),
        "personalData": st.just("none"),
        "exposure": st.sampled_from(["internal", "public"]),
    }
)
use_cases = st.builds(
    _use_case,
    names,
    st.fixed_dictionaries(
        {
            "stage": st.sampled_from([None, "proposed", "pilot", "production", "retired"]),
            "risk": risks | whole,
            "purpose": st.sampled_from([None, "One.", "Two."]),
            "data": st.sampled_from([[], [{"name": "claims"}], [{"name": "claims", "production": "warehouse"}]]),
        }
    ),
)
policies = st.builds(
    lambda vendors: ("PlatformProfile", "platform", {"vendors": vendors}),
    st.lists(st.sampled_from(["Acme", "Borealis"]), unique=True),
)
edits = st.lists(use_cases | policies, min_size=1, max_size=3, unique_by=lambda edit: (edit[0], edit[1]))
removals = st.builds(lambda name: ("remove", name), names)
steps = st.lists(edits | removals, max_size=6)


def planned(to: Register, edit: Sequence[Any]) -> Plan | None:
    """The plan of an edit: declarations, or a removal of what is there."""
    if edit[0] == "remove":
        return None if to.resources.find("UseCase", edit[1]) is None else to.resources.plan_removal("UseCase", edit[1])
    declared: list[Declared] = [declare(to.resources.registry.get(kind), name, spec) for kind, name, spec in edit]
    return to.resources.plan(declared)


@settings(max_examples=12)
@given(edits, steps)
def test_no_sequence_of_edits_changes_what_takes_a_decision(first: Sequence[Any], then: Sequence[Any]) -> None:
    with register() as given_:
        start = planned(given_, first)
        assert start is not None
        given_.resources.apply(DANA, start)
        given_.resources.governed_by(Declines())
        before = given_.weighty()
        for edit in then:
            plan = planned(given_, edit)
            if plan is not None:
                given_.try_(plan)
        after = given_.weighty()
        for key, value in before.items():
            if value is not None:  # what nobody had said may be filled in
                assert after[key] == value
            elif key.startswith("stage"):
                assert after[key] is None


@settings(max_examples=12)
@given(edits, edits | removals)
def test_a_granted_plan_asks_for_exactly_the_acts_that_were_granted(first: Sequence[Any], then: Sequence[Any]) -> None:
    with register() as given_:
        start = planned(given_, first)
        assert start is not None
        given_.resources.apply(DANA, start)
        plan = planned(given_, then)
        if plan is None:
            return
        with given_.store.read() as connection:
            acts = given_.resources.acts(connection, Plan.from_text(plan.to_text()))
        given_.resources.governed_by(listens := Listens())

        def listened(tx: Transaction) -> None:
            given_.resources.carry_out(tx, plan, "test")
            raise _Enough

        _rolled_back(given_, listened)
        assert sorted(act.digest for act in listens.asked) == sorted(act.digest for act in acts)
        given_.resources.governed_by(Declines())
        assert given_.try_(plan) is not bool(acts) or not plan.pending

        def work(tx: Transaction) -> list[Action]:
            tx.granted.update(granted(*acts))
            return [each.action for each in given_.resources.carry_out(tx, plan, "test")]

        if acts:
            assert len(given_.units.run(DANA, work)) == len(plan.steps)


class _Enough(Exception):
    pass


def _rolled_back(to: Register, work: Any) -> None:
    try:
        to.units.run(DANA, work)
    except _Enough:
        return
