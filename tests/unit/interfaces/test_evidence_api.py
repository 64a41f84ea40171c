"""Evidence through the API: in by every door, disputed, and read back."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roadworthy.evidence import envelopes, public_keys
from roadworthy.evidence.model import Artefact
from roadworthy.foundation.runtime import Runtime
from roadworthy.interfaces.brake import AT_ONCE
from roadworthy.interfaces.client import PREFIX
from tests.unit.interfaces.conftest import ADDRESS, Deployment

TODAY = Runtime().clock.now().date()
BEFORE = TODAY - timedelta(days=3)
FACT = "governance.tested-realistically"
MODEL = Artefact(name="model", digest="sha256:" + "a" * 64)
SAID: dict[str, Any] = {
    "fact": "data.documented",
    "answer": "yes",
    "observedFrom": BEFORE.isoformat(),
    "observedTo": (TODAY - timedelta(days=2)).isoformat(),
    "statement": "Looked at every field.",
}
MEASURED: dict[str, Any] = {
    "useCase": "claims",
    "fact": FACT,
    "answer": "yes",
    "kind": "evaluation",
    "observedFrom": "2026-01-01T00:00:00Z",
    "observedTo": "2026-01-02T00:00:00Z",
    "sampleSize": 500,
}


@pytest.fixture
def claims(owner: httpx.Client) -> httpx.Client:
    """A client of a deployment with the use cases `claims` and `audits`."""
    for name in ("claims", "audits"):
        answer = owner.put(f"/resources/UseCase/{name}", json={"spec": {"title": name}}, headers={"If-None-Match": "*"})
        assert answer.status_code == 200, answer.text
    return owner


def nobody(deployment: Deployment) -> httpx.Client:
    client = deployment.client()
    client.base_url = httpx.URL(ADDRESS + PREFIX)
    return client


def person(deployment: Deployment, handle: str) -> httpx.Client:
    """Somebody's browser as a client of the API."""
    client = deployment.browser(handle)
    client.base_url = httpx.URL(ADDRESS + PREFIX)
    client.headers["X-CSRF-Token"] = client.get("/me").json()["csrf"]
    return client


def signed(key: Ed25519PrivateKey, predicate: dict[str, Any] = MEASURED, key_id: str | None = None) -> bytes:
    payload = envelopes.statement(MODEL, predicate)
    named = public_keys.of(key.public_key()).key_id if key_id is None else key_id
    signature = envelopes.Signature(named, key.sign(envelopes.encoded_for_signing(payload)))
    return envelopes.sealed(payload, [signature])


def register(client: httpx.Client, key: Ed25519PrivateKey, name: str = "eval-runner") -> httpx.Response:
    pem = public_keys.of(key.public_key()).pem
    body = {"name": name, "publicKey": pem, "kinds": ["evaluation"], "owner": "ana@example.org"}
    return client.post("/collectors", json=body)


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


# ---------------------------------------------------------------- handing in


def test_what_is_handed_in_is_read_back_by_every_way(claims: httpx.Client) -> None:
    made = claims.post("/use-cases/claims/evidence", json=SAID)
    assert made.status_code == 201, made.text
    item = made.json()
    assert (item["method"], item["state"], item["kind"]) == ("attested", "live", "statement")
    assert claims.get(f"/evidence/{item['id']}").json() == item
    assert claims.get("/use-cases/claims/evidence").json() == [item]
    assert [each["id"] for each in claims.get("/evidence").json()["items"]] == [item["id"]]
    assert claims.get("/evidence/ahead", params={"days": 3_660, "useCase": "claims"}).json() == [item]
    assert claims.get("/evidence/ahead", params={"days": 3_660, "useCase": "audits"}).json() == []


def test_the_method_is_not_for_the_sender_to_say(claims: httpx.Client) -> None:
    answer = claims.post("/use-cases/claims/evidence", json={**SAID, "method": "measured"})
    assert answer.status_code == 422
    linked = claims.post("/use-cases/claims/evidence", json={**SAID, "link": "https://wiki.example.org/a"})
    assert linked.json()["method"] == "documented"


