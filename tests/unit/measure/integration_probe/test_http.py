"""A real HTTP system is tried: everything sound passes, and each flaw is found by the trial that is about it."""

from __future__ import annotations

import dataclasses
import json

import pytest
from pydantic import TypeAdapter

from roadworthy.foundation.errors import Refused
from roadworthy.measure.integration_probe.model import Limits, Trial, Verdict
from tests.harness.probed_systems import TOKEN, clinic
from tests.unit.measure.integration_probe.trying import QUICK, found, integration, means, not_passed, of_clinic

GRANTED = {"grants": ["GET /patients/{id}", "GET /notes"]}
SOUND = GRANTED | {"rate": "60/s"}
"""A rate that can be borne out, in a second; what does not look at it is tried faster."""


def test_a_sound_system_passes_everything_but_what_nobody_can_tell() -> None:
    with clinic() as system:
        trials = of_clinic(system, **SOUND)

    assert not_passed(trials) == {"nothing-beyond-grants": Verdict.UNKNOWN}
    assert trials["latency"].n == 60
    assert [each.share for each in trials["latency"].quantiles] == [0.5, 0.95]
    assert system.writes == []


@pytest.mark.parametrize(
    ("flaw", "name", "said"),
    [
        ({"open_to_all": True}, "credential-required", "2 of 2 were let in"),
        ({"takes_any_token": True}, "wrong-credential-refused", "1 of 1 were let in"),
        ({"traces": True}, "bad-input-refused", "2 of 3 were answered otherwise"),
        ({"traces": True}, "errors-tell-nothing", "let something out"),
        ({"redirects_to": "http://other.example"}, "no-redirect-elsewhere", "none was followed"),
        ({"forgets": True}, "audit-trail", "does not stand there"),
        ({"burst": 40}, "rate", "status 429 at call"),
        ({"limit": '"default";q=10;w=60'}, "rate", "it allows 10 calls in 60 s"),
    ],
)
def test_a_flaw_is_found(flaw: dict[str, object], name: str, said: str) -> None:
    with clinic(**flaw) as system:
        trials = of_clinic(system, **GRANTED)

    assert trials[name].verdict is Verdict.FAIL
    assert said in trials[name].got
    assert trials[name].remedy
    assert system.writes == []


def test_a_right_beyond_the_declared_ones_is_found() -> None:
    more = {"operations": ["GET /patients/{id}", "GET /notes", "GET /salaries"]}
    with clinic(shows_everything=True) as system:
        trial = of_clinic(system, **GRANTED | more)["nothing-beyond-grants"]
    with clinic() as other:
        refused = of_clinic(other, **GRANTED | more)["nothing-beyond-grants"]

    assert (trial.verdict, trial.details) == (Verdict.FAIL, ("GET /salaries",))
    assert refused.verdict is Verdict.PASS


def test_a_slow_system_is_found_and_too_few_calls_tell_nothing() -> None:
    with clinic(slow_seconds=0.03) as system:
        slow = of_clinic(system, **GRANTED | {"latency": "20ms"})["latency"]
        few = found(
            integration(system.address, **GRANTED | {"latency": "70ms"}),
            means(limits=dataclasses.replace(QUICK, calls=10)),
        )["latency"]

    assert slow.verdict is Verdict.FAIL
    assert few.verdict is Verdict.UNKNOWN
    assert "10 calls are too few" in few.got
    assert "59 calls" in few.remedy


def test_a_system_that_is_not_there_ends_after_the_first_trial() -> None:
    trials = found(integration("http://127.0.0.1:9"))

    assert list(trials) == ["answers"]
    assert "refused" in trials["answers"].got


def test_never_more_calls_than_declared() -> None:
    with clinic() as system:
        trials = found(integration(system.address, rate="100/s"))
        seconds = sum(each.seconds for each in trials.values())

    assert len(system.asked) <= 100 * seconds + 1


def test_the_credential_stands_in_no_result() -> None:
    with clinic(traces=True, takes_any_token=True) as system:
        trials = of_clinic(system, **GRANTED)
    text = TypeAdapter(list[Trial]).dump_json(list(trials.values())).decode()

    assert any(TOKEN in shown for _, _, shown in system.asked)
    assert TOKEN not in text
    assert json.loads(text)


def test_the_credential_goes_to_no_other_host() -> None:
    with clinic() as other, clinic(redirects_to=other.address.replace("127.0.0.1", "localhost")) as system:
        trials = of_clinic(system, **GRANTED)

    assert trials["no-redirect-elsewhere"].verdict is Verdict.FAIL
    assert other.asked == []


def test_a_credential_that_is_not_bound_is_not_shown() -> None:
    with clinic() as system, pytest.raises(Refused, match="do not let"):
        found(integration(system.address), means(bound="api.example.org=env:EHR_TOKEN"))

    assert system.asked == []


def test_an_endless_answer_is_cut() -> None:
    with clinic() as system:
        limits = Limits(seconds=5, patience=5, pause=0.0, audit_wait=0, calls=3, answer_bytes=5)
        trials = found(integration(system.address), means(limits=limits))

    assert trials["answers-bounded"].verdict is Verdict.FAIL
