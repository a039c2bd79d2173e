# SPDX-License-Identifier: Apache-2.0
"""An HTTPS server of one key document, with a certificate of a CA of its own, that misbehaves when it is told to."""
import hashlib
import ipaddress
import pathlib
import socket
import ssl
import tempfile
import threading
import time

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from issuer import certificate, pem_of

GIVE_UP = 30  # seconds: no misbehaviour lasts longer


def free_port():
    """A port that refuses connections until somebody listens: the caller keeps the socket until then."""
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved.bind(("127.0.0.1", 0))
    return reserved, reserved.getsockname()[1]


def head(status, *lines):
    return "\r\n".join([f"HTTP/1.1 {status} Whatever", "Content-Type: application/json", *lines]).encode() + b"\r\n\r\n"


class KeyServer:
    """Serves .document; its CA is .ca_file, in a folder of its own within FOLDER. What it does is .mode, a function (server,
    connection, headers of the request)."""

    def __init__(self, folder, document="", listen=True):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="key-server-", dir=folder))
        self.document, self.cache = document, "max-age=3600"
        self.mode = KeyServer.good
        self.contacts = self.requests = self.unchanged = 0
        self.stopped = threading.Event()
        self.ca_file = self.folder / "ca.pem"
        self._make_certificates()
        self.socket, self.port = free_port()
        self.url = f"https://127.0.0.1:{self.port}/keys.json"
        if listen:
            self.listen()

    def _make_certificates(self):
        ca, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        root = certificate("test CA", ca.public_key(), ca, is_ca=True)
        self.ca_file.write_bytes(root.public_bytes(serialization.Encoding.PEM))
        here = [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        self.trusted = self._context(own, certificate("server", own.public_key(), ca, root.subject, here))
        self.foreign = self._context(own, certificate("server", own.public_key(), own, None, here))

    def _context(self, key, cert):
        path = self.folder / "server.pem"
        path.write_bytes(pem_of(key) + cert.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def listen(self):
        self.socket.listen(50)
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        self.stopped.set()
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()

    def _accept(self):
        while not self.stopped.is_set():
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.contacts += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, plain):
        mode = self.mode
        plain.settimeout(GIVE_UP)
        try:
            if mode in KeyServer.BELOW_TLS:
                mode(self, plain, {})
                return
            context = self.foreign if mode is KeyServer.untrusted else self.trusted
            with context.wrap_socket(plain, server_side=True) as connection:
                asked = b""
                while b"\r\n\r\n" not in asked:
                    more = connection.recv(4096)
                    if not more:
                        return
                    asked += more
                self.requests += 1
                lines = asked.decode("latin-1").split("\r\n")[1:]
                mode(self, connection, {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines)})
        except (OSError, ssl.SSLError):
            pass  # the service ended it, as it should
        finally:
            plain.close()

    # What it can be told to do.

    def good(self, connection, headers):
        body = self.document.encode()
        etag = '"' + hashlib.sha256(body).hexdigest()[:16] + '"'
        lines = [f"ETag: {etag}", f"Cache-Control: {self.cache}"]
        if headers.get("if-none-match") == etag:
            self.unchanged += 1
            connection.sendall(head(304, *lines))
        else:
            connection.sendall(head(200, *lines, f"Content-Length: {len(body)}") + body)

    untrusted = lambda self, connection, headers: KeyServer.good(self, connection, headers)

    def drip(self, connection, headers):
        connection.sendall(head(200, "Content-Length: 1000"))
        for _ in range(GIVE_UP * 10):
            if self.stopped.wait(0.1):
                return
            connection.sendall(b" ")

    def hang(self, connection, headers):
        self.stopped.wait(GIVE_UP)

    def hang_below_tls(self, connection, headers):
        self.stopped.wait(GIVE_UP)

    def no_tls(self, connection, headers):
        connection.sendall(head(200, "Content-Length: 2") + b"{}")
        time.sleep(0.2)

    def huge(self, connection, headers):
        connection.sendall(head(200, "Content-Length: 100000000000") + b" " * 100000)

    def endless(self, connection, headers):
        connection.sendall(head(200, "Transfer-Encoding: chunked"))
        for _ in range(1000):
            connection.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")

    def cut(self, connection, headers):
        connection.sendall(head(200, f"Content-Length: {len(self.document) + 1}") + self.document.encode())

    def coded(self, connection, headers):
        connection.sendall(head(200, "Content-Encoding: gzip", "Content-Length: 2") + b"{}")

    def gone(self, connection, headers):
        connection.sendall(head(404, "Content-Length: 2") + b"{}")

    def broken(self, connection, headers):
        connection.sendall(head(500, "Content-Length: 2") + b"{}")

    def redirect_to(url):
        return lambda self, connection, headers: connection.sendall(head(302, f"Location: {url}", "Content-Length: 0"))

    def document_of(text):
        def serve(self, connection, headers):
            connection.sendall(head(200, f"Content-Length: {len(text)}") + text.encode())
        return serve

    BELOW_TLS = (hang_below_tls, no_tls)
