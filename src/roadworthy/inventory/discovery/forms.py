"""The usual exports and logs, recognised by the names of their fields, and words by which any other is understood.

Every form names exactly the fields that are read. Whatever else a file holds, prompts and answers above all, is never
looked at.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from roadworthy.foundation.errors import InvalidInput, Place, did_you_mean

TARGETS: Final = (
    "vendor", "model", "host", "app", "team", "key", "person", "time", "calls", "input", "output", "total", "cost",
    "currency", "outcome",
)  # fmt: skip
"""What can be read of a row, in the order in which rows are handed on. `host` may be an address; only its host is kept.
`person` is only counted."""

Path = tuple[str, ...]
"""A field; more than one part leads into an object, or into JSON that a cell holds."""


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of export."""

    name: str
    marks: frozenset[str]
    """Fields that it always has; dots lead into objects."""
    read: Mapping[str, tuple[str, ...]]
    """What is read, each from the first of these fields that is there; `+` adds two fields."""
    source: str
    """Where its fields are described."""
    vendor: str = ""
    """The vendor of every row, where the export is a vendor's own."""
    currency: str = ""
    """Of amounts, where no field says."""
    scale: int = 1
    """What an amount is divided by: 100 where the export counts cents."""
    calls: int = 1
    """Calls that a row stands for, where no field says; 0 for bills."""
    egress: bool = False
    """A proxy's log: rows to hosts of no known vendor are somebody else's business and are left out."""


FORMS: Final = (
    Form(
        "LiteLLM spend logs",
        frozenset({"request_id", "call_type", "spend", "startTime"}),
        {
            "vendor": ("custom_llm_provider",), "model": ("model",), "host": ("api_base",),
            "app": ("metadata.user_api_key_alias",), "team": ("metadata.user_api_key_team_alias", "team_id"),
            "key": ("api_key",), "person": ("end_user", "user"), "time": ("startTime",), "input": ("prompt_tokens",),
            "output": ("completion_tokens",), "total": ("total_tokens",), "cost": ("spend",),
        },
        "https://docs.litellm.ai/docs/proxy/cost_tracking",
        currency="USD",
    ),
    Form(
        "OpenAI costs",
        frozenset({"amount.value", "line_item"}),
        {
            "model": ("line_item",), "app": ("project_name", "project_id"), "time": ("start_time_iso", "start_time"),
            "cost": ("amount.value",), "currency": ("amount.currency",),
        },
        "https://platform.openai.com/docs/api-reference/usage/costs",
        vendor="openai", calls=0,
    ),
    Form(
        "OpenAI usage",
        frozenset({"num_model_requests", "input_tokens"}),
        {
            "model": ("model",), "app": ("project_name", "project_id"), "key": ("api_key_name", "api_key_id"),
            "person": ("user_email", "user_id"), "time": ("start_time_iso", "start_time"),
            "calls": ("num_model_requests",), "input": ("input_tokens",), "output": ("output_tokens",),
        },
        "https://platform.openai.com/docs/api-reference/usage/completions_object",
        vendor="openai", calls=0,
    ),
    Form(
        "Anthropic usage report",
        frozenset({"uncached_input_tokens", "output_tokens"}),
        {
            "model": ("model",), "app": ("workspace_name", "workspace_id"), "key": ("api_key_name", "api_key_id"),
            "time": ("starting_at",), "input": ("uncached_input_tokens+cache_read_input_tokens",),
            "output": ("output_tokens",),
        },
        "https://platform.claude.com/docs/en/api/admin/usage_report/retrieve_messages",
        vendor="anthropic", calls=0,
    ),
    Form(
        "Anthropic cost report",
        frozenset({"amount", "currency", "cost_type", "workspace_id"}),
        {
            "model": ("model", "description"), "app": ("workspace_name", "workspace_id"), "time": ("starting_at",),
            "cost": ("amount",), "currency": ("currency",),
        },
        "https://platform.claude.com/docs/en/api/admin/cost_report/retrieve",
        vendor="anthropic", scale=100, calls=0,
    ),
    Form(
        "Amazon Bedrock invocation log",
        frozenset({"schemaType", "modelId", "operation"}),
        {
            "model": ("modelId",), "app": ("requestMetadata.app", "requestMetadata.application", "identity.arn"),
            "team": ("requestMetadata.team", "accountId"), "person": ("identity.arn",), "time": ("timestamp",),
            "input": ("input.inputTokenCount",), "output": ("output.outputTokenCount",),
        },
        "https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html",
        vendor="amazon",
    ),
    Form(
        "Azure OpenAI diagnostic log",
        frozenset({"category", "operationName", "resourceId", "properties"}),
        {
            "model": ("properties.modelName", "properties.modelDeploymentName"),
            "app": ("properties.modelDeploymentName",),
            "team": ("resourceId",), "person": ("callerIPAddress",), "time": ("time",),
        },
        "https://learn.microsoft.com/azure/ai-services/openai/how-to/monitor-openai",
        vendor="microsoft",
    ),
    Form(
        "Cloudflare AI Gateway log",
        frozenset({"provider", "model", "tokens_in", "tokens_out"}),
        {
            "vendor": ("provider",), "model": ("model",), "app": ("metadata.app", "metadata.application", "gateway_id"),
            "team": ("metadata.team",), "person": ("metadata.user",), "time": ("created_at",),
            "input": ("tokens_in",), "output": ("tokens_out",), "cost": ("cost",),
        },
        "https://developers.cloudflare.com/ai-gateway/observability/logging",
        currency="USD",
    ),
    Form(
        "Portkey log export",
        frozenset({"ai_org", "ai_model"}),
        {
            "vendor": ("ai_org",), "model": ("ai_model",), "host": ("request_url",),
            "app": ("metadata.app", "metadata.application", "prompt_slug"), "team": ("metadata.team", "workspace_slug"),
            "person": ("metadata._user",), "time": ("created_at",), "input": ("req_units",), "output": ("res_units",),
            "total": ("total_units",),  # its cost is not read: the unit of that field is not stated with it
        },
        "https://portkey.ai/docs/product/observability/logs-export",
    ),
    Form(
        "Langfuse observations",
        frozenset({"provided_model_name", "trace_id"}),
        {
            "model": ("provided_model_name",), "app": ("trace_name", "project_id"), "person": ("user_id",),
            "time": ("start_time",), "input": ("usage_details.input",), "output": ("usage_details.output",),
            "total": ("usage_details.total",), "cost": ("total_cost", "cost_details.total"),
        },
        "https://langfuse.com/docs/api-and-data-platform/features/blob-storage-export-fields",
        currency="USD",
    ),
)  # fmt: skip
"""The more particular ones before those whose marks they share."""

