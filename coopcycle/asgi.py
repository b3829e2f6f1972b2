"""The process for live changes: `GET /live/<topic>/` is a stream of Server-Sent Events.

Small on purpose: no Django request cycle. A client costs a queue; the database is asked, on a
thread, before the stream begins and then every few minutes, and its connection given back.
Refusals are 401, 403 and 404, never redirects, which a browser would follow for ever.
"""

import asyncio
import logging
import os
import re
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coopcycle.settings")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402 - after setup
from django.contrib.auth import get_user  # noqa: E402
from django.contrib.auth.models import AnonymousUser  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpRequest  # noqa: E402

from coopcycle.live import LIVE_TOPICS, channel  # noqa: E402
from coopcycle.live_hub import Client, Hub  # noqa: E402

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 15.0
_PATH = re.compile(r"/live/([a-z0-9-]{1,40})/")
_threads = ThreadPoolExecutor(4, thread_name_prefix="live-rules")


class Refused(Exception):  # noqa: N818 - an answer, not a failure
    """This client may not listen; the status says why."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class LiveApplication:
    """The ASGI application. Its hub belongs to the event loop, so it is made in it."""

    def __init__(self) -> None:
        self.hub: Hub | None = None
        self.closing = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.closing = True
        if self.hub:
            await self.hub.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/live/healthz":
            await _say(send, 200)
            return
        try:
            if self.closing:
                raise Refused(503)
            origin = _own_origin(scope)
            name = await _on_thread(_allowed_channel, scope)
            self.hub = self.hub or Hub(settings.REDIS_URL)
            client = await self.hub.join(name)
        except Refused as refusal:
            await _say(send, refusal.status)
            return
        except TimeoutError:  # Valkey is away: the browser tries again
            await _say(send, 503)
            return
        try:
            await self._stream(scope, receive, send, client, origin)
        finally:
            self.hub.leave(name, client)

    async def _stream(
        self, scope: Scope, receive: Receive, send: Send, client: Client, origin: str | None
    ) -> None:
        """Write until the client goes, falls behind, may no longer listen, or we stop."""
        await send(
            {"type": "http.response.start", "status": 200, "headers": _stream_headers(origin)}
        )
        watchers = [
            asyncio.create_task(_gone(receive, client)),
            asyncio.create_task(_ask_again(scope, client)),
        ]
        try:
            await send(_body(b"retry: 3000\n: connected\n\n"))
            async for event in client.stream(HEARTBEAT_SECONDS):
                await send(_body(event))
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            for watcher in watchers:
                watcher.cancel()


async def _gone(receive: Receive, client: Client) -> None:
    """End the stream when the browser has closed it."""
    while (await receive())["type"] != "http.disconnect":
        pass
    client.end()


async def _ask_again(scope: Scope, client: Client) -> None:
    """End the stream of someone who signed out or lost the role since."""
    while True:
        await asyncio.sleep(settings.LIVE_RECHECK_SECONDS)
        try:
            await _on_thread(_allowed_channel, scope)
        except Exception as error:  # noqa: BLE001 - who cannot be asked about hears no more, either
            if not isinstance(error, Refused):
                logger.warning("Nobody could say whether a client may listen still: %s", error)
            client.end()
            return


async def _on_thread(function: Callable[[Scope], str], scope: Scope) -> str:
    return await asyncio.get_running_loop().run_in_executor(_threads, function, scope)


def _allowed_channel(scope: Scope) -> str:
    """The channel that this request may hear. Raises Refused. Gives the database back."""
    from coopcycle.middleware.cooperative import cooperative_of_host
    from tenants.context import in_cooperative

    match = _PATH.fullmatch(scope["path"])
    rule = LIVE_TOPICS.get(match[1]) if match else None
    try:
        cooperative = cooperative_of_host(_host(scope))
        if cooperative is None or match is None or rule is None or scope["method"] != "GET":
            raise Refused(404)
        with in_cooperative(cooperative):
            user = _person(scope)
            if not user.is_authenticated:
                raise Refused(401)
            if not rule(user):
                raise Refused(403)
        return channel(cooperative.schema_name, match[1], user.pk)
    finally:
        connection.close()


def _person(scope: Scope) -> Any:
    """Who the session cookie stands for, by Django's own check and ours: nobody before the second step."""
    from accounts.second_factor.sessions import is_settled

    request = HttpRequest()
    cookies: SimpleCookie = SimpleCookie()
    with suppress(CookieError):
        cookies.load(_header(scope, b"cookie"))
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    engine = import_module(settings.SESSION_ENGINE)
    request.session = engine.SessionStore(morsel.value if morsel else None)
    user = get_user(request)
    if user.is_authenticated and not is_settled(user, request.session):
        return AnonymousUser()
    return user


def _own_origin(scope: Scope) -> str | None:
    """The page's origin, if it asks from another port; raises Refused for foreign pages."""
    origin = _header(scope, b"origin")
    if not origin:
        return None
    port = f":{settings.PUBLIC_PORT}" if settings.PUBLIC_PORT else ""
    if origin != f"{settings.PUBLIC_SCHEME}://{_host(scope)}{port}":
        raise Refused(403)
    return origin


def _stream_headers(origin: str | None) -> list[tuple[bytes, bytes]]:
    headers = [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),  # nginx hands events on at once
        (b"x-content-type-options", b"nosniff"),
        (b"vary", b"Origin, Cookie"),
    ]
    if origin:
        headers += [
            (b"access-control-allow-origin", origin.encode()),
            (b"access-control-allow-credentials", b"true"),
        ]
    return headers


def _host(scope: Scope) -> str:
    return _header(scope, b"host").partition(":")[0].lower().rstrip(".")


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _body(content: bytes) -> dict[str, Any]:
    return {"type": "http.response.body", "body": content, "more_body": True}


async def _say(send: Send, status: int) -> None:
    headers = [(b"content-type", b"text/plain"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


application = LiveApplication()
