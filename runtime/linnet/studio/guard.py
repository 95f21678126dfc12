"""Who may ask, for what, how often and how much: what stands before every request.

A page on another site that somebody has open must not reach the studio: its requests come with its own name
as Origin, or, where it has turned its name into our address, as Host. Who knows the token is let in.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from linnet.tools.dataclass import dataclass

__all__ = ["MOST_BYTES", "TOKEN", "Guard", "Rate"]

TOKEN = "x-linnet-token"
"""The header that brings the token."""

MOST_BYTES = 8 * 2**20
"""Of one request."""

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_HEADERS = [
    (
        b"content-security-policy",
        b"; ".join(
            (
                b"default-src 'none'",
                b"script-src 'self'",
                b"style-src 'self'",
                b"img-src 'self' data: blob:",
                b"connect-src 'self'",
                b"frame-src blob:",
                b"base-uri 'none'",
                b"form-action 'none'",
                b"frame-ancestors 'none'",
            )
        ),
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-cache"),
]


@dataclass(slots=True)
class Rate:
    """So many at once, and then so many a second."""

    burst: float
    second: float

    def bucket(self, now: float) -> list[float]:
        """A full one."""
        return [self.burst, now]

    def take(self, bucket: list[float], now: float) -> bool:
        """Whether there is one left, which is taken."""
        bucket[0] = min(self.burst, bucket[0] + (now - bucket[1]) * self.second)
        bucket[1] = now
        if bucket[0] < 1:
            return False
        bucket[0] -= 1
        return True


class Guard:
    """An ASGI application around another one."""

    MOST_ADDRESSES = 256

    def __init__(
        self,
        app: App,
        *,
        token: str,
        names: set[str],
        lan: bool = False,
        rate: Rate | None = None,
        wrong: Rate | None = None,
    ) -> None:
        """`names`: hosts by which the page may be called; with `lan` any address of numbers too."""
        self._app, self._token, self._names, self._lan = app, token, names, lan
        self._rate, self._wrong = rate or Rate(120, 30), wrong or Rate(10, 0.2)
        self._asked: dict[str, list[float]] = {}
        self._missed: dict[str, list[float]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self._refusal(scope, headers)
        if scope["type"] == "websocket":
            if refusal:
                await receive()
                return await send({"type": "websocket.close", "code": 4403, "reason": refusal[1][:120]})
            return await self._app(scope, receive, send)
        sending = _with_headers(send)
        if refusal:
            return await _refuse(sending, *refusal)
        return await self._app(scope, _bounded(receive), sending)

    def knows(self, token: object) -> bool:
        """Whether this is the token."""
        return isinstance(token, str) and hmac.compare_digest(token.encode(), self._token.encode())

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if not self._is_ours(host):
            return 421, f"this is linnet studio, not {host[:80] or 'a host without a name'}"
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != host:
            return 403, "a page of another site may not ask the studio"
        address, now = (scope.get("client") or ("?",))[0], time.monotonic()
        if not self._rate.take(self._bucket(self._asked, self._rate, address, now), now):
            return 429, "too many requests at once: wait a second"
        if scope["type"] == "http" and scope["path"].startswith("/api/"):
            if not self.knows(headers.get(TOKEN)):
                if not self._wrong.take(self._bucket(self._missed, self._wrong, address, now), now):
                    return 429, "too many wrong tokens: wait a minute"
                return (
                    401,
                    "the token is missing or wrong: the address in the terminal ends in it",
                )
            length = headers.get("content-length", "0")
            if not length.isdecimal() or int(length) > MOST_BYTES:
                return 413, f"at most {MOST_BYTES >> 20} MB can be sent at once"
        return None

    def _is_ours(self, host: str) -> bool:
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
        name = name.strip("[]").lower()
        if name in self._names:
            return True
        if not self._lan:
            return False
        try:
            return not ipaddress.ip_address(name).is_global
        except ValueError:
            return False

    def _bucket(self, kept: dict[str, list[float]], rate: Rate, address: str, now: float) -> list[float]:
        if address not in kept:
            if len(kept) >= self.MOST_ADDRESSES:
                del kept[min(kept, key=lambda each: kept[each][1])]
            kept[address] = rate.bucket(now)
        return kept[address]


class TooMuchError(Exception):
    """More was sent than may be."""


def _bounded(receive: Receive) -> Receive:
    got = 0

    async def bounded() -> Message:
        nonlocal got
        message = await receive()
        got += len(message.get("body", b""))
        if got > MOST_BYTES:
            raise TooMuchError
        return message

    return bounded


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *_HEADERS]
        await send(message)

    return sending


async def _refuse(send: Send, status: int, words: str) -> None:
    body = json.dumps({"error": words}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
