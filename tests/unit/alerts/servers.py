"""Real servers on this machine that take messages, or do not."""

from __future__ import annotations

import json
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_string, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Inbox:
    """What arrived; `address` is where, as LEADPACT_ALERTS names it."""

    address: str
    messages: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def webhook(status: int = 200, seconds: float = 0.0) -> Iterator[Inbox]:
    """A web server that answers with a status, after a while."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(seconds)
            inbox.messages.append(json.loads(body))
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        inbox = Inbox(f"json://user:s3cret@127.0.0.1:{server.server_port}/hooks/t0ken?rto=1&cto=1")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield inbox
        server.shutdown()


@contextmanager
def mail_server() -> Iterator[Inbox]:
    """As much of SMTP as a client needs that hands one message over."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 here")
            while line := self.rfile.readline().decode().strip():
                if line.upper().startswith("DATA"):
                    self._say("354 go on")
                    lines = iter(lambda: self.rfile.readline().decode(), ".\r\n")
                    message = message_from_string("".join(lines), policy=policy.default)
                    text = message.get_body(("plain", "html"))
                    assert text is not None
                    inbox.messages.append(
                        {"title": message["Subject"], "message": text.get_content()}
                    )
                self._say("221 bye" if line.upper() == "QUIT" else "250 ok")

        def _say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        port = server.server_address[1]
        inbox = Inbox(
            f"mailto://127.0.0.1:{port}/?from=leadpact@example.com&to=ops@example.com&mode=insecure"
        )
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield inbox
        server.shutdown()


def nobody() -> str:
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return f"json://127.0.0.1:{port}/t0ken"
