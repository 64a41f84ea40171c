"""Signing in at a provider that lies: each attack is refused with a reason, and nobody is signed in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from joserfc.jwk import ECKey, OKPKey, RSAKey

from roadworthy.foundation.credentials import Sources
from roadworthy.foundation.errors import NotFound, Refused, RoadworthyError, Unauthenticated, Unavailable, UsageError
from roadworthy.foundation.identity.binding import unbind
from roadworthy.foundation.identity.devices import Devices
from roadworthy.foundation.identity.model import Method
from roadworthy.foundation.identity.oidc.service import LIFETIME, Begun, Returned, SignedIn, SignIns, Wanted
from roadworthy.foundation.identity.service import Identity
from roadworthy.foundation.identity.tables import accounts, people, sessions, sign_ins
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.ledger.unit import Units
from roadworthy.foundation.runtime import Runtime, SystemClock
from roadworthy.foundation.settings import Provider
from roadworthy.foundation.storage.store import Store
from tests.contract.test_identity import Heard
from tests.harness.hostile_issuer import Answer, HostileIssuer, hostile_issuer, nonce_of, rsa, state_of

BACK = "http://127.0.0.1:8470/sign-in/with/staff/return"
Build = Callable[[HostileIssuer, str], str]


@dataclass
class Clock(SystemClock):
    """This machine's clock, moved ahead by hand, because the issuer writes real times into its tokens."""

    ahead: timedelta = timedelta(0)

    def now(self) -> Any:
        return super().now() + self.ahead

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead.total_seconds()


@dataclass
class Door:
    """A deployment with one provider, and a browser in front of it."""

    store: Store
    issuer: HostileIssuer
    clock: Clock = field(default_factory=Clock)
    heard: Heard = field(default_factory=Heard)
    told: dict[str, Any] = field(default_factory=dict)
    secret: str = ""

    def __post_init__(self) -> None:
        runtime = Runtime(clock=self.clock)
        self.units = Units(self.store, self.heard, runtime)
        self.identity = Identity(self.store, self.units, runtime)
        told = Provider(name="staff", issuer=self.issuer.address, client_id=self.issuer.client_id, **self.told)
        sources = Sources(Path(), {"CLIENT_SECRET": self.secret})
        self.sign_ins = SignIns(self.store, self.units, runtime, self.identity.sessions, [told], sources)

    def begin(self, **wanted: Any) -> Begun:
        return self.sign_ins.begin(Wanted("staff", BACK, **wanted))

    def finish(self, begun: Begun, code: str = "code", browser: str | None = None, **query: str) -> SignedIn:
        said = {"state": state_of(begun.address), "code": code, **query}
        return self.sign_ins.finish(Returned("staff", BACK, browser or begun.browser, said))

    def sign_in(self, build: Build | None = None, **wanted: Any) -> SignedIn:
        begun = self.begin(**wanted)
        nonce = nonce_of(begun.address)
        self.issuer.tokens["code"] = (build or right)(self.issuer, nonce)
        return self.finish(begun)

    def nobody_is_in(self) -> bool:
        with self.store.read() as connection:
            rows = [connection.execute(sa.select(table)).first() for table in (sessions, accounts, people)]
        return rows == [None, None, None] and self.heard.recorded == []


def right(issuer: HostileIssuer, nonce: str) -> str:
    return issuer.sign(issuer.claims(nonce))


def said(**changes: Any) -> Build:
    return lambda issuer, nonce: issuer.sign(issuer.claims(nonce, **changes))


def headed(**header: Any) -> Build:
    return lambda issuer, nonce: issuer.sign(issuer.claims(nonce), **header)


@pytest.fixture
def issuer() -> Iterator[HostileIssuer]:
    with hostile_issuer() as running:
        yield running


@pytest.fixture
def door(store: Store, issuer: HostileIssuer) -> Door:
    return Door(store, issuer)


@pytest.fixture
def plain(sqlite_store: Store, issuer: HostileIssuer) -> Door:
    """For what does not depend on the engine."""
    return Door(sqlite_store, issuer)


# ---------------------------------------------------------------- how it should be


