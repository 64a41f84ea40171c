"""What is tried on every way into the gateway: guards, failures of upstreams, and every no of the funnel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from roadworthy.operate.calls.wire.failures import IDENTITY, UNTOUCHED, FailureClass
from roadworthy.operate.telemetry.model import Surface
from tests.harness.matrix import NO_TEXT, PROMPT, PROMPTED, Way
from tests.harness.upstream import Case

MAIL = "ana@halden.example"
CANARY = "Zx-canary-7716"
LONG = {"connect": "2s", "firstToken": "30s", "idle": "30s", "total": "60s"}
SHORT = {
    FailureClass.CONNECT_TIMEOUT: {"connect": "200ms"},
    FailureClass.FIRST_TOKEN_TIMEOUT: {"firstToken": "100ms"},
    FailureClass.IDLE_TIMEOUT: {"idle": "200ms"},
    FailureClass.TOTAL_TIMEOUT: {"total": "500ms"},
}
"""One wait is short in each failure, and no other, so that a slow machine does not come upon another one first."""


@dataclass(frozen=True)
class Expected:
    """What has to come of a cell."""

    status: int = 200
    code: str = ""
    """Of the error; empty where it is answered."""
    outcome: str = "answered"
    ruling: str = "admitted"
    rule: str = ""
    """How the rule that refused begins."""
    touched: bool = True
    """Whether the upstream sees a request."""
    client_hears: str = ""
    client_never: str = ""
    upstream_hears: str = ""
    upstream_never: str = ""
    found: str = ""
    """By a guard, in the request or in the answer."""
    attempt: str = ""
    """Class of the failure of the last try."""
    used: str = "usage"
    """What limits count: `usage`, `nothing` or `all`."""
    statuses: tuple[int, ...] = ()
    """Where it hangs on whether something harmless left before."""


@dataclass(frozen=True)
class Plan:
    """One row of the matrix: what is declared, what is said, and what has to come of it."""

    name: str
    expected: Expected = Expected()
    streamed: Expected | None = None
    """Where a stream ends otherwise."""
    spec: Mapping[str, Any] = field(default_factory=dict)
    case: Case = field(default_factory=Case)
    asked: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `Asked`."""
    upstream: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the declared upstream."""
    stage: str = "production"
    use_case: str = "triage"
    fits: Callable[[Way, bool], bool] = lambda _way, _stream: True

    def expects(self, *, stream: bool) -> Expected:
        """What has to come of it."""
        return self.streamed if stream and self.streamed is not None else self.expected


def _texts(way: Way, _stream: bool) -> bool:
    return way.surface not in NO_TEXT


def _prompts(way: Way, _stream: bool) -> bool:
    return way.surface in PROMPTED


def _guard(name: str, expected: Expected, guards: Mapping[str, Any], **more: Any) -> Plan:
    return Plan(f"guard-{name}", expected, spec={"guards": guards}, **more)


def _pattern(**actions: str) -> dict[str, Any]:
    return {"patterns": [{"name": "email", **actions}]}


def _refused(status: int, code: str, rule: str, **more: Any) -> Expected:
    said = {"outcome": "refused", "ruling": "refused", "touched": False, "used": "nothing", **more}
    return Expected(status, code, rule=rule, **said)


def _blocked(**more: Any) -> Expected:
    return Expected(403, "answer-blocked", "blocked", **more)


def _cut(**more: Any) -> Expected:
    """A stream that has begun ends with an error in it."""
    return Expected(200, "answer-blocked", "blocked", **more)


_SAYS_MAIL = {"asked": {"text": f"Write to {MAIL} now."}}
_ANSWERS_MAIL = {"case": Case(text=f"It is {MAIL} they said."), "fits": _texts}
_LEAK = f"They told me: {PROMPT}"

PLAIN = (
    Plan("plain"),
    Plan("plain-pilot", stage="pilot"),
    Plan("plain-candidate", stage="candidate"),
)
GUARDED = (
    _guard("request-pass", Expected(upstream_hears=MAIL), _pattern(request="pass"), **_SAYS_MAIL),
    _guard("request-detect", Expected(upstream_hears=MAIL, found="personal-data:email:detect"),
           _pattern(request="detect"), **_SAYS_MAIL),
    _guard("request-mask", Expected(upstream_never=MAIL, upstream_hears="[email-1]", client_hears=MAIL,
                                    found="personal-data:email:mask"),
           _pattern(request="mask", answer="pass"), case=Case(text="It is [email-1] they said."), fits=_texts,
           **_SAYS_MAIL),
    _guard("request-block", _refused(422, "gateway-guard-blocked", "guard:email", client_never=MAIL),
           _pattern(request="block"), **_SAYS_MAIL),
    _guard("answer-pass", Expected(client_hears=MAIL), _pattern(answer="pass"), **_ANSWERS_MAIL),
    _guard("answer-detect", Expected(client_hears=MAIL, found="personal-data:email:detect"),
           _pattern(answer="detect"), **_ANSWERS_MAIL),
    _guard("answer-mask", Expected(client_never=MAIL, client_hears="[email]", found="personal-data:email:mask"),
           _pattern(answer="mask"), **_ANSWERS_MAIL),
    _guard("answer-block", _blocked(client_never=MAIL, found="personal-data:email:block"), _pattern(answer="block"),
           streamed=_cut(client_never=MAIL, found="personal-data:email:block"), **_ANSWERS_MAIL),
    _guard("canaries", _blocked(client_never=CANARY, found="canary:leak:block"), {"canaries": [CANARY]},
           streamed=_cut(client_never=CANARY, found="canary:leak:block"), case=Case(text=f"I am {CANARY} you know."),
           fits=_texts),
    _guard("system-prompt-detect", Expected(client_hears=PROMPT, found="system-prompt:leak:detect"),
           {"systemPrompt": "detect"}, asked={"prompt": PROMPT}, case=Case(text=_LEAK), fits=_prompts),
    _guard("system-prompt-block", _blocked(client_never=PROMPT, found="system-prompt:leak:block"),
           {"systemPrompt": "block"}, streamed=_cut(client_never=PROMPT, found="system-prompt:leak:block"),
           asked={"prompt": PROMPT}, case=Case(text=_LEAK), fits=_prompts),
    _guard("system-prompt-pass", Expected(client_hears=PROMPT), {"systemPrompt": "pass"}, asked={"prompt": PROMPT},
           case=Case(text=_LEAK), fits=_prompts),
    _guard("most-characters", _blocked(client_never="three", found="length:characters:block"), {"mostCharacters": 12},
           streamed=_cut(client_never="three", found="length:characters:block"),
           case=Case(text="one two or three four"), fits=_texts),
    _guard("schema-kept", Expected(client_hears='{"a": 1}'), {"schema": {"type": "object"}},
           case=Case(text='{"a": 1}'), fits=_prompts),
    _guard("schema-broken", _blocked(client_never="rest", found="schema:differs:block"), {"schema": {"type": "object"}},
           streamed=_cut(client_never="rest", found="schema:differs:block"), fits=_texts),
    _guard("raises-request", _refused(500, "gateway-guard-failed", "guard"), {}, **_SAYS_MAIL),
    _guard("raises-answer", _blocked(client_never="rest", found="guard:failed:block"), {},
           streamed=_cut(client_never="rest", found="guard:failed:block", statuses=(200, 403)), fits=_texts),
)  # fmt: skip
"""Fields of `Guards` with each action; a test compares them with what is declared."""

_FAILED = {"outcome": "failed", "used": "all"}
_UNTOUCHED = {"outcome": "failed", "used": "nothing", "touched": False}


def _fails(kind: FailureClass, status: int, code: str, fault: str, **more: Any) -> Plan:
    """A failure before the answer has begun, which the client hears as an answer."""
    base: Mapping[str, Any] = _UNTOUCHED if kind in UNTOUCHED else _FAILED
    expected = Expected(status, code, attempt=kind.value, **base)
    spec = {"timeouts": LONG | SHORT.get(kind, {}), "retries": {"attempts": 0}}
    said: dict[str, Any] = {"expected": expected, "spec": spec, "case": Case(fault), "stage": "pilot", **more}
    return Plan(f"fails-{kind.value}", **said)


def _streams(_way: Way, stream: bool) -> bool:
    return stream


def _plain(_way: Way, stream: bool) -> bool:
    return not stream


_ENDS = Expected(200, "upstream-timeout", "failed", used="usage")
_BREAKS = Expected(200, "upstream-failed", "failed", used="usage")
_UP = "upstream-failed"
FAILING = (
    _fails(FailureClass.ADDRESS, 502, _UP, "", upstream={"address": "http://127.0.0.2:9", "secret": None}),
    _fails(FailureClass.CONNECT, 502, _UP, "", upstream={"address": "closed"}),
    _fails(FailureClass.CONNECT_TIMEOUT, 502, _UP, "", upstream={"address": "deaf"}),
    _fails(FailureClass.RESET, 502, _UP, "reset"),
    _fails(FailureClass.FIRST_TOKEN_TIMEOUT, 504, "upstream-timeout", "hang", fits=_streams),
    _fails(FailureClass.IDLE_TIMEOUT, 504, "upstream-timeout", "stalls", streamed=_ENDS, fits=_streams),
    _fails(FailureClass.TOTAL_TIMEOUT, 504, "upstream-timeout", "slow", streamed=_ENDS,
           case=Case("slow", " ".join(["word"] * 30), pause=0.08)),
    _fails(FailureClass.TRUNCATED, 502, _UP, "truncated", streamed=_BREAKS),
    _fails(FailureClass.UNREADABLE, 502, _UP, "bad-json",
           streamed=Expected(502, _UP, "failed", used="usage")),
    _fails(FailureClass.WRONG_TYPE, 502, _UP, "html"),
    _fails(FailureClass.TOO_LARGE, 502, _UP, "huge", upstream={"answerMegabytes": 1}, fits=_plain),
    _fails(FailureClass.RATE_LIMITED, 429, "upstream-rate-limited", "429"),
    _fails(FailureClass.OVERLOADED, 503, "upstream-overloaded", "503"),
    _fails(FailureClass.SERVER_ERROR, 502, _UP, "500"),
    _fails(FailureClass.CREDENTIAL, 502, _UP, "401"),
    _fails(FailureClass.REJECTED, 400, "upstream-request-rejected", "400"),
    _fails(FailureClass.BREAKER, 503, "upstream-overloaded", ""),
    _fails(FailureClass.BUSY, 503, "upstream-overloaded", "", upstream={"concurrent": 1}),
    _fails(FailureClass.SPEECH, 502, _UP, "", upstream={"adapter": "other"}),
    _fails(FailureClass.SECRET, 502, _UP, "", upstream={"secret": "env:NOBODY_BOUND_IT"}),
)  # fmt: skip
"""Every class of failure; a test compares them with `FailureClass`."""
FAILING_ELSEWHERE = IDENTITY | {FailureClass.USER_DENIED}
"""What needs an identity provider, and is tried with one in the tests of delegation."""


def _by_endpoint(way: Way, _stream: bool) -> bool:
    return way.by_endpoint


def _by_model(way: Way, _stream: bool) -> bool:
    return way.surface is not Surface.INVOCATIONS or not way.by_endpoint


def _readable(way: Way, _stream: bool) -> bool:
    return way.surface is not Surface.INVOCATIONS


def _no(refusal: str, status: int, code: str, rule: str, **more: Any) -> Plan:
    """A no of the funnel."""
    ruling = more.pop("ruling", "refused")
    expected = _refused(status, code, rule, ruling=ruling)
    return Plan(f"no-{refusal.replace('_', '-')}", expected, **more)


_HEALTH = {"headers": {"Roadworthy-Data-Classes": "health"}}
REFUSING = (
    _no("key_missing", 401, "gateway-key-missing", "key", asked={"key": ""}),
    _no("key_unknown", 401, "gateway-key-unknown", "key", asked={"key": "rwg_00000000000a_nobody"}),
    _no("token_unproved", 401, "gateway-token-unproved", "key", asked={"key": "a.b.c"}),
    _no("endpoint_unknown", 404, "gateway-endpoint-unknown", "endpoint", asked={"endpoint": "nowhere"},
        fits=_by_endpoint),
    _no("model_unknown", 404, "gateway-model-unknown", "endpoint", asked={"model": "nobody"}, fits=_by_model),
    _no("surface_closed", 404, "gateway-surface-closed", "endpoint", spec={"surfaces": ["decide"]}),
    _no("too_long", 413, "gateway-input-too-long", "endpoint", spec={"maxInputTokens": 1}),
    _no("unreadable", 422, "gateway-content-unreadable", "content", asked={"unreadable": True}, fits=_readable),
    _no("user_missing", 401, "gateway-user-missing", "identity", spec={"users": "required"}),
    _no("user_unproved", 401, "gateway-user-unproved", "identity",
        asked={"headers": {"Roadworthy-User-Token": "a.b.c"}}),
    _no("no_release", 403, "gateway-release-none", "release", use_case="unreleased"),
    _no("not_certified", 403, "gateway-not-certified", "certificate", use_case="uncertified"),
    _no("other_release", 403, "gateway-release-differs", "release", spec={"observes": {"model": "model/triage"}}),
    _no("part_unseen", 403, "gateway-release-part-unseen", "release", spec={"observes": {"prompt": "prompt/other"}}),
    _no("outside", 403, "gateway-outside-envelope", "envelope:", use_case="bounded", asked=_HEALTH),
    _no("held", 403, "gateway-held", "envelope:", use_case="bounded", asked=_HEALTH, spec={"outside": "hold"},
        ruling="held"),
    _no("stopped", 403, "gateway-stopped", "stop", use_case="halted"),
    _no("over", 429, "gateway-limit-reached", "limit:"),
    _no("guard_blocked", 422, "gateway-guard-blocked", "guard:email", spec={"guards": _pattern(request="block")},
        **_SAYS_MAIL),
    _no("guard_failed", 500, "gateway-guard-failed", "guard"),
)  # fmt: skip
"""Every no of the funnel; a test compares them with `refusals`."""
ELSEWHERE = {
    "key_ended": ("tests/contract/test_gateway_admission.py", "gateway-key-ended"),
    "workload_ambiguous": ("tests/unit/operate/admission/test_funnel.py", "gateway-workload-ambiguous"),
    "model_ambiguous": ("tests/unit/operate/admission/test_funnel.py", "gateway-model-ambiguous"),
    "refilling": ("tests/unit/operate/admission/test_funnel.py", "limit:refill"),
    "not_ready": ("tests/contract/test_gateway_admission.py", "gateway-not-ready"),
    "failed": ("tests/unit/operate/admission/test_funnel.py", "gateway-failed"),
}
"""Noes that need a moment for which a running gateway does not stand still, with the test that has each."""
EVERY = (*PLAIN, *GUARDED, *FAILING, *REFUSING)
