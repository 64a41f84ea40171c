"""Registered models and runs of a real MLflow server; and servers that answer wrongly, slowly or not at all."""

from __future__ import annotations

import http.server
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from roadworthy.app import App
from roadworthy.evidence.collecting.runs import Wanted
from roadworthy.evidence.collecting.service import KINDS
from roadworthy.evidence.model import Method
from roadworthy.foundation.errors import InvalidInput, NotFound, Refused, RoadworthyError, Unavailable
from roadworthy.foundation.runtime import SystemClock
from roadworthy.inventory.discovery.mlflow import MLflow
from roadworthy.inventory.discovery.mlflow_wire import Patience, credentials_for
from roadworthy.inventory.discovery.model import Scheme
from roadworthy.inventory.discovery.registry import read_registry
from roadworthy.inventory.facts import Answer
from tests.harness.loopback import ANYWHERE, HERE, running
from tests.harness.mlflow_server import Running
from tests.harness.ports import free_port
from tests.unit.evidence.collecting.conftest import PERSON


def server(address: str, patience: Patience | None = None) -> MLflow:
    return MLflow(address, SystemClock(), HERE, patience=patience)


# ---------------------------------------------------------------- models


def test_registered_models_become_releases_with_their_digests(tracking: Running) -> None:
    with server(tracking.address) as mlflow:
        reading = read_registry(mlflow)
        again = read_registry(mlflow)

    first, second = (seen.release for seen in reading.sightings)
    assert first is not None
    assert second is not None
    assert {seen.model for seen in reading.sightings} == {"fraud-model"}
    assert (first.version, first.aliases, second.version, second.aliases) == ("1", ("champion",), "2", ())
    assert first.run
    assert first.digest_of == second.digest_of == "artefacts"
    assert first.digest != second.digest  # the files name the run that made them
    assert [seen.release for seen in again.sightings] == [first, second]


def test_a_registered_model_is_proposed_and_matched_and_fills_the_component(app: App, tracking: Running) -> None:
    with server(tracking.address) as mlflow:
        looked = app.discovery.keep(PERSON, read_registry(mlflow))
        again = app.discovery.keep(PERSON, read_registry(mlflow))

    (id_,) = looked.new
    proposal = app.discovery.find(id_)
    assert (again.new, again.open) == ((), (id_,))
    assert (proposal.scheme, proposal.title, len(proposal.sightings)) == (Scheme.MODEL, "fraud-model", 2)
    assert [match.use_case for match in proposal.matches] == ["card-fraud"]
    app.discovery.link(PERSON, id_, "card-fraud", components=True)
    (component,) = app.inventory.subject("card-fraud").spec.components
    assert component.version == "2"
    assert component.digest == next(
        seen.release.digest for seen in proposal.sightings if seen.release and seen.release.version == "2"
    )


# ---------------------------------------------------------------- runs


def test_a_tagged_run_is_documented_until_our_collector_is_registered_and_then_measured(
    app: App, tracking: Running
) -> None:
    with server(tracking.address) as mlflow:
        prospect = app.collecting.runs(mlflow, Wanted())
        documented = app.collecting.record_runs(PERSON, prospect)
        again = app.collecting.runs(mlflow, Wanted())
        app.collectors.register(PERSON, "mlflow", app.collecting.public_key(), KINDS, "ana@example.org")
        other = app.collecting.runs(mlflow, Wanted(fact="governance.independently-evaluated"))
        measured = app.collecting.record_runs(PERSON, other)

    (claim,) = prospect.claims
    (item,) = documented.items
    assert (claim.use_case, claim.submission.answer) == ("card-fraud", Answer.YES)
    assert (item.method, item.kind, item.sample_size) == (Method.DOCUMENTED, "evaluation", 100)
    assert item.link is not None
    assert item.link.startswith(tracking.address)
    assert item.subject is not None
    assert item.subject.name == "fraud-model"
    assert item.result is not None
    assert (item.result["metric"], item.result["score"], item.result["threshold"]) == ("recall", "0.91", "0.9")
    assert item.result["dataset"].startswith("holdout (")
    assert item.window is not None
    assert item.window[0] < item.window[1]
    assert (again.claims, again.known) == ((), 1)
    assert (measured.measured, measured.items[0].method, measured.items[0].collector) == (
        True,
        Method.MEASURED,
        "mlflow",
    )


def test_a_version_of_a_model_is_taken_by_alias_and_a_number_below_its_threshold_is_a_no(
    app: App, tracking: Running
) -> None:
    wanted = Wanted("card-fraud", "governance.tested-realistically", "recall", 0.8)
    with server(tracking.address) as mlflow:
        newest = app.collecting.runs(mlflow, wanted, model="fraud-model")
        champion = app.collecting.runs(mlflow, wanted, model="fraud-model", version="champion")
        with pytest.raises(InvalidInput) as unknown:
            app.collecting.runs(mlflow, wanted, model="fraud-model", version="9")

    assert [prospect.claims[0].submission.answer for prospect in (newest, champion)] == [Answer.NO, Answer.YES]
    assert newest.claims[0].notes == ("nothing says on how many cases it was measured",)
    assert unknown.value.code == "mlflow-version-unknown"