def test_a_sign_in_opens_a_session_with_its_proof(door: Door) -> None:
    done = door.sign_in(go_to="/evidence")
    session = door.identity.session(done.secret)
    assert session is not None
    proof = session.proof
    assert (proof.method, proof.issuer, proof.subject) == (Method.OIDC, door.issuer.address, "ana-1")
    assert (proof.acr, proof.amr) == ("urn:example:silver", ("pwd", "otp"))
    assert proof.fresh(door.clock.now(), timedelta(minutes=5))
    assert done.go_to == "/evidence"
    assert session.person.shown == "Ana Ito"
    assert [what for what, _ in door.heard.recorded] == ["person.created", "account.bound", "person.signed-in"]
    again = door.sign_in()
    assert again.session.person.ref == session.person.ref
    with door.store.read() as connection:
        assert done.secret not in repr([tuple(row) for row in connection.execute(sa.select(sessions))])


def test_what_is_asked_of_the_provider(plain: Door) -> None:
    begun = plain.begin()
    for part in ("response_type=code", "code_challenge_method=S256", "nonce=", "state=", "scope=openid"):
        assert part in begun.address
    assert "prompt" not in begun.address
    plain.issuer.tokens["code"] = right(plain.issuer, nonce_of(begun.address))
    plain.finish(begun)
    (form,) = plain.issuer.forms
    assert (form["client_id"], form["redirect_uri"], form["authorization"]) == ("roadworthy", BACK, "")
    assert len(form["code_verifier"]) == 43


@pytest.mark.parametrize("way", ["", "client_secret_basic", "client_secret_post"])
def test_a_client_with_a_secret_shows_it_as_told(sqlite_store: Store, issuer: HostileIssuer, way: str) -> None:
    door = Door(sqlite_store, issuer, told={"client_secret": "env:CLIENT_SECRET", "token_auth": way}, secret="a:b/c")
    door.sign_in()
    (form,) = issuer.forms
    if way == "client_secret_post":
        assert (form["client_secret"], form["authorization"]) == ("a:b/c", "")
    else:
        assert "client_secret" not in form
        assert form["authorization"].startswith("Basic ")


def test_a_missing_secret_is_said_and_not_sent(sqlite_store: Store, issuer: HostileIssuer) -> None:
    door = Door(sqlite_store, issuer, told={"client_secret": "env:CLIENT_SECRET"})
    with pytest.raises(Unavailable) as refused:
        door.sign_in()
    assert "CLIENT_SECRET" in refused.value.message
    assert issuer.forms == []


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("PS256", lambda: RSAKey.generate_key(2048, {"kid": "p"})),
        ("ES256", lambda: ECKey.generate_key("P-256", {"kid": "e"})),
        ("EdDSA", lambda: OKPKey.generate_key("Ed25519", {"kid": "o"})),
    ],
)
def test_every_allowed_algorithm_works(plain: Door, algorithm: str, key: Callable[[], Any]) -> None:
    plain.issuer.key = key()
    plain.issuer.keys = [rsa(), plain.issuer.key]
    assert plain.sign_in(headed(alg=algorithm)).session.person.shown == "Ana Ito"


def test_a_key_that_was_turned_is_found_and_one_that_was_withdrawn_is_not(plain: Door) -> None:
    plain.sign_in()
    plain.issuer.key = rsa("two")
    plain.issuer.keys = [rsa("two")]
    plain.clock.ahead += timedelta(minutes=2)
    plain.sign_in(said(iat=int(time.time()) + 60))
    plain.issuer.key = rsa("one")
    with pytest.raises(Unauthenticated):
        plain.sign_in()


def test_what_the_identity_token_does_not_say_is_asked_for(plain: Door) -> None:
    plain.issuer.announced["userinfo_endpoint"] = f"{plain.issuer.address}/userinfo"
    assert plain.sign_in(said(name=None, email=None, email_verified=None)).session.person.shown == "Ana Ito"
    plain.issuer.instead["/userinfo"] = Answer(body=b'{"sub": "somebody-else", "name": "Eve"}')
    with pytest.raises(Unauthenticated):
        plain.sign_in(said(name=None, email=None, email_verified=None))


# ---------------------------------------------------------------- tokens that lie


