"""A proxy for CONNECT requests that takes every name for one local port."""

from __future__ import annotations

import socket
import threading
from typing import List, Tuple


class ConnectProxy:
    """``requests`` records (target, headers)."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.requests: List[Tuple[str, str]] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            part = client.recv(4096)
            if not part:
                return
            head += part
        line, _, headers = head.decode().partition("\r\n")
        self.requests.append((line.split(" ")[1], headers))
        server = socket.create_connection(("127.0.0.1", self.target))
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        threading.Thread(target=self._copy, args=(server, client), daemon=True).start()
        self._copy(client, server)

    @staticmethod
    def _copy(source: socket.socket, sink: socket.socket) -> None:
        try:
            while True:
                part = source.recv(65536)
                if not part:
                    break
                sink.sendall(part)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass
