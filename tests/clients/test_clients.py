# SPDX-License-Identifier: Apache-2.0
"""Published clients, unchanged, against the real binary. npm installs them in the versions of package-lock.json; they speak HTTPS to
userstats.xboxlive.com as they always do, and redirect.js leads that connection to a port of this test, which ends TLS with a certificate
of its own and passes every byte on. Where npm cannot install, this fails: nothing here is skipped."""
import atexit
import datetime
import json
import os
import pathlib
import select
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from service import FIREFIGHT, OVERALL, PATIENCE, SAINT, SHARK, SOURCE, Service, main

HERE = SOURCE / "tests/clients"
HOST = "userstats.xboxlive.com"
TITLE = "1717113201"
KILLS, MINUTES = "Test4FirefightKills", "MinutesPlayed"
folder = pathlib.Path(tempfile.mkdtemp(prefix="userstats-clients-"))
atexit.register(shutil.rmtree, folder, ignore_errors=True)


def setUpModule():
    """Installs the clients and makes the certificate."""
    for name in "package.json", "package-lock.json":
        shutil.copy(HERE / name, folder)
    npm = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"], cwd=folder, capture_output=True,
                         text=True, timeout=PATIENCE * 4)
    assert npm.returncode == 0, f"npm cannot install the clients, without which nothing is shown here:\n{npm.stdout}{npm.stderr}"
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.timezone.utc)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
                   .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
                   .not_valid_after(now + datetime.timedelta(days=1)).add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), False)
                   .add_extension(x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256()))
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))


class Front:
    """Ends TLS in front of a port and passes every byte on; SENT and ANSWERED are what went through."""

    def __init__(self, port):
        self.sent, self.answered = b"", b""
        self.target = port
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            with self.context.wrap_socket(connection, server_side=True) as tls, socket.create_connection(("127.0.0.1", self.target)) as plain:
                while self._carry(tls, plain):
                    pass
        except OSError:
            pass

    def _carry(self, tls, plain):
        for source in [tls] if tls.pending() else select.select([tls, plain], [], [])[0]:
            data = source.recv(65536)
            if source is tls:
                self.sent += data
                plain.sendall(data)
            else:
                self.answered += data
                tls.sendall(data)
            if not data:
                return False
        return True

    def close(self):
        self.listener.close()


class Clients(unittest.TestCase):
    """Cases that share a service; each asks through a front of its own."""
    SETTINGS = {}

    @classmethod
    def setUpClass(cls):
        cls.service = Service(cls.SETTINGS)
        catalog = json.loads((SOURCE / "config/demo-catalog.json").read_text())
        catalog["scids"][0]["statistics"].append({"name": MINUTES, "type": "Integer", "access": "open"})
        path = cls.service.folder / "catalog.json"
        path.write_text(json.dumps(catalog))
        cls.service.command("catalog", "apply", path)
        cls.service.load(f"xuid,scid,statname,value\n{SAINT},{FIREFIGHT},{MINUTES},754\n{SHARK},{FIREFIGHT},{MINUTES},12\n")
        cls.service.start()
        cls.saint, cls.shark = (cls.identity(cls.service.token(xuid=xuid), xuid) for xuid in (SAINT, SHARK))

    @classmethod
    def tearDownClass(cls):
        status = cls.service.stop()
        log = cls.service.log_text()
        assert status == 0 and "Sanitizer" not in log and "runtime error" not in log, f"exit {status}\n{log[-4000:]}"

    @staticmethod
    def identity(token, xuid):
        userhash, token = token.removeprefix("XBL3.0 x=").split(";", 1)
        return {"userhash": userhash, "token": token, "xuid": str(xuid)}

    def calls(self, client, *calls, trusted=True):
        """What becomes of each call, in one process of the client."""
        self.front = Front(self.service.port)
        self.addCleanup(self.front.close)
        done = subprocess.run(["node", "--require", HERE / "redirect.js", HERE / "ask.js"], input=json.dumps({"client": client, "calls": calls}),
                              capture_output=True, text=True, timeout=PATIENCE, env={
                                  "PATH": os.environ["PATH"], "NODE_PATH": str(folder / "node_modules"), "USERSTATS_TLS_PORT": str(self.front.port),
                                  **({"NODE_EXTRA_CA_CERTS": str(folder / "certificate.pem")} if trusted else {})})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        results = json.loads(done.stdout)
        self.assertEqual(len(results), len(calls))
        return results


