"""The one door of declared state, on both engines."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from roadworthy.foundation.errors import Conflict, IntegrityBroken, InvalidInput, NotFound
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources.documents import Declared
from roadworthy.foundation.resources.model import Action, Applied, Change
from roadworthy.foundation.resources.plan import Plan
from roadworthy.foundation.resources.tables import resource_versions, resources
from roadworthy.foundation.storage.store import Store
from tests.unit.foundation.resources.samples import Bicycle, Garage


@pytest.fixture
def garage(store: Store) -> Garage:
    return Garage(store)


def test_what_is_applied_can_be_read_with_who_and_when(garage: Garage) -> None:
    (applied,) = garage.apply(garage.bicycle(parts=[{"name": "bell"}]))
    stored = garage.resources.get("bicycles", "tandem")
    assert (applied.action, stored.generation, stored.uid) == (Action.CREATE, 1, applied.uid)
    assert stored.spec == applied.spec
    assert (stored.changed_by, stored.entry_id) == ("p-1", applied.entry_id)
    assert garage.resources.find("Bicycle", "other") is None


def test_each_change_is_recorded_with_its_paths_and_without_its_values(garage: Garage) -> None:
    garage.apply(garage.bicycle(parts=[{"name": "bell"}, {"name": "saddle"}]))
    garage.apply(garage.bicycle(parts=[{"name": "lamp"}, {"name": "bell", "weight": "0.2"}, {"name": "saddle"}]))
    (_, second) = garage.recorded
    assert (second.draft.what, second.draft.resource) == ("bicycle.applied", "Bicycle/tandem")
    assert second.draft.facts == {"generation": 2, "changed": ["spec.parts[bell].weight", "spec.parts[lamp]"]}
    assert b"0.2" in second.draft.texts["spec"]
    assert garage.resources.get("Bicycle", "tandem").entry_id == second.id


def test_the_history_has_every_version_with_its_changes(garage: Garage) -> None:
    garage.apply(garage.bicycle(notes="old"))
    garage.apply(garage.bicycle(notes="new"))
    newest, oldest = garage.resources.history("Bicycle", "tandem")
    assert newest.changes == (Change("spec.notes", "old", "new"),)
    assert [change.path for change in oldest.changes] == ["spec.notes", "spec.title"]
    assert (newest.generation, newest.actor, newest.via, newest.source) == (2, "p-1", "cli", "plan")
    assert newest.entry_id == garage.recorded[1].id


def test_the_owning_layer_hears_only_of_what_changed(garage: Garage) -> None:
    garage.apply(garage.bicycle("a"), garage.bicycle("b"))
    garage.apply(garage.bicycle("a"), garage.bicycle("b", notes="new"))
    garage.apply(garage.bicycle("a"))
    assert [[one.name for one in told] for told in garage.projected] == [["a", "b"], ["b"]]


def test_a_stale_plan_names_what_moved_and_changes_nothing(garage: Garage) -> None:
    garage.apply(garage.bicycle("a"))
    plan = garage.resources.plan([garage.bicycle("a", notes="mine"), garage.bicycle("b"), garage.bicycle("c")])
    garage.apply(garage.bicycle("a", notes="theirs"), garage.bicycle("b"))
    with pytest.raises(Conflict) as refused:
        garage.resources.apply(garage.context, plan)
    assert [found.message for found in refused.value.findings] == [
        "Bicycle/a changed since: generation 1 then, 2 now",
        "Bicycle/b exists by now, at generation 1",
    ]
    assert garage.resources.find("Bicycle", "c") is None


def test_a_plan_that_somebody_changed_is_refused(garage: Garage) -> None:
    text = garage.resources.plan([garage.bicycle(notes="as planned")]).to_text()
    for damaged in (text.replace("as planned", "otherwise"), text[:-20], "[]", '{"steps": [1]}'):
        with pytest.raises(InvalidInput) as refused:
            Plan.from_text(damaged)
        assert refused.value.code == "plan-damaged"


def test_removing_keeps_the_history_and_a_name_goes_on_counting(garage: Garage) -> None:
    (first,) = garage.apply(garage.bicycle())
    with pytest.raises(Conflict):
        garage.resources.remove(garage.context, "bicycle", "tandem", 2)
    gone = garage.resources.remove(garage.context, "bicycle", "tandem", 1)
    assert (gone.generation, gone.spec) == (2, None)
    assert garage.recorded[-1].draft.what == "bicycle.removed"
    assert garage.projected[-1] == [gone]
    with pytest.raises(NotFound):
        garage.resources.get("Bicycle", "tandem")
    (again,) = garage.apply(garage.bicycle())
    assert again.generation == 3
    assert again.uid != first.uid
    assert [version.action for version in garage.resources.history("Bicycle", "tandem")] == [
        Action.CREATE,
        Action.REMOVE,
        Action.CREATE,
    ]


def test_a_missing_name_is_suggested(garage: Garage) -> None:
    garage.apply(garage.bicycle("city-bike"))
    with pytest.raises(NotFound) as refused:
        garage.resources.get("bicycle", "citybike")
    assert refused.value.remedy == "did you mean `city-bike`?"


def test_pages_go_on_behind_the_last_name(garage: Garage) -> None:
    garage.apply(*(garage.bicycle(name) for name in ("c", "a", "b")))
    first = garage.resources.list("Bicycle", limit=2)
    assert [one.name for one in first] == ["a", "b"]
    assert [one.name for one in garage.resources.list("Bicycle", after=first[-1].name)] == ["c"]
    with garage.store.read() as connection:
        assert [one.name for one in garage.resources.all(connection, "Bicycle")] == ["a", "b", "c"]


def test_a_rule_of_the_kind_holds_at_the_door_too(garage: Garage) -> None:
    heavy = garage.bicycle(parts=[{"name": "anvil", "weight": 1_000_001}])

    def work(tx: Transaction) -> list[Applied]:
        return garage.resources.put_all(tx, [garage.bicycle("light"), heavy], None, "form")

    with pytest.raises(InvalidInput) as refused:
        garage.units.run(garage.context, work)
    assert refused.value.place.field == "spec.parts[0].weight"
    assert garage.resources.list("Bicycle") == []


def test_one_resource_cannot_be_claimed_twice_in_one_unit(garage: Garage) -> None:
    with pytest.raises(InvalidInput, match="declared twice"):
        garage.apply(garage.bicycle(), garage.bicycle(notes="other"))


def test_a_projection_that_fails_leaves_nothing(garage: Garage) -> None:
    garage.projected = None  # type: ignore[assignment]  # appending to it raises inside the unit
    with pytest.raises(AttributeError):
        garage.apply(garage.bicycle())
    with garage.store.read() as connection:
        for table in (resources, resource_versions):
            assert connection.scalar(sa.select(sa.func.count()).select_from(table)) == 0


def test_two_thousand_go_in_together(garage: Garage) -> None:
    many = [garage.bicycle(f"b-{number}", notes=f"number {number}") for number in range(2_000)]
    assert {one.action for one in garage.apply(*many)} == {Action.CREATE}
    changed = [garage.bicycle(one.name, notes="changed") for one in many]
    assert {one.generation for one in garage.apply(*changed)} == {2}
    assert len(garage.resources.export().split("---\n")) == 2_001


def test_of_writers_that_saw_the_same_generation_one_wins(garage: Garage) -> None:
    garage.apply(garage.bicycle())
    seen = garage.resources.get("Bicycle", "tandem").generation
    outcomes: list[str] = []
    start = threading.Barrier(4)

    def write(number: int, name: str, expected: int) -> None:
        declared = garage.bicycle(name, notes=f"writer {number}")
        start.wait()
        try:
            garage.units.run(
                garage.context, lambda tx: garage.resources.put_all(tx, [declared], {declared.key: expected}, "test")
            )
        except Conflict:
            outcomes.append("refused")
        else:
            outcomes.append("applied")

    for name, expected in (("tandem", seen), ("new", 0)):
        outcomes.clear()
        writers = [threading.Thread(target=write, args=(number, name, expected)) for number in range(4)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert sorted(outcomes) == ["applied", "refused", "refused", "refused"]


def test_a_spec_that_no_longer_fits_says_so(garage: Garage) -> None:
    garage.apply(garage.bicycle())
    garage.store.write(lambda connection: connection.execute(resources.update().values(spec='{"tytle": "x"}')))
    with pytest.raises(IntegrityBroken, match="does not fit its kind"):
        _ = garage.resources.get("Bicycle", "tandem").spec


def test_what_cannot_be_kept_exactly_is_refused(garage: Garage) -> None:
    for spec in (Bicycle(title="a\0b"), Bicycle(title="x", wheel_count=2**60)):
        with pytest.raises(InvalidInput):
            garage.apply(Declared("Bicycle", "tandem", {}, spec))
