"""The benchmark's tasks replayed against the tools themselves: which expected actions they do, and what they let pass.

`expected` and `broken` are made for whoever replays the same through a gateway and compares.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.harness.retail.database import Database, Row, read
from tests.harness.retail.tools import READS, Refusal, Retail

SPLITS = ("dev", "test", "train")


@dataclass(frozen=True)
class Call:
    """One call of a tool."""

    name: str
    arguments: Mapping[str, Any]

    @property
    def writes(self) -> bool:
        """Whether it changes the database where it is done."""
        return self.name not in READS


@dataclass(frozen=True)
class Task:
    """What a customer wants, and the calls that do it."""

    name: str
    """Its split and its number, such as `test-17`."""
    user: str
    calls: tuple[Call, ...]


@dataclass(frozen=True)
class Broken:
    """A call that nobody should be let do, in place of an expected one."""

    task: Task
    at: int
    """The number of the expected call in whose place it stands: those before it are done first."""
    why: str
    call: Call
    repeated: bool = False
    """Whether the expected call is done first too, and this is the second time."""

    @property
    def before(self) -> Sequence[Call]:
        """What is done first."""
        return self.task.calls[: self.at + self.repeated]


@dataclass(frozen=True)
class Outcome:
    """What came of a call."""

    call: Call
    refused: str | None
    """What the tool said where it would not."""


def expected(folder: Path, *splits: str) -> tuple[Task, ...]:
    """The tasks of some splits, of all where none is named."""
    return tuple(
        Task(f"{split}-{number}", each["user_id"], tuple(Call(a["name"], a["kwargs"]) for a in each["actions"]))
        for split in splits or SPLITS
        for number, each in enumerate(read(folder / f"tasks_{split}.json"))
    )


def outcomes(database: Database, calls: Sequence[Call]) -> list[Outcome]:
    """Do one call after the other, on a copy."""
    tools = Retail(database.copy())
    return [Outcome(each, refusal(tools, each)) for each in calls]


def refusal(tools: Retail, call: Call) -> str | None:
    """Do a call; what the tool said where it would not."""
    try:
        tools.call(call.name, call.arguments)
    except Refusal as error:
        return str(error)
    return None


def broken(database: Database, task: Task) -> Iterator[Broken]:
    """Calls to be refused, made of a task's expected ones by changing one thing at a time."""
    for at, call in enumerate(task.calls):
        if not call.writes:
            continue
        for why, changed in _changes(database, task, call):
            yield Broken(task, at, why, replace(call, arguments={**call.arguments, **changed}))
        if not call.name.endswith("address"):  # the same address twice is the same address
            yield Broken(task, at, "done twice", call, repeated=True)
        yield Broken(task, at, "further argument", replace(call, arguments={**call.arguments, "force": True}))
        for name in call.arguments:
            rest = {each: value for each, value in call.arguments.items() if each != name}
            yield Broken(task, at, "argument left out", replace(call, arguments=rest))


def _changes(database: Database, task: Task, call: Call) -> Iterator[tuple[str, Row]]:
    said = call.arguments
    if "order_id" in said:
        yield from _other_orders(database, said["order_id"])
    if "user_id" in said:
        yield (
            "another customer's account",
            {"user_id": next(name for name in database.users if name != said["user_id"])},
        )
        yield "unknown customer", {"user_id": "nobody_nowhere_0000"}
    if "reason" in said:
        yield "reason that is none", {"reason": "the customer is angry"}
    if "payment_method_id" in said:
        yield from _other_methods(database, call)
    if "item_ids" in said:
        yield from _other_items(database, said)


def _other_orders(database: Database, order_id: str) -> Iterator[tuple[str, Row]]:
    yield "unknown order", {"order_id": "#W0000000"}
    yield "order number without its sign", {"order_id": order_id.removeprefix("#")}
    yield "order number in other digits", {"order_id": order_id.translate(_FULL_WIDTH)}
    yield "order number as a number", {"order_id": int(order_id.removeprefix("#W"))}
    order = dict(database.orders.seen())[order_id]
    same = [
        (name, each["status"] == order["status"], each["user_id"] == order["user_id"])
        for name, each in database.orders.seen()
    ]
    yield "another customer's order", {"order_id": next(name for name, status, user in same if status and not user)}
    if (found := next((name for name, status, user in same if user and not status), None)) is not None:
        yield "order in another status", {"order_id": found}


_FULL_WIDTH = {ord(digit): chr(ord(digit) + 0xFEE0) for digit in "0123456789"}


def _other_methods(database: Database, call: Call) -> Iterator[tuple[str, Row]]:
    order = dict(database.orders.seen())[call.arguments["order_id"]]
    users = dict(database.users.seen())
    theirs = (name for user, each in users.items() if user != order["user_id"] for name in each["payment_methods"])
    yield "another customer's payment method", {"payment_method_id": next(theirs)}
    yield "unknown payment method", {"payment_method_id": "gift_card_0000000"}
    paid = {each["payment_method_id"] for each in order["payment_history"]}
    if call.name == "modify_pending_order_payment":
        yield "the payment method it was paid with", {"payment_method_id": next(iter(paid))}
    if call.name == "return_delivered_order_items":
        own = users[order["user_id"]]["payment_methods"].items()
        for name in (name for name, each in own if name not in paid and each["source"] != "gift_card"):
            yield "refund to where it was not paid from", {"payment_method_id": name}


def _other_items(database: Database, said: Mapping[str, Any]) -> Iterator[tuple[str, Row]]:
    order = dict(database.orders.seen())[said["order_id"]]
    products = {each["item_id"]: each["product_id"] for each in order["items"]}
    everything = [(name, item) for name, row in database.products.items() for item in row["variants"]]
    strange = next(item for _, item in everything if item not in products)
    yield "item that is not in the order", {"item_ids": [strange, *said["item_ids"][1:]]}
    yield "no item", {"item_ids": []}
    yield "items as one text", {"item_ids": ",".join(said["item_ids"])}
    if "new_item_ids" not in said:
        return
    first, rest = products.get(said["item_ids"][0], ""), said["new_item_ids"][1:]
    yield "more new items than old ones", {"new_item_ids": [*said["new_item_ids"], *said["new_item_ids"]]}
    yield "unknown new item", {"new_item_ids": ["0000000000", *rest]}
    yield "item of another product", {"new_item_ids": [next(item for name, item in everything if name != first), *rest]}
    variants = database.products[first]["variants"] if first else {}
    if (gone := next((item for item, each in variants.items() if not each["available"]), None)) is not None:
        yield "item that is not available", {"new_item_ids": [gone, *rest]}


@dataclass(frozen=True)
class Passed:
    """How many calls of a kind there were, and how many the tools did."""

    asked: int
    done: int


def table(results: Sequence[tuple[str, bool]]) -> dict[str, Passed]:
    """By what was asked, in order.

    Args:
        results: what, and whether it was done.
    """
    asked, done = Counter(what for what, _ in results), Counter(what for what, ok in results if ok)
    return {what: Passed(asked[what], done[what]) for what in sorted(asked)}
