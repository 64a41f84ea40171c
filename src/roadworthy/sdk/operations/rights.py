"""Rights: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, Send
from roadworthy.sdk.shapes.rights import (
    ApproverLoad,
    CaseWanted,
    DecisionBodiesExplanation,
    GenesisWanted,
    RightsCheck,
    RightsInForce,
    RightsPlanned,
    Say,
    SayWanted,
)
from roadworthy.sdk.shapes.shared import DecisionRequest, Reason


class RightsCalls:
    """Rights."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def in_force(self) -> RightsInForce:
        """The decision rights in force."""
        call: Call[RightsInForce] = Call("GET", "/rights", RightsInForce)
        return self._send(call)

    def example(self) -> str:
        """Decision rights and a role map to start from, as YAML in a JSON text."""
        call: Call[str] = Call("GET", "/rights/example", str)
        return self._send(call)

    def check(self) -> RightsCheck:
        """What nobody could decide as things stand: classes without a rule, groups without people."""
        call: Call[RightsCheck] = Call("GET", "/rights/check", RightsCheck)
        return self._send(call)

    def check_planned(self, body: RightsPlanned) -> RightsCheck:
        """What nobody could decide under rights that are not in force yet, as things stand."""
        call: Call[RightsCheck] = Call("POST", "/rights/check", RightsCheck, body=body, reads=True)
        return self._send(call)

    def explain(self, body: CaseWanted) -> DecisionBodiesExplanation:
        """Whether somebody's approval would count for a decision, and why; nothing is proposed by asking."""
        call: Call[DecisionBodiesExplanation] = Call(
            "POST", "/rights/explain", DecisionBodiesExplanation, body=body, reads=True
        )
        return self._send(call)

    def load(self) -> tuple[ApproverLoad, ...]:
        """How much approvers have before them, and how they vote; for people only."""
        call: Call[tuple[ApproverLoad, ...]] = Call("GET", "/rights/load", tuple[ApproverLoad, ...])
        return self._send(call)

    def genesis(self, body: GenesisWanted) -> DecisionRequest:
        """Put the first decision rights before two people, who both have to sign them."""
        call: Call[DecisionRequest] = Call("POST", "/rights/genesis", DecisionRequest, body=body)
        return self._send(call)

    def says(self) -> tuple[Say, ...]:
        """Every say that the caller gave or was given for requests to come, the newest first."""
        call: Call[tuple[Say, ...]] = Call("GET", "/rights/says", tuple[Say, ...])
        return self._send(call)

    def give_say(self, body: SayWanted) -> Say:
        """Give one's say to somebody for a time, for requests to come; by people, freshly signed in."""
        call: Call[Say] = Call("POST", "/rights/says", Say, body=body)
        return self._send(call)

    def take_back_say(self, say_id: str, body: Reason) -> Say:
        """Take a say back before its time; votes that were cast with it stand."""
        call: Call[Say] = Call("POST", f"/rights/says/{quote(say_id, safe='')}/take-back", Say, body=body)
        return self._send(call)
