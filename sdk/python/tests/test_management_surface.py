"""The client of the Management API is what the server's OpenAPI document says, in both twins, and costs those nothing who do not use it."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from logto.management import AsyncManagementClient, ManagementClient, models
from logto.management._base import camel
from real_server import RealServer

TOOLS = Path(__file__).parents[1] / "tools"
FOLDER = Path(__file__).parents[1] / "python/logto/management"


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    server = RealServer(tmp_path_factory.mktemp("management"))
    try:
        with urllib.request.urlopen(f"{server.endpoint}/api/.well-known/management.openapi.json", timeout=30) as answer:
            return json.load(answer)
    finally:
        server.close()


def operations(kind):
    """The methods of a client by the operation that their documentation names."""
    client, found = kind("https://a.example", "a", "b"), {}
    for name, member in vars(kind).items():
        if hasattr(member, "attrname"):
            group = getattr(client, name)
            for method, function in inspect.getmembers(group, inspect.ismethod):
                if not method.startswith("_"):
                    found[function.__doc__.strip("`")] = (name, method, function)
    return found


def test_each_operation_of_the_document_has_a_method_in_both_twins(document):
    takes_file = lambda value: "multipart/form-data" in value.get("requestBody", {}).get("content", {})
    described = {f"{method.upper()} {path}" for path, one in document["paths"].items() for method, value in one.items() if not takes_file(value)}
    plain, coroutines = operations(ManagementClient), operations(AsyncManagementClient)
    assert len(described) > 100
    assert described == set(plain) == set(coroutines)
    for operation, (group, name, function) in plain.items():
        twin = coroutines[operation]
        assert (group, name) == twin[:2]
        assert list(inspect.signature(function).parameters) == list(inspect.signature(twin[2]).parameters)
        assert inspect.iscoroutinefunction(twin[2]) or "Pages" in inspect.signature(twin[2]).return_annotation


def test_the_files_are_what_the_document_makes(document):
    done = subprocess.run([sys.executable, "-B", str(TOOLS / "make_management.py")], input=json.dumps(document), capture_output=True, text=True, check=True)
    for name, text in json.loads(done.stdout).items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, f"{name}: run `cargo xtask gen` with this server"


def test_each_member_has_its_name_on_the_wire(document):
    """Bodies that are made of the document's own names are taken, and written with those."""
    for path in document["paths"].values():
        for operation in path.values():
            schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            if schema.get("properties"):
                model = getattr(models, operation["operationId"])
                names = {field.serialization_alias or camel(name) for name, field in model.model_fields.items()}
                assert names == set(schema["properties"])


def test_the_package_is_imported_without_it_and_its_models_one_by_one():
    program = (
        "import sys, logto\n"
        "assert not any(name.startswith('logto.management') for name in sys.modules)\n"
        "from logto.management import ManagementClient\n"
        "client = ManagementClient('https://a.example', 'a', 'b')\n"
        "assert not any(name.startswith('logto.management.models') for name in sys.modules)\n"
        "client.roles\n"
        "assert 'logto.management.models.roles' in sys.modules and 'logto.management.models.sign_in_experience' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_callers_see_types(tmp_path):
    program = tmp_path / "caller.py"
    program.write_text(
        "from typing import Optional\n"
        "from logto.management import AsyncManagementClient, ManagementClient\n"
        "from logto.management.models import CreateUser, UpdateUser\n"
        "def plain(client: ManagementClient) -> None:\n"
        "    name: Optional[str] = client.users.create(CreateUser(username='a')).name\n"
        "    ids: list[str] = [user.id for user in client.users.list(search='%a%')]\n"
        "    client.users.update('x', UpdateUser(name=None))\n"
        "    wrong: int = client.users.get('x').id\n"
        "    client.users.update('x', UpdateUser(custom_data=None))\n"
        "    client.users.create(CreateUser(nmae='x'))\n"
        "async def coroutines(client: AsyncManagementClient) -> None:\n"
        "    wrong: int = (await client.users.get('x')).id\n"
        "    ids: list[str] = [user.id async for user in client.users.list()]\n"
    )
    done = subprocess.run([sys.executable, "-m", "mypy", "--strict", str(program)], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    wrong = [int(line.split(":")[1]) for line in done.stdout.splitlines() if ": error:" in line]
    assert wrong == [8, 9, 10, 12], done.stdout
