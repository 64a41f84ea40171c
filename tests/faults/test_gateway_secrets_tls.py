"""What is secret through failures of TLS, and in what people and programs are shown of them: canaries that stay inside.

The upstreams are real servers whose certificates are expired, signed by nobody, another host's, or that speak no TLS.
Searched are logs at the level `debug`, spans, metrics, every byte of the home and of a backup, what the doctor and the
health checks say, exported packs, and what clients were told.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import ipaddress
import json
import logging
import socketserver
import ssl
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from roadworthy.assembly.ground import places_of
from roadworthy.documents.evidence_pack.model import Asked, PackOf
from roadworthy.foundation import logs
from roadworthy.foundation.deployment.backup import back_up
from roadworthy.interfaces.checks import checks
from roadworthy.operate.admission.keys.model import Wanted
from roadworthy.operate.admission.kinds import Endpoint
from roadworthy.operate.calls.upstreams.declared import Upstream as Declaration
from tests.faults.test_gateway_secrets import PLACES, _around, _asked, canary, collector
from tests.harness.gateway import CASE, PATIENT, SECRET, Running, gateway
from tests.harness.loopback import ANYWHERE
from tests.harness.loopback import running as serving

FAULTS = ("expired", "self-signed", "wrong-host", "no-tls", "no-cipher", "cut-off")
Tried = tuple[Mapping[str, bytes], list[bytes], dict[str, bytes], str]
WAYS_IN = ("user-text", "system-text", "tool-definition", "other-header", "cookie", "query", "idempotency-key")
_DAY = dt.timedelta(days=1)


def certificate(folder: Path, fault: str) -> tuple[Path, Path]:
    """A certificate with its key, and the file of authorities by which the gateway believes it but for the fault."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "upstream")])
    now = dt.datetime.now(dt.UTC)
    host = ipaddress.ip_address("127.0.0.2" if fault == "wrong-host" else "127.0.0.1")
    ends = now - _DAY if fault == "expired" else now + _DAY
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - 10 * _DAY).not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    own, believed = folder / f"{fault}.pem", folder / f"{fault}.authority.pem"
    plain = serialization.NoEncryption()
    own.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + made.public_bytes(serialization.Encoding.PEM)
    )
    believed.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return own, believed


@contextlib.contextmanager
def upstream(folder: Path, fault: str, heard: list[bytes]) -> Iterator[tuple[str, Path]]:
    """A server with a fault: its address, and the authorities for it. What it is told is kept."""
    own, believed = certificate(folder, fault)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    if fault == "no-cipher":  # its key fits none that it offers
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")

    class Answers(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.settimeout(2)
            with contextlib.suppress(OSError):
                if fault == "no-tls":
                    heard.append(self.request.recv(65_536))
                    self.request.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                elif fault != "cut-off":
                    with context.wrap_socket(self.request, server_side=True) as encrypted:
                        heard.append(encrypted.recv(65_536))

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with serving(Server(ANYWHERE, Answers)) as server:
        yield f"https://127.0.0.1:{server.server_address[1]}", believed


def unpacked(path: Path) -> bytes:
    """Everything in an archive, names included."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return b"\n".join(each.encode() + archive.read(each) for each in archive.namelist())
    with tarfile.open(path) as archive:
        found = ((each.name.encode(), archive.extractfile(each)) for each in archive.getmembers())
        return b"\n".join(name + (file.read() if file is not None else b"") for name, file in found)


def _sent(running: Running, fault: str, address: str, authority: str) -> dict[str, bytes]:
    """Ask an upstream with a fault by a few of the ways in which a secret can come; what was answered."""
    spec = {"adapter": "openai", "address": f"{address}/v1", "secret": "env:TEST_UPSTREAM_SECRET"}
    running.declare_quietly(Declaration, **{fault: spec | ({"authority": authority} if authority else {})})
    endpoint = {
        "useCase": CASE, "surfaces": ["chat-completions", "responses"], "retries": {"attempts": 0}, "timeouts": PATIENT,
        "models": [{"name": "leaks", "targets": [{"upstream": fault, "model": "real"}]}],
    }  # fmt: skip
    running.declare_quietly(Endpoint, **{fault: endpoint})
    context = running.app.identity.local_user("keeper").context("tests")
    key, _ = running.app.admitting.keys.new(context, Wanted(fault, CASE, endpoints=(fault,)))
    running.app.admitting.reloading.look()
    told = {}
    for place in WAYS_IN:
        path, headers, body = PLACES[place](key, canary(f"{fault}{place}"))
        for reached in running.app.gateway.fleet.all():
            reached.breaker.well()
        told[f"{fault} {place}"] = _asked(running, "POST", path, headers, body)[1]
    return told


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Tried:
    """What was written down; what upstreams were told; what clients were; the key."""
    folder = tmp_path_factory.mktemp("tls")
    home = folder / "home"
    heard: list[bytes] = []
    told: dict[str, bytes] = {}
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root = logging.getLogger()
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.DEBUG)
    with contextlib.redirect_stderr(written), collector() as spans, contextlib.ExitStack() as stack:
        logs.configure("debug", "json")
        made = stack.enter_context(gateway(home, gateway_megabytes=1, otlp_endpoint=spans.address))
        for fault in FAULTS:
            address, believed = stack.enter_context(upstream(folder, fault, heard))
            told |= _sent(made, fault, address, "" if fault == "self-signed" else str(believed))
        made.app.telemetry.flush()
        sinks = {"metrics": _asked(made, "GET", "/metrics", {}, b"")[1], "doctor": repr(checks(made.app)).encode()}
        made.app.ledger.settle()
        back_up(places_of(made.app.settings), folder / "backup", made.app.runtime.clock, keys=False)
        sinks["backup"] = unpacked(folder / "backup")
        context = made.app.identity.local_user("keeper").context("tests")
        made.app.packs.write(context, Asked(PackOf.USE_CASE, CASE), folder / "pack.zip")
        sinks["pack"] = unpacked(folder / "pack.zip")
        key = made.key
        stack.close()
    root.removeHandler(handler)
    root.setLevel(level)
    structlog.reset_defaults()
    kept = b"\n".join(each.read_bytes() for each in sorted(home.rglob("*")) if each.is_file())
    return (
        {**sinks, "logs": written.getvalue().encode(), "spans": b"\n".join(spans.bodies), "home": kept},
        heard,
        told,
        key,
    )


def test_there_are_thirty_of_them_and_every_fault_was_met(tried: Tried) -> None:
    sinks, _, told, _ = tried
    assert len(told) == len(FAULTS) * len(WAYS_IN) >= 30
    assert all(json.loads(each)["error"]["code"] == "upstream-failed" for each in told.values()), told
    assert all(len(sink) > 500 for sink in sinks.values()), {name: len(sink) for name, sink in sinks.items()}


def test_nothing_is_said_to_who_cannot_be_believed(tried: Tried) -> None:
    said = b"\n".join(tried[1])
    assert SECRET.encode() not in said
    assert b"canary7q" not in said


def test_nothing_of_it_is_written_down_or_shown(tried: Tried) -> None:
    sinks, _, told, key = tried
    secrets = [SECRET, key, *(canary(f"{fault}{place}") for fault in FAULTS for place in WAYS_IN)]
    found = {(name, each): _around(sink, each.encode()) for name, sink in sinks.items() for each in secrets}
    assert {cell: around for cell, around in found.items() if around} == {}
    assert [name for name, each in told.items() if b"canary7q" in each or SECRET.encode() in each] == []
