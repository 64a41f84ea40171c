"""Starts `server-everything`, `server-filesystem` and `server-memory` of npm, `mcp-server-git` and `mcp-server-time`.

Over stdio each is started by its client, which gets told how; `server-everything` speaks streamable HTTP as well.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from mcp.client.stdio import StdioServerParameters

ROOT = Path(__file__).parents[3]
TOOLS = ROOT / ".tools" / "mcp"
ABSENT = "no reference servers of MCP: run `python -m scripts.ensure_mcp_servers`, which needs node and npm"
_NPM = ("everything", "filesystem", "memory")
_PATIENCE_SECONDS = 60


def missing() -> str | None:
    """Why those of npm cannot run here; None where they can."""
    installed = all(_script(name).is_file() for name in _NPM)
    return None if installed and shutil.which("node") else ABSENT


def need_npm() -> None:
    """Skip the test, saying so, where those of npm cannot run."""
    if (why := missing()) is not None:
        pytest.skip(why)


def everything(_folder: Path) -> StdioServerParameters:
    """One that offers tools, resources and prompts of every kind."""
    return _node("everything", "stdio")


def filesystem(folder: Path) -> StdioServerParameters:
    """One that reads and writes files, below a folder only."""
    return _node("filesystem", str(folder))


def memory(folder: Path) -> StdioServerParameters:
    """One that keeps a graph of what it was told, in a file of the folder."""
    return _node("memory", MEMORY_FILE_PATH=str(folder / "memory.jsonl"))


def git(folder: Path) -> StdioServerParameters:
    """One that works with a repository, which is made in the folder with one commit where there is none."""
    if not (folder / ".git").is_dir():
        repository(folder)
    return StdioServerParameters(command=_beside("mcp-server-git"), args=["--repository", str(folder)])


def time(_folder: Path) -> StdioServerParameters:
    """One that tells the time, and changes nothing."""
    return StdioServerParameters(command=_beside("mcp-server-time"), args=["--local-timezone", "Europe/Berlin"])


STARTED_BY: Mapping[str, Callable[[Path], StdioServerParameters]] = {
    "everything": everything,
    "filesystem": filesystem,
    "memory": memory,
    "git": git,
    "time": time,
}
"""By name, how a client starts each; those of npm skip the test where they are absent."""


def repository(folder: Path) -> None:
    """Make a repository with one commit, by an author that no setting of this machine names."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "hello.txt").write_text("hello\n", encoding="utf-8")
    person = {f"GIT_{who}_{what}": said for who in ("AUTHOR", "COMMITTER") for what, said in
              (("NAME", "Ana Ito"), ("EMAIL", "ana@halden.example"))}  # fmt: skip
    environment = {**os.environ, **person, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    for command in (["init", "-q", "-b", "main"], ["add", "hello.txt"], ["commit", "-q", "-m", "Say hello"]):
        subprocess.run(["git", *command], cwd=folder, env=environment, check=True)
    for name, value in (("user.name", "Ana Ito"), ("user.email", "ana@halden.example")):
        subprocess.run(["git", "config", name, value], cwd=folder, env=environment, check=True)


@contextmanager
def everything_over_http() -> Iterator[str]:
    """The address of `server-everything` over streamable HTTP, on loopback until the end of the block."""
    need_npm()
    says, told = os.pipe()
    command = ["node", "--import", str(Path(__file__).with_name("loopback.mjs")), str(_script("everything"))]
    process = subprocess.Popen(
        [*command, "streamableHttp"], env={**os.environ, "PORT": "0", "TELL": str(told)}, pass_fds=[told],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(told)
    try:
        with os.fdopen(says, encoding="ascii") as pipe:
            port = pipe.readline().strip()
        assert port, "server-everything did not start"
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.terminate()
        process.wait(_PATIENCE_SECONDS)


def _script(name: str) -> Path:
    return TOOLS / "node_modules" / "@modelcontextprotocol" / f"server-{name}" / "dist" / "index.js"


def _node(name: str, *arguments: str, **environment: str) -> StdioServerParameters:
    need_npm()
    return StdioServerParameters(command="node", args=[str(_script(name)), *arguments], env=environment or None)


def _beside(program: str) -> str:
    return str(Path(sys.executable).with_name(program))
