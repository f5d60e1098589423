"""Names in Python for what the OpenAPI document names."""

from __future__ import annotations

import keyword
import re

PAST = {"List": "Listed", "Create": "Created", "Update": "Updated", "Upsert": "Upserted", "Replace": "Replaced", "Assign": "Assigned", "Add": "Added",
        "Delete": "Deleted", "Check": "Checked", "Verify": "Verified"}
# Entities whose operations do not say the whole name.
SHORT = {"sign_in_experience": ["sign_in_exp"], "audit_logs": ["log"]}

# Names that pydantic's models have already.
TAKEN = {"construct", "copy", "dict", "from_orm", "json", "parse_file", "parse_obj", "parse_raw", "schema", "schema_json", "update_forward_refs", "validate"}


def snake(text: str) -> str:
    """``primaryEmail`` and ``Audit logs`` as ``primary_email`` and ``audit_logs``."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def pascal(text: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in snake(text).split("_"))


def singular(word: str) -> str:
    for end, other in (("ies", "y"), ("sses", "ss"), ("xes", "x")):
        if word.endswith(end):
            return word[: -len(end)] + other
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def plural(word: str) -> str:
    return word[:-1] + "ies" if word.endswith("y") else word + "s"


def verb_of(operation_id: str) -> str:
    return re.match("[A-Z][a-z]*", operation_id).group()  # type: ignore[union-attr]


def noun_of(operation_id: str) -> str:
    """What an operation is about: ``UserRole`` of ``ListUserRoles``."""
    noun = operation_id[len(verb_of(operation_id)) :]
    return singular(noun) if verb_of(operation_id) == "List" else noun


def field(name: str) -> str:
    name = snake(name)
    return name + "_" if keyword.iskeyword(name) or name in TAKEN or name.startswith("model_") else name


def camel(name: str) -> str:
    """The name on the wire that a model gives a member by itself; ``logto.management._base`` has the same."""
    first, *others = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in others)


def method(operation_id: str, group: str) -> str:
    """The method of an operation in its group: ``list_roles`` of ``ListUserRoles`` in ``users``."""
    verb = verb_of(operation_id)
    rest = f"_{snake(operation_id[len(verb) :])}_"
    entity = singular(group)
    for name in (group, entity, *SHORT.get(group, [])):
        for form in (plural(name), name):
            if f"_{form}_" in rest:
                rest = rest.replace(f"_{form}_", "_", 1)
                return "_".join([snake(verb), *rest.strip("_").split("_")]).rstrip("_")
    return f"{snake(verb)}_{rest.strip('_')}"
