"""The gateway's own key: published before it signs, and until the last token that it signed has run out."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from roadworthy.foundation.errors import Refused
from roadworthy.foundation.keys import PUBLIC_SUFFIX, Keys
from roadworthy.foundation.runtime import Runtime, simulated
from roadworthy.operate.calls.delegation.client import by_key, client_claims
from roadworthy.operate.calls.delegation.signing import PURPOSE, GatewaySigner, encoded

ISSUER = "https://gateway.example"


def signer(folder: Path, runtime: Runtime) -> GatewaySigner:
    made = GatewaySigner(Keys(folder, runtime.clock), runtime, ISSUER)
    made.prepare()
    return made


def kid(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def published(made: GatewaySigner) -> list[str]:
    return [each["kid"] for each in json.loads(made.jwks())["keys"]]


def test_what_is_signed_holds_for_whoever_takes_the_published_key(tmp_path: Path) -> None:
    made = signer(tmp_path, simulated())
    token = made.sign({"aud": "files", "sub": "u-1"}, "at+jwt")
    (key,) = json.loads(made.jwks())["keys"]
    assert jwt.decode(token, jwt.PyJWK(key), algorithms=["EdDSA"], audience="files")["sub"] == "u-1"
    assert jwt.get_unverified_header(token)["typ"] == "at+jwt"
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token[:-8] + "AAAAAAAA", jwt.PyJWK(key), algorithms=["EdDSA"], audience="files")


def test_a_new_key_is_published_before_it_signs_and_the_old_one_after_it_signed(tmp_path: Path) -> None:
    runtime = simulated()
    made, other = signer(tmp_path, runtime), GatewaySigner(Keys(tmp_path, runtime.clock), runtime, ISSUER)
    old = kid(made.sign({}))
    runtime.clock.sleep(3_600)
    made.jwks(), other.jwks()
    Keys(tmp_path, runtime.clock).rotate(PURPOSE)
    new, last_of_old, first_of_new = "", 0.0, 0.0
    began = runtime.clock.monotonic()
    for _ in range(200):
        runtime.clock.sleep(5)
        at = runtime.clock.monotonic() - began
        for one, another in ((made, other), (other, made)):
            signed = kid(one.sign({}))
            assert signed in published(another), "every other process publishes what one signs with"
            if signed == old:
                last_of_old = at
            else:
                new, first_of_new = signed, first_of_new or at
        if at - last_of_old <= 120 and last_of_old:
            assert old in published(made), "a minute of life, and a minute that clocks differ by"
    assert 60 <= first_of_new <= 180
    assert published(made) == [new], "what it could still sign is not believed for ever"


def test_public_halves_of_other_machines_are_published_too(tmp_path: Path) -> None:
    runtime = simulated()
    elsewhere = signer(tmp_path / "other", runtime)
    made = signer(tmp_path / "own", runtime)
    for key in Keys(tmp_path / "other", runtime.clock).public(PURPOSE):
        (tmp_path / "own" / PURPOSE / f"19990101T000000000000Z{PUBLIC_SUFFIX}").write_bytes(key.pem)
    assert {kid(made.sign({})), kid(elsewhere.sign({}))} == set(published(made))


def test_without_a_key_nothing_is_signed_and_nothing_is_published(tmp_path: Path) -> None:
    made = GatewaySigner(Keys(tmp_path, simulated().clock), simulated(), ISSUER)
    assert published(made) == []
    with pytest.raises(LookupError):
        made.sign({})


def test_a_broken_key_file_leaves_what_was_read_before(tmp_path: Path) -> None:
    runtime = simulated()
    made = signer(tmp_path, runtime)
    signed = kid(made.sign({}))
    next((tmp_path / PURPOSE).glob("*.pem")).write_text("broken")
    runtime.clock.sleep(60)
    assert kid(made.sign({})) == signed


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (rsa.generate_private_key(65_537, 2_048), "RS256"),
        (ec.generate_private_key(ec.SECP256R1()), "ES256"),
        (ec.generate_private_key(ec.SECP384R1()), "ES384"),
        (ed25519.Ed25519PrivateKey.generate(), "EdDSA"),
    ],
)
def test_a_client_shows_who_it_is_with_whatever_key_it_has(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey, algorithm: str
) -> None:
    runtime = Runtime()
    shows = by_key("gateway", "https://idp.example/token", runtime, pem(key), "k-1")
    form: dict[str, str] = {}
    assert shows.show(form) == {}
    read = jwt.decode(
        form["client_assertion"], key.public_key(), algorithms=[algorithm], audience="https://idp.example/token"
    )
    assert (read["iss"], read["sub"]) == ("gateway", "gateway")
    assert 0 < read["exp"] - read["iat"] <= 60
    assert jwt.get_unverified_header(form["client_assertion"])["kid"] == "k-1"
    again: dict[str, str] = {}
    shows.show(again)
    assert jwt.decode(again["client_assertion"], options={"verify_signature": False})["jti"] != read["jti"]
    assert "PRIVATE" not in repr(shows)


def test_with_a_certificate_it_is_named_as_entra_wants_it() -> None:
    key = rsa.generate_private_key(65_537, 2_048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gateway")])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + dt.timedelta(days=1))
    certificate = builder.sign(key, hashes.SHA256())
    both = certificate.public_bytes(Encoding.PEM).decode() + pem(key)
    form: dict[str, str] = {}
    by_key("gateway", "https://idp.example/token", Runtime(), both, None).show(form)
    header = jwt.get_unverified_header(form["client_assertion"])
    assert (header["alg"], header["x5t#S256"]) == ("PS256", encoded(certificate.fingerprint(hashes.SHA256())))
    jwt.decode(form["client_assertion"], key.public_key(), algorithms=["PS256"], audience="https://idp.example/token")


@pytest.mark.parametrize(
    "text",
    ["", "a secret and no key", pem(ec.generate_private_key(ec.SECP256K1())), "-----BEGIN PRIVATE KEY-----\nAA\n"],
)
def test_what_is_no_key_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(Refused) as refused:
        by_key("gateway", "https://idp.example/token", Runtime(), text, None)
    assert refused.value.code == "upstream-identity-key-unfit"
    assert not text or text not in str(refused.value)


def test_an_assertion_of_a_client_is_for_one_use() -> None:
    runtime = simulated()
    one, other = (client_claims("gateway", "idp", runtime) for _ in range(2))
    assert one["jti"] != other["jti"]