def test_several_are_taken_together_or_not_at_all(claims: httpx.Client) -> None:
    good = {**SAID, "useCase": "claims"}
    answer = claims.post("/evidence", json={"items": [good, {**good, "useCase": "nope"}, {**good, "fact": "nope"}]})
    assert answer.status_code in {404, 422}
    assert len(answer.json()["findings"]) == 2
    assert claims.get("/evidence").json()["items"] == []
    assert len(claims.post("/evidence", json={"items": [good, {**good, "useCase": "audits"}]}).json()) == 2


def test_a_repeated_request_makes_one_item(claims: httpx.Client) -> None:
    key = {"Idempotency-Key": "run-17"}
    first = claims.post("/use-cases/claims/evidence", json=SAID, headers=key)
    again = claims.post("/use-cases/claims/evidence", json=SAID, headers=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == first.json()
    other = claims.post("/use-cases/claims/evidence", json={**SAID, "answer": "no"}, headers=key)
    assert code_of(other) == (409, "idempotency-key-reused")
    elsewhere = claims.post("/use-cases/audits/evidence", json=SAID, headers=key)
    assert code_of(elsewhere) == (409, "idempotency-key-reused")
    assert len(claims.get("/evidence").json()["items"]) == 1


def test_a_repeated_batch_answers_in_its_order(claims: httpx.Client) -> None:
    batch = {"items": [{**SAID, "useCase": name} for name in ("claims", "audits", "claims")]}
    key = {"Idempotency-Key": "nightly"}
    first = claims.post("/evidence", json=batch, headers=key).json()
    again = claims.post("/evidence", json=batch, headers=key).json()
    assert [each["id"] for each in again] == [each["id"] for each in first]


def test_a_refused_request_may_be_sent_again_under_its_key(claims: httpx.Client) -> None:
    key = {"Idempotency-Key": "run-18"}
    refused = claims.post("/use-cases/claims/evidence", json={**SAID, "fact": "nope"}, headers=key)
    assert refused.status_code == 422
    assert claims.post("/use-cases/claims/evidence", json=SAID, headers=key).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 201, "a\tb"])
def test_an_unfit_key_is_refused(claims: httpx.Client, key: str) -> None:
    answer = claims.post("/use-cases/claims/evidence", json=SAID, headers={"Idempotency-Key": key})
    assert code_of(answer) == (422, "idempotency-key-unfit")


def test_a_program_brings_documents_and_cannot_attest(deployment: Deployment, claims: httpx.Client) -> None:
    made = claims.post("/tokens", json={"name": "ci", "may": ["evidence:submit"], "useCases": ["claims"]}).json()
    ci = deployment.client(Authorization=f"Bearer {made['secret']}")
    ci.base_url = httpx.URL(ADDRESS + PREFIX)
    attested = ci.post("/use-cases/claims/evidence", json=SAID)
    assert code_of(attested) == (403, "evidence-attested-by-program")
    kept = ci.post("/attachments", params={"name": "report.txt"}, content=b"All fields were read.\n").json()
    item = ci.post("/use-cases/claims/evidence", json={**SAID, "attachments": [kept["digest"]]})
    assert item.status_code == 201, item.text
    assert (item.json()["method"], item.json()["recordedBy"]["shown"]) == ("documented", "ci")
    other = ci.post("/use-cases/audits/evidence", json={**SAID, "attachments": [kept["digest"]]})
    assert code_of(other) == (403, "token-for-other-use-cases")
    batch = {"items": [{**SAID, "useCase": "audits"}]}
    assert code_of(ci.post("/evidence", json=batch)) == (403, "token-for-other-use-cases")
    assert code_of(ci.get(f"/evidence/{item.json()['id']}")) == (403, "token-scope-missing")
    for what in ("withdraw", "contest"):
        refused = ci.post(f"/evidence/{item.json()['id']}/{what}", json={"reason": "no"})
        assert code_of(refused) == (403, "program-not-a-person")


# ---------------------------------------------------------------- collectors