class Pinned(unittest.TestCase):
    def test_exact_versions_and_no_addresses(self):
        wanted = json.loads((HERE / "package.json").read_text())["dependencies"]
        for name, version in wanted.items():
            self.assertRegex(version, r"^[0-9.]+$")
            self.assertEqual(json.loads((folder / "node_modules" / name / "package.json").read_text())["version"], version)
        for name, package in json.loads((HERE / "package-lock.json").read_text())["packages"].items():
            self.assertNotIn("resolved", package, name)
            self.assertTrue(name == "" or "integrity" in package, name)


class XboxWebapi(Clients):
    """xbox-webapi: getUserTitleStats(title), the one call it has for userstats, and its own post() with other bodies."""

    def ask(self, *calls):
        return self.calls("xbox-webapi", *calls)

    def test_two_users_by_title(self):
        results = self.ask(*({**who, "title": TITLE} for who in (self.saint, self.shark)))
        for result, xuid, heroes, minutes in zip(results, (SAINT, SHARK), (["7", "3434", "4", "41"], ["63", "375", "12", "34"]), ("754", "12")):
            answer = result["answer"]
            self.assertEqual([s["value"] for s in answer["groups"][0]["statlistscollection"][0]["stats"]], heroes)
            self.assertEqual(answer["statlistscollection"], [{"arrangebyfield": "xuid", "arrangebyfieldid": str(xuid), "stats": [
                {"groupproperties": {}, "xuid": str(xuid), "scid": FIREFIGHT, "titleid": TITLE, "name": MINUTES, "type": "Integer",
                 "value": minutes, "properties": {}}]}])

    def test_it_sends_what_it_always_sends(self):
        self.ask({**self.saint, "title": TITLE})
        head = self.front.sent.split(b"\r\n\r\n")[0].lower()
        self.assertTrue(head.startswith(b"post /batch http/1.1\r\n"), head)
        self.assertIn(b"\r\nhost: userstats.xboxlive.com\r\n", head)
        self.assertIn(b"\r\nx-xbl-contract-version: 2\r\n", head)
        self.assertNotIn(b"content-type", head)

    def test_it_checks_the_certificate_as_always(self):
        result, = self.calls("xbox-webapi", {**self.saint, "title": TITLE}, trusted=False)
        self.assertIn("certificate", result["error"]["message"])
        self.assertEqual(self.front.sent, b"")

    def test_two_users_in_one_batch(self):
        body = {"arrangebyfield": "xuid", "xuids": [str(SAINT), str(SHARK)], "stats": [{"name": KILLS, "titleId": TITLE}]}
        result, = self.ask({**self.saint, "body": json.dumps(body)})
        self.assertEqual([[s["value"] for s in user["stats"]] for user in result["answer"]["statlistscollection"]], [["7"], ["63"]])

    def test_a_title_that_nobody_knows(self):
        result, = self.ask({**self.saint, "title": "5"})
        self.assertEqual([user["stats"] for user in result["answer"]["statlistscollection"]], [[]])

    def test_what_it_is_told_when_refused(self):
        rating = {"xuids": [str(SHARK)], "stats": [{"name": "SkillRating", "titleId": TITLE}]}
        results = self.ask({**self.saint, "body": "{"}, {**self.saint, "token": "x.y.z", "title": TITLE}, {**self.saint, "body": json.dumps(rating)})
        for result, status in zip(results, (400, 401, 403)):
            self.assertEqual(result["error"]["status"], status)
            self.assertEqual(json.loads(result["error"]["body"])["source"], "userstats")


