"""Certificates: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.certificates import (
    Certificate,
    CertificateChanged,
    CertificateChangeWanted,
    CertificatePage,
    CertificateWhole,
    ConditionMet,
    DecidingChange,
    Envelope,
    Reach,
    Stop,
    StopLiftWanted,
    StopSelfTest,
    StopWanted,
)
from roadworthy.sdk.shapes.shared import CertificateState


class AsyncCertificatesCalls:
    """Certificates, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def list_certificates(
        self,
        *,
        state: CertificateState | None = None,
        use_case: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> CertificatePage:
        """Every certificate, the latest first; of one state or of one use case."""
        call: Call[CertificatePage] = Call(
            "GET",
            "/certificates",
            CertificatePage,
            query={"state": state, "useCase": use_case, "cursor": cursor, "limit": limit},
        )
        return await self._send(call)

    async def get_certificate(self, serial: str) -> CertificateWhole:
        """One certificate, with what stands against it and every version."""
        call: Call[CertificateWhole] = Call("GET", f"/certificates/{quote(serial, safe='')}", CertificateWhole)
        return await self._send(call)

    async def get_statement(self, serial: str, *, version: int | None = None) -> bytes:
        """The signed statement of a version, of the newest without one: a DSSE envelope, exactly as it."""
        call: Call[bytes] = Call(
            "GET", f"/certificates/{quote(serial, safe='')}/statement", bytes, query={"version": version}
        )
        return await self._send(call)

    async def change_certificate(self, serial: str, body: CertificateChangeWanted) -> CertificateChanged:
        """Narrow, suspend, withdraw, widen or resume: at once where the rights say so, else when people."""
        call: Call[CertificateChanged] = Call(
            "POST", f"/certificates/{quote(serial, safe='')}/changes", CertificateChanged, once=True, body=body
        )
        return await self._send(call)

    async def get_reach(self, serial: str, *, change: DecidingChange) -> Reach:
        """What a change of a certificate would stop or free, and who would be told; nothing is done."""
        call: Call[Reach] = Call(
            "GET", f"/certificates/{quote(serial, safe='')}/reach", Reach, query={"change": change}
        )
        return await self._send(call)

    async def meet_condition(self, serial: str, condition: str, body: ConditionMet) -> Certificate:
        """Say that a condition is met: by evidence, or on the word of whoever has to meet it."""
        call: Call[Certificate] = Call(
            "POST",
            f"/certificates/{quote(serial, safe='')}/conditions/{quote(condition, safe='')}/meet",
            Certificate,
            body=body,
        )
        return await self._send(call)

    async def get_certificate_policy(self) -> bytes:
        """The policy that ships, as YAML to be edited and declared."""
        call: Call[bytes] = Call("GET", "/certificate-policy", bytes)
        return await self._send(call)

    async def get_envelope(self, name: str) -> Envelope:
        """The envelope that could be certified today: what is asked for, and how each term is known."""
        call: Call[Envelope] = Call("GET", f"/use-cases/{quote(name, safe='')}/envelope", Envelope)
        return await self._send(call)

    async def list_stops(self, *, lifted: bool | None = None) -> tuple[Stop, ...]:
        """Stop switches that are set, the latest first."""
        call: Call[tuple[Stop, ...]] = Call("GET", "/stops", tuple[Stop, ...], query={"lifted": lifted})
        return await self._send(call)

    async def stop_everything(self, body: StopWanted) -> Stop:
        """Stop everything, from this moment on. Nobody is asked; to start again takes a decision."""
        call: Call[Stop] = Call("POST", "/stops", Stop, body=body)
        return await self._send(call)

    async def get_reach_of_stop(self, *, use_case: str | None = None, scope: str | None = None) -> Reach:
        """What a stop of something, of everything without a scope, would stop, and who would be told."""
        call: Call[Reach] = Call("GET", "/stops/reach", Reach, query={"useCase": use_case, "scope": scope})
        return await self._send(call)

    async def lift_stop_of_everything(self, body: StopLiftWanted) -> CertificateChanged:
        """Lift the stop of everything: at once where the rights say so, else when people have decided."""
        call: Call[CertificateChanged] = Call("POST", "/stops/lift", CertificateChanged, once=True, body=body)
        return await self._send(call)

    async def stop_use_case(self, name: str, body: StopWanted) -> Stop:
        """Stop a use case, from this moment on. Nobody is asked; to start again takes a decision."""
        call: Call[Stop] = Call("POST", f"/use-cases/{quote(name, safe='')}/stop", Stop, body=body)
        return await self._send(call)

    async def lift_stop(self, name: str, body: StopLiftWanted) -> CertificateChanged:
        """Lift the stop of a use case: at once where the rights say so, else when people have decided."""
        call: Call[CertificateChanged] = Call(
            "POST", f"/use-cases/{quote(name, safe='')}/stop/lift", CertificateChanged, once=True, body=body
        )
        return await self._send(call)

    async def list_stop_self_tests(self, *, limit: int | None = None) -> tuple[StopSelfTest, ...]:
        """The latest proofs that a stop works in every process, the newest first."""
        call: Call[tuple[StopSelfTest, ...]] = Call(
            "GET", "/stops/self-tests", tuple[StopSelfTest, ...], query={"limit": limit}
        )
        return await self._send(call)

    async def begin_stop_self_test(self) -> StopSelfTest:
        """Prove now that a stop works: what nobody does is stopped for ten seconds, and every process."""
        call: Call[StopSelfTest] = Call("POST", "/stops/self-tests", StopSelfTest)
        return await self._send(call)

    async def stop_scope(self, scope: str, body: StopWanted) -> Stop:
        """Stop an agent or an action from this moment on, or what else a scope says. Nobody is asked."""
        call: Call[Stop] = Call("POST", f"/stops/scopes/{quote(scope, safe='')}", Stop, body=body)
        return await self._send(call)

    async def lift_stop_of_scope(self, scope: str, body: StopLiftWanted) -> CertificateChanged:
        """Lift the stop of an agent or an action: at once where the rights say so, else when people have."""
        call: Call[CertificateChanged] = Call(
            "POST", f"/stops/scopes/{quote(scope, safe='')}/lift", CertificateChanged, once=True, body=body
        )
        return await self._send(call)
