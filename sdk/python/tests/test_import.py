"""What `import logto` costs, and models that are built when they are first used."""

from __future__ import annotations

import subprocess
import sys

# Each takes longer than all of this package's own modules.
LATER = ["asyncio", "concurrent.futures", "importlib.metadata", "flask", "django", "starlette", "fastapi"]

THREADS = """
import threading
from logto import _reading, IdTokenClaims
from logto.models.response import UserInfoResponse
text = '{"iss": "i", "sub": "user1", "aud": "a", "exp": 1, "iat": 1, "sid": "s"}'
assert not IdTokenClaims.__pydantic_complete__
found, start = [], threading.Barrier(32)
def read():
    start.wait()
    found.append((_reading.id_token_claims(text).sub, _reading.answer(UserInfoResponse, text).sub))
threads = [threading.Thread(target=read) for _ in range(32)]
for one in threads: one.start()
for one in threads: one.join()
assert found == [("user1", "user1")] * 32, found
"""


def run(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_import_brings_only_what_every_program_needs():
    assert run(f"import logto, sys; print([name for name in {LATER} if name in sys.modules])").strip() == "[]"


def test_models_are_built_once_by_threads_that_start_together():
    for _ in range(3):
        run(THREADS)


def test_models_that_are_not_built_yet_work_as_others_do():
    run(
        "import copy, pickle\n"
        "from logto import IdTokenClaims, LogtoConfig, TokenResponse\n"
        "from pydantic import TypeAdapter\n"
        "assert LogtoConfig(endpoint='https://a', app_id='b').appId == 'b'\n"
        "assert TypeAdapter(list[TokenResponse]).json_schema()['items']\n"
        "claims = IdTokenClaims(iss='i', sub='s', aud='a', exp=1, iat=1, sid='x')\n"
        "assert pickle.loads(pickle.dumps(claims)) == copy.deepcopy(claims) == claims and claims.sid == 'x'\n"
        "class Own(IdTokenClaims):\n    plan: str\n"
        "assert Own.model_json_schema()['required'][-1] == 'plan'\n"
    )
