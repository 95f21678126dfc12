"""What the page asks for, and what it gets: the routes of the studio."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

import linnet
from linnet import sound
from linnet.controls.moods import MOODS
from linnet.errors import LinnetError, in_one_line
from linnet.studio import live, saving, takes, teaching
from linnet.studio.files import PAGE, files_in
from linnet.studio.guard import App, Guard, TooMuchError
from linnet.studio.models import Models
from linnet.studio.panel import asked, guests
from linnet.studio.pool import BusyError, Pool

__all__ = ["application"]

_KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}

_BYTES = "application/octet-stream"

MOST_LISTENING = 24
"""Pieces that are heard at once."""


def application(models: Iterable[Path], guarded: Callable[[App], Guard]) -> App:
    """The studio as an ASGI application, with its guard before it."""
    here, pool = Models(models), Pool()
    panels = guests(here, pool)
    files = files_in(PAGE)
    for panel in panels.values():
        files |= panel.files

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        warm = asyncio.create_task(_warm(here, pool))  # while the browser opens
        yield
        warm.cancel()
        for panel in panels.values():
            panel.close()
        pool.close()

    async def about(_: Request) -> Response:
        return JSONResponse(await pool.run(_about, here) | {"panels": list(panels)})

    async def generate(request: Request) -> Response:
        return JSONResponse(await pool.run(takes.compose, here, await asked(request)))

    async def change(request: Request) -> Response:
        return JSONResponse(await pool.run(takes.change, here, await asked(request)))

    async def opened(request: Request) -> Response:
        name = request.query_params.get("name", "music.mid")
        return JSONResponse(await pool.run(takes.opened, here, await request.body(), name))

    async def saved(request: Request) -> Response:
        wanted = await asked(request)
        score = takes.score_of(wanted.get("midi"))
        return Response(
            await pool.run(saving.saved, score, wanted.get("format")), media_type="application/octet-stream"
        )

    async def heard(request: Request) -> Response:
        wanted = await asked(request)
        score = takes.score_of(wanted.get("midi"))
        start, silent = wanted.get("start", 0), wanted.get("silent", [])
        if not isinstance(start, int | float) or not isinstance(silent, list):
            raise ValueError("start must be a number of seconds, and silent a list of tracks")
        if pool.listening >= MOST_LISTENING:
            raise BusyError("too many listen at once")
        frames = sound.pcm(score, start=float(start), silent=[n for n in silent if isinstance(n, int)])
        return StreamingResponse(_listening(pool, frames), media_type=_BYTES)

    async def lived(socket: WebSocket) -> None:
        await socket.accept()
        try:
            shown = json.loads(await socket.receive_text())
        except (ValueError, KeyError, WebSocketDisconnect):
            shown = None
        if not isinstance(shown, dict) or not guard.knows(shown.get("token")):
            return await socket.close(4401, "the token is missing or wrong")
        if pool.live >= live.MOST_LIVE:
            return await socket.close(4429, f"{live.MOST_LIVE} hear live music here: wait until one leaves")
        pool.live += 1
        try:
            await live.play(socket, here, pool)
        finally:
            pool.live -= 1
        return None

    async def taught(request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse(teaching.about())
        return JSONResponse(await pool.run(teaching.exercises, await asked(request)))

    async def printed(request: Request) -> Response:
        return Response(await pool.run(teaching.printed, await asked(request)), media_type=_BYTES)

    async def page(request: Request) -> Response:
        name = request.path_params.get("file", "index.html")
        if name not in files:
            return JSONResponse({"error": "there is no such page"}, 404)
        return Response(files[name], media_type=_KINDS[Path(name).suffix])

    routes = [
        Route("/api/about", about),
        Route("/api/generate", generate, methods=["POST"]),
        Route("/api/change", change, methods=["POST"]),
        Route("/api/open", opened, methods=["POST"]),
        Route("/api/save", saved, methods=["POST"]),
        Route("/api/sound", heard, methods=["POST"]),
        Route("/api/teach", taught, methods=["GET", "POST"]),
        Route("/api/teach/pdf", printed, methods=["POST"]),
        WebSocketRoute("/api/live", lived),
        *(
            Route(path, handler, methods=list(methods))
            for panel in panels.values()
            for path, handler, methods in panel.routes
        ),
        Route("/", page),
        Route("/{file}", page),
    ]
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers=_TROUBLE)
    guard = guarded(app)
    return guard


async def _warm(models: Models, pool: Pool) -> None:
    await pool.run(models.about)
    await pool.run(sound.prepare)


async def _listening(pool: Pool, frames: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The sound, piece by piece, each made when the one before it was taken."""
    pool.listening += 1
    try:
        while block := await pool.run(next, frames, b""):
            yield block
    finally:
        pool.listening -= 1


def _about(models: Models) -> dict[str, Any]:  # what JSON can say
    return {
        "version": linnet.__version__,
        "models": models.about(),
        "keys": models.keys(),
        "moods": list(MOODS),
        "formats": saving.available(),
        "rate": sound.RATE,
        "most": {"bars": takes.MOST_BARS, "takes": takes.MOST_TAKES},
    }


# ---- what goes wrong


async def _wrong(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": in_one_line(error)}, 400)


async def _busy(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": in_one_line(error)}, 503)


async def _too_much(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": "that is more than can be sent at once"}, 413)


async def _failed(_: Request, error: Exception) -> Response:
    logging.getLogger("linnet").error("linnet studio: %s", in_one_line(error))
    return JSONResponse({"error": f"something went wrong in the studio: {in_one_line(error)}"}, 500)


_TROUBLE: dict[Any, Callable[[Request, Exception], Awaitable[Response]]] = {
    Exception: _failed,
    BusyError: _busy,
    TooMuchError: _too_much,
    **dict.fromkeys((LinnetError, ValueError, TypeError, OSError, OverflowError), _wrong),
}
