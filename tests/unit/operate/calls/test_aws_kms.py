"""Our client of AWS KMS, held against AWS's published example of a signature and against a server of somebody else.

moto answers as KMS, STS and IAM do, and checks signatures with botocore.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from moto.server import ThreadedMotoServer

from roadworthy.foundation.errors import InvalidInput, RoadworthyError, Unavailable
from roadworthy.foundation.logs import Secret
from roadworthy.foundation.runtime import Runtime, SimulatedClock
from roadworthy.foundation.settings import Settings
from roadworthy.operate.calls.secrets.aws_kms import AwsKms
from roadworthy.operate.calls.secrets.aws_signing import Credentials, Scope, Signer, signed
from roadworthy.operate.calls.secrets.outside import Outside
from roadworthy.operate.calls.secrets.wrapping import Unopened

REGION = "eu-central-1"
ABOUT = {"name": "openai", "host": "api.openai.com"}
KEY = bytes(range(32))
ROOT = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "root-secret"}


def test_the_published_example_has_the_published_signature() -> None:
    """IAM ListUsers of 30 August 2015, from AWS's documentation of the signing process."""
    who = Credentials("AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"))
    sent = signed(
        who,
        Scope("us-east-1", "iam"),
        dt.datetime(2015, 8, 30, 12, 36, tzinfo=dt.UTC),
        "GET",
        "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
        {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
        b"",
    )
    assert sent["Authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    )


@dataclass(frozen=True)
class Aws:
    """The server, and somebody who may use a key of it."""

    address: str
    arn: str
    user: Mapping[str, str]

    def kms(self, environment: Mapping[str, str], arn: str = "") -> AwsKms:
        """A client that finds its credentials there."""
        runtime = Runtime()
        outside = Outside(self.address, None, runtime.clock, "AWS_ENDPOINT_URL_KMS")
        said = {"AWS_ENDPOINT_URL_STS": self.address, **environment}
        return AwsKms(arn or self.arn, Signer(said, REGION, runtime.clock), outside, runtime)

    def ask(self, service: str, headers: Mapping[str, str], body: bytes) -> str:
        """As root, signed by our own code."""
        runtime = Runtime()
        who = Signer(ROOT, REGION, runtime.clock).credentials()
        region = "us-east-1" if service == "iam" else REGION
        sent = signed(who, Scope(region, service), runtime.clock.now(), "POST", f"{self.address}/", headers, body)
        answer = httpx.post(f"{self.address}/", headers=sent, content=body, trust_env=False, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.text


def form(**said: str) -> tuple[dict[str, str], bytes]:
    return {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(said).encode()


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        yield prepared(f"http://127.0.0.1:{server.get_host_and_port()[1]}")
    finally:
        server.stop()


def prepared(address: str) -> Aws:
    """A key, a user who may use it, and from then on every signature is checked."""
    root = Aws(address, "", {})
    content = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.CreateKey"}
    arn = json.loads(root.ask("kms", content, b"{}"))["KeyMetadata"]["Arn"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*"}],
    }
    named = {"UserName": "gateway", "Version": "2010-05-08"}
    root.ask("iam", *form(Action="CreateUser", **named))
    root.ask("iam", *form(Action="PutUserPolicy", PolicyName="use", PolicyDocument=json.dumps(policy), **named))
    made = root.ask("iam", *form(Action="CreateAccessKey", **named))
    found = [re.search(f"<{each}>([^<]+)<", made) for each in ("AccessKeyId", "SecretAccessKey")]
    key, secret = (each[1] for each in found if each is not None)
    reset = httpx.post(f"{address}/moto-api/reset-auth", content=b"0", trust_env=False, timeout=60)
    assert reset.status_code == 200
    return Aws(address, arn, {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret})


def test_a_data_key_comes_back_under_what_it_is_about_and_under_nothing_else(aws: Aws) -> None:
    kms = aws.kms(aws.user)
    name, wrapped = kms.wrap(KEY, ABOUT)
    assert name == f"aws-kms:{aws.arn}"
    assert KEY not in wrapped
    assert kms.unwrap(name, wrapped, ABOUT) == KEY
    with pytest.raises(Unopened, match="not as it was sealed"):
        kms.unwrap(name, wrapped, {**ABOUT, "host": "evil.example"})


def test_a_signature_with_another_secret_is_refused_and_the_secret_is_in_no_error(aws: Aws) -> None:
    wrong = {**aws.user, "AWS_SECRET_ACCESS_KEY": "sk-CANARY"}
    with pytest.raises(RoadworthyError) as caught:
        aws.kms(wrong).wrap(KEY, ABOUT)
    assert caught.value.status == 503
    assert "CANARY" not in f"{caught.value!r} {caught.value} {caught.value.remedy}"


def test_credentials_are_found_in_a_file(aws: Aws, tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    lines = [f"{name.lower()} = {value}" for name, value in aws.user.items()]
    file.write_text("[other]\naws_access_key_id = X\n[gateway]\n" + "\n".join(lines) + "\n")
    kms = aws.kms({"AWS_SHARED_CREDENTIALS_FILE": str(file), "AWS_PROFILE": "gateway"})
    name, wrapped = kms.wrap(KEY, ABOUT)
    assert kms.unwrap(name, wrapped, ABOUT) == KEY
    file.write_text("sk-CANARY\n")
    with pytest.raises(Unavailable) as caught:
        kms.wrap(KEY, ABOUT)
    assert "CANARY" not in f"{caught.value} {caught.value.__cause__} {caught.value.__context__}"


def test_a_web_identity_is_exchanged_once_until_its_session_ends(aws: Aws, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.sig\n")
    clock = SimulatedClock(Runtime().clock.now())
    said = {
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(file),
        "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/gateway",
        "AWS_ENDPOINT_URL_STS": aws.address,
    }
    signer = Signer(said, REGION, clock)
    httpx.post(f"{aws.address}/moto-api/reset-auth", content=b"inf", trust_env=False, timeout=60)
    try:
        first = signer.credentials()
        assert first.session is not None
        assert first.key_id.startswith("ASIA")
        assert first.session.reveal() not in repr(first)
        assert signer.credentials() is first
        clock.advance(dt.timedelta(hours=1))
        assert signer.credentials() is not first
    finally:
        httpx.post(f"{aws.address}/moto-api/reset-auth", content=b"0", trust_env=False, timeout=60)
    file.unlink()
    clock.advance(dt.timedelta(hours=1))
    with pytest.raises(Unopened, match="cannot be read"):
        signer.credentials()


def test_a_key_that_is_not_there_is_said_in_our_words(aws: Aws) -> None:
    other = aws.arn.rpartition("/")[0] + "/00000000-0000-0000-0000-000000000000"
    with pytest.raises(Unavailable):
        aws.kms(aws.user, other).wrap(KEY, ABOUT)
    with pytest.raises((Unopened, Unavailable)):
        aws.kms(aws.user).unwrap(f"aws-kms:{aws.arn}", b"no ciphertext", ABOUT)


def test_nobody_answering_is_unavailable_and_tried_again_later() -> None:
    nobody = Aws("http://127.0.0.1:9", f"arn:aws:kms:{REGION}:123456789012:key/1", ROOT)
    with pytest.raises(Unavailable, match="does not answer"):
        nobody.kms(ROOT).unwrap("", b"", ABOUT)


@pytest.mark.parametrize(
    "name", ["", "alias/gateway", f"arn:aws:kms:{REGION}:123456789012:alias/gateway", "arn:aws:s3:::bucket"]
)
def test_only_the_arn_of_a_key_names_one(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        AwsKms.of(Settings(home=tmp_path), Runtime(), name)


@pytest.mark.parametrize("address", ["http://kms.example", "https://user@kms.example", "ftp://kms.example", "kms"])
def test_nobody_off_this_machine_is_asked_without_encryption(address: str) -> None:
    with pytest.raises(InvalidInput):
        Outside(address, None, Runtime().clock, "vault_address")
