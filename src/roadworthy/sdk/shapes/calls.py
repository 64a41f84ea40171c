"""Types of the API: calls. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBody:
    """A call as the index knows it."""

    id: str
    at: dt.datetime
    surface: str
    use_case: str | None
    stage: str | None
    endpoint: str | None
    key: str | None
    release: str | None
    certificate: str | None
    model: str
    ruling: str
    enforcement: str
    rule: str | None
    outcome: str | None
    """Null while it goes on."""
    status: int | None
    error: str | None
    upstream: str | None
    attempts: int | None
    milliseconds: int | None
    first_token_milliseconds: int | None
    input_tokens: int | None
    output_tokens: int | None
    cost: int | None
    """In millionths of the currency's unit; null where no price is known."""
    currency: str | None
    trace: str | None
    writer: str
    """The replica that recorded it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsContent:
    """What is known of a content that was kept."""

    direction: Literal["request", "answer"]
    commitment: str
    """SHA-256 of salt and content, as it stands in the record."""
    size: int
    kept_at: dt.datetime
    keep_until: dt.datetime | None
    erased_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDetail:
    """A call with its records."""

    id: str
    at: dt.datetime
    surface: str
    use_case: str | None
    stage: str | None
    endpoint: str | None
    key: str | None
    release: str | None
    certificate: str | None
    model: str
    ruling: str
    enforcement: str
    rule: str | None
    outcome: str | None
    """Null while it goes on."""
    status: int | None
    error: str | None
    upstream: str | None
    attempts: int | None
    milliseconds: int | None
    first_token_milliseconds: int | None
    input_tokens: int | None
    output_tokens: int | None
    cost: int | None
    """In millionths of the currency's unit; null where no price is known."""
    currency: str | None
    trace: str | None
    writer: str
    """The replica that recorded it."""
    intent: Mapping[str, Any] | None
    """The record of the intent; null where it does not lie here."""
    result: Mapping[str, Any] | None
    contents: tuple[CallsContent, ...]
    absent: str | None
    """Why a record cannot be read here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPage:
    """What the API calls `Page_CallBody_`."""

    items: tuple[CallBody, ...]
    next: str | None = None
    """Absent at the end of the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordProof:
    """A record of a call with its proof."""

    what: Literal["intent", "result"]
    record: str
    """Base64 of the exact bytes that were kept."""
    proof: Mapping[str, Any]
    """`roadworthy.dev/segment-proof/v1`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallProof:
    """The records of a call, each proven by its segment, and the segment by the ledger."""

    id: str
    origin: str
    key: str
    """The key to check it with; compare it with one that you got another way."""
    records: tuple[RecordProof, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosed:
    """A content, with what proves it."""

    direction: Literal["request", "answer"]
    commitment: str
    """SHA-256 of salt and content, as it stands in the record."""
    size: int
    kept_at: dt.datetime
    keep_until: dt.datetime | None
    erased_at: dt.datetime | None
    texts: Mapping[str, str] | None
    """By their places in the body; null once erased."""
    salt: str | None
    """Base64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What an endpoint did."""

    use_case: str | None
    """Null where the caller was not recognised."""
    endpoint: str | None
    calls: int
    outcomes: Mapping[str, int]
    enforcement: Mapping[str, int]
    rules: Mapping[str, int]
    errors: Mapping[str, int]
    stages: Mapping[str, int]
    p50: int | None
    """Milliseconds of answered calls, to within a tenth."""
    p99: int | None
    first_token_p50: int | None
    input_tokens: int
    output_tokens: int
    cost: Mapping[str, int]
    """In millionths, by currency."""
    unpriced: int
    """Calls with usage for which no price is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficNow:
    """What all replicas counted."""

    since: dt.datetime
    endpoints: tuple[Traffic, ...]
    replicas: int
    """Replicas that record calls."""
    faults: tuple[str, ...]
