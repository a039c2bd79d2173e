# SPDX-License-Identifier: Apache-2.0
"""Who is asking, and what they may read."""
import base64
import concurrent.futures
import json
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from jwcrypto import jwk, jwt

import tokens
from service import FIREFIGHT, SAINT, SAMPLE, SHARK, Service, Story, main, request_bytes, until

SKILL = {"requestedusers": [SAINT], "requestedscids": [{"scid": FIREFIGHT, "requestedstats": ["SkillRating"]}]}


def part(value):
    return base64.urlsafe_b64encode(value if isinstance(value, bytes) else json.dumps(value).encode()).rstrip(b"=").decode()


class Tokens(Story):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.userhash, cls.jws = cls.token.removeprefix("XBL3.0 x=").split(";")

    def signed(self, claims=None, header=None, key=None):
        """A token made by an independent implementation with the service's own key."""
        key = key or jwk.JWK.from_pem((self.service.keys / "signing.key.pem").read_bytes())
        kid = json.loads((self.service.keys / "jwks.json").read_text())["keys"][0]["kid"]
        now = int(time.time())
        base = {"iss": "e2e-issuer", "aud": "e2e-audience", "nbf": now - 5, "exp": now + 600, "sbx": "RETAIL",
                "xui": [{"uhs": "me", "xid": str(SAINT)}]}
        body = {k: v for k, v in {**base, **(claims or {})}.items() if v != "absent"}
        token = jwt.JWT(header={"alg": "ES256", "kid": kid, **(header or {})}, claims=body)
        token.make_signed_token(key)
        return "XBL3.0 x=me;" + token.serialize()

    def test_a_token_of_an_independent_implementation(self):
        self.assertEqual(self.ask(token=self.signed()).status, 200)
        self.assertEqual(self.ask(token=self.signed({"aud": ["other", "e2e-audience"]})).status, 200)

    def test_header_forms(self):
        for good in (f"xbl3.0 x={self.userhash};{self.jws}", f"XBL3.0 x=*;{self.jws}"):
            self.assertEqual(self.ask(token=good).status, 200, good[:20])

    def test_every_refusal_is_the_same_answer_and_the_connection_stays_in_step(self):
        head, payload, signature = self.jws.split(".")
        alg_none = part({"alg": "none"}) + "." + payload + "."
        now = int(time.time())
        foreign = jwk.JWK.generate(kty="EC", crv="P-256")
        table = {
            "absent": None, "empty": "", "no scheme": f"x={self.userhash};{self.jws}", "bearer": f"Bearer {self.jws}",
            "other scheme": f"XBL2.0 x={self.userhash};{self.jws}", "no x": f"XBL3.0 {self.userhash};{self.jws}", "no token": f"XBL3.0 x={self.userhash};",
            "no user": f"XBL3.0 x=-;{self.jws}", "foreign userhash": f"XBL3.0 x=nobody;{self.jws}", "no separator": f"XBL3.0 x={self.jws}",
            "alg none": f"XBL3.0 x={self.userhash};{alg_none}", "no signature": f"XBL3.0 x={self.userhash};{head}.{payload}.",
            "two parts": f"XBL3.0 x={self.userhash};{head}.{payload}", "four parts": f"XBL3.0 x={self.userhash};{self.jws}.x",
            "five parts": f"XBL3.0 x={self.userhash};a.b.c.d.e", "dots": f"XBL3.0 x={self.userhash};" + "." * 10000,
            "padded": f"XBL3.0 x={self.userhash};{self.jws}==", "bent signature": f"XBL3.0 x={self.userhash};{head}.{payload}.{signature[::-1]}",
            "other payload": f"XBL3.0 x={self.userhash};{head}.{part({'iss': 'e2e-issuer'})}.{signature}",
            "expired": self.service.token(ttl=-600), "other audience": self.service.token(audience="other"), "other issuer": self.service.token(issuer="other"),
            "issuer case": self.service.token(issuer="E2E-issuer"), "foreign key": self.signed(key=foreign), "unknown kid": self.signed(header={"kid": "../../etc/passwd"}),
            "jku": self.signed(header={"jku": "http://127.0.0.1:1/keys"}, key=foreign), "jwk": self.signed(header={"jwk": foreign.export_public(as_dict=True)}, key=foreign),
            "crit": self.signed_raw({"crit": ["x"], "x": 1}), "no exp": self.signed({"exp": "absent"}), "exp a string": self.signed({"exp": str(now + 600)}),
            "exp a fraction": self.signed({"exp": now + 600.5}), "no nbf": self.signed({"nbf": "absent"}), "not yet": self.signed({"nbf": now + 6000}),
            "no aud": self.signed({"aud": "absent"}), "aud prefix": self.signed({"aud": "e2e-audience-2"}), "no iss": self.signed({"iss": "absent"}),
            "no users": self.signed({"xui": "absent"}), "users no array": self.signed({"xui": "x"}), "xid a number": self.signed({"xui": [{"uhs": "me", "xid": SAINT}]}),
        }
        connection, bodies = self.service.connect(), set()
        for name, token in table.items():
            with self.subTest(token=name):
                headers = {"MS-CV": "AAAAAAAAAAAAAAAA.1"} | ({} if token is None else {"Authorization": token})
                connection.send(request_bytes(headers=headers, body=SAMPLE) + request_bytes(headers={"Authorization": self.token}, body=SAMPLE))
                answer = connection.answer()
                self.refused(answer, 401)
                self.assertEqual(answer.headers["www-authenticate"], "XBL3.0")
                problem = answer.json()
                del problem["traceId"]
                bodies.add(json.dumps(problem) + json.dumps({k: v for k, v in answer.headers.items() if k != "date"}))
                self.assertEqual(connection.answer().status, 200, "the next request on the connection")
        self.assertEqual(len(bodies), 1, bodies)
        log = self.service.log_text()
        self.assertNotIn(self.jws, log)
        self.assertNotIn(signature, log)

    def signed_raw(self, header):
        """As signed(), for headers that the independent implementation refuses to make."""
        key = jwk.JWK.from_pem((self.service.keys / "signing.key.pem").read_bytes())
        kid = json.loads((self.service.keys / "jwks.json").read_text())["keys"][0]["kid"]
        payload = self.signed().split(";")[1].split(".")[1]
        text = part({"alg": "ES256", "kid": kid, **header}) + "." + payload
        r, s = utils.decode_dss_signature(key.get_op_key("sign").sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        return "XBL3.0 x=me;" + text + "." + part(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


class Access(Story):
    def status(self, body=SKILL, **claims):
        return self.ask(body, token=self.service.token(**claims)).status

    def test_open_statistics_are_for_every_user_device_and_title(self):
        for claims in ({"xuid": 5}, {"title": None}, {"title": 99, "device": "Win32"}):
            self.assertEqual(self.status(SAMPLE, **claims), 200)

    def test_another_sandbox_is_refused_even_for_open_statistics(self):
        for sandbox in ("XDKS.1", "retail"):
            answer = self.ask(token=self.service.token(sandbox=sandbox))
            self.refused(answer, 403, "sandbox")

    def test_a_restricted_statistic_with_user_self(self):
        self.assertEqual(self.status(), 200)
        self.refused(self.ask(SKILL, token=self.service.token(xuid=SHARK)), 403, "SkillRating")
        both = {**SKILL, "requestedusers": [SAINT, SHARK]}
        self.assertEqual(self.status(both), 403)
        token = self.service.token()
        self.assertEqual(self.ask(SKILL, token="XBL3.0 x=*;" + token.split(";")[1]).status, 403)

    def test_one_denied_statistic_rejects_the_whole_request(self):
        body = {"requestedusers": [SHARK], "requestedscids": [{"scid": FIREFIGHT, "requestedstats": ["Test4FirefightKills", "SkillRating"]}]}
        answer = self.ask(body)
        self.refused(answer, 403, "SkillRating")
        self.assertNotIn(b'"value"', answer.body)

    def test_a_change_of_access_is_in_force_within_a_second(self):
        service = self.service
        original = service.command("catalog", "show")
        catalog = json.loads(original)
        for scid in catalog["scids"]:
            for statistic in scid["statistics"]:
                if statistic["name"] == "SkillRating":
                    statistic["access"], statistic["grants"] = "open", []
        path = service.folder / "open.json"
        path.write_text(json.dumps(catalog))
        self.assertEqual(self.status(xuid=SHARK), 403)
        service.command("catalog", "apply", path)
        end = time.monotonic() + 1
        while (seen := self.status(xuid=SHARK)) != 200 and time.monotonic() < end + 20:
            time.sleep(0.02)
        self.assertEqual(seen, 200)
        path.write_text(original)
        service.command("catalog", "apply", path)
        until(lambda: self.status(xuid=SHARK) == 403, "restricted again")

    def test_titles_that_own_the_scid_are_granted_when_no_grant_is_listed(self):
        service = self.service
        catalog = json.loads(service.command("catalog", "show"))
        catalog["scids"].append({"scid": "granted", "sandbox": "RETAIL", "titleIds": [1717113201], "statistics": [
            {"name": "ByTitle", "type": "Integer"},
            {"name": "ByDevice", "type": "Integer", "access": "restricted", "grants": ["device:XboxOne"]},
            {"name": "ByUser", "type": "Integer", "access": "restricted", "grants": [f"user:{SHARK}", "title:77"]}]})
        path = service.folder / "granted.json"
        path.write_text(json.dumps(catalog))
        service.command("catalog", "apply", path)

        def body(name):
            return {"requestedusers": [SAINT], "requestedscids": [{"scid": "granted", "requestedstats": [name]}]}
        until(lambda: self.status(body("ByTitle")) == 200, "the catalog in force")
        for name, claims, wanted in [
                ("ByTitle", {"title": 5}, 403), ("ByTitle", {"title": None}, 403), ("ByDevice", {}, 403), ("ByDevice", {"device": "XboxOne"}, 200),
                ("ByDevice", {"device": "Win32"}, 403), ("ByUser", {}, 403), ("ByUser", {"xuid": SHARK}, 200), ("ByUser", {"title": 77}, 200)]:
            with self.subTest(name=name, claims=claims):
                self.assertEqual(self.status(body(name), **claims), wanted)


class Logins(Story):
    """Everybody comes at once with a new encrypted token, as after a restart."""
    PLAYERS, EACH = 8, 25

    @classmethod
    def setUpClass(cls):
        cls.service = Service({"server.threads": cls.PLAYERS})
        cls.service.settings["auth.decryption_keys"] = cls.service.keys / "decryption.key.pem"
        cls.service.write_config()
        cls.service.start()
        cls.token = None

    def sealed(self, xuid):
        certificate = x509.load_pem_x509_certificate((self.service.keys / "decryption.cert.pem").read_bytes())
        recipient = tokens.Recipient(None, certificate, certificate.public_key())
        key = serialization.load_pem_private_key((self.service.keys / "signing.key.pem").read_bytes(), None)
        kid = json.loads((self.service.keys / "jwks.json").read_text())["keys"][0]["kid"]
        token = tokens.Signer("e2e", key, "ES256", kid=kid).token(xui=[{"uhs": "me", "xid": str(xuid)}])
        return "XBL3.0 x=me;" + recipient.seal(token, header=recipient.head(zip="DEF"))

    def test_good_encrypted_tokens_that_come_at_once_are_all_taken(self):
        requests = [[request_bytes(headers={"Authorization": self.sealed(1 + i * self.EACH + j)}, body=SAMPLE) for j in range(self.EACH)]
                    for i in range(self.PLAYERS)]
        connections = [self.service.connect() for _ in requests]

        def play(connection, wanted):
            answers = []
            for request in wanted:
                connection.send(request)
                answers.append(connection.answer().status)
            return answers
        with concurrent.futures.ThreadPoolExecutor(self.PLAYERS) as pool:
            answers = [status for row in pool.map(play, connections, requests) for status in row]
        self.assertEqual(answers, [200] * (self.PLAYERS * self.EACH))


if __name__ == "__main__":
    main()
