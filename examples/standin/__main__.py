"""`python -m examples.standin`: serve until stopped."""

from __future__ import annotations

import argparse
import socket

import uvicorn

from examples.standin.server import Standin


def main() -> None:
    """Listen on loopback and say where."""
    parser = argparse.ArgumentParser(prog="python -m examples.standin", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes a free one")
    parser.add_argument("--seed", type=int, default=0, help="another seed makes other requests fail")
    asked = parser.parse_args()
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", asked.port))
    listening.listen()  # before it says where: whoever reads that connects at once
    print(f"http://127.0.0.1:{listening.getsockname()[1]}/v1", flush=True)
    server = uvicorn.Server(uvicorn.Config(Standin(asked.seed).app(), log_level="warning"))
    server.run(sockets=[listening])


if __name__ == "__main__":
    main()
