"""Tickets from the command line to a ticket system's server and back, and programs at work through the SDK."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import json
import zipfile

import pytest

from roadworthy.foundation.errors import ExitCode
from roadworthy.sdk import AsyncClient, Client, Missing, NotSignedIn, Unfit
from roadworthy.sdk.shapes import Assess, PackAsked, Sending, Submission, Wanted
from tests.harness.contract_servers.servicenow import ServiceNowInstance
from tests.harness.contract_servers.serving import serving
from tests.journeys.home import Home, use_case

CRITERION = "data-audit"


def declare(home: Home, address: str) -> dict[str, str]:
    """Declare a use case and a ticket system; the environment in which commands find its secret."""
    spec = {"title": "Desk", "type": "servicenow", "baseUrl": address, "login": "basic", "place": "incident"}
    document = {
        "apiVersion": "roadworthy.dev/v1alpha1",
        "kind": "TicketSystem",
        "metadata": {"name": "desk"},
        "spec": spec,
    }
    home.write("a.yaml", use_case("mail"))
    home.write("desk.yaml", json.dumps(document))
    home.run("apply", "a.yaml", "desk.yaml", code=0)
    host = address.removeprefix("http://")
    return {"ROADWORTHY_TICKET_SECRETS": f"{host}=env:DESK_LOGIN", "DESK_LOGIN": "robot:letmein"}


def test_a_blocker_goes_out_after_it_was_looked_at(home: Home) -> None:
    with serving(ServiceNowInstance()) as desk:
        assert isinstance(desk, ServiceNowInstance)
        environment = declare(home, desk.address)
        checked = home.run("tickets", "check", "desk", environment=environment, code=0)
        assert "incident, as robot" in checked.out

        shown = home.run("tickets", "send", "mail", "--dry-run", environment=environment, code=0)
        assert "What turns it green" in shown.out
        waits = home.run("tickets", "send", "mail", "--criterion", CRITERION, environment=environment)
        assert waits.code == ExitCode.WAITS
        assert "--yes" in waits.err
        assert desk.incidents == []

        sent = home.run("tickets", "send", "mail", "--criterion", CRITERION, "--yes", environment=environment, code=0)
        assert "INC0000001" in sent.out
        assert len(desk.incidents) == 1
        assert "letmein" not in sent.out + sent.err + waits.err + home.database.read_bytes().decode("latin-1")

        desk.incidents[0]["state"] = "7"
        home.run("tickets", "sync", environment=environment, code=0)
        listed = home.run("tickets", "list", "-o", "json", environment=environment, code=0).json()
        assert [each["standing"] for each in listed] == ["closed-unmet"]
        again = home.run("tickets", "send", "mail", "--criterion", CRITERION, environment=environment, code=0)
        assert "nothing is to be sent" in again.err
        refused = home.run("tickets", "close", listed[0]["id"], environment=environment)
        assert refused.code == ExitCode.NO


def test_a_program_works_through_the_sdk(home: Home) -> None:
    home.write("a.yaml", use_case("mail"))
    home.run("apply", "a.yaml", code=0)
    with home.served() as served:
        card = json.loads((home.folder / ".roadworthy" / "owner.json").read_text())
        today = dt.datetime.now(dt.UTC).date()
        with Client(served.address, card["secret"]) as client:
            assert client.use_cases.get("mail").name == "mail"
            given = Submission(
                fact="data.documented", answer="yes", link="https://docs.example/a", observed_from=today,
                observed_to=today,
            )  # fmt: skip
            item = client.evidence.submit("mail", given)
            assert (item.fact, item.method, item.observed_to) == ("data.documented", "documented", today)
            assert [each.id for each in client.evidence.listed("mail")] == [item.id]
            assert client.readiness.assess(Assess(names=("mail",))).assessed == 1
            blockers = client.readiness.assessment("mail").blockers
            assert CRITERION in {each.criterion for each in blockers}
            assert client.tickets.preview(Wanted(use_case="mail")).new == 0  # no system is declared
            assert client.tickets.send(Sending(use_case="mail")) == ()
            pack = client.packs.pack(PackAsked(of="use-case", name="mail", texts=False))
            assert "README.txt" in zipfile.ZipFile(io.BytesIO(pack)).namelist()
            with pytest.raises(Missing):
                client.packs.pack(PackAsked(of="certificate", name="oc-none"))
            with pytest.raises(Missing) as missing:
                client.use_cases.get("nothing")
            assert missing.value.remedy
            with pytest.raises(Unfit):
                client.evidence.submit("mail", Submission(fact="no.such", answer="yes", observed_from=today,
                                                          observed_to=today))  # fmt: skip
        with Client(served.address, "another secret") as stranger, pytest.raises(NotSignedIn):
            stranger.use_cases.get("mail")

        async def look() -> str:
            async with AsyncClient(served.address, card["secret"]) as client:
                return (await client.evidence.show(item.id)).use_case

        assert asyncio.run(look()) == "mail"
