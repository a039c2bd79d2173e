# SPDX-License-Identifier: Apache-2.0
"""A real service in a temporary folder, made with the product's own commands, and what the stories say to it."""
import atexit
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import openapi

BINARY = os.environ["E2E_BINARY"]
SOURCE = pathlib.Path(os.environ["E2E_SOURCE"])
PATIENCE = 60  # seconds; a slow machine is no failure

SAINT, SHARK = 1234567890123460, 1234567890123234
FIREFIGHT, OVERALL = "c402ff50-3e76-11e2-a25f-0800200c1212", "c402ff50-3e76-11e2-a25f-0800200c0343"
SAMPLE = {"requestedusers": [SAINT, SHARK], "requestedscids": [
    {"scid": FIREFIGHT, "requestedstats": ["Test4FirefightKills", "Test4FirefightHeadshots"]},
    {"scid": OVERALL, "requestedstats": ["OverallTestKills", "TestHeadshots"]}]}
VALUES = """xuid,scid,statname,value
{0},{2},Test4FirefightKills,7
{0},{2},Test4FirefightHeadshots,4
{0},{3},OverallTestKills,3434
{0},{3},TestHeadshots,41
{0},{2},SkillRating,1512.5
{1},{2},Test4FirefightKills,63
{1},{2},Test4FirefightHeadshots,12
{1},{3},OverallTestKills,375
{1},{3},TestHeadshots,34
""".format(SAINT, SHARK, FIREFIGHT, OVERALL)
PLAYERS = f"xuid,gamertag\n{SAINT},WarriorSaint\n{SHARK},TigerShark\n"

codes_seen = set()
API, ADMIN = (openapi.Document(SOURCE / "docs" / name) for name in ("openapi.yaml", "openapi-admin.yaml"))


