"""The groups of operations of the Management API's client, in plain functions and in coroutines."""

from __future__ import annotations

import re
from dataclasses import dataclass, field as member
from typing import Any, Dict, List, Optional

from management_models import Model, Models, Schema
from management_names import PAST, field, method, noun_of, pascal, singular, snake, verb_of

MAX_LINE = 130


@dataclass
class Operation:
    """One method."""

    id: str
    group: str
    http_method: str
    path: str
    name: str
    ids: List[str]
    query: Dict[str, Schema]
    """The parameters of the query by their names on the wire; not those of pages and searches."""
    is_paged: bool
    is_searchable: bool
    body: Optional[str] = None
    returns: Optional[str] = None
    """The type of a success with a body."""
    items: Optional[str] = None
    """The type of the items of a list in pages."""
    items_at: str = ""
    """The member of the response that has the items; empty when it is the list itself."""
    statuses: List[int] = member(default_factory=list)
    is_partial: bool = False
    """Whether other statuses than those have no body."""
    uses: List[Model] = member(default_factory=list)

    @classmethod
    def read(cls, path: str, http_method: str, value: Dict[str, Any]) -> "Operation":
        group = snake(value["tags"][0])
        in_query = {one["name"]: one for one in value["parameters"] if one["in"] == "query"}
        is_paged = http_method == "get" and {"page", "page_size"} <= set(in_query)
        own = {name: one for name, one in in_query.items() if name not in ("search_params", *(("page", "page_size") if is_paged else ()))}
        ids = [f"{singular(group)}_id" if name == "id" else field(name) for name in re.findall(r"{(\w+)}", path)]
        assert len(set(ids)) == len(ids), f"{path} has two parameters of one name"
        return cls(value["operationId"], group, http_method.upper(), path, method(value["operationId"], group), ids, own,
                   is_paged, "search_params" in in_query)

    def shape(self, value: Dict[str, Any], models: Models) -> None:
        """Finds the types of the body and of the response."""
        request = value.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        if request is not None:
            self.body, used = models.body(self.id, request, self.group)
            self.uses += used
        successes = {int(status): one for status, one in value["responses"].items() if status < "300"}
        schemas = {status: one["content"]["application/json"]["schema"] for status, one in successes.items() if "content" in one}
        if not schemas:
            return
        self.statuses, self.is_partial = sorted(schemas), len(schemas) < len(successes)
        first = schemas[self.statuses[0]]
        verb = verb_of(self.id)
        name = noun_of(self.id)
        if verb not in ("Get", "List") or verb == "List" and name in models.all:
            # The entity has another shape when it is fetched; if it has the same, this name is not used.
            name = PAST.get(verb, verb) + name
        self.returns, used = models.annotation(first, name, self.group, False)
        self.uses += [one for one in used if one not in self.uses]
        if self.is_paged:
            self._find_items(first, models)

    def _find_items(self, schema: Schema, models: Models) -> None:
        if schema.get("type") == "array":
            self.items = str(self.returns)[len("List[") : -1]
            return
        [(wire, listed)] = [(name, one) for name, one in schema["properties"].items() if one.get("type") == "array"]
        self.items_at = field(wire)
        text, used = models.annotation(listed, str(self.returns) + pascal(wire), self.group, False)
        self.items = text[len("List[") : -1]
        self.uses += [one for one in used if one not in self.uses]

    def lines(self, is_async: bool) -> List[str]:
        """The method."""
        parameters = ["self", *(f"{id}: str" for id in self.ids), *([f"body: {self.body}"] if self.body else [])]
        named = [f"{field(name)}: {_query_type(one)}" for name, one in self.query.items()]
        named += ["search: Optional[str] = None", "search_params: Optional[Mapping[str, QueryValue]] = None"] if self.is_searchable else []
        named += ["page_size: int = 100"] if self.is_paged else []
        parameters += ["*", *named] if named else []
        coroutine = "async " if is_async and not self.is_paged else ""
        head = _wrap(f"    {coroutine}def {self.name}(", parameters, f") -> {self._result(is_async)}:")
        return [*head, f'        """``{self.http_method} {self.path}``"""', *self._statements(is_async)]

    def _query(self) -> str:
        """The expression of the query; empty when there is none."""
        entries = [f'"{name}": {field(name)}' for name in self.query]
        if self.is_searchable and not entries:
            return "searched(search, search_params)"
        # The search goes first: one of its parameters must not replace another.
        entries = (["**searched(search, search_params)"] if self.is_searchable else []) + entries
        short = "{" + ", ".join(entries) + "}"
        if not entries or len(short) <= MAX_LINE - 20:
            return short if entries else ""
        return "{\n" + "".join(f"                {entry},\n" for entry in entries) + "            }"

    def _result(self, is_async: bool) -> str:
        if self.is_paged:
            return f"{'AsyncPages' if is_async else 'Pages'}[{self.items}]"
        return f"Optional[{self.returns}]" if self.is_partial and self.returns else str(self.returns)

    def _statements(self, is_async: bool) -> List[str]:
        path = '"' + re.sub(r"{\w+}", "{}", self.path) + '"'
        ids = f"({', '.join(self.ids)}{',' if len(self.ids) == 1 else ''})"
        query = self._query()
        if self.is_paged:
            items = f"lambda answer: answer.{self.items_at}" if self.items_at else "list"
            return _wrap("        return self._list(", [path, ids, query or "{}", str(self.returns), items, "page_size"], ")")
        arguments = [f'"{self.http_method}"', path]
        arguments += [ids] if self.ids else []
        arguments += [f"query={query}"] if query else []
        arguments += ["body=body"] if self.body else []
        made = _wrap("        request = call(", arguments, ")")
        wait = "await " if is_async else ""
        if not self.returns:
            return [*made, f"        {wait}self._send(request)"]
        if self.is_partial:
            statuses = f"({', '.join(map(str, self.statuses))}{',' if len(self.statuses) == 1 else ''})"
            # A type checker takes `Any` for no class.
            kind = "object" if self.returns == "Any" else self.returns
            return [*made, f"        return {wait}self._fetch_if({statuses}, request, {kind})"]
        return [*made, f"        return {wait}self._fetch(request, {self.returns})"]


def _query_type(parameter: Dict[str, Any]) -> str:
    kind = {"integer": "int", "boolean": "bool"}.get(parameter["schema"].get("type"), "QueryValue")
    if parameter.get("required"):
        return "Scalar" if kind == "QueryValue" else kind
    return f"{kind} = None" if kind == "QueryValue" else f"Optional[{kind}] = None"


def _wrap(start: str, parts: List[str], end: str) -> List[str]:
    line = start + ", ".join(parts) + end
    if len(line) <= MAX_LINE and "\n" not in line:
        return [line]
    indent = " " * (len(start) - len(start.lstrip()))
    return [start, *(f"{indent}    {part}," for part in parts), indent + end]
