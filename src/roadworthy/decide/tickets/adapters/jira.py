"""Jira, through its REST API: Cloud (version 3) and Data Center (version 2).

Written from Atlassian's published references. They differ where it matters: Cloud takes descriptions and comments as
Atlassian Document Format, Data Center as text; Cloud searches at `/search/jql` with `nextPageToken`, Data Center at
`/search` with `startAt`. Errors are `{"errorMessages": [...], "errors": {...}}`; 429 comes with `Retry-After`.

Whether an issue is done is taken from the category of its status (`new`, `indeterminate`, `done`), which every
workflow has, whatever its own words are. The correlation is a label, because a label can be searched for without an
app. Cloud's search may lag behind by seconds to minutes (Atlassian, "Search And Reconcile"), so an attempt whose
outcome is unknown is looked up only after `rules.SETTLING`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from roadworthy.decide.tickets.adapters.exchange import Exchange, Json, text_of, unreadable
from roadworthy.decide.tickets.adapters.servicenow import plain
from roadworthy.decide.tickets.model import (
    Checked,
    Content,
    Remote,
    SystemType,
    TicketState,
    TicketSystem,
)
from roadworthy.foundation.errors import InvalidInput, NotFound, Place

PAGE = 50
LONGEST_SUMMARY = 255
"""Characters; Jira refuses a longer summary."""
CATEGORIES: Final[Mapping[str, TicketState]] = {
    "new": TicketState.OPEN,
    "undefined": TicketState.OPEN,
    "indeterminate": TicketState.IN_PROGRESS,
    "done": TicketState.CLOSED,
}
USUAL_ENDS: Final = frozenset({"done", "resolved", "closed"})
"""Preferred among several statuses that count as done: others say that nothing was done, as `Won't Do`."""
_ID = re.compile(r"[0-9]{1,18}")


class Jira:
    """Tickets as issues of one project."""

    def __init__(self, exchange: Exchange, system: TicketSystem) -> None:
        self._exchange = exchange
        self._system = system
        self._cloud = system.type is SystemType.JIRA_CLOUD
        self._root = "/rest/api/3" if self._cloud else "/rest/api/2"

    def check(self) -> Checked:
        """Who we are there, and whether issues can be made in the project."""
        project = self._exchange.get(f"{self._root}/project/{self._system.place}")
        may = self._exchange.get(
            f"{self._root}/mypermissions", projectKey=self._system.place, permissions="CREATE_ISSUES"
        )
        granted = may.get("permissions", {}).get("CREATE_ISSUES", {}) if isinstance(may, Mapping) else {}
        if granted.get("havePermission") is not True:
            raise InvalidInput(
                "ticket-system-place-closed",
                f"the account may not create issues in `{self._system.place}`",
                place=Place(source=f"{self._exchange.base}{self._root}/mypermissions"),
                remedy="ask an administrator of the project for the permission to create issues",
            )
        kinds = project.get("issueTypes") if isinstance(project, Mapping) else None
        names = [str(each.get("name")) for each in kinds or () if isinstance(each, Mapping)]
        if names and self._system.issue_type not in names:
            raise InvalidInput(
                "ticket-system-issue-type-unknown",
                f"the project `{self._system.place}` has no type of issue called `{self._system.issue_type}`",
                place=Place(field="spec.issueType"),
                remedy=f"use one of: {', '.join(names)}",
            )
        me = self._exchange.get(f"{self._root}/myself")
        account = me.get("accountId") or me.get("name") or "signed in" if isinstance(me, Mapping) else "signed in"
        shown = project.get("name") or self._system.place if isinstance(project, Mapping) else self._system.place
        return Checked(account=str(account), place=str(shown))

    def find(self, correlation: str) -> Remote | None:
        """The oldest issue that carries this correlation as a label."""
        jql = f'project = "{self._system.place}" AND labels = "{correlation}" ORDER BY created ASC'
        found = [each for each in self._search(jql) if correlation in (self._fields(each).get("labels") or ())]
        if not found:
            return None
        return self._remote(found[0], twins=tuple(str(each.get("key")) for each in found[1:]))

    def create(self, correlation: str, content: Content) -> Remote:
        """Make an issue."""
        given = content.fields.get("labels")
        labels = [str(each) for each in given] if isinstance(given, tuple | list) else []
        fields = {
            **content.fields,
            "project": {"key": self._system.place},
            "issuetype": {"name": self._system.issue_type},
            "summary": content.title[:LONGEST_SUMMARY],
            "description": document(content) if self._cloud else plain(content),
            "labels": [*labels, "roadworthy", correlation],
        }
        path = f"{self._root}/issue"
        place = Place(source=f"{self._exchange.base}{path}")
        made = self._exchange.post(path, {"fields": fields})
        ref, key = (text_of(made, name, place, uncertain=True) for name in ("id", "key"))
        return Remote(ref, key, self._page(key), TicketState.OPEN, "")

    def read(self, refs: Sequence[str]) -> Sequence[Remote]:
        """Those of these issues that exist.

        A search for an id that no longer exists is an error for the whole search, so then each is asked for alone.
        """
        asked = [ref for ref in refs if _ID.fullmatch(ref)]
        found: list[Remote] = []
        for start in range(0, len(asked), PAGE):
            some = asked[start : start + PAGE]
            wanted = set(some)
            try:
                issues = list(self._search(f"id in ({','.join(some)}) ORDER BY id ASC", reconcile=some))
            except InvalidInput:
                issues = [issue for ref in some if (issue := self._issue(ref)) is not None]
            found += [self._remote(each) for each in issues if str(each.get("id")) in wanted]
        return found

    def comment(self, ref: str, text: str) -> None:
        """Add a comment."""
        body = document_of(text.split("\n\n")) if self._cloud else text
        self._exchange.post(f"{self._record(ref)}/comment", {"body": body})

    def close(self, ref: str, text: str) -> Remote:
        """Take a transition that leads to a status of the category `done`, or to the declared status."""
        self.comment(ref, text)
        record = self._record(ref)
        answer = self._exchange.get(f"{record}/transitions")
        transitions = answer.get("transitions") if isinstance(answer, Mapping) else None
        outward = [each for each in transitions or () if self._leads_out(each)]
        chosen = min(outward, key=lambda each: str(each["to"].get("name")).casefold() not in USUAL_ENDS, default=None)
        if chosen is None:
            issue = self._issue(ref)
            if issue is not None and self._remote(issue).state is TicketState.CLOSED:
                return self._remote(issue)
            raise InvalidInput(
                "ticket-cannot-be-closed",
                "from its present status the workflow leads to none that counts as done",
                place=Place(source=f"{self._exchange.base}{record}"),
                remedy="close it in Jira, or name the status in `closedAs` of the declared system",
            )
        body: dict[str, Json] = {"transition": {"id": str(chosen.get("id"))}}
        if self._system.closing:
            body["fields"] = dict(self._system.closing)
        self._exchange.post(f"{record}/transitions", body)
        issue = self._issue(ref)
        if issue is None:
            raise unreadable(Place(source=f"{self._exchange.base}{record}"), "the issue is gone", uncertain=True)
        return self._remote(issue)

    def _leads_out(self, transition: Mapping[str, Json]) -> bool:
        to = transition.get("to")
        if not isinstance(to, Mapping):
            return False
        if self._system.closed_as is not None:
            return str(to.get("name")).casefold() == self._system.closed_as.casefold()
        category = to.get("statusCategory")
        return isinstance(category, Mapping) and category.get("key") == "done"

    def _issue(self, ref: str) -> Mapping[str, Json] | None:
        try:
            found = self._exchange.get(self._record(ref), fields="status,labels")
        except NotFound:
            return None
        return found if isinstance(found, Mapping) else None

    def _record(self, ref: str) -> str:
        if not _ID.fullmatch(ref):
            raise NotFound(
                "ticket-unknown-there", f"`{ref[:80]}` is no id of an issue", remedy="sync, then look at the ticket"
            )
        return f"{self._root}/issue/{ref}"

    def _search(self, jql: str, reconcile: Sequence[str] = ()) -> Iterator[Mapping[str, Json]]:
        if self._cloud:
            yield from self._search_cloud(jql, reconcile)
            return
        start = 0
        while True:
            body = {"jql": jql, "startAt": start, "maxResults": PAGE, "fields": ["status", "labels"]}
            answer = self._exchange.search(f"{self._root}/search", body)
            issues = self._issues(answer)
            yield from issues
            start += len(issues)
            total = answer.get("total")
            if not issues or not isinstance(total, int) or start >= total:
                return

    def _search_cloud(self, jql: str, reconcile: Sequence[str]) -> Iterator[Mapping[str, Json]]:
        body: dict[str, Json] = {"jql": jql, "maxResults": PAGE, "fields": ["status", "labels"]}
        if reconcile:
            body["reconcileIssues"] = [int(each) for each in reconcile]
        seen: set[str] = set()
        while True:
            answer = self._exchange.search(f"{self._root}/search/jql", body)
            yield from self._issues(answer)
            token = answer.get("nextPageToken")
            if not isinstance(token, str) or answer.get("isLast") is True or token in seen:
                return
            seen.add(token)
            body["nextPageToken"] = token

    def _issues(self, answer: Json) -> list[Mapping[str, Json]]:
        issues = answer.get("issues") if isinstance(answer, Mapping) else None
        if not isinstance(issues, list) or not all(isinstance(each, Mapping) for each in issues):
            raise unreadable(Place(source=f"{self._exchange.base}{self._root}/search"), "`issues` is no list of issues")
        return issues

    @staticmethod
    def _fields(issue: Mapping[str, Json]) -> Mapping[str, Json]:
        fields = issue.get("fields")
        return fields if isinstance(fields, Mapping) else {}

    def _remote(self, issue: Mapping[str, Json], *, twins: tuple[str, ...] = ()) -> Remote:
        place = Place(source=f"{self._exchange.base}{self._root}/issue")
        ref, key = text_of(issue, "id", place), text_of(issue, "key", place)
        status = self._fields(issue).get("status")
        status = status if isinstance(status, Mapping) else {}
        category = status.get("statusCategory")
        named = str(category.get("key")) if isinstance(category, Mapping) else "undefined"
        word = str(status.get("name") or "")
        state = self._system.states.get(word) or CATEGORIES.get(named, TicketState.OPEN)
        return Remote(ref, key, self._page(key), state, word, twins)

    def _page(self, key: str) -> str:
        return f"{self._exchange.base}/browse/{key}"


def document(content: Content) -> Mapping[str, Json]:
    """The content in Atlassian Document Format, version 1."""
    blocks: list[Mapping[str, Json]] = []
    for heading, text in content.parts:
        blocks += [
            {"type": "heading", "attrs": {"level": 3}, "content": [{"type": "text", "text": heading}]},
            _paragraph(text),
        ]
    link = {"type": "text", "text": content.link, "marks": [{"type": "link", "attrs": {"href": content.link}}]}
    return {"type": "doc", "version": 1, "content": [*blocks, {"type": "paragraph", "content": [link]}]}


def document_of(paragraphs: Sequence[str]) -> Mapping[str, Json]:
    """Paragraphs in Atlassian Document Format, version 1."""
    return {"type": "doc", "version": 1, "content": [_paragraph(each) for each in paragraphs if each.strip()]}


def _paragraph(text: str) -> Mapping[str, Json]:
    nodes: list[Mapping[str, Json]] = []
    for line in text.split("\n"):
        if nodes:
            nodes.append({"type": "hardBreak"})
        if line:
            nodes.append({"type": "text", "text": line})
    return {"type": "paragraph", "content": nodes}
