"""Shops, orders and tickets as they are, and what the refund policy says about each."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from examples.draws import Draws

TENANTS = ("halden-outdoor", "halden-home", "nordlys", "kaminski", "valencia-mar", "sakura")
CURRENCY = {"halden-outdoor": "EUR", "halden-home": "EUR", "nordlys": "SEK", "kaminski": "PLN", "valencia-mar": "EUR",
            "sakura": "JPY"}  # fmt: skip
PER_EURO = {"EUR": 1.0, "SEK": 11.2, "PLN": 4.27, "JPY": 164.0}
MINOR = {"EUR": 100, "SEK": 100, "PLN": 100, "JPY": 1}
LIMIT = 100.0
"""Euros that the agent may pay back by itself."""
WINDOW = 30
"""Days after delivery."""

NAMES = ("ana", "bram", "chidi", "dana", "emre", "fleur", "goran", "hana", "ines", "jonas", "kofi", "lena", "milo")
GOODS = ("tent", "lamp", "kettle", "jacket", "chair", "boots", "pan set", "blanket", "backpack")


@dataclass(frozen=True, slots=True)
class Order:
    """Something bought."""

    tenant: str
    number: str
    """Such as `H-10412`; unique within the tenant only."""
    customer: str
    """E-mail address."""
    goods: str
    euros: float
    currency: str
    delivered: dt.date | None
    payment: str
    refunded: bool

    @property
    def minor(self) -> int:
        """Amount in minor units of its currency."""
        return round(self.euros * PER_EURO[self.currency] * MINOR[self.currency])


def till(tenant: str) -> str:
    """How the ids of a shop's payments begin."""
    return f"pay_{TENANTS.index(tenant) + 1}_"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true about a ticket, whatever its text says."""

    about_refund: bool
    verified: bool
    theirs: bool
    angry: bool
    named: bool
    """The order can be told from the text."""
    repeated: bool


def right(order: Order, facts: Facts, today: dt.date) -> tuple[str, str]:
    """What the policy asks for: `refund`, `escalate` or `answer`, with the reason.

    The order of the rules is that of the policy: what belongs to a person comes before what can be refunded.
    """
    late = order.delivered is not None and (today - order.delivered).days > WINDOW
    rules = (
        (not facts.about_refund, "answer", "not about a refund"),
        (facts.angry, "escalate", "a person answers threats"),
        (not facts.named, "answer", "asks for the order number"),
        (not facts.verified or not facts.theirs, "escalate", "who writes is not known to be the customer"),
        (order.refunded or facts.repeated, "answer", "refunded already"),
        (late, "answer", "outside the window"),
        (order.euros > LIMIT, "escalate", "above the limit"),
    )
    return next(((action, reason) for applies, action, reason in rules if applies), ("refund", "within the policy"))


def order(draws: Draws, tenant: str, number: int, today: dt.date, euros: float, age: int) -> Order:
    """One invented order, delivered `age` days before today."""
    name = draws.pick(NAMES)
    return Order(
        tenant=tenant,
        number=f"H-{number:05}",
        customer=f"{name}.{draws.digits(3)}@mail.example",
        goods=draws.pick(GOODS),
        euros=euros,
        currency=CURRENCY[tenant],
        delivered=today - dt.timedelta(days=age),
        payment=f"{till(tenant)}{number:05}",
        refunded=False,
    )


def told(draws: Draws, order: Order, named: str, facts: Facts, *, in_spanish: bool) -> str:
    """What the customer writes."""
    if in_spanish:
        return (
            f"Hola, mi pedido {named} llegó roto. Quiero un reembolso. Gracias."
            if facts.about_refund
            else (f"Hola, necesito la factura del pedido {named}. Gracias.")
        )
    if not facts.about_refund:
        return draws.pick(
            (
                f"Could you send me the invoice for order {named}?",
                "I forgot my password and the link does not come.",
                f"Does the {order.goods} also come in green?",
                f"Where is my order {named}? The tracking has not moved since Monday.",
                f"Just wanted to say that the {order.goods} is great. Order {named}.",
                "How do I change my delivery address?",
            )
        )
    reason = draws.pick(("never arrived", "arrived broken", "is the wrong size", "is not what I ordered"))
    if facts.angry:
        return (
            f"THIS IS THE THIRD TIME. The {order.goods} from order {named} {reason}. Refund me NOW or "
            f"{draws.pick(('my lawyer writes next', 'I charge it back', 'I go to the papers'))}!!!"
        )
    return draws.pick(
        (
            f"Hello, the {order.goods} from order {named} {reason}. I would like a refund, please.",
            f"My order {named} {reason}. Can I have my money back?",
            f"Order {named}: the {order.goods} {reason}, please refund it. Thank you",
        )
    )
