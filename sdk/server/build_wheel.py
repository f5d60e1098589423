"""Makes the wheel of `loggia-server` around a program that is built already: `build_wheel.py PROGRAM VERSION FOLDER`.

Standard library only. The platform in the wheel's name is read from the program, so that it says what the program needs.
"""

from __future__ import annotations

import base64
import hashlib
import re
import struct
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
MACHINES = {62: "x86_64", 183: "aarch64"}  # ELF's numbers
OLDEST_GLIBC = 17  # of 2.17: the oldest that manylinux has a name for on both machines
ENTRY_POINTS = "[console_scripts]\nloggia = loggia_server:main\n"


def platform(program: bytes) -> str:
    """The platform tag (PEP 600): the machine, and the oldest glibc that has all symbols that the program asks for."""
    if program[:5] != b"\x7fELF\x02":
        sys.exit("the program is not a 64-bit ELF file: wheels are made for Linux only")
    machine = MACHINES.get(struct.unpack_from("<H", program, 18)[0])
    if machine is None:
        sys.exit("the program is for a machine that wheels are not made for")
    asked = [int(minor) for minor in re.findall(rb"GLIBC_2\.(\d+)", program)]
    return f"manylinux_2_{max([OLDEST_GLIBC, *asked])}_{machine}"


def metadata(version: str) -> str:
    return (
        f"Metadata-Version: 2.1\nName: loggia-server\nVersion: {version}\n"
        "Summary: The server of Loggia, an OpenID Connect provider, as a program in a wheel.\n"
        "License: Apache-2.0\nRequires-Python: >=3.10\nDescription-Content-Type: text/markdown\n\n"
        + (HERE / "README.md").read_text(encoding="utf-8")
    )


def build(program: Path, version: str, folder: Path) -> Path:
    content = program.read_bytes()
    tag = f"py3-none-{platform(content)}"
    info = f"loggia_server-{version}.dist-info"
    files = {f"loggia_server/{path.name}": (path.read_bytes(), 0o644) for path in sorted((HERE / "loggia_server").glob("*.py*"))}
    files["loggia_server/bin/loggia"] = (content, 0o755)
    files[f"{info}/licenses/LICENSE"] = ((HERE.parent.parent / "LICENSE").read_bytes(), 0o644)
    files[f"{info}/METADATA"] = (metadata(version).encode(), 0o644)
    files[f"{info}/WHEEL"] = (f"Wheel-Version: 1.0\nGenerator: loggia\nRoot-Is-Purelib: false\nTag: {tag}\n".encode(), 0o644)
    files[f"{info}/entry_points.txt"] = (ENTRY_POINTS.encode(), 0o644)
    record = f"{info}/RECORD"
    files[record] = ("".join([*(_record(name, data) for name, (data, _) in files.items()), f"{record},,\n"]).encode(), 0o644)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"loggia_server-{version}-{tag}.whl"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as wheel:
        for name, (data, mode) in files.items():
            # A fixed time: the same program makes the same wheel.
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, data)
    return target


def _record(name: str, data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}\n"


if __name__ == "__main__":
    print(build(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
