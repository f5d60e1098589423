"""Time moved forward, for the application and for the server."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

from logto._clock import set_ahead
from logto._shared import forget_cores

from .server import LoggiaServer


class Clock:
    """The fixture ``clock``: moves the time of the server, of this package and of Python itself forward together.

    The server gets back its database of before the first move when the test ends, and goes by the machine's clock again.
    """

    def __init__(self, server: LoggiaServer) -> None:
        self._server = server
        self._ahead = timedelta(0)
        self._travel: Any = None
        self._traveller: Any = None

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.fromtimestamp(time.time(), timezone.utc)

    def advance(self, by: Optional[timedelta] = None, **parts: float) -> datetime:
        """Moves the time, as in ``clock.advance(hours=1)``; ``parts`` are those of :class:`~datetime.timedelta`.

        :returns: the new time, in UTC.
        :raises LoggiaServerError: for a step back.
        :raises ModuleNotFoundError: without the package ``time-machine``.
        """
        delta = timedelta(**parts) + (by or timedelta(0))
        milliseconds = round(delta / timedelta(milliseconds=1))
        if self._travel is None:
            self._start()
        self._server.advance(milliseconds)
        self._ahead += timedelta(milliseconds=milliseconds)
        set_ahead(self._ahead)
        self._traveller.shift(timedelta(milliseconds=milliseconds))
        return self.now()

    def reset(self) -> None:
        """Ends what :meth:`advance` has begun."""
        if self._travel is None:
            return
        self._travel.stop()
        self._travel = self._traveller = None
        self._ahead = timedelta(0)
        set_ahead(self._ahead)
        # What they have fetched is from the future, and their connections are to the server of before.
        forget_cores()
        self._server.restore()

    def _start(self) -> None:
        try:
            import time_machine
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                "moving the time needs the package time-machine: pip install 'loggia-logto[test]'", name=error.name
            ) from error
        self._server.save()
        self._travel = time_machine.travel(time.time(), tick=True)
        self._traveller = self._travel.start()