@pytest.mark.parametrize(
    ("wanted", "codes"),
    [
        (Wanted(), {"mlflow-run-of-no-use-case", "mlflow-run-without-fact", "mlflow-run-answers-nothing"}),
        (Wanted("card-fraud", "governance.tested"), {"mlflow-run-without-fact", "mlflow-run-answers-nothing"}),
        (Wanted("card-fraud", "governance.tested-realistically", "recal"), {"mlflow-metric-unknown"}),
        (Wanted("card-fraud", "governance.tested-realistically", "recall"), {"mlflow-run-answers-nothing"}),
    ],
    ids=["nothing", "misspelt fact", "misspelt metric", "no threshold"],
)
def test_a_run_that_says_too_little_is_told_everything_at_once_and_records_nothing(
    app: App, tracking: Running, wanted: Wanted, codes: set[str]
) -> None:
    with server(tracking.address) as mlflow:
        run = mlflow.versions("fraud-model")[0].run
        assert run is not None
        prospect = app.collecting.runs(mlflow, wanted, ids=[run])

    assert {finding.code for finding in prospect.findings} == codes
    with pytest.raises(InvalidInput):
        app.collecting.record_runs(PERSON, prospect)
    assert app.evidence.of("card-fraud") == []


def test_a_smaller_number_can_be_the_better_one(app: App, tracking: Running) -> None:
    wanted = Wanted("card-fraud", "governance.tested-realistically", "latency", 20.0, lower_is_better=True)
    with server(tracking.address) as mlflow:
        prospect = app.collecting.runs(mlflow, wanted, model="fraud-model", version="2")

    assert prospect.claims[0].submission.answer is Answer.YES


def test_an_unfinished_run_and_an_unknown_one_are_refused(app: App, tracking: Running) -> None:
    wanted = Wanted("card-fraud", "governance.tested-realistically", answer=Answer.YES)
    with server(tracking.address) as mlflow:
        prospect = app.collecting.runs(mlflow, wanted, ids=[tracking.unfinished])
        with pytest.raises(NotFound) as unknown:
            app.collecting.runs(mlflow, wanted, ids=["nothing"])

    assert [finding.code for finding in prospect.findings] == ["mlflow-run-unfinished"]
    assert unknown.value.code == "mlflow-not-found"


# ---------------------------------------------------------------- servers that are none


Answering = Callable[[http.server.BaseHTTPRequestHandler], None]


@contextmanager
def answering(how: Answering) -> Iterator[str]:
    """A server of ours that answers every request in one way."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            how(self)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
            """Say nothing."""

    with running(http.server.ThreadingHTTPServer(ANYWHERE, Handler)) as server:
        yield f"http://127.0.0.1:{server.server_address[1]}"


def _status(status: int, body: bytes = b"secret page") -> Answering:
    def how(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return how


def _endless(handler: http.server.BaseHTTPRequestHandler) -> None:
    body = json.dumps({"registered_models": [{"name": "m"}], "next_page_token": "more"}).encode()
    _status(200, body)(handler)


def _silent(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.rfile.read(1)  # until the client gives up


def _dripping(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b" ")
            handler.wfile.flush()
    except OSError:
        return


@pytest.mark.parametrize(
    ("how", "error", "code"),
    [
        (_status(200, b"<html>sign in</html>"), Unavailable, "mlflow-answer-unreadable"),
        (_status(200, b"[1]"), Unavailable, "mlflow-answer-unreadable"),
        (_status(302), Unavailable, "mlflow-answer-unreadable"),
        (_status(401), Refused, "mlflow-refused"),
        (_status(404), NotFound, "mlflow-not-found"),
        (_status(500), Unavailable, "mlflow-answer-unreadable"),
        (_status(503), Unavailable, "mlflow-answer-unreadable"),
        (_endless, Unavailable, "mlflow-answer-unreadable"),
        (_silent, Unavailable, "mlflow-too-slow"),
        (_dripping, Unavailable, "mlflow-too-slow"),
    ],
    ids=["html", "list", "redirect", "401", "404", "500", "503", "endless", "silent", "dripping"],
)
def test_a_server_that_is_none_is_named_and_its_text_is_not_repeated(
    how: Answering, error: type[RoadworthyError], code: str
) -> None:
    with (
        answering(how) as address,
        server(address, Patience(connect=1, answer=0.3)) as mlflow,
        pytest.raises(error) as raised,
    ):
        mlflow.models()

    assert raised.value.code == code
    assert str(raised.value.place.source).startswith(address)
    assert "secret" not in str(raised.value)


def test_nobody_at_the_address_is_said_so() -> None:
    address = f"http://127.0.0.1:{free_port()}"
    with server(address) as mlflow, pytest.raises(Unavailable) as away:
        mlflow.models()

    assert (away.value.code, away.value.place.source) == ("mlflow-out-of-reach", address)


@pytest.mark.parametrize(
    "address",
    ["", "mlflow.example.org", "ftp://mlflow.example.org", "http://user:secret@mlflow.example.org", "http://169.254.169.254",
     "http://x:99999999", "file:///etc/passwd"],
)  # fmt: skip
def test_an_address_that_cannot_be_used_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        server(address)

    assert refused.value.code == "mlflow-address-unusable"
    assert "secret" not in str(refused.value)


def test_credentials_of_the_environment_go_to_the_server_of_the_settings_only() -> None:
    environment = {"MLFLOW_TRACKING_TOKEN": "secret"}

    trusted = credentials_for("https://mlflow.example.org/", "https://mlflow.example.org", environment)
    assert trusted is not None
    assert trusted.token == "secret"
    assert "secret" not in repr(trusted)
    assert credentials_for("https://other.example.org", "https://mlflow.example.org", environment) is None
    assert credentials_for("https://mlflow.example.org", "", environment) is None
