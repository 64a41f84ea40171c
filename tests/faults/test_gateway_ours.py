"""What goes wrong on our own side of a call: the database, the disk, the process, and a restart in the middle."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
import yaml

from roadworthy.sdk.advice import Advice, NotAdmitted
from tests.harness.governed import document
from tests.harness.nginx import nginx
from tests.harness.replicas import CASE, Clients, Deployment, calling, deployment, forbid_files
from tests.harness.upstream import wait_for
from tests.journeys.home import Home, Starter, use_case
from tests.journeys.test_gateway_done_when import ask, rubric_of_titles, until

pytestmark = pytest.mark.postgres
CLIENTS = 4
AN_HOUR = 6
"""Calls that a certificate has."""


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    starter = Starter(tmp_path_factory.mktemp("streams"))
    folder = tmp_path_factory.mktemp("deployment") / "work"
    folder.mkdir()
    with deployment(Home(folder, starter), 2) as made:
        yield made
    starter.close()


def heard_more(clients: Clients, count: int) -> None:
    """Wait until so many more calls were answered."""
    before = len(clients.answered)
    wait_for(lambda: len(clients.answered) >= before + count)


def stocked(deployed: Deployment, clients: Clients, seconds: float) -> None:
    """Wait until the gateway that is asked may go on so long, as fast as it is asked, without the database."""
    began, before = time.monotonic(), len(clients.answered)
    first = deployed.leases()

    def enough() -> bool:
        rate = (len(clients.answered) - before) / (time.monotonic() - began)
        grown = [free for lease, (free, used) in deployed.leases().items() if used > first.get(lease, (0, 0))[1]]
        return bool(grown) and max(grown) >= seconds * rate

    wait_for(enough)


def one(deployed: Deployment, replica: int = 0) -> httpx.Response:
    """One call."""
    return httpx.post(
        f"http://127.0.0.1:{deployed.replicas[replica].port}/v1/chat/completions",
        headers={"Authorization": f"Bearer {deployed.key}"},
        json={"model": "gpt", "messages": [{"role": "user", "content": "It hurts."}]},
        trust_env=False,
        timeout=60,
    )


def on_record(deployed: Deployment, calls: list[str]) -> None:
    """Every call is in the index, as answered."""
    wait_for(lambda: deployed.answered() >= set(calls))


def test_gateways_behind_nginx_are_restarted_one_after_the_other_and_no_call_fails(
    deployed: Deployment, tmp_path: Path
) -> None:
    with (
        nginx(tmp_path / "nginx", [each.port for each in deployed.replicas]) as address,
        calling(address, deployed.key) as clients,
    ):
        for each in deployed.replicas:
            heard_more(clients, 10)
            each.stop()
            heard_more(clients, 10)
            each.start()
        heard_more(clients, 10)
    assert (clients.refused, clients.broken) == ([], [])
    on_record(deployed, clients.answered)


@pytest.mark.parametrize("gone_seconds", [4, pytest.param(30, marks=pytest.mark.campaign)])
def test_while_the_database_is_gone_calls_go_on_and_are_on_record_after(
    deployed: Deployment, gone_seconds: float
) -> None:
    replica = deployed.replicas[0]
    with calling(f"http://127.0.0.1:{replica.port}", deployed.key) as clients:
        stocked(deployed, clients, 2 * gone_seconds)
        deployed.database.stop_at_once()
        gone_at = len(clients.answered)
        time.sleep(gone_seconds)
        heard_more(clients, 10)
        while_gone = clients.answered[gone_at:]
        deployed.database.process = deployed.database.start()
        heard_more(clients, 10)
    assert (clients.refused, clients.broken) == ([], [])
    assert len(while_gone) >= 10
    on_record(deployed, clients.answered)


def test_where_nothing_can_be_written_nothing_is_asked_until_it_can(deployed: Deployment) -> None:
    replica = deployed.replicas[0]
    on_record(deployed, [one(deployed).headers["roadworthy-call"]])
    asked = len(deployed.upstream.requests)
    assert replica.process is not None
    forbid_files(replica.process, most_bytes=0)
    try:
        refused = one(deployed)
        assert refused.status_code == 503
        assert refused.json()["error"]["code"] == "call-unrecordable"
        assert len(deployed.upstream.requests) == asked
        assert not replica.ready(), "whoever shares the load goes elsewhere"
        assert one(deployed, 1).status_code == 200, "and the other replica takes calls"
    finally:
        forbid_files(replica.process, most_bytes=None)
    wait_for(lambda: one(deployed).status_code == 200)
    wait_for(replica.ready)


def test_what_came_of_an_advised_call_is_told_to_the_gateway_that_decided(deployed: Deployment, tmp_path: Path) -> None:
    ports = [each.port for each in deployed.replicas]
    with nginx(tmp_path / "nginx", ports) as address:
        beside = Advice(address, deployed.key)
        for _ in range(6):
            call = beside.decide("own").call
            beside.outcome(call, usage={"input": 3, "output": 1})
        beside.close()
    one, other = (Advice(f"http://127.0.0.1:{port}", deployed.key) for port in ports)
    call = one.decide("own").call
    with pytest.raises(NotAdmitted, match="have the balancer send a key to the same one") as told:
        other.outcome(call)
    assert told.value.code == "gateway-call-unknown"
    one.outcome(call)
    untold = one.decide("own").call
    deployed.replicas[0].stop()
    shown = deployed.home.run("call", "show", untold, "-o", "json", code=0).json()
    assert (shown["result"]["outcome"], shown["result"]["error"]) == ("unknown", "outcome-never-told")
    deployed.replicas[0].start()
    one.close()
    other.close()


def test_a_stop_is_kept_by_every_gateway(deployed: Deployment) -> None:
    def codes() -> set[str]:
        answers = [one(deployed, number) for number in range(2)]
        return {"" if each.status_code == 200 else each.json()["error"]["code"] for each in answers}

    assert codes() == {""}
    deployed.home.run("stop", "set", CASE, "--reason", "A drill.", code=0)
    wait_for(lambda: codes() == {"gateway-stopped"})
    deployed.home.run("stop", "lift", CASE, "--reason", "It is over.", code=0)
    wait_for(lambda: codes() == {""})


def gauge(deployed: Deployment) -> dict[str, Any]:
    """How the budget stands that every call counts in."""
    shown = deployed.home.run("budget", "show", "all", "-o", "json", code=0).json()
    found: dict[str, Any] = shown["gauges"][0]
    return found


def certified_on_both(deployed: Deployment) -> tuple[str, tuple[openai.OpenAI, ...]]:
    """Another use case, certified for a few calls an hour; the certificate's serial, and a client of each gateway."""
    home = deployed.home
    target = {"upstream": "there", "model": "gpt-real"}
    spec = {
        "useCase": "claims",
        "surfaces": ["chat-completions"],
        "models": [{"name": "small", "targets": [target]}],
        "outside": "hold",
    }
    declared = (
        rubric_of_titles(),
        use_case("claims", stage="candidate"),
        document("Endpoint", "claims", spec),
        document("OperatingEnvelope", "claims", {"rate": {"calls per hour": AN_HOUR}}),
    )
    home.write("claims.yaml", "\n---\n".join(declared))
    home.run("apply", "claims.yaml", "--yes", code=0)
    home.write("prompt.txt", "Answer in one sentence.")
    home.run("release", "record", "claims", "r1", "--file", "prompt/system=prompt.txt", code=0)
    made = home.run("key", "new", "live", "--use-case", "claims", "--stage", "production", "-o", "json", code=0)
    key = made.json()["secret"]
    clients = tuple(
        openai.OpenAI(base_url=f"http://127.0.0.1:{each.port}/v1", api_key=key, max_retries=0)
        for each in deployed.replicas
    )
    for each in clients:
        until(each, "gateway-not-certified")
    asked = ("--stage", "production", "--release", "r1", "--why", "The pilot is over.", "-o", "json")
    review = home.run("review", "open", "claims", *asked, code=0).json()
    home.run("review", "decide", review["id"], "go", "--reason", "It answers well.", code=0)
    return home.run("certificate", "list", "-o", "name", code=0).out.split()[0], clients


