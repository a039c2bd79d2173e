# SPDX-License-Identifier: Apache-2.0
"""Strong keys only, at the start and later; and what was remembered of a token lives no longer than the token and its keys."""
import base64
import json
import re
import time
import unittest

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

import siege
import tokens
from service import SAMPLE, Service, main, until
from siege import ES, OPENED, OPENED_TOO, RS, bearer, cert, jwks, key

WEAK = tokens.rsa_key(1024)
P384 = tokens.ec_key(ec.SECP384R1())
GOOD = tokens.jwk(RS.key, kid="good", alg="RS256")


def private_jwk(member):
    return jwks({**GOOD, member: "AQAB"})


def array_of(*certificates):
    return json.dumps([base64.b64encode(tokens.der(one)).decode() for one in certificates])


def signing_keys():
    """What must not be trusted with signatures: name → (file's content, a word of the reason)."""
    e, off = {"e": tokens.integer(1)}, {"x": tokens.integer(1, 32)}
    table = {
        "RSA 1024": (jwks(tokens.jwk(WEAK, alg="RS256")), "1024 bits"), "RSA 1024, PEM": (tokens.public_pem(WEAK), "1024 bits"),
        "RSA 1024, certificate": (tokens.pem(tokens.certificate(WEAK)), "1024 bits"), "RSA 1024 behind a good one": (jwks(GOOD, tokens.jwk(WEAK)), "keys[1]"),
        "RSA 1024 in an array": (array_of(cert("plain"), tokens.certificate(WEAK)), "[1]"), "e 1": (jwks({**GOOD, **e}), "exponent"),
        "e 3": (jwks(tokens.jwk(tokens.rsa_key(2048, 3))), "exponent"), "e 3, PEM": (tokens.public_pem(tokens.rsa_key(2048, 3)), "exponent"),
        "e even": (jwks({**GOOD, "e": tokens.integer(65538)}), "exponent"), "e endless": (jwks({**GOOD, "e": GOOD["n"]}), "exponent"),
        "e 0": (jwks({**GOOD, "e": "AA"}), "exponent"),
        "n even": (jwks({**GOOD, "n": tokens.integer(RS.key.public_key().public_numbers().n - 1)}), "no valid key"),
        "EC P-384": (jwks(tokens.jwk(P384)), "P-256"), "EC P-384, PEM": (tokens.public_pem(P384), "P-256"),
        "EC P-384, certificate": (tokens.pem(tokens.certificate(P384)), "P-256"),
        "EC not on its curve": (jwks({**tokens.jwk(ES.key), **off}), "no valid key"),
        "Ed25519": (tokens.public_pem(ed25519.Ed25519PrivateKey.generate()), "neither RSA nor EC"),
        "a symmetric key": (jwks({"kty": "oct", "kid": "x", "k": "AAAA"}), "private member 'k'"),
        "kty unknown": (jwks({"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}), "neither RSA nor EC"),
        "use enc": (jwks({**GOOD, "use": "enc"}), "use"), "key_ops sign": (jwks({**GOOD, "key_ops": ["sign"]}), "key_ops"),
        "key_ops with more": (jwks({**GOOD, "key_ops": ["verify", "sign"]}), "key_ops"),
        "alg none": (jwks({**GOOD, "alg": "none"}), "alg"), "alg HS256": (jwks({**GOOD, "alg": "HS256"}), "alg"),
        "alg RSA-OAEP": (jwks({**GOOD, "alg": "RSA-OAEP"}), "alg"), "alg of another type": (jwks({**GOOD, "alg": "ES256"}), "ES256"),
        "kid twice": (jwks(GOOD, tokens.jwk(ES.key, kid="good")), "kid 'good'"), "kid twice, one key": (jwks(GOOD, GOOD), "kid 'good'"),
        "kid empty": (jwks({**GOOD, "kid": ""}), "kid"), "kid endless": (jwks({**GOOD, "kid": "k" * 5000}), "kid"),
        "kid a number": (jwks({**GOOD, "kid": 1}), "kid"), "x5t no digest": (jwks({**GOOD, "x5t": "abc"}), "x5t"),
        "a private PEM": (tokens.private_pem(RS.key), "private key"),
        "a private PEM, PKCS#1": (tokens.private_pem(RS.key, serialization.PrivateFormat.TraditionalOpenSSL), "private key"),
        "a private EC PEM": (tokens.private_pem(ES.key), "private key"),
        "a chain": (tokens.pem(cert("plain")) + tokens.pem(cert("array")), "2 PEM blocks"),
        "a certificate for encryption": (tokens.pem(tokens.certificate(RS.key, "key_encipherment")), "digitalSignature"),
        "a CA's certificate": (tokens.pem(tokens.certificate(RS.key, "key_cert_sign")), "digitalSignature"),
        "x5t of another": (json.dumps({tokens.x5t(cert("array")): tokens.pem(cert("plain"))}), "x5t is"),
        "no PEM in an object": (json.dumps({"x": "y"}), "neither"), "nothing": ("", "empty"), "no keys": (jwks(), "no key"),
        "an empty array": ("[]", "no key"), "rubbish": ("rubbish", "not a JWKS"), "keys no array": ('{"keys":{}}', "no array"),
        "a member twice": ('{"keys":[],' + jwks(GOOD)[1:], "not a key document"), "cut": (jwks(GOOD)[:-1], "not a key document")}
    table.update({f"private member {member}": (private_jwk(member), f"private member '{member}'") for member in ("d", "p", "q", "dp", "dq", "qi", "oth", "k")})
    return table


def decryption_keys():
    opened = tokens.private_pem(OPENED.key)
    locked = OPENED.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x"))
    for_signatures = tokens.pem(tokens.certificate(OPENED.key, "digital_signature")).encode()
    return {
        "RSA 1024": (tokens.private_pem(WEAK), "1024 bits"), "e 3": (tokens.private_pem(tokens.rsa_key(2048, 3)), "exponent"),
        "EC": (tokens.private_pem(ES.key), "RSA"), "a public key": (tokens.public_pem(OPENED.key), "neither a private key"),
        "a certificate alone": (tokens.pem(cert("open")), "without its private key"),
        "another's certificate": (opened + tokens.pem(cert("open2")).encode(), "without its private key"), "a pass phrase": (locked, "pass phrase"),
        "two keys": (opened + tokens.private_pem(OPENED_TOO.key), "2 private keys"),
        "a certificate for signatures": (opened + for_signatures, "keyEncipherment"), "a JWKS": (jwks(GOOD), "not PEM"), "rubbish": ("rubbish", "not PEM"),
        "two certificates of one key": (opened + (tokens.pem(cert("open")) + tokens.pem(tokens.certificate(OPENED.key))).encode(),
            "two certificates"), "nothing": ("", "not PEM")}


def write(path, content):
    """At once, as a careful person would."""
    beside = path.with_name("." + path.name)
    beside.write_bytes(tokens.text(content))
    beside.replace(path)


class Start(unittest.TestCase):
    def refuses(self, setting, table, **others):
        service = Service(demo_data=False)
        path = service.folder / "given"
        service.settings.update({**others, setting: path})
        service.write_config()
        for name, (content, reason) in table.items():
            with self.subTest(keys=name):
                write(path, content)
                said = service.command("serve", status=1)
                self.assertIn(f"{path}: ", said)
                self.assertIn(setting, said)
                self.assertIn(reason, said.replace(str(path), ""))
                self.assertNotIn("Sanitizer", said)

    def test_weak_and_wrong_signing_keys(self):
        self.refuses("auth.keys", signing_keys())

    def test_weak_and_wrong_decryption_keys(self):
        self.refuses("auth.decryption_keys", decryption_keys())

    def test_algorithms_that_are_not_allowed(self):
        table = {"RS256": (jwks(tokens.jwk(RS.key, alg="RS256")), "RS256"), "an RSA key": (tokens.public_pem(RS.key), "none of the configured algorithms")}
        self.refuses("auth.keys", table, **{"auth.algorithms": "ES256"})


class Running(unittest.TestCase):
    """One service, clock skew 0, a directory of decryption keys. Each case puts back what it changed."""

    @classmethod
    def setUpClass(cls):
        cls.service = Service()
        cls.place = siege.fortify(cls.service, **{"auth.clock_skew_s": 0})
        cls.service.start()

    @classmethod
    def tearDownClass(cls):
        status, log = cls.service.stop(), cls.service.log_text()
        assert status == 0 and "Sanitizer" not in log, log[-4000:]

    def changed(self, path):
        """PATH, which is put back at the end of the case."""
        good = path.read_bytes()
        self.addCleanup(until, self.are_in_force, "the old keys in force again")
        self.addCleanup(write, path, good)
        return path

    def are_in_force(self):
        return self.status(RS.token()) == self.status(OPENED.seal(RS.token())) == 200

    def status(self, token):
        return self.service.ask(SAMPLE, token=bearer(token)).status

    def is_remembered(self, token):
        self.assertEqual([self.status(token) for _ in range(3)], [200] * 3)

    def is_refused_soon(self, token, reason):
        until(lambda: self.status(token) == 401, "401 for a token that was remembered")
        until(lambda: re.search(rf"status=401 .* error={reason} ", self.service.log_text()), f"{reason} in the log")
        self.assertEqual(self.status(token), 401)

    def test_a_remembered_token_expires(self):
        for seal in (lambda token: token, OPENED.seal):
            for life in (2, 8, 60):  # long enough for a slow machine to see it alive
                expires = int(time.time()) + life
                token = seal(RS.token(exp=expires))
                if self.status(token) == 200:
                    break
            until(lambda: self.status(token) == 401, "401 for a token that was remembered", 120)
            self.assertGreaterEqual(time.time(), expires)
            self.assertEqual(self.status(token), 401)
        self.assertIn("TOKEN_EXPIRED", self.service.log_text())

    def test_a_remembered_token_goes_with_the_key_that_signed_it(self):
        tokens_of_it = [RS.token(), OPENED.seal(RS.token())]
        for token in tokens_of_it:
            self.is_remembered(token)
        write(self.changed(self.place / "auth.json"), jwks(tokens.jwk(ES.key, alg="ES256", kid="es256")))
        for token in tokens_of_it:
            self.is_refused_soon(token, "TOKEN_KEY_UNKNOWN")
        self.assertEqual(self.status(ES.token()), 200)

    def test_a_remembered_token_goes_when_another_key_takes_the_name(self):
        token = RS.token()
        self.is_remembered(token)
        write(self.changed(self.place / "auth.json"), jwks(tokens.jwk(key("stranger"), alg="RS256", kid="rs256")))
        self.is_refused_soon(token, "TOKEN_SIGNATURE")

    def test_a_remembered_token_goes_with_the_key_that_decrypted_it(self):
        token, other = OPENED.seal(RS.token()), OPENED_TOO.seal(RS.token())
        self.is_remembered(token)
        self.is_remembered(other)
        opening = self.place / "opening"
        self.addCleanup(until, self.are_in_force, "the old keys in force again")
        for name in ("open.cert.pem", "open.pem"):
            (opening / name).rename(self.place / name)
            self.addCleanup((self.place / name).rename, opening / name)
        self.is_refused_soon(token, "TOKEN_KEY_UNKNOWN")
        self.assertEqual((self.status(other), self.status(RS.token())), (200, 200))

    def keeps_the_old_set(self, path, table, make):
        service = self.service
        self.changed(path)
        for name, (content, reason) in table.items():
            with self.subTest(keys=name):
                began = len(service.log_text())
                write(path, content)
                said = until(lambda: [l for l in service.log_text()[began:].split("\n") if "keys_refused" in l and reason in l], f"keys_refused with {reason}")
                self.assertIn(str(path), said[0])
                self.assertEqual(self.status(make()), 200, "a new token under the old set")

    def some(self, table, *names):
        return {name: table[name] for name in names}

    def test_weak_and_wrong_signing_keys_later(self):
        table = self.some(signing_keys(), "RSA 1024 behind a good one", "e 3", "EC P-384", "private member d", "a private PEM", "use enc",
            "kid twice", "nothing", "cut", "alg HS256")
        self.keeps_the_old_set(self.place / "auth.json", table, RS.token)

    def test_weak_and_wrong_decryption_keys_later(self):
        table = self.some(decryption_keys(), "RSA 1024", "EC", "a public key", "a certificate for signatures", "nothing")
        self.keeps_the_old_set(self.place / "opening" / "open.pem", table, lambda: OPENED.seal(RS.token()))


if __name__ == "__main__":
    main()
