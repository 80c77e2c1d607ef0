"""What a sandboxed frame may fetch, by key instead of cookie: pictures and rulers; and the stream of the open pages."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from newsletter.web.studio.frame import picture
from newsletter.web.studio.state import Studio


def kept_routes(studio: Studio) -> list[Route]:
    """`/kept/{key}/…` (the guard has compared the key) and `/events`."""
    root, content = studio.project.folder, studio.project.settings.content

    async def show_picture(request: Request) -> Response:
        return await asyncio.to_thread(picture, root / content.uploads, request.path_params["path"])

    async def show_copy(request: Request) -> Response:
        return await asyncio.to_thread(picture, root / content.copies, request.path_params["path"])

    async def measured(request: Request) -> Response:
        studio.wire.tell_height(request.path_params["ruler"], request.path_params["height"])
        return Response(status_code=204)

    async def events(_request: Request) -> Response:
        return studio.wire.listen()

    kept = f"/kept/{studio.key}"
    return [
        Route(f"{kept}/uploads/{{path:path}}", show_picture),
        Route(f"{kept}/copies/{{path:path}}", show_copy),
        Route(f"{kept}/ruler/{{ruler}}/{{height:int}}", measured),
        Route("/events", events),
    ]
