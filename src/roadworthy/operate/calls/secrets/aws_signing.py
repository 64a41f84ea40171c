"""AWS Signature Version 4 of one request, and who signs: keys from the environment, a file, or a web identity.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import configparser
import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from roadworthy.foundation.logs import Secret
from roadworthy.foundation.runtime import Clock
from roadworthy.operate.calls.secrets.outside import Outside
from roadworthy.operate.calls.secrets.wrapping import Unopened

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_SAFE: Final = "-_.~"
_EARLY: Final = dt.timedelta(minutes=5)
"""Before its end a session is taken anew."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who signs."""

    key_id: str
    secret: Secret
    session: Secret | None = None
    ends: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What a signature is good for."""

    region: str
    service: str


def signed(
    credentials: Credentials,
    scope: Scope,
    now: dt.datetime,
    method: str,
    address: str,
    headers: Mapping[str, str],
    body: bytes,
) -> dict[str, str]:
    """The headers of a request with `Host`, `X-Amz-Date` and `Authorization` among them.

    Args:
        credentials: who signs.
        scope: region and service.
        now: in UTC.
        method: of HTTP.
        address: whole; its path is signed as it stands, its query by names and values.
        headers: that are sent and signed.
        body: that is sent.
    """
    parts = urlsplit(address)
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    sent = {**headers, "Host": parts.netloc, "X-Amz-Date": stamp}
    if credentials.session is not None:
        sent["X-Amz-Security-Token"] = credentials.session.reveal()
    by_name = {name.lower(): " ".join(value.split()) for name, value in sent.items()}
    names = ";".join(sorted(by_name))
    pairs = sorted((quote(k, safe=_SAFE), quote(v, safe=_SAFE)) for k, v in parse_qsl(parts.query, True))
    request = [
        method,
        quote(parts.path or "/", safe=f"/{_SAFE}"),
        "&".join(f"{name}={value}" for name, value in pairs),
        *(f"{name}:{by_name[name]}" for name in sorted(by_name)),
        "",
        names,
        hashlib.sha256(body).hexdigest(),
    ]
    where = f"{stamp[:8]}/{scope.region}/{scope.service}/aws4_request"
    said = "\n".join([_ALGORITHM, stamp, where, hashlib.sha256("\n".join(request).encode()).hexdigest()])
    key = f"AWS4{credentials.secret.reveal()}".encode()
    for part in (stamp[:8], scope.region, scope.service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, said.encode(), hashlib.sha256).hexdigest()
    sent["Authorization"] = (
        f"{_ALGORITHM} Credential={credentials.key_id}/{where}, SignedHeaders={names}, Signature={signature}"
    )
    return sent


class Signer:
    """Finds out who signs, in the order in which AWS's own clients do.

    Args:
        environment: of this process, read each time: what writes it may change.
        region: where the web identity is exchanged.
        clock: of the machine.
    """

    def __init__(self, environment: Mapping[str, str], region: str, clock: Clock) -> None:
        self._environment = environment
        self._region = region
        self._clock = clock
        self._session: Credentials | None = None

    def credentials(self) -> Credentials:
        """Who signs now.

        Raises:
            Unopened: nobody is known, or the web identity is refused.
            Unavailable: the web identity cannot be exchanged now.
        """
        said = self._environment
        if said.get("AWS_ACCESS_KEY_ID") and said.get("AWS_SECRET_ACCESS_KEY"):
            session = said.get("AWS_SESSION_TOKEN")
            secret = Secret(said["AWS_SECRET_ACCESS_KEY"])
            return Credentials(said["AWS_ACCESS_KEY_ID"], secret, Secret(session) if session else None)
        if said.get("AWS_WEB_IDENTITY_TOKEN_FILE") and said.get("AWS_ROLE_ARN"):
            if self._session is None or self._session.ends is None or self._session.ends - _EARLY < self._clock.now():
                self._session = self._exchanged(Path(said["AWS_WEB_IDENTITY_TOKEN_FILE"]), said["AWS_ROLE_ARN"])
            return self._session
        return self._from_file()

    def _from_file(self) -> Credentials:
        said = self._environment
        path = Path(said.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials")
        profile = said.get("AWS_PROFILE") or "default"
        found = configparser.RawConfigParser()
        try:
            found.read_string(path.expanduser().read_text("utf-8"))
            values = dict(found.items(profile))
            session = values.get("aws_session_token")
            secret = Secret(values["aws_secret_access_key"])
            return Credentials(values["aws_access_key_id"], secret, Secret(session) if session else None)
        except (OSError, RuntimeError, UnicodeDecodeError, KeyError, configparser.Error):
            raise Unopened(
                "no AWS credentials are in the environment, in a web identity or in the credentials file"
            ) from None  # the error of a parser repeats lines, and a line may be a secret

    def _exchanged(self, path: Path, role: str) -> Credentials:
        try:
            token = path.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            raise Unopened("the web identity's token cannot be read") from None
        address = self._environment.get("AWS_ENDPOINT_URL_STS") or f"https://sts.{self._region}.amazonaws.com"
        outside = Outside(address, None, self._clock, "AWS_ENDPOINT_URL_STS")
        form = {
            "Action": "AssumeRoleWithWebIdentity",
            "Version": "2011-06-15",
            "RoleArn": role,
            "RoleSessionName": self._environment.get("AWS_ROLE_SESSION_NAME") or "roadworthy-gateway",
            "WebIdentityToken": token,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/xml"}
        status, content = outside.raw("POST", "/", headers, urlencode(form).encode())
        if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Unopened("AWS does not take the web identity")
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
        found = [re.search(rf"<{name}>([^<]+)</{name}>", content.decode("utf-8", "replace")) for name in names]
        if status != HTTPStatus.OK or not all(found):
            raise outside.unavailable(f"the web identity is answered with status {status}")
        key, secret, session, ends = (each[1].strip() for each in found if each is not None)
        return Credentials(key, Secret(secret), Secret(session), dt.datetime.fromisoformat(ends))
