"""Data keys wrapped by a key of AWS KMS, which never leaves it.

https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html, …/API_Decrypt.html
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from roadworthy.foundation.errors import Unavailable
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.settings import Settings
from roadworthy.operate.calls.secrets.aws_signing import Scope, Signer, signed
from roadworthy.operate.calls.secrets.outside import Outside
from roadworthy.operate.calls.secrets.wrapping import KEY_BYTES, Unopened, unfit

_ARN = re.compile(r"arn:(aws|aws-cn|aws-us-gov):kms:([a-z0-9-]+):[0-9]{12}:key/[A-Za-z0-9-]+")
_REFUSALS: Final = {
    "AccessDeniedException": "AWS does not let this gateway use the key",
    "DisabledException": "the key is disabled",
    "IncorrectKeyException": "another key wrapped it",
    "InvalidCiphertextException": "it is not as it was sealed",
    "KMSInvalidStateException": "the key is not in a state in which it can be used",
    "NotFoundException": "there is no such key",
    "UnrecognizedClientException": "AWS does not know who signs",
    "InvalidSignatureException": "AWS does not believe the signature",
    "ExpiredTokenException": "the session of who signs is over",
}


class AwsKms:
    """A symmetric key of AWS KMS.

    Args:
        arn: of the key; not of an alias, so that whoever moves an alias moves nothing here.
        signer: who asks.
        outside: the endpoint.
        runtime: clock.
    """

    remote = True

    def __init__(self, arn: str, signer: Signer, outside: Outside, runtime: Runtime) -> None:
        self._arn = arn
        self._region = arn.split(":")[3]
        self._signer = signer
        self._outside = outside
        self._clock = runtime.clock

    @classmethod
    def of(cls, settings: Settings, runtime: Runtime, name: str) -> AwsKms:
        """By what follows `aws-kms:` in the setting.

        Raises:
            InvalidInput: it is not the ARN of a key.
        """
        del settings
        found = _ARN.fullmatch(name)
        if found is None:
            raise unfit(("aws-kms:arn:aws:kms:REGION:ACCOUNT:key/ID",), "it names no key by its ARN")
        end = "amazonaws.com.cn" if found[1] == "aws-cn" else "amazonaws.com"
        address = os.environ.get("AWS_ENDPOINT_URL_KMS") or f"https://kms.{found[2]}.{end}"
        outside = Outside(address, None, runtime.clock, "AWS_ENDPOINT_URL_KMS")
        return cls(name, Signer(os.environ, found[2], runtime.clock), outside, runtime)

    def wrap(self, key: bytes, about: Mapping[str, str]) -> tuple[str, bytes]:
        """Encrypt a data key; what it is about is the encryption context, which stands in CloudTrail in clear."""
        try:
            said = self._ask("Encrypt", {"Plaintext": _text(key), "EncryptionContext": dict(about)})
        except Unopened as error:
            raise self._outside.unavailable(str(error)) from None
        return f"aws-kms:{self._arn}", self._bytes(said, "CiphertextBlob")

    def opens(self, key: str) -> bool:
        """Whether it is this key."""
        return key == f"aws-kms:{self._arn}"

    def unwrap(self, key: str, wrapped: bytes, about: Mapping[str, str]) -> bytes:
        """Decrypt a data key, by this key and no other that the ciphertext might name."""
        del key
        found = self._bytes(
            self._ask("Decrypt", {"CiphertextBlob": _text(wrapped), "EncryptionContext": dict(about)}), "Plaintext"
        )
        if len(found) != KEY_BYTES:
            raise Unopened("what AWS KMS decrypted is no data key")
        return found

    def _ask(self, what: str, body: Mapping[str, object]) -> Mapping[str, Any]:
        content = json.dumps({"KeyId": self._arn, **body}).encode()
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"TrentService.{what}"}
        scope = Scope(self._region, "kms")
        sent = signed(
            self._signer.credentials(), scope, self._clock.now(), "POST", f"{self._outside.address}/", headers, content
        )
        status, said = self._outside.ask("POST", "/", sent, content)
        if status == HTTPStatus.OK:
            return said
        kind = str(said.get("__type", "")).rpartition("#")[2]
        if kind in _REFUSALS:
            raise Unopened(_REFUSALS[kind])
        raise self._outside.unavailable(f"it answers with status {status}")

    def _bytes(self, said: Mapping[str, Any], name: str) -> bytes:
        try:
            return base64.b64decode(said[name], validate=True)
        except (KeyError, TypeError, binascii.Error):
            raise self._garbled(name) from None

    def _garbled(self, name: str) -> Unavailable:
        return self._outside.unavailable(f"its answer has no {name}")


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
