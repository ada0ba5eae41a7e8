"""Messages on a stream socket: the length of each before it, so that they come out as they went in."""

import json
import socket
from typing import Any

_LENGTH = 8


def send(to: socket.socket, payload: bytes) -> None:
    """Send one message, however long."""
    to.sendall(len(payload).to_bytes(_LENGTH, "big") + payload)


def receive(source: socket.socket) -> bytes | None:
    """Wait for the next message, None where the other side is gone."""
    length = _exactly(source, _LENGTH)
    return None if length is None else _exactly(source, int.from_bytes(length, "big"))


def send_json(to: socket.socket, value: Any) -> None:
    """Send one value that JSON can hold."""
    send(to, json.dumps(value).encode())


def receive_json(source: socket.socket) -> Any:
    """Wait for the next value, None where the other side is gone."""
    payload = receive(source)
    return None if payload is None else json.loads(payload)


def _exactly(source: socket.socket, count: int) -> bytes | None:
    parts, missing = [], count
    while missing:
        try:
            part = source.recv(min(missing, 1 << 20))
        except ConnectionResetError:  # gone with something unread
            return None
        if not part:
            return None
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
