"""The clock by which this package forgets what it keeps for a time. Tests move it together with their server's."""

from __future__ import annotations

import time
from datetime import timedelta

from . import _native

_ahead = 0.0


def elapsed() -> float:
    """Seconds since some moment; never back, unless a test ends that has moved the time."""
    # Not `time.monotonic`, which some versions of time-machine move and others do not.
    return time.perf_counter() + _ahead


def set_ahead(ahead: timedelta) -> None:
    """Lets the whole package go by a clock that is ahead of the machine's; zero ends it."""
    global _ahead
    _ahead = ahead / timedelta(seconds=1)
    _native.set_time_ahead(round(ahead / timedelta(milliseconds=1)))
