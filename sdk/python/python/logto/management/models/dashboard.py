"""Models of dashboard. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import ResponseModel


class ActiveUserCounts(ResponseModel):
    """Users for whom tokens were issued, each counted once."""

    dau_curve: List[ActiveUserCountsDauCurve]
    dau: ActiveUserCountsDau
    wau: ActiveUserCountsWau
    mau: ActiveUserCountsMau


class ActiveUserCountsDau(ResponseModel):
    """On the date."""

    count: int
    delta: int


class ActiveUserCountsDauCurve(ResponseModel):
    """The users who were active on a day."""

    date: str
    """`2026-11-29`, in UTC."""
    count: int


class ActiveUserCountsMau(ResponseModel):
    """In the 30 days up to the date."""

    count: int
    delta: int


class ActiveUserCountsWau(ResponseModel):
    """In the 7 days up to the date."""

    count: int
    delta: int


class NewUserCounts(ResponseModel):
    """Users who registered or were made, by days of UTC."""

    today: NewUserCountsToday
    last7_days: NewUserCountsToday


class NewUserCountsToday(ResponseModel):
    """A count, and by how much it is more than in the time before."""

    count: int
    delta: int


class TotalUserCount(ResponseModel):
    """All users."""

    total_user_count: int
