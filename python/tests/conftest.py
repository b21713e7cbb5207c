"""What the tests share."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from carrel import Carrel
from contract_server import Answer, ContractServer

OUTCOMES = os.environ.get("TEST_OUTCOMES_FILE")

Connect = Callable[..., tuple[Carrel, ContractServer]]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Each test counts in the line that `npm test` ends with."""
    is_end = report.failed or (report.passed and report.when == "call")
    if OUTCOMES and is_end:
        with Path(OUTCOMES).open("a") as file:
            file.write(f"{report.outcome}\n")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def serve() -> Iterator[Callable[..., ContractServer]]:
    """Starts real HTTP servers that give the answers of a list in turn."""
    servers: list[ContractServer] = []

    def start(*answers: Answer) -> ContractServer:
        server = ContractServer(answers)
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def connect(serve: Callable[..., ContractServer]) -> Iterator[Connect]:
    """The same, with a client of each."""
    clients: list[Carrel] = []

    def start(*answers: Answer, **options: object) -> tuple[Carrel, ContractServer]:
        server = serve(*answers)
        client = Carrel(server.url, "ck_test", **options)  # type: ignore[arg-type]
        clients.append(client)
        return client, server

    yield start
    for client in clients:
        client.close()


@pytest.fixture(scope="session")
def server_env() -> dict[str, str]:
    """Where the real server and the sites to browse are. `npm test` starts them."""
    names = ["CARREL_URL", "CARREL_API_KEY", "TEST_SITE_URL", "TEST_SHOP_URL"]
    missing = [name for name in names if name not in os.environ]
    if missing:
        pytest.skip(f"{', '.join(missing)} not set: npm test -- python starts a server")
    return {name: os.environ[name] for name in names}
