"""Panels of the page that other packages bring."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from linnet.errors import in_one_line
from linnet.studio.models import Models
from linnet.studio.pool import Pool
from linnet.tools.dataclass import dataclass

__all__ = ["Panel", "asked", "guests"]

Handler = Callable[[Request], Awaitable[Response]]

_GUESTS = {"train": "linnet_train.studio"}
"""Panels by name, and the modules that have them: those need what the runtime does without."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel of the page: NAME.html, .css and .js, and what they ask for under /api/NAME."""

    files: Mapping[str, bytes]
    routes: Sequence[tuple[str, Handler, tuple[str, ...]]]
    """Path, handler, methods."""

    close: Callable[[], object]
    """What is to be done when the studio ends."""


def guests(models: Models, pool: Pool) -> dict[str, Panel]:
    """The panels of other packages that are installed."""
    found = {}
    for name, module in _GUESTS.items():
        if find_spec(module.partition(".")[0]) is not None and find_spec(module) is not None:
            found[name] = import_module(module).panel(models, pool)
    return found


async def asked(request: Request) -> dict[str, Any]:  # what JSON can say
    """What a request says, as an object of JSON."""
    try:
        found = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the request is no JSON: {in_one_line(error)}") from None
    if not isinstance(found, dict):
        raise ValueError("the request must be an object of JSON")
    return found
