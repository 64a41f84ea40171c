"""tau-bench's retail tools behind the gateway: what of its tasks is done, and who refuses what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from roadworthy.operate.actions.store import Listed, listed
from tests.harness.retail.database import folder
from tests.harness.retail.replay import Broken, Call, broken, expected
from tests.harness.retail.through_gateway import (
    CONFIRMED,
    DONE,
    FREE,
    GATEWAY,
    HELD,
    IMPORTED,
    TOOL,
    Desk,
    Specs,
    counted,
    desk,
)

ANOTHER = ("another customer's order", "another customer's account")
ODD, ARGUMENTS = "odd.cancel", ("order_id", "reason")
NOBODY_LETS = frozenset({GATEWAY, TOOL})


def odd(declared: Specs) -> Specs:
    """A cancellation that would look whose the order is by cancelling it."""
    cancels = declared[f"{FREE}.cancel-pending-order"]
    bound = declared[f"{CONFIRMED}.cancel-pending-order"]
    looks = {"action": f"{FREE}.cancel-pending-order", "arguments": {each: f"$.arguments/{each}" for each in ARGUMENTS}}
    return {ODD: {**cancels, "whose": {**bound["whose"], **looks}}}


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("retail"), odd) as made:
        yield made


def variants(there: Desk, *tasks: int) -> list[Broken]:
    found = expected(folder(), "dev")
    return [each for number in tasks for each in broken(there.database, found[number])]


@pytest.mark.parametrize(("system", "by"), [(IMPORTED, HELD), (FREE, DONE), (CONFIRMED, DONE)])
def test_what_the_tasks_expect_is_held_as_imported_and_done_under_the_policy(there: Desk, system: str, by: str) -> None:
    came = [each for task in expected(folder(), "dev") for each in there.expected(task, system)]

    assert Counter(each.by for each in came) == {by: 25}
    assert {each.rule for each in came} == ({"taint"} if by == HELD else {""})


def test_no_broken_call_gets_through_and_the_gateway_refuses_what_the_tools_cannot(there: Desk) -> None:
    wrong = variants(there, 0, 1, 2, 3)
    came = counted((each.why, there.broken(each)) for each in wrong)

    assert {by for found in came.values() for by in found} == NOBODY_LETS
    assert set(came[ANOTHER[0]]) == set(came["done twice"]) == set(came["unknown order"]) == {GATEWAY}


def test_without_saying_whose_an_order_is_another_customers_is_cancelled(there: Desk) -> None:
    wrong = next(each for each in variants(there, *range(20)) if each.why == ANOTHER[0] and "cancel" in each.call.name)
    order = wrong.call.arguments["order_id"]

    assert there.broken(wrong, FREE).by == DONE
    assert there.tools.database.orders[order]["status"] == "cancelled"
    refused = there.broken(wrong, CONFIRMED)
    assert (refused.by, refused.rule) == (GATEWAY, "whose")
    assert there.tools.database.orders[order]["status"] == "pending"


def test_whose_it_is_has_to_be_known_and_the_first_who_is_found_decides(there: Desk) -> None:
    first, *rest = expected(folder(), "dev")
    other = next(each for each in rest if each.user != first.user)
    call = first.calls[0]

    run = there.begin()
    unknown = there.ask(call, run)
    assert (unknown.by, unknown.rule) == (GATEWAY, "whose")
    there.find(other, run)
    there.find(first, run)
    assert there.ask(call, run).rule == "whose"
    alone = there.begin()
    there.find(first, alone)
    assert there.ask(call, alone).by == DONE


def test_an_account_is_told_by_an_argument_and_a_look_is_on_record(there: Desk) -> None:
    first, *rest = expected(folder(), "dev")
    other = next(each for each in rest if each.user != first.user)
    run = there.begin()
    there.find(first, run)

    assert there.ask(Call("get_user_details", {"user_id": first.user}), run).by == DONE
    theirs = there.ask(Call("get_user_details", {"user_id": other.user}), run)
    assert (theirs.by, theirs.rule) == (GATEWAY, "whose")
    did = there.ask(first.calls[0], run)
    mine = there.shop.get(f"/v1/agent-runs/{run}").json()
    assert [each["action"] for each in mine["actions"]].count("shop.get-order-details") == 0
    # The look stands in a run of its own, so that it neither taints this one nor counts in it.
    app = there.shop.running.app
    with app.store.read() as connection:
        looks = listed(connection, Listed(action="shop.get-order-details", limit=1))
    assert looks[0].state.value == "done"
    assert looks[0].id < did.id


def test_a_dry_run_says_whose_it_is_not(there: Desk) -> None:
    task = expected(folder(), "dev")[0]
    run = there.begin()
    name = there.drafts[task.calls[0].name].name

    said = there.shop.do(name, task.calls[0].arguments, run=run, dryRun=True).json()
    rules = {each["rule"]: each["says"] for each in said["reasons"]}
    assert rules["whose"] == "deny"
    there.find(task, run)
    again = there.shop.do(name, task.calls[0].arguments, run=run, dryRun=True).json()
    assert {each["rule"]: each["says"] for each in again["reasons"]}["whose"] == "allow"


def test_a_look_that_changes_something_is_not_done(there: Desk) -> None:
    task = next(each for each in expected(folder(), "dev") if "cancel" in each.calls[0].name)
    call = task.calls[0]
    run = there.begin()
    there.find(task, run)

    said = there.shop.do(ODD, call.arguments, run=run).json()
    assert (said["state"], said["rule"]) == ("refused", "whose")
    assert there.tools.database.orders[call.arguments["order_id"]]["status"] == "pending"


@pytest.mark.campaign
def test_the_whole_test_split(there: Desk) -> None:
    tasks = expected(folder(), "test")
    came = [each for task in tasks for each in there.expected(task)]
    wrong = [(each.why, there.broken(each)) for task in tasks for each in broken(there.database, task)]

    assert Counter(each.by for each in came if each.call.writes)[DONE] >= 170
    assert {each.by for each in came} <= {DONE, GATEWAY, TOOL}
    assert len(wrong) > 2_500
    assert {why for why, each in wrong if each.by not in NOBODY_LETS} == set()
    assert all(each.by == GATEWAY for why, each in wrong if why in ANOTHER)
