"""The values of JSON."""

from __future__ import annotations

from typing import Dict, List, TypeAlias, Union

Json: TypeAlias = Union[Dict[str, "Json"], List["Json"], str, int, float, bool, None]
