"""A browser without a screen: asks an ASGI application in this process, keeps its cookies."""

import asyncio
from typing import Any

import httpx
from starlette.types import ASGIApp


class Asking:
    """`get`, `post` and `request` of one visitor; redirects are not followed."""

    def __init__(self, app: ASGIApp, *, base_url: str) -> None:
        transport = httpx.ASGITransport(app=app)
        headers = {"Prefer": "wait=60"}  # a whole page, however busy the machine
        self._client = httpx.AsyncClient(
            transport=transport, base_url=base_url, headers=headers, follow_redirects=False
        )

    @property
    def cookies(self) -> httpx.Cookies:
        return self._client.cookies

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return asyncio.run(self._client.request(method, path, **options))

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.request("POST", path, **options)
