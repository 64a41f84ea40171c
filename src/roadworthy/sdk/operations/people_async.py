"""People: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.people import (
    AccountUnwanted,
    AccountWanted,
    GroupMembers,
    Leftover,
    Profile,
    RecordPage,
    SameWanted,
    StaffGroup,
    StaffPlan,
)
from roadworthy.sdk.shapes.shared import Reason


class AsyncPeopleCalls:
    """People, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def listed(
        self,
        *,
        search: str | None = None,
        left: bool | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> RecordPage:
        """People in the order in which they became known, without those who were erased."""
        call: Call[RecordPage] = Call(
            "GET", "/people", RecordPage, query={"search": search, "left": left, "cursor": cursor, "limit": limit}
        )
        return await self._send(call)

    async def findings(self) -> tuple[Leftover, ...]:
        """What people who left still hold, the longest gone first."""
        call: Call[tuple[Leftover, ...]] = Call("GET", "/people/findings", tuple[Leftover, ...])
        return await self._send(call)

    async def same(self, body: SameWanted) -> Profile:
        """Say that two records are one human."""
        call: Call[Profile] = Call("POST", "/people/same", Profile, body=body)
        return await self._send(call)

    async def unbind(self, body: AccountUnwanted) -> Profile:
        """Take an account from its person; its sessions end, and its next sign-in is refused."""
        call: Call[Profile] = Call("POST", "/people/unbind", Profile, body=body)
        return await self._send(call)

    async def plan_import(self, file_name: str, content: bytes, *, complete: bool | None = None) -> StaffPlan:
        """What a file of staff would change."""
        call: Call[StaffPlan] = Call(
            "POST", "/people/import/plan", StaffPlan, files={"file": (file_name, content)}, body={"complete": complete}
        )
        return await self._send(call)

    async def bring_in(
        self, file_name: str, content: bytes, *, complete: bool | None = None, really: int | None = None
    ) -> StaffPlan:
        """Bring a file of staff in, whole but for rows with faults, which are told."""
        call: Call[StaffPlan] = Call(
            "POST",
            "/people/import",
            StaffPlan,
            files={"file": (file_name, content)},
            body={"complete": complete, "really": really},
        )
        return await self._send(call)

    async def get(self, who: str) -> Profile:
        """Everything about one person."""
        call: Call[Profile] = Call("GET", f"/people/{quote(who, safe='')}", Profile)
        return await self._send(call)

    async def leave(self, who: str, body: Reason) -> Profile:
        """Say that somebody has left: what opens for them ends at once, and what they hold is found."""
        call: Call[Profile] = Call("POST", f"/people/{quote(who, safe='')}/leave", Profile, body=body)
        return await self._send(call)

    async def come_back(self, who: str, body: Reason) -> Profile:
        """Say that somebody is here again."""
        call: Call[Profile] = Call("POST", f"/people/{quote(who, safe='')}/return", Profile, body=body)
        return await self._send(call)

    async def bind(self, who: str, body: AccountWanted) -> Profile:
        """Bind an account at an identity provider to a person."""
        call: Call[Profile] = Call("POST", f"/people/{quote(who, safe='')}/bind", Profile, body=body)
        return await self._send(call)

    async def different(self, who: str, body: Reason) -> Profile:
        """Say that a record is another human than those it was joined with."""
        call: Call[Profile] = Call("POST", f"/people/{quote(who, safe='')}/different", Profile, body=body)
        return await self._send(call)

    async def erase(self, who: str, body: Reason) -> Profile:
        """Erase what names a person."""
        call: Call[Profile] = Call("POST", f"/people/{quote(who, safe='')}/erase", Profile, body=body)
        return await self._send(call)

    async def groups(self) -> tuple[StaffGroup, ...]:
        """Every group by name."""
        call: Call[tuple[StaffGroup, ...]] = Call("GET", "/groups", tuple[StaffGroup, ...])
        return await self._send(call)

    async def group(self, name: str) -> GroupMembers:
        """A group with those who are in it."""
        call: Call[GroupMembers] = Call("GET", f"/groups/{quote(name, safe='')}", GroupMembers)
        return await self._send(call)
