# SPDX-License-Identifier: Apache-2.0
"""A service with four issuers, and what must happen to every bad token that it is sent."""
import functools
import json
import re
import socket
import unittest

import tokens
from service import SAMPLE, PATIENCE, Service, request_bytes, until
from tokens import Recipient, Signer

VECTOR = "AAAAAAAAAAAAAAAA.1"
OURS = {"e2e-issuer", "RETAIL", "RS256", "PS256", "ES256", "RSA-OAEP", "A128CBC-HS256"}  # what a log may say at any time


@functools.lru_cache(maxsize=None)
def key(name):
    """One key pair per name and program: RSA is slow to make."""
    return tokens.ec_key() if name.startswith("es") else tokens.rsa_key()


@functools.lru_cache(maxsize=None)
def cert(name):
    return tokens.certificate(key(name))


def jwks(*keys):
    return json.dumps({"keys": list(keys)})


def bearer(token, user="me"):
    return f"XBL3.0 x={user};{token}"


RS, PS, ES = (Signer("e2e", key(alg.lower()), alg, kid=alg.lower()) for alg in ("RS256", "PS256", "ES256"))
SHARED = Signer("e2e", key("shared-a"), "RS256", kid="shared")  # both of them call a key of theirs so
SHARED_OTHER = Signer("other", key("shared-b"), "PS256", kid="shared")
BARE = Signer("other", key("bare"), "PS256", kid="bare")  # its JWK has no alg: auth.other.algorithms binds it
PLAIN = Signer("plain", key("plain"), "RS256", x5t=tokens.x5t(cert("plain")))
ARRAY = Signer("array", key("array"), "RS256", x5t=tokens.x5t(cert("array")))
OPENED, OPENED_TOO = (Recipient(key(name), cert(name)) for name in ("open", "open2"))  # of [auth]
OPENED_OTHER = Recipient(key("open-other"), cert("open-other"))
STRANGER = Signer("e2e", key("stranger"), "RS256", kid="stranger")


def fortify(service, **settings):
    """Gives SERVICE its issuers: [auth] takes both forms, other encrypted ones, plain and array signed ones."""
    place = service.folder / "trusted"
    opening = place / "opening"
    opening.mkdir(parents=True)
    ours = [tokens.jwk(s.key, alg=s.alg, kid=s.names["kid"]) for s in (RS, PS, ES, SHARED)]
    (place / "auth.json").write_text(jwks(*ours))
    (place / "other.json").write_text(jwks(tokens.jwk(key("bare"), kid="bare"), tokens.jwk(key("shared-b"), alg="PS256", kid="shared")))
    (place / "plain.json").write_text(json.dumps({tokens.x5t(cert("plain")): tokens.pem(cert("plain"))}))
    (place / "array.json").write_text(json.dumps([tokens.base64.b64encode(tokens.der(cert("array"))).decode()]))
    for name in ("open", "open2"):
        (opening / f"{name}.pem").write_bytes(tokens.private_pem(key(name)))
        (opening / f"{name}.cert.pem").write_text(tokens.pem(cert(name)))
    (place / "other.pem").write_bytes(tokens.private_pem(key("open-other")) + tokens.pem(cert("open-other")).encode())
    service.settings.update({"auth.keys": place / "auth.json", "auth.decryption_keys": opening, "auth.tokens": "both"})
    for name in ("other", "plain", "array"):
        service.settings.update({f"auth.{name}.issuer": f"{name}-issuer", f"auth.{name}.audience": f"{name}-audience",
                                 f"auth.{name}.keys": place / f"{name}.json"})
    service.settings.update({"auth.other.algorithms": "PS256", "auth.other.decryption_keys": place / "other.pem", **settings})
    service.write_config()
    return place


