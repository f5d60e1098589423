"""The models of the Management API's client: one class per shape, in the module of the group that uses it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field as member
from typing import Any, Dict, List, Set, Tuple

from management_names import camel, field, pascal, singular

Schema = Dict[str, Any]
SHARED = "shared"
# Longer lists of options, such as that of all languages, would say nothing.
MAX_OPTIONS = 40
MAX_LINE = 130


@dataclass
class Model:
    """One class. ``uses`` are the models that it mentions."""

    name: str
    schema: Schema
    is_request: bool
    groups: Set[str] = member(default_factory=set)
    uses: List["Model"] = member(default_factory=list)
    lines: List[str] = member(default_factory=list)

    @property
    def module(self) -> str:
        [*groups] = self.groups
        return groups[0] if len(groups) == 1 else SHARED


def is_model(schema: Schema) -> bool:
    return bool(schema.get("properties"))


def one_shape(schema: Schema) -> Schema:
    """Alternatives that are objects as one object, which requires what all of them require: one class is easier to use than a union."""
    alternatives = schema.get("oneOf", [])
    if not alternatives or not all(is_model(one) for one in alternatives):
        return schema
    properties: Dict[str, Schema] = {}
    for one in alternatives:
        for name, value in one["properties"].items():
            known = properties.setdefault(name, dict(value))
            if "enum" in known:
                known["enum"] = list(dict.fromkeys([*known["enum"], *value["enum"]]))
    required = [name for name in properties if all(name in one.get("required", []) for one in alternatives)]
    return {**schema, "type": "object", "properties": properties, "required": required}


class Models:
    """All models. Shapes that are the same are one model, but each body of a request has its own name."""

    def __init__(self, taken: Set[str]) -> None:
        self.all: Dict[str, Model] = {}
        self._taken = taken
        self._shapes: Dict[Tuple[bool, str], Model] = {}

    def body(self, name: str, schema: Schema, group: str) -> Tuple[str, List[Model]]:
        """The type of a request's body."""
        schema = one_shape(schema)
        if not is_model(schema):
            return self.annotation(schema, name, group, True)
        model = self._add(Model(name, schema, True), group)
        return name, [model]

    def annotation(self, schema: Schema, name: str, group: str, is_request: bool) -> Tuple[str, List[Model]]:
        """The type of a schema, without its null; ``name`` is for a model that has none yet."""
        schema = one_shape(schema)
        kind = schema.get("type")
        if kind == "array":
            inner, used = self.nullable(schema.get("items", {}), singular(name), group, is_request)
            return f"List[{inner}]", used
        if is_model(schema):
            model = self._model(schema, name, group, is_request)
            return model.name, [model]
        if kind == "object":
            values = schema.get("additionalProperties")
            if isinstance(values, dict) and values:
                inner, used = self.nullable(values, singular(name), group, is_request)
                return f"Dict[str, {inner}]", used
            return "Dict[str, Any]", []
        if kind == "string" and len(schema.get("enum", [])) in range(1, MAX_OPTIONS + 1):
            options = ", ".join(json.dumps(option) for option in schema["enum"] if option is not None)
            # A newer server may know more.
            return (f"Literal[{options}]" if is_request else f"Union[Literal[{options}], str]"), []
        return {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}.get(str(kind), "Any"), []

    def nullable(self, schema: Schema, name: str, group: str, is_request: bool) -> Tuple[str, List[Model]]:
        text, used = self.annotation(schema, name, group, is_request)
        return (f"Optional[{text}]" if schema.get("nullable") and text != "Any" else text), used

    def _model(self, schema: Schema, name: str, group: str, is_request: bool) -> Model:
        key = is_request, json.dumps({**schema, "nullable": False}, sort_keys=True)
        model = self._shapes.get(key)
        if model is None:
            while name in self.all or name in self._taken:
                name += "Value" if is_request else "Response"
            model = self._shapes[key] = Model(name, schema, is_request)
        return self._add(model, group)

    def _add(self, model: Model, group: str) -> Model:
        if model.name in self.all:
            assert self.all[model.name] is model, f"two models are called {model.name}"
        else:
            self.all[model.name] = model
            self._write(model, group)
        self._note(model, group)
        return model

    def _note(self, model: Model, group: str) -> None:
        if group not in model.groups:
            model.groups.add(group)
            for used in model.uses:
                self._note(used, group)

    def _write(self, model: Model, group: str) -> None:
        required = set(model.schema.get("required", []))
        names: Set[str] = set()
        about = sentence(model.schema.get("description")) or ("What is sent." if model.is_request else "What the server answers.")
        lines = [f"class {model.name}({'RequestModel' if model.is_request else 'ResponseModel'}):", f'    """{about}"""', ""]
        for wire, schema in model.schema["properties"].items():
            text, used = self.nullable(schema, model.name + pascal(wire), group, model.is_request)
            model.uses += [one for one in used if one not in model.uses]
            name = field(wire)
            assert name not in names, f"{model.name}.{name} is there twice"
            names.add(name)
            lines += self._member(name, wire, text, wire in required, model.is_request)
            about = sentence(schema.get("description")) if not used else ""
            lines += [f'    """{about}"""'] if about else []
        model.lines = lines

    @staticmethod
    def _member(name: str, wire: str, text: str, is_required: bool, is_request: bool) -> List[str]:
        default = ""
        if not is_required:
            may_be_null = text.startswith("Optional[") or text == "Any"
            if is_request and not may_be_null:
                # The type has no None: giving None is a mistake.
                default = "ABSENT"
            else:
                text, default = text if may_be_null else f"Optional[{text}]", "None"
        if camel(name) != wire:
            options = [f"default={default}"] if default else []
            options += [f'validation_alias=AliasChoices("{wire}", "{name}")', f'serialization_alias="{wire}"']
            default = f"Field({', '.join(options)})"
        line = f"    {name}: {text} = {default}" if default else f"    {name}: {text}"
        if len(line) <= MAX_LINE:
            return [line]
        start, choices, end = re.split(r"(?<=Literal\[)(.*?)(?=\])", line)
        return [start, *(f"        {choice}," for choice in choices.split(", ")), f"    {end}"]


def sentence(text: object) -> str:
    """A description for a docstring; none where it speaks of the server's own code."""
    text = str(text or "").strip().replace("\\", "\\\\").replace('"""', "'''")
    return "" if "[`" in text else " ".join(text.split())
