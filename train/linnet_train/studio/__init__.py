"""The panel of linnet's studio on which a model of one's own is trained: `linnet.studio` finds it here."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from linnet.studio.files import files_in
from linnet.studio.models import Models
from linnet.studio.panel import Panel, asked
from linnet.studio.pool import Pool
from linnet.tools.chance import new_seed
from linnet_train.studio.workshop import Workshop

__all__ = ["Workshop", "panel"]


def panel(models: Models, pool: Pool) -> Panel:
    """The panel, for a studio with these models and workers."""
    workshop = Workshop(models)

    async def dropped(request: Request) -> Response:
        name = request.query_params.get("name", "music.mid")
        return JSONResponse(await pool.run(workshop.add, await request.body(), name))

    async def trained(request: Request) -> Response:
        match request.path_params.get("what", "state"):
            case "start":
                return JSONResponse(await pool.run(workshop.start, await asked(request)))
            case "stop":
                return JSONResponse(await pool.run(workshop.stop))
            case "clear":
                await pool.run(workshop.clear)
            case "sample":
                return JSONResponse(await pool.run(workshop.sample, new_seed() % 1_000_000))
            case "model":
                return Response(await pool.run(workshop.file), media_type="application/octet-stream")
            case "state":
                pass
            case other:
                return JSONResponse({"error": f"there is no {other} here"}, 404)
        return JSONResponse(await pool.run(workshop.state))

    routes = (
        ("/api/train", trained, ("GET",)),
        ("/api/train/file", dropped, ("POST",)),
        ("/api/train/{what}", trained, ("POST",)),
    )
    return Panel(files_in(Path(__file__).parent / "page"), routes, workshop.clear)
