"""A taken port is said clearly, and the next free one is used."""

import socket

import pytest

from coopcycle.runtime.ports import any_free_port, first_free_port, held, is_free


@pytest.fixture
def taken_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_free_port_is_used_without_a_word():
    said = []
    port = any_free_port()

    assert first_free_port(port, what="the website", say=said.append) == port
    assert said == []


def test_a_taken_port_is_said_and_the_next_free_one_used(taken_port):
    said = []

    port = first_free_port(taken_port, what="the website", say=said.append)

    assert port > taken_port
    assert said == [f"Port {taken_port} is taken: the website uses {port}."]


def test_a_promised_port_is_not_given_twice():
    port = any_free_port()

    assert first_free_port(port, what="live", say=lambda _: None, taken={port}) > port


def test_a_held_port_is_free_for_nobody_else():
    port = any_free_port()
    with held(port):
        assert not is_free(port)
    assert is_free(port)


def test_a_held_port_serves_the_server_that_shares_it():
    port = any_free_port()
    with held(port), socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as Granian does
        server.bind(("127.0.0.1", port))
        server.listen()
        for _ in range(20):  # none of them is lost to the holder
            with socket.create_connection(("127.0.0.1", port), timeout=5) as visitor:
                visitor.sendall(b"bread")
                with server.accept()[0] as served:
                    assert served.recv(5) == b"bread"
