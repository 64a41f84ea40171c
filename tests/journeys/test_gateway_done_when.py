"""Through the gateway as a new user: marked, refused, certified, held, answered by another, suspended; each with proof.

Real processes: `roadworthy serve`, the models of the demo, the command line; the stock client of OpenAI.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import openai
import pytest

from roadworthy.decide.readiness.kinds import shipped
from roadworthy.demo.gateway import MODEL, Serving, models
from tests.harness.governed import document
from tests.harness.ports import free_port
from tests.harness.upstream import wait_for
from tests.journeys.home import Home, use_case

CASE = "triage"
ENVELOPE: Mapping[str, Any] = {"rate": {"calls per minute": 3}, "volume": {"calls per day": 100}}
LONGEST = 60.0
"""Seconds after which something has not come; how long it took is printed and not held against anything."""


@dataclass
class Desk:
    """A home that serves, and its models."""

    home: Home
    address: str
    models: tuple[Serving, ...]

    def key(self, name: str, stage: str) -> str:
        """A new key."""
        return str(self.run("key", "new", name, "--use-case", CASE, "--stage", stage)["secret"])

    def run(self, *arguments: str, code: int = 0) -> Any:
        """What a command answers, as JSON."""
        return self.home.run(*arguments, "-o", "json", code=code).json()

    def client(self, key: str) -> openai.OpenAI:
        """The stock client, as its documentation says it is set up."""
        return openai.OpenAI(base_url=f"{self.address}/v1", api_key=key, max_retries=0)


def ask(client: openai.OpenAI) -> Any:
    """One call; its raw answer."""
    messages: Any = [{"role": "user", "content": "How many days of leave do I have?"}]
    return client.chat.completions.with_raw_response.create(model="small", messages=messages)


def proven(home: Home, call: str, file: str) -> bool:
    """Whether the proof of a call can be had."""
    return home.run("call", "prove", call, "--file", file).code == 0


def rulings_of(desk: Desk, wanted: set[str]) -> dict[str, str] | None:
    """What was said to which call, once all of some are listed."""
    found = {each["id"]: each["ruling"] for each in desk.run("call", "list", "--limit", "1000")}
    return found if wanted <= found.keys() else None


def refused(client: openai.OpenAI) -> openai.APIStatusError:
    """One call that is refused."""
    with pytest.raises(openai.APIStatusError) as caught:
        ask(client)
    return caught.value


def until(client: openai.OpenAI, code: str | None) -> tuple[float, str]:
    """Call until it is answered, or refused with a code.

    Returns:
        Seconds that it took, and the id of the call.
    """
    begun = time.monotonic()
    while True:
        found: str | None = None
        try:
            raw = ask(client)
        except openai.APIStatusError as error:
            found, headers = error.code, error.response.headers
        else:
            headers = raw.headers
        taken = time.monotonic() - begun
        if found == code:
            return taken, headers["roadworthy-call"]
        assert taken < LONGEST, found
        time.sleep(0.05)


def rubric_of_titles() -> str:
    """A rubric that a title meets."""
    rubric = shipped().model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for criteria in rubric["dimensions"].values():
        for criterion in criteria:
            criterion["level"] = "should"
        criteria[0] |= {"level": "must", "requires": {"fields": {"all": ["title"]}}, "appliesTo": {}}
    return document("Rubric", "default", rubric)


@contextmanager
def desk_of(home: Home, settings: str = "") -> Iterator[Desk]:
    """An empty folder becomes a gateway before two models."""
    home.write("roadworthy.toml", f'upstream_hosts = "127.0.0.1"\ngateway_port = {free_port()}\n{settings}')
    addresses = {name: f"http://127.0.0.1:{free_port()}/v1" for name in ("east", "west")}
    target = [{"upstream": name, "model": MODEL} for name in addresses]
    endpoint = {
        "useCase": CASE,
        "surfaces": ["chat-completions"],
        "models": [{"name": "small", "targets": target}],
        "outside": "hold",
        "retries": {"attempts": 0},
    }
    declared = [
        rubric_of_titles(),
        use_case(CASE, stage="candidate"),
        *(document("Upstream", name, {"adapter": "openai", "address": at}) for name, at in addresses.items()),
        document("Endpoint", CASE, endpoint),
        document("OperatingEnvelope", CASE, dict(ENVELOPE)),
    ]
    home.write("gateway.yaml", "\n---\n".join(declared))
    with models(addresses) as serving, home.served():
        home.run("apply", "gateway.yaml", "--yes", code=0)
        home.write("prompt.txt", "Answer in one sentence.")
        home.run("release", "record", CASE, "r1", "--file", "prompt/system=prompt.txt", code=0)
        status = home.run("gateway", "status", "-o", "json", code=0).json()
        yield Desk(home, status["address"].removesuffix("/v1"), serving)


def certified(desk: Desk) -> str:
    """A review ends with go, as where no decision rights are in force; serial of the certificate."""
    home = desk.home
    opened = desk.run("review", "open", CASE, "--stage", "production", "--release", "r1", "--why", "The pilot is over.")
    home.run("review", "decide", opened["id"], "go", "--reason", "It answers well.", code=0)
    return home.run("certificate", "list", "-o", "name", code=0).out.split()[0]


def test_from_a_marked_pilot_to_a_suspended_certificate_with_each_call_proven(home: Home) -> None:
    with desk_of(home) as desk:
        pilot, live = desk.client(desk.key("app", "pilot")), desk.client(desk.key("app-live", "production"))
        until(pilot, None)  # the configuration has reached the gateway
        marked = ask(pilot)
        assert (marked.headers["roadworthy-mark"], marked.headers["roadworthy-stage"]) == ("not production", "pilot")

        until(live, "gateway-not-certified")  # its key has reached the gateway too
        no = refused(live)
        assert f"whoever may decide a review of `{CASE}` could say yes" in no.message
        assert f"roadworthy review list --use-case {CASE}" in no.message

        serial = certified(desk)
        until(live, None)
        passed = ask(live)
        assert passed.headers["roadworthy-certificate"] == serial
        assert "roadworthy-mark" not in passed.headers

        _seconds, held = until(live, "gateway-held")
        east = next(each.pid for each in desk.models if each.name == "east")
        assert east is not None
        os.kill(east, signal.SIGKILL)
        fallen = ask(pilot)
        assert "This is west" in fallen.parse().choices[0].message.content

        home.run("certificate", "suspend", serial, "--reason", "Wrong answers.", code=0)
        seconds, stopped = until(live, "gateway-not-certified")
        print(f"refused {seconds:.2f} s after the certificate was suspended")  # noqa: T201 - the figure is what is wanted

        calls = {
            "answered": passed.headers["roadworthy-call"],
            "held": held,
            "fallback": fallen.headers["roadworthy-call"],
            "refused": stopped,
        }
        vkey = desk.run("ledger", "checkpoint")["vkey"]
        rulings = wait_for(partial(rulings_of, desk, set(calls.values())), LONGEST)
        assert {name: rulings[call] for name, call in calls.items()} == {
            "answered": "admitted", "held": "held", "fallback": "admitted", "refused": "refused",
        }  # fmt: skip
        for name, call in calls.items():  # within a second its segment is sealed
            wait_for(partial(proven, home, call, f"{name}.json"), LONGEST)
        for name in ("answered", "held"):  # with a result, and without
            assert "proven: the intent" in home.run("call", "check", f"{name}.json", "--key", vkey, code=0).out
        attempts = desk.run("call", "show", calls["fallback"])["result"]["attempts"]
        assert [(each["upstream"], each["status"]) for each in attempts] == [("east", None), ("west", 200)]
        forged = json.loads((home.folder / "held.json").read_text("utf-8"))
        (home.folder / "forged.json").write_text(json.dumps(forged).replace(held, calls["refused"]), "utf-8")
        assert home.run("call", "check", "forged.json", "--key", vkey).code != 0
        listed = home.run("call", "list", "--rule", "envelope:rate", code=0).out
        assert "held" in listed
        assert held in listed