class Siege(unittest.TestCase):
    """Cases that share one service. What was sent is kept, and none of it may be found in the log at the end."""

    @classmethod
    def setUpClass(cls):
        cls.lure = socket.create_server(("127.0.0.1", 0))  # nobody may ever call here
        cls.lure.setblocking(False)
        cls.lure_url = f"://127.0.0.1:{cls.lure.getsockname()[1]}/keys"
        cls.service = Service()
        cls.place = fortify(cls.service)
        cls.service.start()
        cls.good = bearer(ES.token())
        cls.connection = cls.service.connect()
        cls.answers = set()
        cls.secrets = {line for path in cls.place.rglob("*.*") for line in path.read_text().split("\n") if line and "-----" not in line}

    @classmethod
    def tearDownClass(cls):
        alive = cls.service.ask(SAMPLE, token=cls.good).status
        status = cls.service.stop()
        log = cls.service.log_text()
        assert (alive, status) == (200, 0), f"{alive}, exit {status} after SIGTERM\n{log[-4000:]}"
        assert "Sanitizer" not in log and "runtime error" not in log, log[-8000:]
        told = [secret for secret in cls.secrets if secret in log]
        assert not told, f"in the log: {told[:5]}"
        assert called(cls.lure) is None, "somebody fetched a key from where a header said"
        cls.lure.close()

    @classmethod
    def exchange(cls, token):
        """The answers to the header value TOKEN and to a good one behind it, on the one connection. A 503 is asked again: what bad
        encrypted tokens may cost is bounded, and on a slow machine this is where the bound is."""
        bad = request_bytes(headers={"Authorization": token, "MS-CV": VECTOR}, body=SAMPLE)
        good = request_bytes(headers={"Authorization": cls.good}, body=SAMPLE)

        def ask():
            cls.connection.send(bad + good)
            answer, next_answer = cls.connection.answer(), cls.connection.answer()
            assert answer is not None and next_answer is not None, f"the connection was closed after {answer}"
            assert next_answer.status == 200, f"the next request on the connection: {next_answer}"
            assert answer.status != 503 or "retry-after" in answer.headers and token.count(".") == 5, answer  # one is XBL3.0's
            return answer.status != 503 and answer
        return until(ask, "another answer than 503", 2 * PATIENCE)

    def reason(self, trace):
        """The error in the log line of TRACE."""
        found = until(lambda: re.search(rf"trace={trace} .*\n", self.service.log_text()), "the log line")
        return re.search(r" error=(\w+)", found.group()).group(1)

    def falls(self, token, reason):
        """TOKEN is refused for REASON, with an answer that is equal to all others, byte by byte."""
        user = "me"
        token, user = token if isinstance(token, tuple) else (token, user)
        self.secrets.update(secrets_of(token))
        answer = self.exchange(bearer(token, user))
        self.assertEqual(answer.status, 401, answer)
        trace = answer.json()["traceId"]
        self.assertRegex(trace, "^[0-9a-f]{32}$")
        headers = sorted((k, v) for k, v in answer.headers.items() if k != "date")
        self.answers.add((answer.body.replace(trace.encode(), b"-"), str(headers)))
        self.assertEqual(len(self.answers), 1, self.answers)
        self.assertIn(self.reason(trace), reason.split("|"))

    def all_fall(self, table):
        """TABLE: name → (token, reason), or several reasons where chance decides."""
        for name, (token, reason) in table.items():
            with self.subTest(attack=name):
                self.falls(token, reason)

    def stands(self, token, user="me"):
        """TOKEN is good."""
        self.secrets.update(secrets_of(token))
        answer = self.exchange(bearer(token, user))
        self.assertEqual(answer.status, 200, f"{answer}\n{self.service.log_text()[-600:]}")


def refused_for(reason, cases):
    return {name: (token, reason) for name, token in cases.items()}


def called(listener):
    try:
        return listener.accept()
    except BlockingIOError:
        return None


def secrets_of(token):
    """What of TOKEN must not be in a log: each part and, as far as they can be read, the strings in it. Times may: they say why."""
    found = set(token.split("."))
    for piece in token.split(".")[:2]:
        try:
            found |= set(strings_in(json.loads(tokens.unb64(piece))))
        except (ValueError, RecursionError):
            pass
    return {one for one in found if len(one) >= 8 and one not in OURS and not one.isdigit()}


def strings_in(value):
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings_in(one)
