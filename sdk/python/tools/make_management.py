"""Makes the operations and models of ``logto.management``: reads the OpenAPI document of the Management API, prints the files as
one JSON object of their names and texts. ``cargo xtask gen`` runs it and writes them.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any, Dict, List, Tuple

from management_groups import Operation
from management_models import Model, Models
from management_names import noun_of, pascal, singular, verb_of

NOTE = '"""{about} Made from the OpenAPI document by ``cargo xtask gen``."""\n\nfrom __future__ import annotations\n\n'
# The names of shapes come from those who fetch them, then from those who list them.
ORDER = {"Get": 0, "List": 1}


def takes_file(value: Dict[str, Any]) -> bool:
    """Whether an operation takes a form with a file, which the client does not send."""
    return "multipart/form-data" in value.get("requestBody", {}).get("content", {})


def read(document: Dict[str, Any]) -> Tuple[Dict[str, List[Operation]], Models]:
    found = [
        (Operation.read(path, http_method, value), value)
        for path, operations in document["paths"].items()
        for http_method, value in operations.items()
        if not takes_file(value)
    ]
    # The classes of the groups have their names already.
    models, groups = Models({pascal(operation.group) for operation, _ in found}), {}  # type: Models, Dict[str, List[Operation]]
    bodies = {operation.id for operation, _ in found}
    for operation, value in sorted(found, key=lambda one: (ORDER.get(verb_of(one[0].id), 2), one[0].path.count("/"), one[0].path, one[0].http_method)):
        operation.shape(value, models)
    for operation, _ in sorted(found, key=lambda one: (one[0].path, one[0].http_method)):
        groups.setdefault(operation.group, []).append(operation)
    for name, operations in groups.items():
        names = [operation.name for operation in operations]
        for operation in operations:
            # ``delete`` and ``delete_many``.
            if names.count(operation.name) > 1 and noun_of(operation.id) != singular(noun_of(operation.id)):
                operation.name += "_many"
        names = [operation.name for operation in operations]
        twice = sorted({one for one in names if names.count(one) > 1})
        assert not twice, f"{name} has two operations of the name {twice}"
    assert len(bodies) == len(found), "two operations have one id"
    return dict(sorted(groups.items())), models


def typing_names(text: str, words: List[str]) -> List[str]:
    text = re.sub(r'""".*?"""', "", text, flags=re.DOTALL)
    return [word for word in words if re.search(rf"\b{word}\b", text)]


def imports(lines: str, models: List[Model], own: str, before: str) -> str:
    """The imports of the models that are used, module by module."""
    modules: Dict[str, List[str]] = {}
    for model in models:
        if model.module != own and re.search(rf"\b{model.name}\b", lines):
            modules.setdefault(model.module, []).append(model.name)
    return "".join(_from(f"{before}{module}", sorted(set(names))) for module, names in sorted(modules.items()))


def _from(module: str, names: List[str]) -> str:
    line = f"from {module} import {', '.join(names)}\n"
    return line if len(line) <= 130 else f"from {module} import (\n" + "".join(f"    {name},\n" for name in names) + ")\n"


def group_file(group: str, operations: List[Operation], is_async: bool) -> str:
    base = "AsyncGroup" if is_async else "Group"
    body = "\n\n".join("\n".join(operation.lines(is_async)) for operation in operations)
    head = NOTE.format(about=f"Operations on {group.replace('_', ' ')}{', in coroutines' if is_async else ''}.")
    used = typing_names(body, ["Any", "Dict", "List", "Mapping", "Optional", "Union", "Literal"])
    head += _from("typing", used) + "\n" if used else ""
    head += _from(".._base", [base, "call", *(["searched"] if "searched(" in body else [])])
    head += _from(".._calls", values) if (values := typing_names(body, ["QueryValue", "Scalar"])) else ""
    pages = typing_names(body, ["AsyncPages", "Pages"])
    head += _from(".._paging", pages) if pages else ""
    models = [model for operation in operations for model in [*operation.uses, *(deep for one in operation.uses for deep in one.uses)]]
    head += imports(body, models, "", "..models.")
    return f'{head}\n\nclass {"Async" if is_async else ""}{pascal(group)}({base}):\n    """Operations on {group.replace("_", " ")}."""\n\n{body}\n'


def client_file(groups: Dict[str, List[Operation]], is_async: bool) -> str:
    prefix = "Async" if is_async else ""
    names = {group: f"{prefix}{pascal(group)}" for group in groups}
    text = NOTE.format(about=f"The client of the Management API{', in coroutines' if is_async else ''}.")
    text += "from functools import cached_property\nfrom typing import TYPE_CHECKING\n\n" + _from(".._base", [f"{prefix}Base"])
    text += "\nif TYPE_CHECKING:\n" + "".join(f"    from .{group} import {name}\n" for group, name in names.items())
    about = "The Management API in coroutines." if is_async else "The Management API in plain functions."
    text += f'\n\nclass {prefix}ManagementClient({prefix}Base):\n    """{about} Each group of operations is loaded when it is first used."""\n'
    for group, name in names.items():
        text += f"\n    @cached_property\n    def {group}(self) -> {name}:\n        from .{group} import {name}\n\n        return {name}(self)\n"
    return text


def model_file(module: str, models: List[Model]) -> str:
    models = sorted(models, key=lambda one: one.name)
    body = "\n\n\n".join("\n".join(model.lines) for model in models)
    head = NOTE.format(about=f"Models of {module.replace('_', ' ')}." if module != "shared" else "Models that several groups use.")
    used = typing_names(body, ["Any", "Dict", "List", "Literal", "Optional", "Union"])
    head += _from("typing", used) + "\n" if used else ""
    fields = typing_names(body, ["AliasChoices", "Field"])
    head += _from("pydantic", fields) + "\n" if fields else ""
    head += _from(".._base", typing_names(body, ["ABSENT", "RequestModel", "ResponseModel"]))
    head += imports(body, [used for model in models for used in model.uses], module, ".")
    return f"{head}\n\n{body}\n"


def models_file(modules: Dict[str, List[Model]]) -> str:
    names = sorted((model.name, module) for module, models in modules.items() for model in models)
    text = NOTE.format(about="All models of the Management API, each loaded when it is first used.")
    text += "from importlib import import_module\nfrom typing import TYPE_CHECKING, Any\n\nif TYPE_CHECKING:\n"
    text += "".join(f"    from .{module} import {name} as {name}\n" for name, module in names)
    text += "\n_MODULES = {\n" + "".join(f'    "{name}": "{module}",\n' for name, module in names) + "}\n\n__all__ = [\n"
    text += "".join(f'    "{name}",\n' for name, _ in names) + "]\n"
    text += (
        "\n\ndef __getattr__(name: str) -> Any:\n    if name not in _MODULES:\n"
        '        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")\n'
        '    return getattr(import_module(f".{_MODULES[name]}", __name__), name)\n'
    )
    return text


def files(document: Dict[str, Any]) -> Dict[str, str]:
    groups, models = read(document)
    modules: Dict[str, List[Model]] = {}
    for model in models.all.values():
        modules.setdefault(model.module, []).append(model)
    made = {f"models/{module}.py": model_file(module, found) for module, found in modules.items()}
    made["models/__init__.py"] = models_file(dict(sorted(modules.items())))
    for folder, is_async in (("_sync", False), ("_async", True)):
        made[f"{folder}/__init__.py"] = client_file(groups, is_async)
        for group, operations in groups.items():
            made[f"{folder}/{group}.py"] = group_file(group, operations, is_async)
    return dict(sorted(made.items()))


if __name__ == "__main__":
    json.dump(files(json.load(sys.stdin)), sys.stdout)