SQUID: Final = Form("Squid access log", frozenset(), {}, "https://wiki.squid-cache.org/Features/LogFormat", egress=True)

WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "vendor": (
        "vendor", "provider", "llmprovider", "aiprovider", "modelprovider", "genaiprovidername", "genaisystem",
        "supplier", "service", "servicename", "appname", "applicationname", "cloudapplication", "cloudapp",
    ),
    "model": (
        "model", "modelname", "modelid", "engine", "deployment", "deploymentname", "genairequestmodel", "llmmodel",
        "providedmodelname", "responsemodel", "genairesponsemodel", "snapshotid",
    ),
    "host": (
        "host", "hostname", "desthost", "destinationhost", "destinationdomain", "domain", "url", "requesturl", "uri",
        "cshost", "csurihost", "endpoint", "apibase", "sni", "server", "destination", "fqdn", "ehost", "eurl",
    ),
    "app": (
        "app", "application", "project", "projectname", "projectid", "usecase", "agent", "agentname", "workload",
        "tracename", "clientapp", "caller", "consumer", "costcenter", "costcentre",
    ),
    "team": ("team", "teamname", "teamid", "department", "dept", "group", "unit", "businessunit", "workspace",
             "workspacename", "workspaceid", "organization", "organisation", "location"),
    "key": ("key", "keyname", "apikey", "apikeyid", "apikeyname", "apikeyalias", "keyalias", "virtualkey", "token",
            "tokenname", "serviceaccount"),
    "person": ("user", "userid", "username", "useremail", "login", "email", "principal", "clientip", "cip", "srcip",
               "sourceip", "enduser", "employee", "member", "csusername", "actor"),
    "time": ("time", "timestamp", "date", "datetime", "starttime", "startedat", "createdat", "eventtime", "day",
             "requesttime", "usagedate", "bucketstart", "startingat", "logtime"),
    "calls": ("calls", "requests", "requestcount", "callcount", "nummodelrequests", "nrequests", "invocations",
              "apicalls", "count"),
    "input": ("inputtokens", "prompttokens", "tokensin", "inputtokencount", "requesttokens", "genaiusageinputtokens",
              "contexttokens"),
    "output": ("outputtokens", "completiontokens", "tokensout", "outputtokencount", "responsetokens",
               "genaiusageoutputtokens", "generatedtokens"),
    "total": ("totaltokens", "tokens", "tokencount", "totaltokencount"),
    "cost": ("cost", "spend", "amount", "price", "totalcost", "costusd", "costinusd", "usd", "charge", "amountusd"),
    "currency": ("currency", "costcurrency", "currencycode"),
    "outcome": ("action", "outcome", "verdict", "policyaction", "disposition"),
}  # fmt: skip
"""Field names without case and punctuation; the earlier ones are surer."""

