"""The process's one HTTP server, on MAEUM_HTTP: adapters add their routes before it starts."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from bot.errors import BadSetting

logger = logging.getLogger(__name__)

_LARGEST = 4 * 1024 * 1024  # bytes of a request; the largest of Slack's are far below


class HttpServer:
    """Routes by path, served while `running` lasts."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._host, self._port = host.strip("[]"), int(port)
        self.app = web.Application(client_max_size=_LARGEST)
        self.port = self._port  # the real one, where the address asked for any (0)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["HttpServer"]:
        """Listen on the address while the context lasts; BadSetting if it cannot be had."""
        runner = web.AppRunner(self.app, access_log=None)
        await runner.setup()
        try:
            site = web.TCPSite(runner, self._host, self._port)
            try:
                await site.start()
            except OSError as error:
                raise BadSetting(
                    f"MAEUM_HTTP={self._host}:{self._port} cannot be listened on "
                    f"({error.strerror}); choose another port"
                ) from None
            self.port = runner.addresses[0][1]
            logger.info("http: listening on %s:%s", self._host, self.port)
            yield self
        finally:
            await runner.cleanup()