def test_a_collector_measures_without_a_session(deployment: Deployment, claims: httpx.Client) -> None:
    key = Ed25519PrivateKey.generate()
    assert register(claims, key).status_code == 201
    envelope = signed(key)
    answer = nobody(deployment).post("/evidence/envelopes", content=envelope)
    assert answer.status_code == 201, answer.text
    item = answer.json()
    assert (item["method"], item["collector"], item["sampleSize"]) == ("measured", "eval-runner", 500)
    assert item["window"]["end"] == "2026-01-02T00:00:00Z"
    assert claims.get(f"/evidence/{item['id']}/envelope").content == envelope
    assert nobody(deployment).post("/evidence/envelopes", content=envelope).json()["id"] == item["id"]
    assert claims.get("/collectors").json()[0]["lastSeenAt"] is not None
    entry = claims.get(f"/ledger/entries/{item['entryId']}").json()["entry"]
    assert (entry["actor"]["kind"], entry["actor"]["ref"]) == ("workload", "eval-runner")


def test_what_was_not_signed_by_a_registered_key_is_refused(deployment: Deployment, claims: httpx.Client) -> None:
    key, stranger = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    register(claims, key)
    known = public_keys.of(key.public_key()).key_id
    door = nobody(deployment)
    forged = door.post("/evidence/envelopes", content=signed(stranger, key_id=known))
    assert code_of(forged) == (403, "envelope-signature-wrong")
    foreign = door.post("/evidence/envelopes", content=signed(stranger))
    assert code_of(foreign) == (403, "envelope-key-unknown")
    changed = json.loads(signed(key))
    statement = json.loads(base64.b64decode(changed["payload"]))
    statement["predicate"]["answer"] = "no"
    changed["payload"] = base64.b64encode(json.dumps(statement).encode()).decode()
    assert code_of(door.post("/evidence/envelopes", json=changed)) == (403, "envelope-signature-wrong")
    other_kind = door.post("/evidence/envelopes", content=signed(key, {**MEASURED, "kind": "load-test"}))
    assert code_of(other_kind) == (403, "collector-other-kind")
    assert door.post("/evidence/envelopes", content=b"{").status_code == 422
    assert claims.get("/evidence").json()["items"] == []


def test_a_rotated_key_measures_and_a_revoked_one_does_not(deployment: Deployment, claims: httpx.Client) -> None:
    old, new = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    register(claims, old)
    pem = public_keys.of(new.public_key()).pem
    assert claims.post("/collectors/eval-runner/rotate", json={"publicKey": pem}).status_code == 200
    door = nobody(deployment)
    assert code_of(door.post("/evidence/envelopes", content=signed(old))) == (403, "collector-revoked")
    assert door.post("/evidence/envelopes", content=signed(new)).status_code == 201
    assert claims.post("/collectors/eval-runner/revoke", json={"reason": "The machine is gone."}).status_code == 200
    again = signed(new, {**MEASURED, "sampleSize": 600})
    assert code_of(door.post("/evidence/envelopes", content=again)) == (403, "collector-revoked")
    assert all(each["revokedAt"] for each in claims.get("/collectors").json())


def test_an_open_door_slows_down_who_is_refused_again_and_again(deployment: Deployment, claims: httpx.Client) -> None:
    door = nobody(deployment)
    answers = [door.post("/evidence/envelopes", content=b"{}") for _ in range(AT_ONCE + 2)]
    assert {answer.status_code for answer in answers[:AT_ONCE]} == {422}
    assert code_of(answers[-1]) == (429, "too-many-refusals")
    assert int(answers[-1].headers["retry-after"]) > 0
    assert claims.get("/evidence").status_code == 200, "everybody else goes on"


def test_an_endless_envelope_is_cut_off(deployment: Deployment) -> None:
    answer = nobody(deployment).post("/evidence/envelopes", content=b" " * (envelopes.LARGEST + 1))
    assert answer.status_code == 413


# ---------------------------------------------------------------- files


def test_a_file_comes_back_to_be_saved_and_not_to_be_run(claims: httpx.Client) -> None:
    content = b"<html><script>alert(1)</script></html>" * 20_000
    kept = claims.post("/attachments", params={"name": "ä report.html"}, content=content)
    if kept.status_code == 201:
        answer = claims.get(f"/attachments/{kept.json()['digest']}/content")
        assert answer.content == content
        assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''%C3%A4%20report.html"
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert answer.headers["x-content-type-options"] == "nosniff"
    else:
        assert kept.status_code == 422


