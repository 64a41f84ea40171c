"""A Jira as far as Atlassian's REST API references describe it: Cloud (version 3) or Data Center (version 2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.harness.contract_servers.serving import Answer, Asked, System

STATUSES = {
    "To Do": "new",
    "In Progress": "indeterminate",
    "Won't Do": "done",
    "Done": "done",
}


class JiraSite(System):
    """Projects with issues. On Cloud the search lags behind until `index` is called, if `lags` is set."""

    def __init__(self, credentials: str = "robot:letmein", *, cloud: bool = True) -> None:
        super().__init__(credentials)
        self.cloud = cloud
        self.root = "/rest/api/3" if cloud else "/rest/api/2"
        self.issues: list[dict[str, Any]] = []
        self.may_create = True
        self.lags = False
        self.transitions: tuple[str, ...] = ("In Progress", "Won't Do", "Done")
        self._indexed: set[str] = set()

    def index(self) -> None:
        """Let the search catch up."""
        self._indexed = {issue["id"] for issue in self.issues}

    def refusal(self) -> Answer:
        return Answer(401, {"errorMessages": ["Client must be authenticated to access this resource."], "errors": {}})

    def answer(self, asked: Asked) -> Answer:  # noqa: PLR0911 - one line per route of the published API
        path = asked.path.removeprefix(self.root)
        match path.strip("/").split("/"):
            case _ if path == asked.path:
                return Answer(404, {"errorMessages": ["dead link"], "errors": {}})
            case ["project", key]:
                return self._project(key)
            case ["mypermissions"]:
                return Answer(200, {"permissions": {"CREATE_ISSUES": {"havePermission": self.may_create}}})
            case ["myself"]:
                return Answer(200, {"accountId": "5b10a2844c20165700ede21g"} if self.cloud else {"name": "robot"})
            case ["issue"] if asked.method == "POST":
                return self._create(asked.body["fields"])
            case ["search", "jql"] if self.cloud and asked.method == "POST":
                return self._search(asked.body)
            case ["search"] if not self.cloud and asked.method == "POST":
                return self._search(asked.body)
            case ["issue", ref, *rest]:
                return self._issue(ref, rest, asked)
        return Answer(410 if path == "/search" else 404, {"errorMessages": ["nothing here"], "errors": {}})

    def put(self, status: str = "To Do", labels: tuple[str, ...] = ()) -> dict[str, Any]:
        """Make an issue by hand, as a person does."""
        made = self._create({"project": {"key": "RISK"}, "issuetype": {"name": "Task"}, "summary": "x",
                             "labels": list(labels)}).body  # fmt: skip
        issue = next(each for each in self.issues if each["id"] == made["id"])
        issue["status"] = status
        return issue

    @staticmethod
    def _project(key: str) -> Answer:
        if key != "RISK":
            message = f"No project could be found with key '{key}'."
            return Answer(404, {"errorMessages": [message], "errors": {}})
        return Answer(200, {"key": key, "name": "Risk", "issueTypes": [{"name": "Task"}, {"name": "Bug"}]})

    def _create(self, fields: Mapping[str, Any]) -> Answer:
        wrong = {}
        if len(fields["summary"]) > 255:
            wrong["summary"] = "Summary must be less than 255 characters."
        if isinstance(fields.get("description", ""), Mapping) is not self.cloud and "description" in fields:
            wrong["description"] = "Operation value must be an Atlassian Document" if self.cloud else "must be a string"
        if any(" " in label for label in fields.get("labels", ())):
            wrong["labels"] = "The label contains spaces which is invalid."
        if wrong:
            return Answer(400, {"errorMessages": [], "errors": wrong})
        number = len(self.issues) + 1
        issue = {"id": str(10_000 + number), "key": f"RISK-{number}", "fields": dict(fields), "status": "To Do",
                 "comments": []}  # fmt: skip
        self.issues.append(issue)
        if not self.lags:
            self.index()
        return Answer(201, {"id": issue["id"], "key": issue["key"], "self": f"{self.address}/{issue['id']}"})

    def _shown(self, issue: Mapping[str, Any]) -> dict[str, Any]:
        name = issue["status"]
        status = {"name": name, "statusCategory": {"key": STATUSES[name]}}
        own = {name: value for name, value in issue["fields"].items() if name.startswith("customfield_")}
        fields = {**own, "status": status, "labels": issue["fields"].get("labels", [])}
        return {"id": issue["id"], "key": issue["key"], "fields": fields}

    def _search(self, body: Mapping[str, Any]) -> Answer:
        jql = body["jql"]
        reconciled = {str(each) for each in body.get("reconcileIssues", ())}
        known = [each for each in self.issues if each["id"] in self._indexed | reconciled]
        if listed := re.match(r"id in \(([\d,]+)\)", jql):
            wanted = listed[1].split(",")
            lost = [each for each in wanted if each not in {issue["id"] for issue in self.issues}]
            if lost:
                message = f"Issue does not exist or you do not have permission to see it. ({lost[0]})"
                return Answer(400, {"errorMessages": [message], "errors": {}})
            found = [each for each in known if each["id"] in wanted]
        elif labelled := re.match(r'project = "(\w+)" AND labels = "([\w-]+)"', jql):
            found = [each for each in known if labelled[2] in each["fields"].get("labels", ())]
        else:
            return Answer(400, {"errorMessages": [f"Error in the JQL Query: {jql}"], "errors": {}})
        most = min(int(body["maxResults"]), 2)  # a server may give less than is asked for
        if self.cloud:
            start = int(body.get("nextPageToken", "0"))
            page = {"issues": [self._shown(each) for each in found[start : start + most]]}
            more = start + most < len(found)
            return Answer(200, {**page, "isLast": not more, **({"nextPageToken": str(start + most)} if more else {})})
        start = int(body["startAt"])
        page = {"issues": [self._shown(each) for each in found[start : start + most]]}
        return Answer(200, {**page, "startAt": start, "maxResults": most, "total": len(found)})

    def _issue(self, ref: str, rest: list[str], asked: Asked) -> Answer:  # noqa: PLR0911 - one line per route of the published API
        issue = next((each for each in self.issues if ref in {each["id"], each["key"]}), None)
        if issue is None:
            return Answer(404, {"errorMessages": ["Issue does not exist or you do not have permission to see it."],
                                "errors": {}})  # fmt: skip
        match (asked.method, rest):
            case ("GET", []):
                return Answer(200, self._shown(issue))
            case ("POST", ["comment"]):
                if isinstance(asked.body["body"], Mapping) is not self.cloud:
                    return Answer(400, {"errorMessages": [], "errors": {"comment": "Comment body is not valid!"}})
                issue["comments"].append(asked.body["body"])
                return Answer(201, {"id": str(len(issue["comments"]))})
            case ("GET", ["transitions"]):
                listed = [
                    {"id": str(number), "name": name,
                     "to": {"name": name, "statusCategory": {"key": STATUSES[name]}}}
                    for number, name in enumerate(self.transitions, 11)
                ]  # fmt: skip
                return Answer(200, {"transitions": listed})
            case ("POST", ["transitions"]):
                issue["status"] = self.transitions[int(asked.body["transition"]["id"]) - 11]
                return Answer(204)
        return Answer(405)
