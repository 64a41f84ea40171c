"""Small logs of every form, as their programs write them; the words `SECRET PROMPT` must never get anywhere."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from roadworthy.inventory.discovery.model import Sighting
from roadworthy.inventory.discovery.opening import Opened
from roadworthy.inventory.discovery.records import Rows, rows_of
from roadworthy.inventory.discovery.tallying import Tally
from roadworthy.inventory.discovery.vendors import catalogue

SALT = b"salt of the tests" * 2
PROMPT = "SECRET PROMPT about Mr Miller"


def lines(*records: Mapping[str, Any]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def table(*rows: Sequence[object]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def looked(content: bytes, columns: Mapping[str, str] | None = None) -> tuple[tuple[Sighting, ...], Tally, Rows]:
    """Everything that reading a file gives."""
    rows = rows_of(Opened("log", io.BytesIO(content)), columns)
    tally = Tally(rows.layout.form, catalogue(), SALT)
    tally.add_all(rows.rows)
    return tally.sightings(), tally, rows


LITELLM = {
    "request_id": "r1", "call_type": "acompletion", "api_key": "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c",
    "spend": 0.0125, "total_tokens": 30, "prompt_tokens": 20, "completion_tokens": 10,
    "startTime": "2026-02-01T10:00:00.5Z", "model": "gpt-4o", "custom_llm_provider": "openai",
    "api_base": "https://api.openai.com/v1?key=abc", "user": "ana@example.org", "team_id": "claims",
    "metadata": {"user_api_key_alias": "claims-bot"}, "messages": [{"role": "user", "content": PROMPT}],
    "response": {"text": PROMPT},
}  # fmt: skip
OPENAI_USAGE = {
    "object": "page",
    "data": [
        {
            "object": "bucket", "start_time": 1796036250, "end_time": 1796122650,
            "results": [
                {
                    "object": "organization.usage.completions.result", "input_tokens": 1000, "output_tokens": 500,
                    "input_cached_tokens": 800, "num_model_requests": 5, "project_id": "proj_1", "user_id": "user-1",
                    "api_key_id": "key_1", "model": "gpt-4o-2024-08-06", "batch": False,
                }
            ],
        }
    ],
    "has_more": False,
}  # fmt: skip
OPENAI_COSTS = {
    "object": "page",
    "data": [
        {
            "object": "bucket", "start_time": 1796036250,
            "results": [
                {"object": "organization.costs.result", "amount": {"value": 0.06, "currency": "usd"},
                 "line_item": "GPT-4o", "project_id": "proj_1"}
            ],
        }
    ],
}  # fmt: skip
ANTHROPIC_USAGE = {
    "data": [
        {
            "starting_at": "2026-02-01T00:00:00Z", "ending_at": "2026-02-02T00:00:00Z",
            "results": [
                {"uncached_input_tokens": 100, "cache_read_input_tokens": 50, "output_tokens": 30,
                 "workspace_id": "wrkspc_1", "api_key_id": "apikey_1", "model": "claude-sonnet-4-20250514"}
            ],
        }
    ],
    "has_more": False,
}  # fmt: skip
ANTHROPIC_COST = {
    "data": [
        {
            "starting_at": "2026-02-01T00:00:00Z",
            "results": [
                {"currency": "USD", "amount": "123.45", "workspace_id": "wrkspc_1", "cost_type": "tokens",
                 "description": "Claude Sonnet 4 Usage", "model": "claude-sonnet-4-20250514"}
            ],
        }
    ]
}  # fmt: skip
BEDROCK = {
    "schemaType": "ModelInvocationLog", "schemaVersion": "1.0", "timestamp": "2026-02-01T10:00:00Z",
    "accountId": "123456789012", "region": "us-east-1", "requestId": "a", "operation": "Converse",
    "modelId": "anthropic.claude-3-5-sonnet-20240620-v1:0",
    "identity": {"arn": "arn:aws:sts::123456789012:assumed-role/ClaimsBot/ana@example.org"},
    "input": {"inputBodyJson": {"prompt": PROMPT}, "inputTokenCount": 15},
    "output": {"outputBodyJson": {"text": PROMPT}, "outputTokenCount": 7},
}  # fmt: skip
AZURE = {
    "time": "2026-02-01T10:00:00Z", "resourceId": "/SUBSCRIPTIONS/1/RESOURCEGROUPS/AI/PROVIDERS/X/ACCOUNTS/CLAIMS",
    "operationName": "ChatCompletions_Create", "category": "RequestResponse", "callerIPAddress": "10.0.0.*",
    "properties": json.dumps({"modelDeploymentName": "claims-gpt4o", "modelName": "gpt-4o", "requestLength": 5}),
}  # fmt: skip
CLOUDFLARE = {
    "id": "1", "provider": "openai", "model": "gpt-4o", "tokens_in": 5, "tokens_out": 6, "cost": 0.001,
    "created_at": "2026-02-01 10:00:00", "metadata": {"team": "claims", "user": "ana@example.org"},
    "request_body": PROMPT,
}  # fmt: skip
PORTKEY = {
    "ai_org": "openai", "ai_model": "gpt-4o", "req_units": 5, "res_units": 6, "total_units": 11, "cost": 3,
    "created_at": "2026-02-01T10:00:00Z", "prompt_slug": "claims-summary", "request": {"messages": PROMPT},
    "metadata": {"_user": "ana@example.org"},
}  # fmt: skip
LANGFUSE = {
    "id": "o1", "trace_id": "t1", "provided_model_name": "gpt-4o", "trace_name": "claims-summary",
    "start_time": "2026-02-01 10:00:00.963000", "usage_details": {"input": 5, "output": 6, "total": 11},
    "total_cost": 0.002, "user_id": "ana@example.org", "input": PROMPT, "output": PROMPT,
}  # fmt: skip
SQUID = b"""1796036250.129    281 10.0.0.9 TCP_TUNNEL/200 18390 CONNECT api.openai.com:443 ana HIER_DIRECT/1.2.3.4 -
1796036251.129    281 10.0.0.8 TCP_DENIED/403 18390 CONNECT claude.ai:443 - HIER_NONE/- -
1796036252.129    281 10.0.0.8 TCP_MISS/200 18390 GET https://chat.mistral.ai/x?q=SECRET - HIER_DIRECT/9.9.9.9 t/h
1796036253.129    281 10.0.0.8 TCP_MISS/200 18390 CONNECT www.example.com:443 - HIER_DIRECT/9.9.9.9 -
cut off
"""
ZSCALER = table(
    ["time", "login", "dept", "action", "url", "urlcat", "reqsize"],
    [
        "Mon Jun 22 15:29:11 2026",
        "ana@example.org",
        "Claims",
        "Allowed",
        "api.anthropic.com/v1/messages?x=SECRET",
        "AI",
        5,
    ],
    ["Mon Jun 22 15:29:12 2026", "bo@example.org", "Claims", "Blocked", "claude.ai/new", "AI", 5],
    ["Mon Jun 22 15:29:13 2026", "bo@example.org", "Claims", "Allowed", "news.example.com/", "News", 5],
)