_DOLLARS = re.compile("usd|dollar", re.IGNORECASE)
_PROXY_SIGNS = frozenset(
    {"action", "outcome", "clientip", "cip", "srcip", "sourceip", "url", "cshost", "urlcategory", "useragent", "method",
     "responsecode", "status", "statuscode", "bytes", "login", "csuri", "sni", "ehost", "eurl"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layout:
    """How the rows of one file are read."""

    form: Form
    paths: Mapping[str, tuple[Path, ...]]
    """For each target, the fields that are added up or, for text, of which the first that says something is taken."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Field to target, for people to look at."""
    unread: tuple[str, ...] = ()


def loose(name: str) -> str:
    """A field's name without case and punctuation."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def layout_of(source: str, names: Sequence[str], chosen: Mapping[str, str] | None = None) -> Layout:
    """Recognise a file by its field names.

    Args:
        source: the file, for messages.
        names: every field of the first rows; dots lead into objects.
        chosen: from a field to a target, decided by a person; goes before everything else.

    Raises:
        InvalidInput: nothing says which vendor, model or host was called; or `chosen` names what is not there.
    """
    have = set(names)
    tops = {name.split(".")[0] for name in names}
    form = next((form for form in FORMS if all(mark in have for mark in form.marks)), None)
    read = dict(form.read) if form is not None else {}
    for column, target in (chosen or {}).items():
        _check_chosen(source, column, target, tops | have)
        read[target] = (column,)
    if form is None:
        read = {**_by_words(names, taken=frozenset(read[target][0] for target in read)), **read}
        form = Form(
            "columns by their names", frozenset(), {}, "", currency=_currency(read), egress=_is_proxy(names, read)
        )
    paths = {target: _paths(fields, have | tops) for target, fields in read.items()}
    paths = {target: found for target, found in paths.items() if found}
    if not form.vendor and not paths.keys() & {"vendor", "model", "host"}:
        raise _unknown(source, names)
    columns = {".".join(path): target for target, found in paths.items() for path in found}
    used = {path[0] for found in paths.values() for path in found}
    return Layout(form, paths, columns, tuple(sorted(tops - used)))


def _check_chosen(source: str, column: str, target: str, have: Collection[str]) -> None:
    if target not in TARGETS:
        raise InvalidInput(
            "discovery-target-unknown", f"`{target}` is nothing that a column can mean", place=Place(source=source),
            remedy=did_you_mean(target, TARGETS),
        )  # fmt: skip
    if column not in have:
        raise InvalidInput(
            "discovery-column-unknown", f"the file has no column `{column}`", place=Place(source=source),
            remedy=did_you_mean(column, have),
        )  # fmt: skip


def _paths(fields: Sequence[str], have: Collection[str]) -> tuple[Path, ...]:
    """Of alternatives, every one whose first part is there, in order; of a sum, all its parts."""
    found = []
    for each in fields:
        for part in each.split("+"):
            path = (part,) if part in have and "." not in part else tuple(part.split("."))
            if part in have or path[0] in have:
                found.append((part,) if part in have and path[0] not in have else path)
    return tuple(found)


def _by_words(names: Sequence[str], taken: frozenset[str]) -> dict[str, tuple[str, ...]]:
    free = {loose(name): name for name in reversed(names) if name not in taken}
    found: dict[str, tuple[str, ...]] = {}
    for target, words in WORDS.items():
        word = next((word for word in words if word in free), None)
        if word is not None:
            found[target] = (free.pop(word),)
    return found


def _is_proxy(names: Sequence[str], read: Mapping[str, Sequence[str]]) -> bool:
    """Whether rows are everything that went out, and not only calls of models."""
    tokens = read.keys() & {"model", "input", "output", "total", "cost"}
    return "host" in read and not tokens and bool({loose(name) for name in names} & _PROXY_SIGNS)


def _currency(read: Mapping[str, Sequence[str]]) -> str:
    return "USD" if any(_DOLLARS.search(name) for name in read.get("cost", ())) else ""


def _unknown(source: str, names: Sequence[str]) -> InvalidInput:
    shown = ", ".join(f"`{name[:40]}`" for name in names[:12]) + (" and others" if len(names) > 12 else "")  # noqa: PLR2004 - enough to recognise the file
    return InvalidInput(
        "discovery-form-unknown",
        f"no column says which vendor, model or host was called; the file has {shown or 'no columns'}",
        place=Place(source=source, line=1),
        remedy="name it, as in `--column Destination=host`; the first line must hold the names of the columns",
    )
