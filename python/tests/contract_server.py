"""A real HTTP server that gives the answers of a list in turn, the last one for ever, and remembers what it was asked."""

import json
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


@dataclass(frozen=True)
class Received:
    """A request as it came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


Answer = Callable[["Exchange"], None]


class Exchange(BaseHTTPRequestHandler):
    """One connection, and what is asked over it."""

    protocol_version = "HTTP/1.1"
    server: "_Server"

    def _take(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        owner = self.server.owner
        owner.received.append(Received(self.command, self.path, headers, body))
        owner.answers[min(len(owner.received), len(owner.answers)) - 1](self)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _take

    def log_message(self, format: str, *args: object) -> None:
        """Nobody wants to read it."""

    def send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    @property
    def stopped(self) -> Event:
        return self.server.owner.stopped


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    owner: "ContractServer"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what some tests are about."""


class ContractServer:
    def __init__(self, answers: Sequence[Answer]) -> None:
        self.answers = answers
        self.received: list[Received] = []
        self.stopped = Event()
        self._server = _Server(("127.0.0.1", 0), Exchange)
        self._server.owner = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def asked(self) -> list[str]:
        return [f"{request.method} {request.path}" for request in self.received]

    def close(self) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()


def json_answer(status: int, body: object, **headers: str) -> Answer:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda exchange: exchange.send(status, json.dumps(body).encode(), {"content-type": "application/json", **names})


def failure(status: int, code: str, details: Mapping[str, object] | None = None, **headers: str) -> Answer:
    body = {"error": f"{code}, do something", "code": code, "details": details or {}, "requestId": "req_1"}
    return json_answer(status, body, **headers)


def nothing(exchange: Exchange) -> None:
    exchange.send_response(204)
    exchange.end_headers()


def hang_up(exchange: Exchange) -> None:
    """The connection breaks without an answer."""
    exchange.hang_up()


def cut_off(exchange: Exchange) -> None:
    """The connection breaks in the middle of an answer."""
    exchange.send(200, b'{"id": "br', {"content-type": "application/json", "content-length": "1000"})
    exchange.hang_up()


def silence(exchange: Exchange) -> None:
    """No answer comes, ever."""
    exchange.stopped.wait(30)
    exchange.hang_up()


def dribble(exchange: Exchange) -> None:
    """An answer comes, a byte at a time, and never ends."""
    exchange.send(200, b"", {"content-type": "application/json", "content-length": "100000"})
    while not exchange.stopped.wait(0.02):
        exchange.wfile.write(b" ")
        exchange.wfile.flush()


def event_stream(text: str, then: str) -> Answer:
    """Server-sent events; then the connection breaks, ends, or stays open."""

    def answer(exchange: Exchange) -> None:
        chunk = text.encode()
        exchange.send_response(200)
        exchange.send_header("content-type", "text/event-stream")
        exchange.send_header("transfer-encoding", "chunked")
        exchange.end_headers()
        if chunk:
            exchange.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        exchange.wfile.flush()
        if then == "end":
            exchange.wfile.write(b"0\r\n\r\n")
        elif then == "break":
            exchange.hang_up()
        else:
            silence(exchange)

    return answer


def browser_info(**change: object) -> dict[str, object]:
    exit_: dict[str, object] = {
        "type": "direct",
        "source": "host",
        "server": None,
        "addresses": [],
        "country": None,
        "city": None,
        "tags": [],
    }
    return {
        "id": "br_1",
        "status": "running",
        "kind": "headless-shell",
        "browserVersion": "156.0.8078.79",
        "isolation": {"level": "process", "reasons": []},
        "standby": "awake",
        "startup": "warm",
        "startupReason": None,
        "createdAt": "2026-11-22T00:00:00.000Z",
        "endedAt": None,
        "expiresAt": "2026-11-22T01:00:00.000Z",
        "idleTimeoutSeconds": 300,
        "maxDurationSeconds": 3600,
        "reason": None,
        "endUserId": None,
        "metadata": {},
        "network": {"exit": exit_, "allow": None, "deny": []},
        "identity": None,
        "profile": None,
        "needsHuman": None,
        "warnings": [],
        "cdpUrl": "ws://127.0.0.1:7070/v1/browsers/br_1/cdp?token=secret",
        **change,
    }


def task(**change: object) -> dict[str, object]:
    return {
        "taskId": "t_1",
        "sessionId": "s_1",
        "endUserId": "ann",
        "task": "Look",
        "status": "completed",
        "stopReason": "done",
        "result": "Seen.",
        "structured_content": None,
        "structuredContent": None,
        "model": "builtin",
        "totalSteps": 1,
        "durationMs": 5,
        "visitedUrls": [],
        "stepSummaries": [],
        "usage": [],
        "costUsd": None,
        "waitingFor": None,
        "startUrl": None,
        "schema": None,
        "maxSteps": 25,
        "metadata": {},
        "browserId": None,
        "attempt": 1,
        "isDead": False,
        "createdAt": "2026-11-22T00:00:00.000Z",
        "startedAt": None,
        "finishedAt": None,
        "updatedAt": "2026-11-22T00:00:00.000Z",
        **change,
    }


def log(*events: Mapping[str, object]) -> str:
    return "".join(f"id: {one['id']}\nevent: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in events)


def event(id: int, type: str = "tab.navigated", **data: object) -> dict[str, object]:
    return {"id": id, "type": type, "createdAt": "2026-11-22T00:00:00.000Z", "data": data}


def page(*items: object) -> Answer:
    return json_answer(200, {"data": items, "nextCursor": None})