def run(*arguments, status=0, stdin=None, env=None):
    """Runs a command of the product and returns what it printed; its exit status must be STATUS."""
    done = subprocess.run([BINARY, *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=PATIENCE,
                          env={**os.environ, **(env or {})})
    assert done.returncode == status, f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout if status == 0 else done.stdout + done.stderr


def until(condition, what, seconds=PATIENCE, pause=0.01):
    """Waits for CONDITION() to be true, looking every PAUSE seconds; returns its value."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(pause)
    raise AssertionError(f"did not happen within {seconds} s: {what}")


class Answer:
    """One HTTP response, parsed by hand so that nothing is forgiven."""

    def __init__(self, status_line, headers, body):
        self.version, status, _ = (status_line + " ").split(" ", 2)
        self.status, self.headers, self.body = int(status), headers, body
        codes_seen.add(self.status)

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body[:400]!r}"


class Connection:
    """A raw connection: sends any bytes, reads whole responses, and holds both against DOCUMENT."""

    def __init__(self, port, document):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.document = document
        self.sent = self.pending = b""

    def send(self, data):
        self.sent += data
        self.socket.sendall(data)

    def _more(self):
        data = self.socket.recv(65536)
        self.pending += data
        return bool(data)

    def answer(self, head_only=False):
        """The next response, or None when the connection was closed before one began."""
        while b"\r\n\r\n" not in self.pending:
            if not self._more():
                assert self.pending == b"", f"half a response: {self.pending!r}"
                return None
        head, self.pending = self.pending.split(b"\r\n\r\n", 1)
        status_line, *lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, value = line.split(":", 1)
            assert name.lower() not in headers, f"{name} twice in an answer"
            headers[name.lower()] = value.strip()
        if status_line.split(" ")[1] == "100":
            return self.answer(head_only)
        length = int(headers.get("content-length", 0))
        if head_only or status_line.split(" ")[1] == "304":
            length = 0
        while len(self.pending) < length:
            assert self._more(), "the body was cut short"
        body, self.pending = self.pending[:length], self.pending[length:]
        answer = Answer(status_line, headers, body)
        request, self.sent = openapi.next_request(self.sent)
        self.document.check(request, answer.status, headers, body)
        return answer

    def until_closed(self):
        """Every byte until the server ends the connection."""
        try:
            while self._more():
                pass
        except ConnectionResetError:
            pass
        return self.pending

    def is_closed(self):
        """Whether the server ends the connection without another byte."""
        try:
            return self.pending == b"" and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def close(self):
        self.socket.close()


def request_bytes(method="POST", target="/batch", headers=None, body=b"", length=True):
    if isinstance(body, (dict, list)):
        body = json.dumps(body).encode()
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if length and (body or method == "POST"):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


class Service:
    """Keys, database, settings file and process. Use start() and stop(); the folder goes with the test program."""

    def __init__(self, settings=None, demo_data=True):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="userstats-e2e-"))
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self.keys = self.folder / "keys"
        self.database = self.folder / "stats.db"
        self.config = self.folder / "userstats.conf"
        self.process = None
        self.log = self.folder / "log"
        self.log.touch()
        self.settings = {
            "server.listen": "127.0.0.1:0", "server.admin_listen": "127.0.0.1:0", "store.url": f"sqlite:{self.database}",
            "server.drain_delay_ms": 0,
            "auth.issuer": "e2e-issuer", "auth.audience": "e2e-audience", "auth.keys": str(self.keys / "jwks.json"),
            **(settings or {})}
        self.write_config()
        run("token", "keygen", "--out", self.keys, "--alg", "ES256")
        if demo_data:
            self.make_database()

    def write_config(self):
        sections = {}
        for key, value in self.settings.items():
            section, name = key.rsplit(".", 1)
            sections.setdefault(section, []).append(f"{name} = {value}")
        self.config.write_text("".join(f"[{s}]\n" + "\n".join(lines) + "\n" for s, lines in sections.items()))

    def command(self, *arguments, **options):
        """A sub-command with this service's settings: command("schema", "migrate")."""
        return run(*arguments, "--config", self.config, **options)

    def make_database(self):
        self.command("schema", "migrate")
        self.command("catalog", "apply", SOURCE / "config/demo-catalog.json")
        self.load(VALUES)
        self.load(PLAYERS, "players")

    def load(self, text, kind="values", format="csv", status=0):
        return self.command("import", "--kind", kind, "--format", format, "-", stdin=text, status=status)

    def token(self, *, xuid=SAINT, key=None, **claims):
        options = {"issuer": "e2e-issuer", "audience": "e2e-audience", "title": 1717113201, "sandbox": "RETAIL", **claims}
        words = [w for name, value in options.items() if value is not None for w in ("--" + name, str(value))]
        return run("token", "mint", "--key", key or self.keys / "signing.key.pem", "--xuid", xuid, *words).rstrip("\n")

    def start(self):
        began = self.log.stat().st_size
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([BINARY, "serve", "--config", str(self.config)], stdout=log, stderr=log)
        atexit.register(self.kill)
        self.port = self._port("api", began)
        self.admin_port = self._port("admin", began)
        return self

    def _port(self, name, began):
        def find():
            text = self.log.read_text(errors="replace")[began:]
            assert self.process.poll() is None, f"serve ended:\n{text}"
            found = re.search(rf"{name}\S*?127\.0\.0\.1:(\d+)", text)
            return found and int(found.group(1))
        return until(find, f"the {name} port in the log")

    def log_text(self):
        return self.log.read_text(errors="replace")

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self):
        """SIGTERM; returns the exit status."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=PATIENCE)
        self.process = None
        return status

    def connect(self, admin=False):
        return Connection(*((self.admin_port, ADMIN) if admin else (self.port, API)))

    def ask(self, body=b"", method="POST", target="/batch", headers=None, token=None, admin=False):
        """One request on a connection of its own. TOKEN is a whole header value; None: no Authorization."""
        all_headers = {**({"Authorization": token} if token else {}), **(headers or {})}
        connection = self.connect(admin)
        try:
            connection.send(request_bytes(method, target, all_headers, body))
            return connection.answer(head_only=method == "HEAD")
        finally:
            connection.close()


class Story(unittest.TestCase):
    """Cases that share one running service. SETTINGS may be set by a subclass."""
    SETTINGS = {}

    @classmethod
    def setUpClass(cls):
        cls.service = Service(cls.SETTINGS).start()
        cls.token = cls.service.token(gamertag="WarriorSaint")

    @classmethod
    def tearDownClass(cls):
        status = cls.service.stop()
        log = cls.service.log_text()
        assert status == 0, f"exit {status} after SIGTERM\n{log[-4000:]}"
        assert "Sanitizer" not in log and "runtime error" not in log, log[-8000:]

    def ask(self, body=SAMPLE, **options):
        options.setdefault("token", self.token)
        return self.service.ask(body, **options)

    def refused(self, answer, status, *words):
        """ANSWER is a complete error: status, body, headers; its description has WORDS."""
        self.assertEqual(answer.status, status, answer)
        problem = answer.json()
        self.assertEqual(set(problem), {"code", "source", "description", "traceId"})
        self.assertEqual(problem["source"], "userstats")
        self.assertIsInstance(problem["code"], int)
        self.complete(answer)
        for word in words:
            self.assertIn(word, problem["description"])

    def complete(self, answer):
        """The headers that every answer bears."""
        self.assertEqual(answer.headers["x-content-type-options"], "nosniff")
        self.assertRegex(answer.headers["ms-cv"], r"^[A-Za-z0-9+/.]{3,128}$")
        self.assertIn("cache-control", answer.headers)
        self.assertIn("date", answer.headers)
        if answer.status != 304:
            self.assertIn("content-length", answer.headers)
            self.assertEqual(answer.headers["content-type"], "application/json")
        if answer.status in (200, 304):
            self.assertRegex(answer.headers["etag"], r'^"[!#-~]+"$')


def main():
    """Runs the calling module's cases and leaves for coverage.py their number, the codes seen, and which answers of the OpenAPI documents."""
    program = unittest.main(module="__main__", exit=False, verbosity=2)
    folder = os.environ.get("E2E_CODES")
    if folder:
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        name = pathlib.Path(sys.argv[0]).stem
        lines = [" ".join(map(str, [program.result.testsRun, *sorted(codes_seen)]))]
        lines += [f"{document.name} {where} {status}" for document in (API, ADMIN) for where, status in sorted(document.seen)]
        (pathlib.Path(folder) / name).write_text("\n".join(lines))
    sys.exit(0 if program.result.wasSuccessful() and program.result.testsRun else 1)
