"""The sixteen tools, as the shop's policy has them.

Each takes the arguments that `tool_schemas.json` names, changes the database or leaves it whole, and answers with a
value; what it will not do it raises as `Refusal`. An item may take its own place, which the policy's words exclude and
many expected actions ask for.
"""

from __future__ import annotations

import ast
import operator
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, DivisionByZero, InvalidOperation
from typing import Any

from tests.harness.retail.database import Database, Row, plain

READS = frozenset(
    {
        "calculate", "find_user_id_by_email", "find_user_id_by_name_zip", "get_order_details", "get_product_details",
        "get_user_details", "list_all_product_types", "think", "transfer_to_human_agents",
    }
)  # fmt: skip
"""Tools that leave the database as it is."""
ITEMS_MODIFIED = "pending (items modified)"
_REASONS = ("no longer needed", "ordered by mistake")
_ADDRESS = ("address1", "address2", "city", "state", "country", "zip")
_CENT = Decimal("0.01")
_LONGEST_SUM = 400


class Refusal(Exception):
    """What a tool will not do, said as an agent reads it."""


class Retail:
    """The tools, over one database.

    Args:
        database: changed by what is done.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    def call(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """Do what a tool does.

        Raises:
            Refusal: it will not, or there is no such tool.
        """
        tool = _TOOLS.get(name)
        if tool is None:
            raise Refusal(f"there is no tool {name}")
        try:
            return plain(tool(self.database, **arguments))
        except TypeError as error:
            raise Refusal(f"{name} takes other arguments") from error


def _calculate(_database: Database, expression: str) -> str:
    if len(expression) > _LONGEST_SUM or set(expression) - set("0123456789+-*/(). "):
        raise Refusal("the expression may hold numbers, + - * / and parentheses")
    try:
        return str(_sum(ast.parse(expression, mode="eval").body).quantize(_CENT).normalize())
    except (SyntaxError, DivisionByZero, InvalidOperation, RecursionError) as error:
        raise Refusal("this cannot be calculated") from error


_SUMS: Mapping[type, Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def _sum(node: ast.expr) -> Decimal:
    match node:
        case ast.BinOp(left, how, right) if type(how) in _SUMS:
            return _SUMS[type(how)](_sum(left), _sum(right))
        case ast.UnaryOp(ast.USub(), inner):
            return -_sum(inner)
        case ast.Constant(int() | float() as value):
            return Decimal(str(value))
    raise Refusal("this cannot be calculated")


def _by_email(database: Database, email: str) -> str:
    return _one(name for name, user in database.users.seen() if user["email"].lower() == email.lower())


def _by_name_zip(database: Database, first_name: str, last_name: str, zip: str) -> str:  # noqa: A002 - the tool's name for it
    wanted = (first_name.lower(), last_name.lower(), zip)
    return _one(
        name
        for name, user in database.users.seen()
        if (user["name"]["first_name"].lower(), user["name"]["last_name"].lower(), user["address"]["zip"]) == wanted
    )


def _one(found: Iterable[str]) -> str:
    first = next(iter(found), None)
    if first is None:
        raise Refusal("user not found")
    return first


def _user(database: Database, user_id: str) -> Row:
    return _row(database.users, user_id, "user")


def _order(database: Database, order_id: str) -> Row:
    return _row(database.orders, order_id, "order")


def _product(database: Database, product_id: str) -> Row:
    return _row(database.products, product_id, "product")


def _row(table: Mapping[str, Row], name: str, what: str) -> Row:
    found = table.get(name)
    if found is None:
        raise Refusal(f"{what} not found")
    return found


def _product_types(database: Database) -> Row:
    return {
        row["name"]: product for product, row in sorted(database.products.items(), key=lambda each: each[1]["name"])
    }


def _think(_database: Database, thought: str) -> str:
    return f"thought of {len(thought)} characters"


def _transfer(_database: Database, summary: str) -> str:
    return f"handed over with a summary of {len(summary)} characters"


def _cancel(database: Database, order_id: str, reason: str) -> Row:
    order = _in_status(database, order_id, "pending")
    if reason not in _REASONS:
        raise Refusal(f"the reason is one of: {', '.join(_REASONS)}")
    for paid in [each for each in order["payment_history"] if each["transaction_type"] == "payment"]:
        _pay_back(database, order, paid["payment_method_id"], paid["amount"])
    order.update(status="cancelled", cancel_reason=reason)
    return order


def _address(database: Database, order_id: str, **address: str) -> Row:
    order = _in_status(database, order_id, "pending")
    order["address"] = _whole(address)
    return order


def _user_address(database: Database, user_id: str, **address: str) -> Row:
    user = _user(database, user_id)
    user["address"] = _whole(address)
    return user


def _whole(address: Mapping[str, str]) -> Row:
    if set(address) != set(_ADDRESS):
        raise Refusal("an address has " + ", ".join(_ADDRESS))
    return dict(address)


def _payment(database: Database, order_id: str, payment_method_id: str) -> Row:
    order = _in_status(database, order_id, "pending")
    method = _method(database, order, payment_method_id)
    history = order["payment_history"]
    if len(history) != 1 or history[0]["transaction_type"] != "payment":
        raise Refusal("the order was not paid in one payment")
    before, amount = history[0]["payment_method_id"], history[0]["amount"]
    if before == payment_method_id:
        raise Refusal("the new payment method is the one it was paid with")
    _covers(method, amount)
    _take(order, method, amount)
    _pay_back(database, order, before, amount)
    return order


def _items(
    database: Database, order_id: str, item_ids: list[str], new_item_ids: list[str], payment_method_id: str
) -> Row:
    order = _in_status(database, order_id, "pending")
    method, difference = _swapped(database, order, item_ids, new_item_ids, payment_method_id)
    if difference > 0:
        _take(order, method, difference)
    elif difference < 0:
        _pay_back(database, order, payment_method_id, -difference)
    left = list(order["items"])
    for old, new in zip(item_ids, new_item_ids, strict=True):
        place = next(each for each in left if each["item_id"] == old)
        left.remove(place)
        variant = database.variant(new)
        assert variant is not None
        place.update(item_id=new, price=variant[1]["price"], options=variant[1]["options"])
    order["status"] = ITEMS_MODIFIED
    return order


def _exchange(
    database: Database, order_id: str, item_ids: list[str], new_item_ids: list[str], payment_method_id: str
) -> Row:
    order = _in_status(database, order_id, "delivered")
    _, difference = _swapped(database, order, item_ids, new_item_ids, payment_method_id)
    order.update(
        status="exchange requested", exchange_items=sorted(item_ids), exchange_new_items=sorted(new_item_ids),
        exchange_payment_method_id=payment_method_id, exchange_price_difference=difference,
    )  # fmt: skip
    return order


def _return(database: Database, order_id: str, item_ids: list[str], payment_method_id: str) -> Row:
    order = _in_status(database, order_id, "delivered")
    method = _method(database, order, payment_method_id)
    paid_with = {
        each["payment_method_id"] for each in order["payment_history"] if each["transaction_type"] == "payment"
    }
    if method["source"] != "gift_card" and payment_method_id not in paid_with:
        raise Refusal("a refund goes to the original payment method or to a gift card")
    _held(order, item_ids)
    order.update(
        status="return requested", return_items=sorted(item_ids), return_payment_method_id=payment_method_id
    )  # fmt: skip
    return order


def _in_status(database: Database, order_id: str, status: str) -> Row:
    order = _order(database, order_id)
    if order["status"] != status:
        raise Refusal(f"the order is {order['status']}, not {status}")
    return order


def _method(database: Database, order: Row, name: str) -> Row:
    found: Row | None = database.users[order["user_id"]]["payment_methods"].get(name)
    if found is None:
        raise Refusal("the customer has no such payment method")
    return found


def _held(order: Row, item_ids: list[str]) -> None:
    if not item_ids:
        raise Refusal("no item is named")
    if Counter(item_ids) - Counter(each["item_id"] for each in order["items"]):
        raise Refusal("the order has no such item")


def _swapped(
    database: Database, order: Row, item_ids: list[str], new_item_ids: list[str], payment_method_id: str
) -> tuple[Row, Decimal]:
    """The payment method, and what the new items cost more than the old ones."""
    method = _method(database, order, payment_method_id)
    _held(order, item_ids)
    if len(item_ids) != len(new_item_ids):
        raise Refusal("as many new items are needed as old ones")
    difference = Decimal(0)
    for old, new in zip(item_ids, new_item_ids, strict=True):
        held = next(each for each in order["items"] if each["item_id"] == old)
        found = database.variant(new)
        if found is None or found[0] != held["product_id"]:
            raise Refusal(f"{new} is no item of the same product")
        if not found[1]["available"]:
            raise Refusal(f"{new} is not available")
        difference += found[1]["price"] - held["price"]
    if difference > 0:
        _covers(method, difference)
    return method, difference.quantize(_CENT)


def _covers(method: Row, amount: Decimal) -> None:
    if method["source"] == "gift_card" and method["balance"] < amount:
        raise Refusal("the gift card does not cover it")


def _take(order: Row, method: Row, amount: Decimal) -> None:
    if method["source"] == "gift_card":
        method["balance"] -= amount
    order["payment_history"].append(
        {"transaction_type": "payment", "amount": amount, "payment_method_id": method["id"]}
    )


def _pay_back(database: Database, order: Row, method: str, amount: Decimal) -> None:
    found = _method(database, order, method)
    if found["source"] == "gift_card":
        found["balance"] += amount
    order["payment_history"].append({"transaction_type": "refund", "amount": amount, "payment_method_id": method})


_TOOLS: Mapping[str, Callable[..., Any]] = {
    "calculate": _calculate,
    "cancel_pending_order": _cancel,
    "exchange_delivered_order_items": _exchange,
    "find_user_id_by_email": _by_email,
    "find_user_id_by_name_zip": _by_name_zip,
    "get_order_details": _order,
    "get_product_details": _product,
    "get_user_details": _user,
    "list_all_product_types": _product_types,
    "modify_pending_order_address": _address,
    "modify_pending_order_items": _items,
    "modify_pending_order_payment": _payment,
    "modify_user_address": _user_address,
    "return_delivered_order_items": _return,
    "think": _think,
    "transfer_to_human_agents": _transfer,
}
NAMES = frozenset(_TOOLS)
