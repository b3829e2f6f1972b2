"""The world around the platform, which may hang, fail and vanish: a wire, and a mail and web server.

All run in one event loop on a thread of their own. The server is a ledger: it writes down each call
that it took, also where it never says so.
"""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any

from coopcycle.runtime.ports import any_free_port

HANGS_FOR = 60.0  # seconds


class Outside:
    """Owns the loop. `close()` ends all that it started."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def soon(self, work: Any, *arguments: Any) -> None:
        self._loop.call_soon_threadsafe(work, *arguments)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)


@dataclass
class Wire:
    """A TCP line to a server on this machine: `passes`, is `cut`, or `hangs` and says nothing."""

    outside: Outside
    target: int
    port: int = field(default_factory=any_free_port)
    state: str = "passes"
    lines: set[asyncio.StreamWriter] = field(default_factory=set)

    def open(self) -> "Wire":
        self.outside.run(asyncio.start_server(self._serve, "127.0.0.1", self.port))
        return self

    def become(self, state: str) -> None:
        """Also what is open now is cut or falls silent."""
        self.state = state
        if state != "hangs":
            self.outside.soon(self._drop_all)

    def _drop_all(self) -> None:
        for writer in self.lines:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.state == "cut":
            writer.transport.abort()
            return
        self.lines.add(writer)
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
            self.lines.add(back)
            await asyncio.gather(self._pump(reader, back), self._pump(there, writer))
        except OSError:
            pass
        finally:
            for each in (writer, back) if "back" in locals() else (writer,):
                self.lines.discard(each)
                each.transport.abort()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while content := await source.read(65536):
                while self.state == "hangs":
                    await asyncio.sleep(0.05)
                sink.write(content)
                await sink.drain()
        sink.transport.abort()


@dataclass
class Call:
    """One call that the ledger took: the key by which its receiver knows it, and to whom."""

    key: str
    to: str
    request_id: str


@dataclass
class Ledger:
    """A mail server (and, by `web_port`, a web server) that writes down each call.

    mode: ok · hang (takes nothing, says nothing) · fail (says so) · drop (takes it, and hangs up
    before it says so) · garbage · drip (a byte now and then).
    """

    outside: Outside
    port: int = field(default_factory=any_free_port)
    web_port: int = field(default_factory=any_free_port)
    mode: str = "ok"
    calls: list[Call] = field(default_factory=list)
    waiting: set[asyncio.StreamWriter] = field(default_factory=set)

    def open(self) -> "Ledger":
        for serve, port in ((self._mail, self.port), (self._web, self.web_port)):
            self.outside.run(asyncio.start_server(serve, "127.0.0.1", port))
        return self

    def become(self, mode: str) -> None:
        self.mode = mode
        self.outside.soon(lambda: [writer.transport.abort() for writer in self.waiting])

    def to(self, address: str) -> list[Call]:
        return [call for call in self.calls if call.to == address]

    async def _mail(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.waiting.add(writer)
        with suppress(OSError, asyncio.IncompleteReadError):
            await self._greet(reader, writer)
        self.waiting.discard(writer)
        writer.transport.abort()

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mode == "hang":
            await asyncio.sleep(HANGS_FOR)
        writer.write(b"\x00\xffnonsense\r\n" if self.mode == "garbage" else b"220 ledger\r\n")
        while line := await reader.readline():
            word = line[:4].upper()
            if self.mode == "fail" and word == b"MAIL":
                writer.write(b"451 not now\r\n")
            elif word == b"DATA":
                writer.write(b"354 go on\r\n")
                content = await reader.readuntil(b"\r\n.\r\n")
                self._write_down(content)
                if self.mode == "drop":
                    return
                writer.write(b"250 taken\r\n")
            else:
                writer.write(b"250 ledger\r\n")
            await writer.drain()
            if word == b"QUIT":
                return

    def _write_down(self, content: bytes) -> None:
        mail = message_from_bytes(content)
        self.calls.append(
            Call(str(mail["Message-ID"]), str(mail["To"]), str(mail["X-Request-ID"] or ""))
        )

    async def _web(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            if self.mode == "hang":
                await asyncio.sleep(HANGS_FOR)
            elif self.mode == "fail":
                writer.write(b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n")
            elif self.mode == "garbage":
                writer.write(b"\x00\xff" * 4000)
            elif self.mode == "drip":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                for _ in range(1000):
                    writer.write(b"x")
                    await writer.drain()
                    await asyncio.sleep(0.1)
            elif self.mode == "ok":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            await writer.drain()
        writer.transport.abort()