class XboxReplay(Clients):
    """@xboxreplay/xboxlive-api has no call for userstats, only call(), which all its own are made of: with its headers, gzip and errors."""

    def ask(self, *calls):
        return self.calls("@xboxreplay/xboxlive-api", *calls)

    def batch(self, body, contract=2, who=None, **config):
        return {**(who or self.saint), "contract": contract, "config": {"url": "/batch", "method": "POST", "data": body, **config}}

    def test_two_users_by_title(self):
        result, = self.ask(self.batch({"arrangebyfield": "xuid", "xuids": [str(SAINT), str(SHARK)], "stats": [{"name": KILLS, "titleId": TITLE}],
                                       "groups": [{"name": "Hero", "titleId": TITLE}]}))
        self.assertEqual([[s["value"] for s in user["stats"]] for user in result["answer"]["statlistscollection"]], [["7"], ["63"]])
        self.assertEqual([[s["value"] for s in user["stats"]] for user in result["answer"]["groups"][0]["statlistscollection"]],
                         [["7", "3434", "4", "41"], ["63", "375", "12", "34"]])
        self.assertIn(b"\r\nContent-Encoding: gzip\r\n", self.front.answered)  # it asks for gzip, gets it, and reads it

    def test_contracts_1_and_3_and_one_user(self):
        path = f"/users/xuid({SHARK})/scids/{OVERALL}/stats/TestHeadshots"
        asked = {"requestedusers": [str(SAINT)], "requestedscids": [{"scid": FIREFIGHT, "requestedstats": [KILLS]}]}
        first, *single = self.ask(self.batch(asked, 1, params={"operation": "read"}),
                                  *({**self.saint, "contract": n, "config": {"url": path}} for n in (1, 2, 3)),
                                  {**self.saint, "contract": 3, "config": {"url": path, "params": {"include": "valuemetadata"}}})
        self.assertEqual(first["answer"]["users"][0]["scids"][0]["stats"], [{"statname": KILLS, "type": "Integer", "value": "7"}])
        self.assertEqual(single[0]["answer"]["scids"][0]["stats"], [{"statname": "TestHeadshots", "type": "Integer", "value": "34"}])
        for result in single[1:]:
            self.assertEqual([s["value"] for s in result["answer"]["statlistscollection"][0]["stats"]], ["34"])
        self.assertEqual(single[3]["answer"]["user"]["stats"][0]["valuemetadata"], "")

    def test_its_typed_errors(self):
        unknown = {"requestedusers": [str(SAINT)], "requestedscids": [{"scid": "unknown", "requestedstats": []}]}
        rating = {"xuids": [str(SHARK)], "stats": [{"name": "SkillRating", "titleId": TITLE}]}
        results = self.ask(self.batch({}), self.batch(rating, who={**self.saint, "token": "x.y.z"}), self.batch(rating), self.batch(unknown, 1),
                           self.batch(rating, url="/none"), self.batch(rating, contract=4))
        self.assertEqual([r["error"]["name"] for r in results], ["XboxReplayError"] * 6)
        self.assertEqual([(r["error"]["details"]["statusCode"], r["error"]["details"]["reason"]) for r in results],
                         [(400, "BAD_REQUEST"), (401, "UNAUTHORIZED"), (403, "FORBIDDEN"), (404, "NOT_FOUND"), (404, "NOT_FOUND"),
                          (500, "INTERNAL_SERVER_ERROR")])
        self.assertIn("406", results[-1]["error"]["message"])  # a status for which it has no type


class Limited(Clients):
    """Both, when they ask too often."""
    SETTINGS = {"ratelimit.sustain": 1}

    def test_too_many_requests(self):
        body = {"xuids": [str(SAINT)], "stats": [{"name": KILLS, "titleId": TITLE}]}
        call = {**self.saint, "contract": 2, "config": {"url": "/batch", "method": "POST", "data": body}}
        first, second = self.calls("@xboxreplay/xboxlive-api", call, call)
        self.assertIn("answer", first)
        self.assertEqual(second["error"]["details"], {"statusCode": 429, "reason": "TOO_MANY_REQUESTS"})
        third, = self.calls("xbox-webapi", {**self.saint, "title": TITLE})
        self.assertEqual(third["error"]["status"], 429)
        self.assertEqual(json.loads(third["error"]["body"]), {"version": 1, "currentRequests": 3, "maxRequests": 1, "periodInSeconds": 300,
                                                              "limitType": "Rate", "type": "sustain"})


if __name__ == "__main__":
    main()
