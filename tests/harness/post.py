"""Where messages arrive: a mail server and a web server on loopback, real enough for real clients, that can be down."""

from __future__ import annotations

import email
import email.policy
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.harness.loopback import ANYWHERE, running


@dataclass
class Mailbox:
    """Mails that were taken, with whom they were for."""

    port: int
    mails: list[tuple[str, EmailMessage]] = field(default_factory=list)
    refusing: bool = False

    @property
    def address(self) -> str:
        """Of a channel that sends here."""
        return f"mailto://127.0.0.1:{self.port}?from=roadworthy@example.org&to={{address}}"


class _Mail(socketserver.StreamRequestHandler):
    server: _MailServer

    def handle(self) -> None:
        """Enough of SMTP (RFC 5321) for a client that neither encrypts nor signs in."""
        self._say("220 here")
        to = ""
        while line := self.rfile.readline().decode("ascii", "replace").strip():
            verb = line.upper()
            if verb.startswith("RCPT TO"):
                to = line.partition("<")[2].partition(">")[0]
            if verb.startswith("DATA") and not self.server.mailbox.refusing:
                self._say("354 go on")
                self.server.mailbox.mails.append((to, self._content()))
                self._say("250 taken")
            elif verb.startswith("QUIT"):
                self._say("221 bye")
                return
            else:
                self._say("451 later" if self.server.mailbox.refusing and verb.startswith("RCPT") else "250 good")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def _content(self) -> EmailMessage:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        message = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        return message


class _MailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    mailbox: Mailbox


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A mail server for the length of a test."""
    server = _MailServer(ANYWHERE, _Mail)
    server.mailbox = Mailbox(server.server_address[1])
    with running(server):
        yield server.mailbox


@dataclass
class Receiver:
    """Requests that arrived at a program's address."""

    port: int
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int = 204

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook"


class _Hook(BaseHTTPRequestHandler):
    server: _HookServer

    def do_POST(self) -> None:
        """Take a request."""
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.receiver.status < 300:
            self.server.receiver.requests.append(({k.lower(): v for k, v in self.headers.items()}, content))
        self.send_response(self.server.receiver.status)
        if 300 <= self.server.receiver.status < 400:
            self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


class _HookServer(ThreadingHTTPServer):
    receiver: Receiver


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A program's address for the length of a test."""
    server = _HookServer(ANYWHERE, _Hook)
    server.receiver = Receiver(server.server_address[1])
    with running(server):
        yield server.receiver
