"""A ServiceNow instance as far as its Table API reference describes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.harness.contract_servers.serving import Answer, Asked, System

_PATH = re.compile(r"/api/now/table/(?P<table>\w+)(?:/(?P<sys_id>\w+))?")
_DATED = "2026-11-21 10:00:{:02}"


class ServiceNowInstance(System):
    """Tables with records. Like a real one it keeps no correlation unique and ignores conditions on unknown fields."""

    def __init__(self, credentials: str = "robot:letmein", *, correlates: bool = True) -> None:
        super().__init__(credentials)
        self.tables: dict[str, list[dict[str, Any]]] = {
            "incident": [],
            "change_request": [],
            "sys_user": [{"user_name": "robot"}],
        }
        self.correlates = correlates
        self.mandatory: Mapping[str, tuple[str, ...]] = {}
        """State to the fields that a record must have to go into it."""

    def refusal(self) -> Answer:
        return _fault(401, "User Not Authenticated", "Required to provide Auth information")

    def answer(self, asked: Asked) -> Answer:  # noqa: PLR0911 - one line per route of the published API
        found = _PATH.fullmatch(asked.path)
        if found is None:
            return _fault(400, "Requested URI does not represent any resource", None)
        table, sys_id = found["table"], found["sys_id"]
        if table not in self.tables:
            return _fault(400, f"Invalid table {table}", None)
        if asked.method == "GET" and sys_id is None:
            return self._listed(table, asked.query)
        if asked.method == "POST" and sys_id is None:
            return self._create(table, asked.body)
        record = next((each for each in self.tables[table] if each.get("sys_id") == sys_id), None)
        if record is None:
            return _fault(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
        if asked.method == "PATCH":
            return self._patch(record, asked.body)
        return Answer(200, {"result": record})

    def put(self, **values: str) -> dict[str, Any]:
        """Make a record by hand, as a person does."""
        made: dict[str, Any] = self._create("incident", dict(values)).body["result"]
        return made

    def change(self, number: str, **values: str) -> dict[str, Any]:
        """Make a change request by hand."""
        made: dict[str, Any] = self._create(
            "change_request",
            {"number": number, "state": "-5", "approval": "not requested", "start_date": "", "end_date": "", **values},
        ).body["result"]
        return made

    @property
    def incidents(self) -> list[dict[str, Any]]:
        return self.tables["incident"]

    def _create(self, table: str, given: Mapping[str, Any]) -> Answer:
        number = len(self.tables[table]) + 1
        record = {
            "sys_id": f"{number:032x}",
            "number": f"INC{number:07}",
            "state": "1",
            "sys_created_on": _DATED.format(min(number, 59)),
            "correlation_id": "",
            **{name: value for name, value in given.items() if self.correlates or name != "correlation_id"},
            "journal": [],
        }
        if not self.correlates:
            record.pop("correlation_id")
        self.tables[table].append(record)
        return Answer(201, {"result": record})

    def _patch(self, record: dict[str, Any], given: Mapping[str, Any]) -> Answer:
        wanted = self.mandatory.get(str(given.get("state")), ())
        missing = [name for name in wanted if not (given.get(name) or record.get(name))]
        if missing:
            detail = f"Data Policy Exception: The following fields are mandatory: {', '.join(missing)}"
            return _fault(403, "Operation Failed", detail)
        values = dict(given)
        if "comments" in values:
            record["journal"].append(values.pop("comments"))
        record.update(values)
        return Answer(200, {"result": record})

    def _listed(self, table: str, query: Mapping[str, str]) -> Answer:
        records = list(self.tables[table])
        for condition in query.get("sysparm_query", "").split("^"):
            records = self._narrowed(records, condition)
        start, most = int(query.get("sysparm_offset", 0)), int(query.get("sysparm_limit", 10_000))
        names = query.get("sysparm_fields", "").split(",")
        page = [{name: each[name] for name in names if name in each} for each in records[start : start + most]]
        return Answer(200, {"result": page}, {"X-Total-Count": str(len(records))})

    @staticmethod
    def _narrowed(records: list[dict[str, Any]], condition: str) -> list[dict[str, Any]]:
        if condition.startswith("ORDERBY"):
            return sorted(records, key=lambda each: str(each.get(condition.removeprefix("ORDERBY"), "")))
        listed = re.fullmatch(r"(\w+?)IN(.+)", condition)
        equal = re.fullmatch(r"(\w+)=(.*)", condition)
        if listed is not None:
            return [each for each in records if each.get(listed[1]) in listed[2].split(",")]
        if equal is None or "javascript:" in condition:
            return records
        if any(equal[1] in each for each in records):
            return [each for each in records if each.get(equal[1]) == equal[2]]
        return records  # a condition on a field that the table does not have is left out


def _fault(status: int, message: str, detail: str | None) -> Answer:
    return Answer(status, {"error": {"message": message, "detail": detail}, "status": "failure"})
