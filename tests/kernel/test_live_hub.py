import asyncio
import json

from coopcycle.live_hub import WAITING_EVENTS, Hub, as_event

TEXT = json.dumps({"id": "7", "event": "changed", "payload": {"note": "a\nb: c"}}).encode()


def hub_with_client():
    hub = Hub("redis://127.0.0.1:1/0")
    hub.ready.set()
    hub.listener = asyncio.create_task(asyncio.sleep(60))
    return hub


async def read(client, heartbeat=1.0):
    return [event async for event in client.stream(heartbeat)]


def test_a_payload_stays_on_one_line():
    assert as_event(TEXT) == b'id: 7\nevent: changed\ndata: {"note": "a\\nb: c"}\n\n'


def test_only_the_clients_of_a_channel_hear_it():
    async def run():
        hub = hub_with_client()
        alpha, beta = await hub.join("live:c_alpha:board"), await hub.join("live:c_beta:board")
        hub._hand_on("live:c_alpha:board", TEXT)
        hub._hand_on("live:c_alpha:board:more", TEXT)
        return alpha.events.qsize(), beta.events.qsize()

    assert asyncio.run(run()) == (1, 0)


def test_a_client_that_falls_behind_is_let_go_and_the_others_hear_on():
    async def run():
        hub = hub_with_client()
        slow, quick = await hub.join("live:c:b"), await hub.join("live:c:b")
        for _ in range(WAITING_EVENTS):
            hub._hand_on("live:c:b", TEXT)
        while not quick.events.empty():
            quick.events.get_nowait()
        hub._hand_on("live:c:b", TEXT)
        return await read(slow), quick.events.qsize(), len(hub.clients["live:c:b"])

    assert asyncio.run(run()) == ([], 1, 1)


def test_a_quiet_line_shows_that_it_lives():
    async def run():
        client = await hub_with_client().join("live:c:b")
        asyncio.get_running_loop().call_later(0.12, client.end)
        return await read(client, heartbeat=0.05)

    assert asyncio.run(run()) == [b": still here\n\n"] * 2


def test_an_empty_channel_is_forgotten():
    async def run():
        hub = hub_with_client()
        client = await hub.join("live:c:b")
        hub.leave("live:c:b", client)
        hub.leave("live:c:b", client)
        return dict(hub.clients)

    assert asyncio.run(run()) == {}


def test_closing_ends_every_stream():
    async def run():
        hub = hub_with_client()
        client = await hub.join("live:c:b")
        await hub.close()
        return await read(client)

    assert asyncio.run(run()) == []
