"""The fixtures of ``logto.testing`` for pytest.

A package of its own, because pytest imports its plugins at every start: ``logto`` is imported only when a test asks for a fixture.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Dict, Iterator

import pytest

if TYPE_CHECKING:
    from logto.testing import Clock, LoggiaApplication, LoggiaServer, LoggiaUser, SignedInClient, TokenFactory


@pytest.fixture(scope="session")
def loggia_server_settings() -> Dict[str, str]:
    """Settings of the server by the names of their environment variables; a project overrides this fixture."""
    return {}


@pytest.fixture(scope="session")
def loggia_server(loggia_server_settings: Dict[str, str]) -> Iterator[LoggiaServer]:
    """A running server with a database of its own, for the whole run."""
    from logto.testing import LoggiaServer

    with LoggiaServer(loggia_server_settings) as server:
        yield server


@pytest.fixture
def loggia_application(loggia_server: LoggiaServer) -> LoggiaApplication:
    """A registered web application with a secret, new for each test."""
    return loggia_server.create_application()


@pytest.fixture
def loggia_user(loggia_server: LoggiaServer) -> LoggiaUser:
    """Somebody with an account, new for each test."""
    return loggia_server.create_user(name="Test User")


@pytest.fixture
def signed_in_client(
    loggia_server: LoggiaServer, loggia_application: LoggiaApplication, loggia_user: LoggiaUser
) -> Iterator[SignedInClient]:
    """Signs people in to an application: ``client = signed_in_client(app)``."""
    from logto.testing import SignedInClient

    with ExitStack() as open_clients:
        yield SignedInClient(loggia_server, loggia_application, loggia_user, open_clients)


@pytest.fixture
def clock(loggia_server: LoggiaServer) -> Iterator[Clock]:
    """Moves time forward, for the server and for the application: ``clock.advance(hours=1)``."""
    from logto.testing import Clock

    clock = Clock(loggia_server)
    yield clock
    clock.reset()


@pytest.fixture(scope="session")
def loggia_tokens() -> Iterator[TokenFactory]:
    """Signs tokens without a server, for tests of APIs."""
    from logto.testing import TokenFactory

    with TokenFactory() as factory:
        yield factory
