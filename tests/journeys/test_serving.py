from __future__ import annotations

import re
import signal
import stat
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from roadworthy.foundation.errors import ExitCode
from tests.journeys.home import PATIENCE, Home, use_case

API = "/api/v1alpha1"


def test_commands_go_to_the_running_server_and_a_second_server_is_refused(home: Home) -> None:
    home.write("a.yaml", use_case("a"))
    with home.served(fresh=True) as served:
        assert urlsplit(served.address).hostname == "127.0.0.1"
        assert "UseCase/a created" in home.run("apply", "a.yaml", code=0).out
        assert home.run("get", "-o", "name", code=0).out == "UseCase/a\n"
        assert "nothing to change" in home.run("apply", "a.yaml", code=0).err

        second = home.run("serve", "--port", "0", code=ExitCode.FAILED)
        assert f"process {served.process.pid} at {served.address}" in second.err
        assert str(home.folder / ".roadworthy") in second.err

        entries = home.run("ledger", "show", "-o", "json", code=0).json()
        assert next(each for each in entries if each["what"] == "use-case.applied")["via"] == "cli"
        with httpx.Client(base_url=served.address, trust_env=False, timeout=60) as nobody:
            assert nobody.get(f"{API}/health/ready").json() == {"status": "ready"}
            assert nobody.get(f"{API}/use-cases").status_code == httpx.codes.UNAUTHORIZED
            assert nobody.get(f"{API}/health/live", headers={"Host": "evil.example"}).status_code == 400
    assert not (home.folder / ".roadworthy" / "owner.json").exists()


def test_the_printed_link_signs_a_browser_in_once(home: Home) -> None:
    with home.served() as served, httpx.Client(base_url=served.address, trust_env=False, timeout=60) as browser:
        assert browser.get("/").status_code == httpx.codes.UNAUTHORIZED
        assert browser.get(served.link).status_code == httpx.codes.OK
        form = {"token": parse_qs(urlsplit(served.link).query)["token"][0], "handle": "ana@example.org", "name": "Ana"}
        headers = {"Origin": served.address}
        assert browser.post("/sign-in", data=form, headers=headers).status_code == httpx.codes.SEE_OTHER
        assert browser.get("/").status_code == httpx.codes.OK
        assert browser.get(f"{API}/me").json()["handle"] == "ana@example.org"
        assert browser.post("/sign-in", data=form, headers=headers).status_code == httpx.codes.UNAUTHORIZED
        fresh = home.run("sign-in-link", "--for", "ben@example.org", code=0).out.strip()
        assert fresh.startswith(f"{served.address}/sign-in?token=")


def test_the_card_with_the_secret_is_for_its_owner_only(home: Home) -> None:
    with home.served() as served:
        card = home.folder / ".roadworthy" / "owner.json"
        assert stat.S_IMODE(card.stat().st_mode) == 0o600
        assert served.address in card.read_text()


def test_a_killed_server_leaves_a_home_that_opens_at_once(home: Home) -> None:
    home.write("a.yaml", use_case("a"))
    process = home.start("serve", "--port", "0")
    assert process.stdout is not None
    assert "http://" in process.stdout.readline()
    home.run("apply", "a.yaml", code=0)
    process.kill()
    process.communicate(timeout=PATIENCE)
    assert home.run("get", "-o", "name", code=0).out == "UseCase/a\n"
    assert home.run("ledger", "verify", code=0).out.startswith("verified")


def test_two_commands_at_once_wait_for_each_other(home: Home) -> None:
    home.write("a.yaml", use_case("a"))
    home.write("b.yaml", use_case("b"))
    both = [home.start("apply", name) for name in ("a.yaml", "b.yaml")]
    for process in both:
        _, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, err
    assert home.run("get", "-o", "name", code=0).out == "UseCase/a\nUseCase/b\n"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1"])  # noqa: S104 - refused, that is the point
def test_only_loopback_is_served(home: Home, host: str) -> None:
    refused = home.run("serve", "--host", host, code=ExitCode.NO)
    assert "address-not-loopback" in refused.err


def test_a_taken_port_is_named(home: Home, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = Home(tmp_path_factory.mktemp("other"), home.starter)
    with home.served() as served:
        port = urlsplit(served.address).port
        taken = other.run("serve", "--port", str(port), code=ExitCode.FAILED)
        assert f"127.0.0.1:{port}" in taken.err
        assert "--port" in taken.err


def test_the_demo_serves_an_organisation(home: Home) -> None:
    process = home.start("demo", "--port", "0", fresh=True)
    try:
        assert process.stdout is not None
        address = re.search(r"http://\S+", process.stdout.readline())
        assert address, process.communicate(timeout=PATIENCE)
        environment = {"ROADWORTHY_HOME": str(home.folder / ".demo"), "ROADWORTHY_ORGANISATION": "demo"}
        portfolio = home.run("assess", "-o", "json", environment=environment, code=0).json()
        assert portfolio["headline"]["total"] >= 10
        assert home.run("ledger", "verify", environment=environment, code=0).out.startswith("verified")
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert [path.name for path in home.folder.iterdir()] == [".demo"]
