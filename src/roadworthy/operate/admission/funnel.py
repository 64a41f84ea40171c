"""The one funnel: key, endpoint, content, identity, release, certificate, guards, limits, targets. Memory only.

Each step either goes on or says no. In observe mode the noes that a certificate, a release, an envelope, content or a
guard would have said are kept and the call goes on; who nobody knows, what was stopped and what a limit has no room
for is refused there too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from roadworthy.decide.certificate.status.compiled import Asked
from roadworthy.decide.certificate.status.verdicts import Held, Verdict, Why
from roadworthy.operate.admission import refusals
from roadworthy.operate.admission.configuration import CompiledEndpoint, Configuration, Route, Served
from roadworthy.operate.admission.model import Asking, Caller, Refusal, Subject, Target
from roadworthy.operate.admission.observed import matches
from roadworthy.operate.admission.passes import COHORT, Outside, exactly_about
from roadworthy.operate.admission.ports import Limits
from roadworthy.operate.telemetry.model import Enforcement, Ruling, Surface

PRODUCTION = "production"
MOST_OUTPUT_TOKENS = 4_096
"""Of one answer, where neither endpoint nor client says less: what nobody bounds, no limit can set aside."""


class StatusOf(Protocol):
    """The status snapshot, as the funnel asks it."""

    @property
    def held(self) -> Held | None:
        """The newest snapshot that is believed."""

    def verdict(
        self, use_case: str, stage: str, release: str, asked: Asked | None = None, at: dt.datetime | None = None
    ) -> Verdict:
        """May a release of a use case do this in a stage?"""


class Seen(Protocol):
    """Is told which parts of a release were seen in a call; writes it beside the path."""

    def seen(self, endpoint: CompiledEndpoint, stage: str, release: str, parts: Mapping[str, str]) -> None:
        """Kind and name of parts to the digests that were seen."""


class Case(msgspec.Struct):
    """What is known of one call on its way through the funnel."""

    asking: Asking
    config: Configuration
    caller: Caller
    endpoint: CompiledEndpoint
    served: Served
    subject: Subject | None = None
    ruling: Ruling = Ruling.ADMITTED
    enforcement: Enforcement = Enforcement.ENFORCED
    refusal: Refusal | None = None
    targets: tuple[Target, ...] = ()
    certificate: str | None = None
    status_seq: int = 0
    guards: tuple[str, ...] = ()
    masked: Mapping[str, str] = {}
    recall: object | None = None
    reserved: Mapping[str, int] = {}
    lease: object | None = None
    short: object | None = None

    @property
    def observes(self) -> bool:
        """Whether it goes on whatever the verdict is."""
        return self.enforcement is Enforcement.OBSERVED

    @property
    def in_production(self) -> bool:
        """Whether it needs a certificate."""
        return self.caller.stage == PRODUCTION

    def outside(self, rule: str, about: str) -> Outside:
        """What a pass would have to be about; outside of the cohort, about one user."""
        user = None if self.subject is None else self.subject.pseudonym
        exactly = exactly_about(rule, about, user)
        return Outside(
            self.caller.use_case, self.caller.stage, self.endpoint.name, self.certificate or "", rule, exactly
        )

    def passed(self, rule: str, about: str) -> bool:
        """Whether people let this pass."""
        if not self.may_pass(rule):
            return False
        until = self.config.passes.get(self.outside(rule, about))
        return until is not None and self.asking.at < until

    def may_pass(self, rule: str) -> bool:
        """Whether people may be asked about it: a pass for users of whom nothing is said would be one for everybody."""
        return rule != COHORT or self.subject is not None

    def scopes(self, release: str | None) -> dict[str, str]:
        """Over whom limits count."""
        caller = self.caller
        found = {
            "use-case": caller.use_case,
            "stage": caller.stage,
            "key": caller.key,
            "endpoint": self.endpoint.name,
        }
        if caller.workload is not None:
            found["workload"] = caller.workload
        if self.subject is not None:
            found["user"] = self.subject.pseudonym
        if release is not None:
            found["release"] = release
        return found


def bounded(asking: Asking, endpoint: CompiledEndpoint) -> Asking:
    """What is asked, with as much output as the endpoint lets it have."""
    if not asking.choices:
        return asking
    most = endpoint.spec.max_output_tokens or MOST_OUTPUT_TOKENS
    return msgspec.structs.replace(asking, output_tokens=min(asking.output_tokens or most, most) * asking.choices)


def found_endpoint(config: Configuration, caller: Caller, asking: Asking) -> tuple[CompiledEndpoint, Served] | Refusal:
    """The endpoint and the model that a call is for."""
    opens = caller.endpoints
    if asking.endpoint is not None:
        endpoint = config.endpoints.get((caller.use_case, asking.endpoint))
        if endpoint is None or (opens is not None and endpoint.name not in opens):
            known = tuple(name for name in config.names(caller.use_case) if opens is None or name in opens)
            return refusals.endpoint_unknown(asking.endpoint, known)
    else:
        by_model = config.by_model.get((caller.use_case, asking.model), ())
        named = by_model if asking.model else _speaking(config, caller, asking)
        some = named if opens is None else [each for each in named if each.name in opens]
        speaking = [each for each in some if asking.surface in each.surfaces] or some
        if not speaking:
            return refusals.model_unknown(asking.model, models_of(config, caller))
        if len(speaking) > 1:
            return refusals.model_ambiguous(asking.model, tuple(each.name for each in speaking))
        endpoint = speaking[0]
    if asking.surface not in endpoint.surfaces:
        return refusals.surface_closed(endpoint.name, asking.surface.value)
    served = endpoint.models.get(asking.model)
    if served is None and len(endpoint.models) == 1 and not asking.model:
        served = next(iter(endpoint.models.values()))
    if served is None:
        return refusals.model_unknown(asking.model, tuple(sorted(endpoint.models)))
    return endpoint, served


def _speaking(config: Configuration, caller: Caller, asking: Asking) -> list[CompiledEndpoint]:
    """Endpoints of a use case that speak a surface, for one on which clients name no model."""
    return [
        endpoint
        for (use_case, _name), endpoint in config.endpoints.items()
        if use_case == caller.use_case and asking.surface.value in endpoint.surfaces
    ]


def models_of(config: Configuration, caller: Caller) -> tuple[str, ...]:
    """Names of the models that a key opens."""
    opens = caller.endpoints
    return tuple(
        sorted(
            {
                model
                for (use_case, name), endpoint in config.endpoints.items()
                if use_case == caller.use_case and (opens is None or name in opens)
                for model in endpoint.models
            }
        )
    )


def content(case: Case) -> Refusal | None:
    """What no guard can read, and what is too long."""
    asking, endpoint = case.asking, case.endpoint
    most = endpoint.spec.max_input_tokens
    if most is not None and asking.input_tokens > most:
        return refusals.too_long("input tokens", most)
    if case.in_production:
        for kind in asking.unreadable:
            if kind not in endpoint.unreadable:
                return refusals.unreadable(kind, endpoint.name)
    return None


class Judging:
    """Release, certificate, guards and limits of a case.

    Args:
        status: what is certified and stopped.
        limits: windows over principals.
        seen: is told which parts of a release were seen.
    """

    def __init__(self, status: StatusOf, limits: Callable[[], Limits], seen: Seen) -> None:
        self._status = status
        self._limits = limits
        self._seen = seen

    def stopped(self, case: Case) -> Refusal | None:
        """Whether a stop switch is set, which counts at every stage and in observe mode too."""
        held = self._status.held
        if held is None:
            return None
        case.status_seq = held.snapshot.seq
        use_case = case.caller.use_case
        about = held.stopped_by(use_case, case.caller.workload)
        if about is None:
            return None
        return refusals.stopped(Verdict(permits=False, why=Why.STOPPED, about=about, seq=case.status_seq))

    def targets(self, case: Case, turn: int) -> Refusal | None:
        """Where it may go; the reason of the first where it may go nowhere.

        Args:
            case: the call.
            turn: a number that differs from call to call, by which weights are shared out.
        """
        first: Refusal | None = None
        found: list[Target] = []
        judged: dict[tuple[str, str | None, str], Refusal | None] = {}
        for route in in_turn(case.served.routes, turn):
            release = self._release(case, route)
            key = (route.use_case, release, route.model_digest)
            if key not in judged:
                judged[key] = self._judge(case, route, release)
            refusal = judged[key]
            if refusal is None or case.observes:
                found.append(Target(route.upstream, route.model, release))
            if refusal is not None and first is None:
                first = refusal
        case.targets = tuple(found)
        if case.observes:
            return first if all(each is not None for each in judged.values()) else None
        return None if found else first

    def _release(self, case: Case, route: Route) -> str | None:
        """Digest of what runs: what the target says, what was moved there, what is certified, what is newest."""
        if route.release is not None:
            return route.release
        stage = case.caller.stage
        running = case.config.running.get((route.use_case, stage))
        if running is not None:
            return running
        held = self._status.held
        certified = None if held is None else held.certified.get((route.use_case, stage))
        if certified is not None:
            return certified.listed.release
        return case.config.newest.get(route.use_case)

    def _judge(self, case: Case, route: Route, release: str | None) -> Refusal | None:
        if not case.in_production:
            if release is not None:
                self._parts(case, route, release)
            return None
        if release is None:
            return refusals.no_release(route.use_case, case.caller.stage)
        return self._verdict(case, route, release) or self._parts(case, route, release)

    def _verdict(self, case: Case, route: Route, release: str) -> Refusal | None:
        asking, caller = case.asking, case.caller
        counts = self._limits().counts(case.scopes(release), asking.at)
        asked = Asked(
            effect=False,
            data_classes=asking.data_classes,
            population=asking.population,
            cohort=() if case.subject is None else case.subject.groups,
            counts=counts,
        )
        verdict = self._status.verdict(route.use_case, caller.stage, release, asked, asking.at)
        case.status_seq = verdict.seq
        if case.certificate is None:
            case.certificate = verdict.serial
        if verdict.permits:
            return None
        if verdict.why is Why.STOPPED:
            return refusals.stopped(verdict)
        if verdict.why is Why.OUTSIDE:
            return self._outside(case, route, asked, verdict)
        return refusals.not_certified(route.use_case, caller.stage, verdict)

    def _outside(self, case: Case, route: Route, asked: Asked, verdict: Verdict) -> Refusal | None:
        """What the envelope does not have and nobody let pass."""
        held = self._status.held
        certified = None if held is None else held.certified.get((route.use_case, case.caller.stage))
        passes = case.config.passes
        if not passes or certified is None or certified.envelope is None:
            return refusals.outside(route.use_case, verdict)
        for found in certified.envelope.all_outside(asked):
            if not case.passed(f"envelope:{found.term}", found.what):
                about = f"{found.term}: {found.what}"
                return refusals.outside(route.use_case, msgspec.structs.replace(verdict, about=about))
        return None

    def _parts(self, case: Case, route: Route, release: str) -> Refusal | None:
        """Whether what is seen in the call is what the release says."""
        endpoint = case.endpoint
        if not endpoint.observes and endpoint.observes_model is None:
            return None
        parts = case.config.parts.get(release, {})
        seen: dict[str, str] = {}
        refusal: Refusal | None = None
        for what, key in endpoint.observes:
            said, expected = case.asking.parts.get(what), parts.get(key)
            if said is None or expected is None:
                refusal = refusal or refusals.part_unseen(route.use_case, key)
            else:
                same = matches(what, said, expected, case.asking.texts)
                seen[key] = expected if same else said
                if not same:
                    refusal = refusal or refusals.other_release(route.use_case, key)
        if endpoint.observes_model is not None:
            seen[endpoint.observes_model] = route.model_digest
            if parts.get(endpoint.observes_model) != route.model_digest:
                refusal = refusal or refusals.other_release(route.use_case, endpoint.observes_model)
        if seen:
            self._seen.seen(endpoint, case.caller.stage, release, seen)
        return refusal

    def guards(self, case: Case) -> Refusal | None:
        """What guards say of the request; one that raises is a no."""
        found = case.endpoint.guards.request(case.asking.texts, case.asking.unreadable)
        case.guards = tuple(found.findings)
        if not case.observes:
            case.masked, case.recall = found.masked, found.recall
        refusal: Refusal | None = found.refusal
        return refusal

    def limits(self, case: Case) -> Refusal | None:
        """Set aside what the call may use at most."""
        limits, asking = self._limits(), case.asking
        model = [f"{each.upstream}/{each.model}" for each in case.targets] or case.served.name
        release = case.targets[0].release if case.targets else None
        want = limits.worst(asking, model)
        passes = case.config.passes
        passed = {(each.rule, each.about) for each in passes if case.passed(each.rule, each.about)} if passes else ()
        scopes = case.scopes(release)
        got = limits.reserve(scopes, want, asking.at, passed) if passed else limits.reserve(scopes, want, asking.at)
        kind = type(got).__name__
        if kind == "Over":
            return refusals.over(got.rule, got.name, got.counter, got.shown, got.retry_after)
        if kind == "Short":
            case.short = got
            return refusals.refilling()
        case.lease, case.reserved = got, want
        return None


def in_turn(routes: tuple[Route, ...], turn: int) -> tuple[Route, ...]:
    """Routes in the order in which they are tried: of those with a weight one comes first, by its share."""
    total = 0
    for each in routes:
        total += each.weight or 0
    if not total:
        return routes
    at = turn % total
    for route in routes:
        at -= route.weight or 0
        if route.weight and at < 0:
            return (route, *(each for each in routes if each is not route))
    return routes


def enforcement_of(case: Case) -> Enforcement:
    """What the ruling is going to be worth."""
    if case.asking.surface is Surface.DECIDE:
        return Enforcement.ADVISORY
    observing = case.endpoint.observing
    if observing is not None and case.in_production and case.asking.at < observing.until:
        return Enforcement.OBSERVED
    return Enforcement.ENFORCED
