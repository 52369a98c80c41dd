"""What a page asks the server for."""

from typing import Any

import aiohttp


async def enter(
    client: aiohttp.ClientSession, link: str, *, lang: str = "en"
) -> aiohttp.ClientResponse:
    """Exchange a link as the page does."""
    token = link.partition("#")[2]
    return await client.post("/dashboard/session", params={"lang": lang}, json=token)


async def told(client: aiohttp.ClientSession, path: str, **query: str) -> Any:
    """What the server tells of `path`."""
    async with client.get(f"/dashboard/{path}", params=query) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()