def test_an_erased_file_keeps_its_digest(claims: httpx.Client) -> None:
    kept = claims.post("/attachments", params={"name": "names.txt"}, content=b"Ana, Ben\n").json()
    address = f"/attachments/{kept['digest']}"
    assert claims.get(f"{address}/content").content == b"Ana, Ben\n"
    assert claims.post(f"{address}/erase", json={"reason": "It names customers."}).json()["erasedAt"]
    assert claims.get(address).json()["size"] == 9
    assert claims.get(f"{address}/content").status_code == 404


def test_a_file_over_the_limit_is_refused_before_it_is_read(claims: httpx.Client) -> None:
    headers = {"Content-Length": str(2_000_000_000), "Content-Type": "application/octet-stream"}
    answer = claims.post("/attachments", params={"name": "huge.csv"}, content=b"", headers=headers)
    assert code_of(answer) == (413, "body-too-large")


# ---------------------------------------------------------------- disputes


def test_a_dispute_is_settled_by_somebody_else(deployment: Deployment, claims: httpx.Client) -> None:
    ana, ben, cat = (person(deployment, f"{name}@example.org") for name in ("ana", "ben", "cat"))
    item = ana.post("/use-cases/claims/evidence", json=SAID).json()
    address = f"/evidence/{item['id']}"
    contested = ben.post(f"{address}/contest", json={"reason": "Half of the fields are missing."}).json()
    assert (contested["state"], contested["doubt"]) == ("contested", "contested")
    for party in (ana, ben):
        refused = party.post(f"{address}/settle", json={"upheld": False, "reason": "It is fine."})
        assert code_of(refused) == (403, "evidence-settled-by-party")
    settled = cat.post(f"{address}/settle", json={"upheld": False, "reason": "I counted them."}).json()
    assert (settled["state"], settled["contests"][0]["upheld"]) == ("live", False)
    newer = {**SAID, "observedTo": (TODAY - timedelta(days=1)).isoformat()}
    after = ana.post("/use-cases/claims/evidence", json=newer).json()
    superseded = ana.post(f"{address}/supersede", json={"by": after["id"]})
    assert superseded.json()["supersededBy"] == after["id"], superseded.text
    withdrawn = ana.post(f"/evidence/{after['id']}/withdraw", json={"reason": "Wrong table."}).json()
    assert withdrawn["withdrawal"]["by"]["shown"] == "ana@example.org"


# ---------------------------------------------------------------- lists and words


def test_the_list_is_cut_into_pages_and_filtered(claims: httpx.Client) -> None:
    batch = [{**SAID, "useCase": "claims", "statement": f"Look {number}."} for number in range(5)]
    made = claims.post("/evidence", json={"items": batch}).json()
    claims.post(f"/evidence/{made[0]['id']}/withdraw", json={"reason": "Twice."})
    seen: list[str] = []
    cursor = None
    while True:
        page = claims.get("/evidence", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [each["id"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(each["id"] for each in made)
    assert seen[-1] == made[0]["id"], "what no longer counts comes last"
    for asked, count in (({"state": "withdrawn"}, 1), ({"state": "live"}, 4), ({"method": "measured"}, 0),
                         ({"useCase": "audits"}, 0), ({"text": "LAIM"}, 5), ({"expiresWithin": 0}, 0)):  # fmt: skip
        assert len(claims.get("/evidence", params=asked).json()["items"]) == count, asked


def test_every_kind_publishes_the_schema_of_its_result(claims: httpx.Client) -> None:
    kinds = claims.get("/evidence-kinds").json()
    assert {"statement", "data-audit", "evaluation"} <= {each["name"] for each in kinds}
    audit = next(each for each in kinds if each["name"] == "data-audit")
    assert audit["resultSchema"] == claims.get("/evidence-kinds/data-audit/schema").json()
    days = [audit["freshness"][method] for method in ("measured", "documented", "attested", "reported")]
    assert days == sorted(days, reverse=True)
    assert code_of(claims.get("/evidence-kinds/nope/schema")) == (404, "evidence-kind-unknown")
