"""One subscription a process, handed on to every client that listens."""

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import suppress

import redis
import redis.asyncio

from coopcycle.live import CHANNELS

logger = logging.getLogger(__name__)

WAITING_EVENTS = 100  # a client that is further behind is let go; it comes back and fetches all
PAUSE_SECONDS = 1.0


class Client:
    """One open stream: the events that wait to be written to it."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[bytes | None] = asyncio.Queue(WAITING_EVENTS)

    def offer(self, event: bytes) -> bool:
        """False when the client is too far behind."""
        try:
            self.events.put_nowait(event)
        except asyncio.QueueFull:
            return False
        return True

    def end(self) -> None:
        """Finish the stream, whatever waits: the browser connects again and fetches all."""
        while not self.events.empty():
            self.events.get_nowait()
        self.events.put_nowait(None)

    async def stream(self, heartbeat: float) -> AsyncIterator[bytes]:
        """Events as they come; between them a comment, so that nobody thinks the line is dead."""
        while True:
            try:
                event = await asyncio.wait_for(self.events.get(), heartbeat)
            except TimeoutError:
                event = b": still here\n\n"
            if event is None:
                return
            yield event


class Hub:
    """Hands each message of Valkey on to the clients of its channel, and to no others."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.clients: defaultdict[str, set[Client]] = defaultdict(set)
        self.listener: asyncio.Task[None] | None = None
        self.ready = asyncio.Event()

    async def join(self, channel: str) -> Client:
        """A new client of `channel`; it hears everything that is told after this returns."""
        if self.listener is None:
            self.listener = asyncio.create_task(self._listen())
        await asyncio.wait_for(self.ready.wait(), 5)
        client = Client()
        self.clients[channel].add(client)
        return client

    def leave(self, channel: str, client: Client) -> None:
        self.clients[channel].discard(client)
        if not self.clients[channel]:
            del self.clients[channel]

    async def close(self) -> None:
        """End every stream and the subscription."""
        if self.listener:
            self.listener.cancel()
            with suppress(asyncio.CancelledError):
                await self.listener
        self._let_all_go()

    async def _listen(self) -> None:
        while True:
            try:
                await self._subscribe()
            except (redis.RedisError, OSError) as error:
                logger.warning("Live changes are not heard: %s", error)
            # Something may have been missed: those who listen come back and fetch all.
            self.ready.clear()
            self._let_all_go()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _subscribe(self) -> None:
        async with (
            redis.asyncio.Redis.from_url(self.url, health_check_interval=30) as valkey,
            valkey.pubsub(ignore_subscribe_messages=True) as subscription,
        ):
            await subscription.psubscribe(f"{CHANNELS}*")
            self.ready.set()
            async for message in subscription.listen():
                self._hand_on(message["channel"].decode(), message["data"])

    def _hand_on(self, channel: str, text: bytes) -> None:
        event = as_event(text)
        for client in list(self.clients.get(channel, ())):
            if not client.offer(event):
                client.end()
                self.leave(channel, client)

    def _let_all_go(self) -> None:
        for clients in self.clients.values():
            for client in clients:
                client.end()


def as_event(text: bytes) -> bytes:
    """A published message as Server-Sent Events write it."""
    message = json.loads(text)
    payload = json.dumps(message["payload"])  # one line, as the format asks
    return f"id: {message['id']}\nevent: {message['event']}\ndata: {payload}\n\n".encode()
