"""The payments system: refunds that can be taken back, idempotency keys, and a log in OCSF."""

from __future__ import annotations

from typing import Final

from roadworthy.demo.systems.logs import OCSF
from roadworthy.demo.systems.offered import (
    ID,
    RECEIPT,
    REFERENCE,
    TEXT,
    Asked,
    Does,
    Json,
    No,
    Numbers,
    Operation,
    takes,
)
from roadworthy.demo.systems.service import Keys, System
from roadworthy.demo.systems.shop import rows
from roadworthy.foundation.runtime import Clock

_AMOUNT: Final[Json] = {
    "type": "integer",
    "minimum": 1,
    "maximum": 100_000_000,
    "description": "In minor units of the currency, such as cents.",
}
_CURRENCY: Final[Json] = {"type": "string", "pattern": "^[A-Z]{3}$", "description": "ISO 4217."}
_REFUND: Final[Json] = {
    **RECEIPT,
    "refund": ID,
    "payment": ID,
    "customer": ID,
    "amount": _AMOUNT,
    "currency": _CURRENCY,
    "status": {"enum": ["paid", "voided"]},
}
_PAYMENT: Final[Json] = {
    "payment": ID, "order": ID, "customer": ID, "amount": _AMOUNT, "currency": _CURRENCY,
    "method": {"type": "string"}, "refunded": {"type": "integer", "minimum": 0},
}  # fmt: skip


class Payments:
    """What was paid and paid back."""

    def __init__(self) -> None:
        self._payments = {
            each["payment"]: {
                "payment": each["payment"], "order": each["order"], "customer": each["customer"],
                "amount": each["paid"], "currency": each["currency"], "method": each["method"],
            }
            for each in rows("orders", "order").values()
        }  # fmt: skip
        self._refunds: dict[str, Json] = {}
        self._numbers = Numbers()

    def payment(self, asked: Asked) -> Json:
        """A payment, and how much of it was paid back."""
        found = self._payment(asked.named["payment"])
        return {**found, "refunded": self._refunded(found["payment"])}

    def refund(self, asked: Asked) -> Json:
        """Pay part of a payment back."""
        body = asked.body
        payment = self._payment(body["payment"])
        if body["customer"] != payment["customer"]:
            raise No(422, "another-customers-payment", "this payment is not this customer's")
        if body["currency"] != payment["currency"]:
            raise No(422, "other-currency", f"this payment was made in {payment['currency']}")
        if self._refunded(payment["payment"]) + body["amount"] > payment["amount"]:
            raise No(409, "more-than-paid", "all refunds together exceed what was paid")
        refund = self._numbers.next("re")
        made = {
            "receipt": self._numbers.next("rc"), "time": asked.time, "refund": refund, **payment, **body,
            "status": "paid",
        }  # fmt: skip
        self._refunds[refund] = made
        return _told(made)

    def void(self, asked: Asked) -> Json:
        """Take a refund back before the bank has it."""
        found = self._refunds.get(asked.named["refund"])
        if found is None:
            raise No(404, "no-such-refund", "there is no such refund")
        if found["status"] == "voided":
            raise No(409, "voided-already", "this refund was taken back before")
        found.update(receipt=self._numbers.next("rc"), time=asked.time, status="voided")
        return _told(found)

    def by_id(self, asked: Asked) -> Json:
        """A refund by its id."""
        found = self._refunds.get(asked.named["refund"])
        if found is None:
            raise No(404, "no-such-refund", "there is no such refund")
        return _told(found)

    def by_reference(self, asked: Asked) -> Json:
        """The first refund that was made under a reference, and how many there are."""
        found = [each for each in self._refunds.values() if each.get("reference") == asked.named["reference"]]
        if not found:
            raise No(404, "no-such-refund", "no refund was made under this reference")
        return {**_told(found[0]), "count": len(found)}

    def _payment(self, name: str) -> Json:
        found = self._payments.get(name)
        if found is None:
            raise No(404, "no-such-payment", "there is no such payment")
        return found

    def _refunded(self, payment: str) -> int:
        made = (each for each in self._refunds.values() if each["payment"] == payment and each["status"] == "paid")
        return sum(each["amount"] for each in made)


def _told(refund: Json) -> Json:
    return {name: refund[name] for name in _REFUND}


def payments(keys: Keys, clock: Clock) -> System:
    """The system, as the shop left it."""
    state = Payments()
    refund = takes(
        {"payment": ID, "customer": ID, "amount": _AMOUNT, "currency": _CURRENCY},
        {"reason": TEXT, "reference": REFERENCE},
    )
    counted = {**_REFUND, "count": {"type": "integer", "minimum": 1}}
    operations = (
        Operation("getPayment", "GET", "/payments/{payment}", "A payment", Does.READS, state.payment, _PAYMENT),
        Operation("refund", "POST", "/refunds", "Pay back", Does.CREATES, state.refund, _REFUND, refund, 201),
        Operation("getRefund", "GET", "/refunds/{refund}", "A refund", Does.READS, state.by_id, _REFUND),
        Operation(
            "findRefund", "GET", "/refunds/by-reference/{reference}", "The refund under a reference", Does.READS,
            state.by_reference, counted,
        ),
        Operation(
            "voidRefund", "POST", "/refunds/{refund}/void", "Take a refund back", Does.REMOVES, state.void, _REFUND
        ),
    )  # fmt: skip
    return System("payments", "Halden Payments", operations, OCSF, keys, clock, honours_keys=True)
