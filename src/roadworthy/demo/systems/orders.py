"""The orders system: no idempotency keys, but each change can be asked for by the caller's reference; CloudEvents."""

from __future__ import annotations

from typing import Final

from roadworthy.demo.systems.logs import CLOUD_EVENTS
from roadworthy.demo.systems.offered import ID, RECEIPT, REFERENCE, Asked, Does, Json, No, Numbers, Operation, takes
from roadworthy.demo.systems.service import Keys, System
from roadworthy.demo.systems.shop import rows
from roadworthy.foundation.runtime import Clock

_LINE: Final[Json] = {"type": "string", "minLength": 1, "maxLength": 120}
_COUNTRY: Final[Json] = {"type": "string", "pattern": "^[A-Z]{2}$", "description": "ISO 3166-1, two letters."}
_ADDRESS: Final[Json] = takes({"name": _LINE, "street": _LINE, "postcode": _LINE, "city": _LINE, "country": _COUNTRY})
_STATUS: Final[Json] = {"enum": ["paid", "packed", "shipped", "delivered", "cancelled"]}
_STILL_HERE: Final = frozenset({"paid", "packed"})
_ORDER: Final[Json] = {
    "order": ID, "customer": ID, "status": _STATUS, "items": {"type": "array", "items": {"type": "object"}},
    "currency": {"type": "string"}, "payment": ID, "address": _ADDRESS,
}  # fmt: skip
_CHANGE: Final[Json] = {**RECEIPT, "order": ID, "changed": {"enum": ["status", "address"]}}
_OF_STATUS: Final[Json] = {**_CHANGE, "before": _STATUS, "now": _STATUS}
_OF_ADDRESS: Final[Json] = {**_CHANGE, "before": _ADDRESS, "now": _ADDRESS}
_REASONS: Final[Json] = {"enum": ["no longer needed", "ordered by mistake", "out of stock", "other"]}


class Orders:
    """What was ordered, and what was changed since."""

    def __init__(self) -> None:
        customers = rows("customers", "customer")
        self._orders = {
            name: {**order, "address": _home(customers[order["customer"]])}
            for name, order in rows("orders", "order").items()
        }
        self._changes: list[tuple[str | None, Json]] = []
        self._numbers = Numbers()

    def order(self, asked: Asked) -> Json:
        """One order."""
        return _told(self._order(asked))

    def of_customer(self, asked: Asked) -> Json:
        """All orders of a customer."""
        found = [_told(each) for each in self._orders.values() if each["customer"] == asked.named["customer"]]
        if not found:
            raise No(404, "no-such-customer", "there is no order of such a customer")
        return {"orders": found}

    def cancel(self, asked: Asked) -> Json:
        """Cancel what was not sent yet."""
        order = self._order(asked)
        if order["status"] not in _STILL_HERE:
            raise No(409, "not-to-be-cancelled", f"this order is {order['status']}")
        order["before"] = order["status"]
        return self._change(asked, order, "status", "cancelled")

    def reopen(self, asked: Asked) -> Json:
        """Take a cancellation back."""
        order = self._order(asked)
        if order["status"] != "cancelled":
            raise No(409, "not-cancelled", f"this order is {order['status']}")
        return self._change(asked, order, "status", order.get("before", "paid"))

    def readdress(self, asked: Asked) -> Json:
        """Send it elsewhere, while it is here."""
        order = self._order(asked)
        if order["status"] not in _STILL_HERE:
            raise No(409, "not-to-be-readdressed", f"this order is {order['status']}")
        return self._change(asked, order, "address", asked.body["address"])

    def by_reference(self, asked: Asked) -> Json:
        """The first change that was made under a reference, and how many there are."""
        found = [change for reference, change in self._changes if reference == asked.named["reference"]]
        if not found:
            raise No(404, "no-such-change", "no change was made under this reference")
        return {**found[0], "count": len(found)}

    def _order(self, asked: Asked) -> Json:
        found = self._orders.get(asked.named["order"])
        if found is None:
            raise No(404, "no-such-order", "there is no such order")
        return found

    def _change(self, asked: Asked, order: Json, field: str, now: object) -> Json:
        change = {
            "receipt": self._numbers.next("ch"), "time": asked.time, "order": order["order"], "changed": field,
            "before": order[field], "now": now,
        }  # fmt: skip
        order[field] = now
        self._changes.append((asked.body.get("reference"), change))
        return change


def _home(customer: Json) -> Json:
    return {"name": customer["name"], "street": "Market Street 1", "postcode": "1000", "city": "Halden",
            "country": customer["country"]}  # fmt: skip


def _told(order: Json) -> Json:
    return {name: order[name] for name in _ORDER}


def orders(keys: Keys, clock: Clock) -> System:
    """The system, as the shop left it."""
    state = Orders()
    referred = {"reference": REFERENCE}
    counted = {**_CHANGE, "before": {}, "now": {}, "count": {"type": "integer", "minimum": 1}}
    every = {"orders": {"type": "array", "items": takes(_ORDER)}}
    operations = (
        Operation("getOrder", "GET", "/orders/{order}", "An order", Does.READS, state.order, _ORDER),
        Operation("listOrders", "GET", "/customers/{customer}/orders", "Orders of a customer", Does.READS,
                  state.of_customer, every),
        Operation("cancelOrder", "POST", "/orders/{order}/cancel", "Cancel an order", Does.CHANGES, state.cancel,
                  _OF_STATUS, takes({"reason": _REASONS}, referred)),
        Operation("reopenOrder", "POST", "/orders/{order}/reopen", "Take a cancellation back", Does.CHANGES,
                  state.reopen, _OF_STATUS, takes({}, referred)),
        Operation("changeAddress", "PUT", "/orders/{order}/address", "Send an order elsewhere", Does.CHANGES,
                  state.readdress, _OF_ADDRESS, takes({"address": _ADDRESS}, referred)),
        Operation("findChange", "GET", "/changes/{reference}", "The change under a reference", Does.READS,
                  state.by_reference, counted),
    )  # fmt: skip
    return System("orders", "Halden Orders", operations, CLOUD_EVENTS, keys, clock, honours_keys=False)