def test_what_is_certified_overrun_and_suspended_is_so_on_both_gateways(deployed: Deployment) -> None:
    serial, clients = certified_on_both(deployed)
    answered, began = 0, dt.datetime.now(dt.UTC)
    for each in clients:
        until(each, None)
        answered += 1
    held = [0] * len(clients)
    for number in range(10 * AN_HOUR):
        at = number % len(clients)
        try:
            ask(clients[at])
            answered += 1
        except openai.APIStatusError as error:
            assert error.code in {"gateway-held", "gateway-limit-refilling"}, error  # noqa: PT017 - any of two
            held[at] += error.code == "gateway-held"
        if all(count > 1 for count in held):
            break
    assert all(held), "the window is one for both"
    hours = 1 if dt.datetime.now(dt.UTC).hour == began.hour else 2
    assert answered <= hours * AN_HOUR, "and never overshot"
    deployed.home.run("certificate", "suspend", serial, "--reason", "Wrong answers.", code=0)
    for name, each in zip(("one", "other"), clients, strict=True):
        seconds, _call = until(each, "gateway-not-certified")
        print(f"the {name} refused {seconds:.2f} s after it was seen to be suspended")  # noqa: T201 - the figure is what is wanted
        each.close()


def unknown(deployed: Deployment) -> dict[str, Any]:
    """Calls of which nobody knows what came, by their ids."""
    found = deployed.home.run("call", "list", "--outcome", "unknown", "-o", "json", code=0).json()
    return {each["id"]: each for each in found}


def test_killed_under_load_no_call_that_was_answered_is_lost_and_no_room_that_was_not_used(
    deployed: Deployment,
) -> None:
    replica = deployed.replicas[0]
    spec = {"useCases": [CASE], "limits": [{"calls": 1_000_000, "per": "year"}]}
    document = {"apiVersion": "roadworthy.dev/v1alpha1", "kind": "Budget", "metadata": {"name": "all"}, "spec": spec}
    deployed.home.write("budget.yaml", yaml.safe_dump(document))
    deployed.home.run("apply", "budget.yaml", code=0)
    wait_for(lambda: one(deployed).status_code == 200 and gauge(deployed)["leased"] > 0)
    before, known = gauge(deployed)["used"], unknown(deployed).keys()
    with calling(f"http://127.0.0.1:{replica.port}", deployed.key) as clients:
        heard_more(clients, 30)
        deployed.upstream.wait = 600.0  # so that all are under way
        asked = len(deployed.upstream.requests)
        wait_for(lambda: len(deployed.upstream.requests) >= asked + CLIENTS)
        replica.kill()
    deployed.upstream.wait = 0.0
    replica.start()
    on_record(deployed, clients.answered)
    left = unknown(deployed).keys() - known
    assert 0 < len(left) <= CLIENTS, "what was under way has no outcome, and is named"
    named = deployed.home.run("ledger", "show", "-o", "json", code=0).out
    assert all(each in named for each in left)

    wait_for(lambda: gauge(deployed)["leased"] == 0)  # all that it held is given back, or counts as used
    stands, heard = gauge(deployed), len(clients.answered)
    assert stands["unknown"] == 0, "nothing is left to reconcile by hand"
    assert before + heard <= stands["used"] <= before + heard + 2 * CLIENTS, "and what may have been used counts"
