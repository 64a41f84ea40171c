"""A staff directory speaks to a running server: somebody joins, holds a duty, leaves, and is found."""

from __future__ import annotations

import httpx

from tests.harness.scim import grouped, made, patch
from tests.journeys.home import Home, use_case


def test_a_leaver_appears_by_scim_and_is_flagged(home: Home) -> None:
    home.write("a.yaml", use_case("a", owners={"product": "priya@halden.example"}))
    with home.served() as served:
        home.run("apply", "a.yaml", code=0)
        token = home.run("token", "new", "staff-directory", "--may", "directory:write", code=0).out.strip()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
        with httpx.Client(base_url=f"{served.address}/scim/v2", headers=headers, trust_env=False, timeout=60) as scim:
            priya = made(scim)
            grouped(scim, "Claims", priya["id"])
            assert "Priya" in home.run("groups", "show", "Claims", code=0).out
            assert "nobody who left" in home.run("people", "list", "--findings", code=0).err
            patch(scim, f"/Users/{priya['id']}", {"op": "Replace", "path": "active", "value": "False"})
        found = home.run("people", "list", "--findings", "-o", "json", code=0).json()
        assert [(each["what"], each["resource"]) for each in found] == [("seat", "UseCase/a")]
        assert "who left still hold" in home.run("doctor").out
        entries = home.run("ledger", "show", "-o", "json", code=0).json()
        left = next(each for each in entries if each["what"] == "person.left")
        assert left["resource"] == f"Person/{priya['id']}"
    home.run("people", "return", "priya@halden.example", "--reason", "a mistake", code=0)
    assert home.run("people", "list", "--findings", "-o", "json", code=0).json() == []
    home.run("ledger", "verify", code=0)
