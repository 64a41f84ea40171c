"""What the shop's policy comes to as declared actions: which tools change what, how often, and whom a person looks at.

Tools are imported; this is what somebody who confirms the drafts would change in them. What the policy asks of a
conversation (that the customer said yes) no declaration can say; who the customer is, an action of the run finds out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from roadworthy.operate.actions.catalogue.drafting import Draft

ORDER: Final = {"type": "string", "pattern": "^#W[0-9]{7}$"}
ITEM: Final = {"type": "string", "pattern": "^[0-9]{10}$"}
ITEMS: Final = {"type": "array", "items": ITEM, "minItems": 1, "maxItems": 50}
EXACT: Final[Mapping[str, dict[str, Any]]] = {
    "order_id": ORDER,
    "user_id": {"type": "string", "pattern": "^[a-z]+_[a-z]+_[0-9]{2,5}$"},
    "payment_method_id": {"type": "string", "pattern": "^(gift_card|credit_card|paypal)_[0-9]{5,8}$"},
    "item_ids": ITEMS,
    "new_item_ids": ITEMS,
    "zip": {"type": "string", "pattern": "^[0-9]{5}$"},
}
"""Arguments of which the tools' own schemas say only that they are texts."""
_ONCE: Final = (
    "cancel_pending_order", "exchange_delivered_order_items", "modify_pending_order_items",
    "return_delivered_order_items",
)  # fmt: skip
"""After one of these nothing more can become of an order."""
_WRITES: Final[Mapping[str, dict[str, Any]]] = {
    **{name: {"effect": "irreversible", "tier": "high", "customer": "/order_id"} for name in _ONCE},
    "modify_pending_order_address": {"effect": "write", "tier": "medium", "customer": "/order_id"},
    "modify_pending_order_payment": {"effect": "write", "tier": "medium", "customer": "/order_id"},
    "modify_user_address": {
        "effect": "write", "tier": "high", "customer": "/user_id",
        "limits": [{"count": 3, "per": "day", "each": ["customer"]}],
    },
}  # fmt: skip
"""Of what changes orders, an order is what limits count apart."""
_ACCOUNTS: Final = ("get_user_details", "modify_user_address")
_KNOWN: Final = ("find_user_id_by_email", "find_user_id_by_name_zip")


def confirmed(draft: Draft, names: Mapping[str, str], *, bound: bool = True) -> dict[str, Any]:
    """A draft as it is declared after somebody looked at it.

    Args:
        draft: of the import.
        names: of all actions, by tool.
        bound: whether a run is held to one customer.
    """
    spec = dict(draft.spec)
    said = spec["input"]
    properties = {name: {**each, **EXACT.get(name, {})} for name, each in said["properties"].items()}
    spec["input"] = {**said, "properties": properties, "additionalProperties": False}
    spec |= {"reads": "trusted"} | _WRITES.get(draft.of, {"effect": "read", "tier": "low"})
    if bound and draft.of in _ACCOUNTS:
        spec["whose"] = {"at": "/user_id"} | _known(names)
    elif bound and draft.of in _WRITES:
        look = {"action": names["get_order_details"], "arguments": {"order_id": "$.arguments/order_id"}}
        spec["whose"] = {**look, "at": "/structuredContent/user_id"} | _known(names)
    return spec


def _known(names: Mapping[str, str]) -> dict[str, Any]:
    return {"knownBy": [names[each] for each in _KNOWN], "knownAt": "/structuredContent/result"}


def limits(system: str, drafts: Sequence[Draft]) -> dict[str, dict[str, Any]]:
    """What several actions may do together, by name of the limit."""
    once = [each.name for each in drafts if each.of in _ONCE]
    writes = [each.name for each in drafts if each.of in _WRITES]
    return {
        f"{system}.order-ended-once": {
            "actions": once,
            "limits": [{"count": 1, "per": "31d", "window": "sliding", "each": ["customer"]}],
        },
        f"{system}.changes-in-a-run": {"actions": writes, "limits": [{"count": 10, "per": "day", "each": ["run"]}]},
    }