def _swapped(issuer: HostileIssuer, nonce: str) -> str:
    """The signature of one token under the claims of another."""
    head, _, signature = right(issuer, nonce).split(".")
    other = issuer.sign(issuer.claims(nonce, sub="admin")).split(".")[1]
    return f"{head}.{other}.{signature}"


PAST = 1_700_000_000
FUTURE = 4_000_000_000
TOKENS: dict[str, Build] = {
    "nobody signed it": lambda issuer, nonce: issuer.unsigned(issuer.claims(nonce)),
    "nobody signed it, in capitals": lambda issuer, nonce: issuer.unsigned(issuer.claims(nonce), "None"),
    "an HMAC with the public key": lambda issuer, nonce: issuer.confused(issuer.claims(nonce)),
    "an algorithm that is not allowed": headed(alg="RS512"),
    "a changed signature": lambda issuer, nonce: right(issuer, nonce)[:-8] + "AAAAAAAA",
    "changed claims": _swapped,
    "no token": lambda _issuer, _nonce: "",
    "half a token": lambda issuer, nonce: right(issuer, nonce).rsplit(".", 1)[0],
    "a huge token": lambda issuer, nonce: issuer.sign(issuer.claims(nonce, padding="x" * 100_000)),
    "jku": headed(jku="https://evil.example/keys"),
    "x5u": headed(x5u="https://evil.example/chain"),
    "jwk": headed(jwk={"kty": "RSA"}),
    "x5c": headed(x5c=["AAAA"]),
    "crit": headed(crit=["exp"]),
    "b64": headed(b64=False),
    "an access token": headed(typ="at+jwt"),
    "a logout token": headed(typ="logout+jwt"),
    "a type that is no text": headed(typ=["JWT"]),
    "a key id that is no text": headed(kid=7),
    "an unknown key": headed(kid="../../etc/passwd"),
    "another issuer": said(iss="https://evil.example"),
    "an issuer with a slash": lambda issuer, nonce: issuer.sign(issuer.claims(nonce, iss=f"{issuer.address}/")),
    "no issuer": said(iss=None),
    "another audience": said(aud="other"),
    "several audiences": said(aud=["roadworthy", "other"]),
    "no audience": said(aud=None),
    "an empty audience": said(aud=[]),
    "another party": said(azp="other"),
    "expired": said(exp=PAST),
    "no end": said(exp=None),
    "an end that is no number": said(exp="tomorrow"),
    "an end that is true": said(exp=True),
    "an end beyond all time": said(exp=1e300),
    "made in the future": said(iat=FUTURE),
    "not made": said(iat=None),
    "not yet": said(nbf=FUTURE),
    "another nonce": said(nonce="replayed"),
    "no nonce": said(nonce=None),
    "a nonce that is a list": said(nonce=["a"]),
    "nobody": said(sub=None),
    "an empty subject": said(sub=""),
    "a subject that is a number": said(sub=7),
    "a long subject": said(sub="x" * 256),
    "a subject with a line break": said(sub="ana\nadmin"),
    "another access token": said(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "a proof from the future": said(auth_time=FUTURE),
    "a proof at no time": said(auth_time="now"),
    "a proof from long ago": said(auth_time=PAST),
}


@pytest.mark.parametrize("lie", TOKENS)
def test_a_token_that_lies_signs_nobody_in(plain: Door, lie: str) -> None:
    with pytest.raises(Unauthenticated) as refused:
        plain.sign_in(TOKENS[lie])
    assert refused.value.code == "identity-token-unusable"
    assert "evil" not in refused.value.message
    assert refused.value.remedy
    assert plain.nobody_is_in()


def test_a_name_that_stands_twice_is_not_read(plain: Door) -> None:
    import base64
    import json

    def twice(issuer: HostileIssuer, nonce: str) -> str:
        text = json.dumps(issuer.claims(nonce))[:-1] + ', "sub": "admin"}'
        head = json.dumps({"alg": "RS256", "kid": issuer.key.kid})
        from joserfc import jws

        parts = [base64.urlsafe_b64encode(each.encode()).rstrip(b"=").decode() for each in (head, text)]
        content = ".".join(parts)
        model = jws.JWSRegistry.algorithms["RS256"]
        signature = base64.urlsafe_b64encode(model.sign(content.encode(), issuer.key)).rstrip(b"=").decode()
        return f"{content}.{signature}"

    with pytest.raises(Unauthenticated):
        plain.sign_in(twice)
    assert plain.nobody_is_in()


def test_clocks_may_be_a_minute_apart(plain: Door) -> None:
    now = int(time.time())
    plain.sign_in(said(iat=now + 50, nbf=now + 50, exp=now - 50, auth_time=now + 50))


def test_the_right_hash_of_the_access_token_passes(plain: Door) -> None:
    plain.sign_in(said(at_hash=plain.issuer.hash_of(plain.issuer.access_token)))


# ---------------------------------------------------------------- the way there and back


def test_a_state_comes_back_once(door: Door) -> None:
    begun = door.begin()
    door.issuer.tokens |= {each: right(door.issuer, nonce_of(begun.address)) for each in ("code", "code2")}
    door.finish(begun)
    with pytest.raises(Unauthenticated) as refused:
        door.finish(begun, code="code2")
    assert "before" in refused.value.message


def test_a_failed_return_uses_the_state_up_too(plain: Door) -> None:
    begun = plain.begin()
    with pytest.raises(Unauthenticated):
        plain.finish(begun, error="access_denied")
    plain.issuer.tokens["code"] = right(plain.issuer, nonce_of(begun.address))
    with pytest.raises(Unauthenticated):
        plain.finish(begun)
    assert plain.nobody_is_in()


def test_a_code_of_another_sign_in_is_refused_by_its_nonce(plain: Door) -> None:
    first, second = plain.begin(), plain.begin()
    plain.issuer.tokens["code"] = right(plain.issuer, nonce_of(first.address))
    with pytest.raises(Unauthenticated):
        plain.finish(second)
    assert plain.nobody_is_in()


def test_a_code_that_the_provider_does_not_know_signs_nobody_in(plain: Door) -> None:
    with pytest.raises(Unauthenticated) as refused:
        plain.finish(plain.begin(), code="guessed")
    assert "invalid_grant" in refused.value.message
    assert plain.nobody_is_in()


@pytest.mark.parametrize("code", ["", "x" * 5_000])
def test_a_return_without_a_code_asks_nobody(plain: Door, code: str) -> None:
    with pytest.raises(Unauthenticated):
        plain.finish(plain.begin(), code=code)
    assert plain.issuer.asked["/token"] == 0


def test_another_browser_cannot_finish(plain: Door) -> None:
    """Login by a foreign hand: somebody is sent the return address of the attacker's own sign-in."""
    attacker, victim = plain.begin(), plain.begin()
    plain.issuer.tokens["code"] = right(plain.issuer, nonce_of(attacker.address))
    for browser in (victim.browser, "made-up"):
        with pytest.raises(Unauthenticated) as refused:
            plain.finish(attacker, browser=browser)
        assert "another browser" in refused.value.message
    query = {"state": state_of(attacker.address), "code": "code"}
    with pytest.raises(Unauthenticated):
        plain.sign_ins.finish(Returned("staff", BACK, None, query))
    assert plain.nobody_is_in()
    assert plain.finish(attacker).session.person.shown == "Ana Ito"  # what others tried took nothing from it


@pytest.mark.parametrize("query", [{}, {"code": "code"}, {"state": "", "code": "code"}, {"state": "x", "code": "code"}])
def test_a_return_that_nobody_began_is_refused(plain: Door, query: dict[str, str]) -> None:
    with pytest.raises(Unauthenticated):
        plain.sign_ins.finish(Returned("staff", BACK, "browser", query))


def test_a_sign_in_that_takes_too_long_begins_anew(plain: Door) -> None:
    begun = plain.begin()
    plain.clock.ahead += LIFETIME
    with pytest.raises(Unauthenticated):
        plain.finish(begun)
    plain.clock.ahead += LIFETIME
    plain.begin()
    with plain.store.read() as connection:
        assert len(connection.execute(sa.select(sign_ins)).all()) == 1  # old ones do not pile up


def test_two_tabs_of_one_browser_both_come_back(plain: Door) -> None:
    first = plain.begin()
    second = plain.begin(browser=first.browser)
    assert second.browser == first.browser
    for each in (first, second):
        plain.issuer.tokens["code"] = right(plain.issuer, nonce_of(each.address))
        plain.finish(each)


def test_the_answer_of_another_provider_is_told_by_its_name(plain: Door) -> None:
    """Mix-up (RFC 9207): the browser brings the code of one provider to the return address of another."""
    begun = plain.begin()
    plain.issuer.tokens["code"] = right(plain.issuer, nonce_of(begun.address))
    with pytest.raises(Unauthenticated):
        plain.finish(begun, iss="https://evil.example")
    assert plain.issuer.asked["/token"] == 0


def test_a_provider_that_names_itself_has_to(plain: Door) -> None:
    plain.issuer.announced["authorization_response_iss_parameter_supported"] = True
    begun = plain.begin()
    plain.issuer.tokens["code"] = right(plain.issuer, nonce_of(begun.address))
    with pytest.raises(Unauthenticated):
        plain.finish(begun)
    begun = plain.begin()
    plain.issuer.tokens["code"] = right(plain.issuer, nonce_of(begun.address))
    plain.finish(begun, iss=plain.issuer.address)


def test_an_unknown_provider_is_not_found(plain: Door) -> None:
    with pytest.raises(NotFound):
        plain.sign_ins.begin(Wanted("other", BACK))
    with pytest.raises(NotFound):
        plain.sign_ins.finish(Returned("other", BACK, None, {}))


# ---------------------------------------------------------------- proving it anew


def test_a_fresh_proof_changes_the_session(door: Door) -> None:
    before = door.sign_in(said(auth_time=int(time.time()) - 7200))
    assert not before.session.proof.fresh(door.clock.now(), timedelta(minutes=5))
    begun = door.begin(former=before.secret, fresh=True, go_to="/decisions/1")
    assert "prompt=login" in begun.address
    assert "max_age=0" in begun.address
    door.issuer.tokens["code"] = right(door.issuer, nonce_of(begun.address))
    after = door.finish(begun)
    assert after.session.proof.fresh(door.clock.now(), timedelta(minutes=5))
    assert after.secret != before.secret
    assert door.identity.session(before.secret) is None
    assert after.go_to == "/decisions/1"


@pytest.mark.parametrize("ago", [None, 7200, 130])
def test_a_proof_that_is_not_fresh_is_refused_where_a_fresh_one_was_asked(plain: Door, ago: int | None) -> None:
    before = plain.sign_in()
    stale = None if ago is None else int(time.time()) - ago
    with pytest.raises(Unauthenticated):
        plain.sign_in(said(auth_time=stale), former=before.secret, fresh=True)
    assert plain.identity.session(before.secret) is not None


def test_a_provider_that_does_not_say_when_makes_a_session_that_is_never_fresh(plain: Door) -> None:
    begun = plain.begin()
    assert "max_age=43200" in begun.address
    proof = plain.sign_in(said(auth_time=None)).session.proof
    assert proof.auth_time is None
    assert not proof.fresh(plain.clock.now(), timedelta(days=365))


def test_somebody_else_cannot_confirm(plain: Door) -> None:
    before = plain.sign_in()
    with pytest.raises(Unauthenticated) as refused:
        plain.sign_in(said(sub="ben-1", email="ben@halden.example"), former=before.secret, fresh=True)
    assert "another account" in refused.value.message
    plain.identity.sign_out(before.secret)
    with pytest.raises(Unauthenticated):
        plain.sign_in(former=before.secret, fresh=True)


# ---------------------------------------------------------------- a provider that misbehaves

ANNOUNCED: dict[str, dict[str, Any]] = {
    "another issuer": {"issuer": "https://evil.example"},
    "no issuer": {"issuer": None},
    "keys without encryption elsewhere": {"jwks_uri": "http://evil.example/keys"},
    "a token endpoint in the file system": {"token_endpoint": "file:///etc/passwd"},
    "no token endpoint": {"token_endpoint": None},
    "a script for a page": {"authorization_endpoint": "javascript:alert(1)"},
    "an address with a password": {"token_endpoint": "https://user:secret@id.example.org/token"},
    "an address that is a number": {"jwks_uri": 7},
}


@pytest.mark.parametrize("lie", ANNOUNCED)
def test_an_announcement_that_lies_is_not_used(plain: Door, lie: str) -> None:
    plain.issuer.announced = ANNOUNCED[lie]
    with pytest.raises(Unavailable) as refused:
        plain.begin()
    assert refused.value.code == "provider-unusable"


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys", "/token"])
def test_no_redirect_is_followed(plain: Door, path: str) -> None:
    plain.issuer.instead[path] = Answer(302, b"", {"Location": f"{plain.issuer.address}/elsewhere"})
    with pytest.raises(Unavailable):
        plain.sign_in()
    assert plain.issuer.asked["/elsewhere"] == 0
    assert plain.nobody_is_in()


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys", "/token"])
@pytest.mark.parametrize(
    "answer",
    [
        Answer(body=b"[" * 600_000),
        Answer(body=b'{"keys": [' + b'{"kty": "RSA"},' * 40_000),
        Answer(body=b"[]"),
        Answer(body=b"not json"),
        Answer(body=b"[" * 100_000),
        Answer(body=b'{"a": 1, "a": 2}'),
        Answer(500, b"{}"),
        Answer(body=b"\x1f\x8b\x08\x00", headers={"Content-Encoding": "gzip"}),
    ],
    ids=["huge", "many", "a list", "text", "deep", "twice", "broken", "packed"],
)
def test_an_answer_that_is_none_is_refused(plain: Door, path: str, answer: Answer) -> None:
    plain.issuer.instead[path] = answer
    with pytest.raises(Unavailable):
        plain.sign_in()
    assert plain.nobody_is_in()


@pytest.mark.parametrize("answer", [Answer(seconds=600.0), Answer(drips=True)], ids=["late", "dripping"])
def test_a_slow_provider_holds_nobody_up(plain: Door, answer: Answer) -> None:
    from roadworthy.foundation.identity.oidc.fetching import Fetcher

    plain.issuer.instead["/keys"] = answer
    with pytest.raises(Unavailable):  # neither answer ever ends by itself
        Fetcher(plain.issuer.address, plain.clock, seconds=0.3).get(f"{plain.issuer.address}/keys")


def test_a_provider_that_is_not_there_is_asked_once_in_a_while(plain: Door) -> None:
    plain.issuer.instead["/.well-known/openid-configuration"] = Answer(500)
    for _ in range(5):
        with pytest.raises(Unavailable):
            plain.begin()
    assert plain.issuer.asked["/.well-known/openid-configuration"] == 1
    plain.issuer.instead.clear()
    plain.clock.ahead += timedelta(seconds=11)
    plain.begin()


def test_a_storm_of_unknown_keys_costs_one_request_a_minute(plain: Door) -> None:
    plain.sign_in()
    before = plain.issuer.asked["/keys"]
    for number in range(30):
        with pytest.raises(Unauthenticated):
            plain.sign_in(headed(kid=f"made-up-{number}"))
    assert plain.issuer.asked["/keys"] == before
    plain.clock.ahead += timedelta(seconds=61)
    for number in range(30):
        with pytest.raises(Unauthenticated):
            plain.sign_in(headed(kid=f"made-up-{number}"))
    assert plain.issuer.asked["/keys"] == before + 1


def test_keys_that_are_weak_private_or_for_something_else_check_nothing(plain: Door) -> None:
    from roadworthy.foundation.identity.oidc.keys import _usable

    whole = rsa().as_dict(private=True)
    (key,) = _usable({"keys": [whole]})
    assert not key.is_private
    for other in ({"kty": "oct", "k": "c2VjcmV0"}, {**whole, "use": "enc"}, {**whole, "n": "AQAB"}, {"kty": "EC"}, 7):
        assert _usable({"keys": [other]}) == []
    assert _usable({"keys": 7}) == []


# ---------------------------------------------------------------- accounts that open nothing


def test_an_account_that_was_unbound_opens_nothing(door: Door) -> None:
    done = door.sign_in()
    context = Context(Actor(ActorKind.PERSON, done.session.person.ref))
    door.units.run(context, lambda tx: unbind(tx, door.issuer.address, "ana-1", "another person has it now"))
    with pytest.raises(Refused):
        door.sign_in()


def test_who_has_left_is_out_at_once(door: Door) -> None:
    done = door.sign_in()
    gone = people.update().where(people.c.ref == done.session.person.ref).values(left_at=door.clock.now())
    door.store.write(lambda connection: connection.execute(gone))
    assert door.identity.session(done.secret) is None
    with pytest.raises(Refused):
        door.sign_in()


# ---------------------------------------------------------------- signed out by the provider


def test_a_provider_ends_its_sessions(door: Door) -> None:
    ours = door.sign_in()
    other = door.sign_in(said(sid="session-2"))
    issuer = door.issuer
    assert door.sign_ins.end_by_provider("staff", issuer.sign(issuer.logout_claims(), typ="logout+jwt")) == 1
    assert door.identity.session(ours.secret) is None
    assert door.identity.session(other.secret) is not None
    assert door.sign_ins.end_by_provider("staff", issuer.sign(issuer.logout_claims(sid=None))) == 1
    assert door.identity.session(other.secret) is None
    assert ("person.signed-out", "sign-in") in door.heard.recorded


@pytest.mark.parametrize("by", ["session", "account", "unbinding"])
def test_a_command_that_was_let_in_and_has_not_come_yet_is_turned_away_with_its_session(door: Door, by: str) -> None:
    devices = Devices(door.store, door.units, Runtime(clock=door.clock), door.identity.sessions)
    asked, other = devices.begin("laptop"), devices.begin("desk")
    session = door.identity.session(door.sign_in().secret)
    another = door.identity.session(door.sign_in(said(sub="ben-1", sid="session-2")).secret)
    assert session is not None
    assert another is not None
    devices.confirm(session, asked.waiting.user_code)
    devices.confirm(another, other.waiting.user_code)
    if by == "unbinding":
        context = Context(Actor(ActorKind.PERSON, "admin"))
        door.units.run(context, lambda tx: unbind(tx, door.issuer.address, "ana-1", "lost"))
    else:
        claims = door.issuer.logout_claims(**({"sub": None} if by == "session" else {"sid": None}))
        door.sign_ins.end_by_provider("staff", door.issuer.sign(claims))
    with pytest.raises(Refused):
        devices.ask(asked.device_code)
    assert devices.ask(other.device_code).secret is not None


def test_a_logout_token_is_taken_once(door: Door) -> None:
    token = door.issuer.sign(door.issuer.logout_claims())
    door.sign_ins.end_by_provider("staff", token)
    later = door.sign_in()
    with pytest.raises(UsageError) as refused:
        door.sign_ins.end_by_provider("staff", token)
    assert refused.value.code == "logout-token-used"
    assert door.identity.session(later.secret) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"events": None},
        {"events": {}},
        {"events": {"http://schemas.openid.net/event/backchannel-logout": None}},
        {"events": "http://schemas.openid.net/event/backchannel-logout"},
        {"nonce": "a"},
        {"jti": None},
        {"jti": 7},
        {"sub": None, "sid": None},
        {"aud": "other"},
        {"aud": ["roadworthy", "other"]},
        {"iss": "https://evil.example"},
        {"exp": PAST},
        {"exp": None},
        {"iat": FUTURE},
        {"iat": None},
    ],
)
def test_a_logout_token_that_lies_ends_nothing(plain: Door, changes: dict[str, Any]) -> None:
    done = plain.sign_in()
    token = plain.issuer.sign(plain.issuer.logout_claims(**changes))
    with pytest.raises(RoadworthyError) as refused:
        plain.sign_ins.end_by_provider("staff", token)
    assert refused.value.code == "identity-token-unusable"
    assert plain.identity.session(done.secret) is not None


def test_an_identity_token_is_no_logout_token(plain: Door) -> None:
    done = plain.sign_in()
    for token in (right(plain.issuer, "x"), plain.issuer.unsigned(plain.issuer.logout_claims()), "", "a.b.c"):
        with pytest.raises(Unauthenticated):
            plain.sign_ins.end_by_provider("staff", token)
    assert plain.identity.session(done.secret) is not None


def test_where_to_sign_out_at_the_provider(plain: Door) -> None:
    done = plain.sign_in()
    assert plain.sign_ins.leaving(done.session) == ("staff", f"{plain.issuer.address}/end?client_id=roadworthy")
    local = plain.identity.local_user("root")
    assert plain.sign_ins.leaving(local) is None
