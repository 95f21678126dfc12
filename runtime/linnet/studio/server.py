"""The studio's server: the page's files, and what the page asks for."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from linnet.errors import LinnetError
from linnet.studio.guard import Guard

__all__ = ["LETTERS", "serve"]

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Of tokens: none that looks like another one."""


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 8808,
    lan: bool = False,
    token: str | None = None,
    models: Iterable[Path] = (),
    ready: Callable[[str], None] = print,
) -> None:
    """Serves the page until it is interrupted.

    Args:
        host: the address to listen at; with `lan` it is all of this machine's.
        port: 0 for any that is free; the next free one where this one is taken.
        lan: whether other devices in the same network may open it, with the token.
        token: what lets them in; a new one unless given.
        models: files of models, beside the packaged ones.
        ready: is told the address, with the token, once it can be opened.

    Raises:
        LinnetError: Without the packages of the extra `studio`, and where no port is free.
    """
    try:
        import uvicorn

        from linnet.studio.app import application
    except ImportError as error:
        raise LinnetError(
            f"the studio needs {error.name}, which is not installed: pip install 'linnet[studio]'"
        ) from error
    token = token or "".join(secrets.choice(LETTERS) for _ in range(12))
    listening = _listen("0.0.0.0" if lan else host, port)
    names = {"127.0.0.1", "localhost", "::1", host.lower()}
    if lan:
        names |= {socket.gethostname().lower(), f"{socket.gethostname().lower()}.local"}
    app = application(models, lambda inner: Guard(inner, token=token, names=names, lan=lan))
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, ws_max_size=2**20, lifespan="on"
    )
    shown = _address() if lan else host
    ready(f"http://{shown}:{listening.getsockname()[1]}/#{token}")
    uvicorn.Server(config).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    """A socket at the port, or at one of the next ten where it is taken."""
    trouble: OSError | None = None
    for number in range(port, port + 10) if port else (0,):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_STREAM)
        if os.name != "nt":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, number))
        except OSError as error:
            listening.close()
            trouble = error
            continue
        listening.listen(128)
        return listening
    raise LinnetError(f"{host}:{port}: no port is free here: {trouble}; --port names another one")


def _address() -> str:
    """This machine's address in its network. Nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # of a net for documentation; a datagram socket sends nothing yet
            found: Any = probe.getsockname()[0]
        except OSError:
            return socket.gethostname()
    return str(found)
