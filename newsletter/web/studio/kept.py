"""What a sandboxed frame may fetch, by key instead of cookie: pictures and rulers; and the stream of the open pages."""

from fastapi import APIRouter
from fastapi.responses import Response
from sse_starlette import EventSourceResponse

from newsletter.web.studio.frame import picture
from newsletter.web.studio.state import Studio


def kept_routes(studio: Studio) -> APIRouter:
    """`/kept/{key}/…` (the guard has compared the key) and `/events`."""
    router = APIRouter()
    root, content = studio.project.folder, studio.project.settings.content

    @router.get(f"/kept/{studio.key}/uploads/{{path:path}}", response_class=Response)
    def show_picture(path: str) -> Response:
        return picture(root / content.uploads, path)

    @router.get(f"/kept/{studio.key}/copies/{{path:path}}", response_class=Response)
    def show_copy(path: str) -> Response:
        return picture(root / content.copies, path)

    @router.get(f"/kept/{studio.key}/ruler/{{ruler}}/{{height}}", response_class=Response)
    async def measured(ruler: str, height: int) -> Response:
        studio.wire.tell_height(ruler, height)
        return Response(status_code=204)

    @router.get("/events", response_class=EventSourceResponse)
    async def events() -> EventSourceResponse:
        return studio.wire.listen()

    return router
