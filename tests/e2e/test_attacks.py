# SPDX-License-Identifier: Apache-2.0
"""Every known attack on signed tokens, against the real port: each is refused like every other. test_attacks_encrypted.py has those on encrypted ones."""
import json
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from jwcrypto import jwk, jws, jwt

import tokens
from service import main
from siege import ARRAY, BARE, ES, OPENED_OTHER, PLAIN, PS, RS, SHARED, SHARED_OTHER, STRANGER, Siege, cert, refused_for
from tokens import ABSENT, b64, claims, part, signature, signed_parts, unb64

FAR = 100_000  # seconds: far beyond any skew; the edges are for the unit tests and their own clock


def hmac_by(secret, size=256):
    return lambda data: signature(secret, f"HS{size}", data)


def bent(token, at, change):
    """TOKEN with its part number AT changed."""
    parts = token.split(".")
    parts[at] = change(parts[at])
    return ".".join(parts)


def stray(encoded):
    """The same bytes in another spelling: a bit set that no byte takes."""
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert len(encoded) % 4 in (2, 3), "no bits are left over"
    return encoded[:-1] + digits[digits.index(encoded[-1]) | 1]


def uneven(value):
    """VALUE as JSON whose base64url has bits left over."""
    data = tokens.text(value)
    return data if len(data) % 3 else data[:-1] + b" }"


class Good(Siege):
    """That the rest is refused means something only because these are not."""

    def test_each_algorithm_and_issuer_side_by_side(self):
        for signer in (RS, PS, ES, SHARED, PLAIN, ARRAY):
            with self.subTest(signer=signer.names):
                self.stands(signer.token())
        for signer in (BARE, SHARED_OTHER):
            with self.subTest(signer=signer.names):
                self.stands(OPENED_OTHER.seal(signer.token()))

    def test_of_an_independent_implementation(self):
        for signer in (RS, PS, ES, PLAIN, ARRAY):
            with self.subTest(signer=signer.names):
                token = jwt.JWT(header=signer.head(typ="JWT"), claims=claims(signer.issuer))
                token.make_signed_token(jwk.JWK.from_pem(tokens.private_pem(signer.key)))
                self.stands(token.serialize())

    def test_claims_in_every_allowed_form(self):
        for changes in ({"aud": ["x", "e2e-audience"]}, {"exp": 2**63 - 1}, {"nbf": 0}, {"nbf": -2**63}, {"unknown": {"a": [None]}}):
            with self.subTest(claims=changes):
                self.stands(RS.token(**changes))
        self.stands(RS.token(RS.head(typ="JWT", cty="x", unknown=[1])))
        self.stands(RS.token(), user="*")

    def test_a_header_that_says_where_keys_are_is_good_for_nothing_else(self):
        """As Xbox Live's own does: the key is one that we have, the URL is not read."""
        self.stands(PS.token(PS.head(jku="http" + self.lure_url)))
        self.stands(PLAIN.token(PLAIN.head(x5u="http" + self.lure_url)))


class Algorithms(Siege):
    def test_none(self):
        table = {}
        for spelling in ("none", "None", "NONE", "nOnE", "none ", "", "non\u0435", ABSENT):
            head, no_kid = RS.head(alg=spelling), RS.head(alg=spelling, kid=ABSENT)
            table[f"{spelling!r}, no signature"] = (RS.token(head, sign=lambda data: b""), "TOKEN_MALFORMED")
            table[f"{spelling!r}, a good signature"] = (RS.token(head), "TOKEN_ALGORITHM")
            table[f"{spelling!r}, no key named"] = (RS.token(no_kid, sign=lambda data: b"x"), "TOKEN_ALGORITHM")
        for value in (None, 0, True, [], ["RS256"], {"alg": "RS256"}):
            table[f"no string: {value}"] = (RS.token(RS.head(alg=value)), "TOKEN_MALFORMED")
        self.all_fall(table)

    def test_a_public_key_as_the_secret_of_an_hmac(self):
        public, spki, pkcs1 = RS.key.public_key(), serialization.PublicFormat.SubjectPublicKeyInfo, serialization.PublicFormat.PKCS1
        modulus = public.public_numbers().n.to_bytes(256, "big")
        secrets = {"PEM": tokens.public_pem(RS.key), "PEM without its last newline": tokens.public_pem(RS.key).rstrip(),
                   "PKCS#1 PEM": tokens.public_pem(RS.key, pkcs1), "DER": tokens.public_pem(RS.key, spki, serialization.Encoding.DER),
                   "PKCS#1 DER": tokens.public_pem(RS.key, pkcs1, serialization.Encoding.DER), "modulus": modulus, "encoded modulus": b64(modulus).encode(),
                   "JWK": tokens.text(tokens.jwk(RS.key)), "key set": (self.place / "auth.json").read_bytes(), "nothing": b"", "kid": b"rs256"}
        table = {}
        for name, secret in secrets.items():
            for size in (256, 384, 512):
                table[f"HS{size} by {name}"] = (RS.token(RS.head(alg=f"HS{size}"), sign=hmac_by(secret, size)), "TOKEN_ALGORITHM")
            table[f"called RS256, by {name}"] = (RS.token(sign=hmac_by(secret)), "TOKEN_SIGNATURE")
        table["HS256 by a certificate"] = (PLAIN.token(PLAIN.head(alg="HS256"), sign=hmac_by(tokens.pem(cert("plain")).encode())), "TOKEN_ALGORITHM")
        table["HS256 by an EC key"] = (ES.token(ES.head(alg="HS256"), sign=hmac_by(tokens.public_pem(ES.key))), "TOKEN_ALGORITHM")
        self.all_fall(table)

    def test_another_than_the_key_is_bound_to(self):
        others = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
        table = {}
        for signer, alg in [(signer, alg) for signer in (RS, PS, PLAIN) for alg in others if alg != signer.alg and (signer, alg) != (PLAIN, "PS256")]:
            token = signer.token(signer.head(alg=alg), sign=lambda data: signature(signer.key, alg, data))
            table[f"{alg} by the key of {signer.names}"] = (token, "TOKEN_ALGORITHM")
        for alg in ("rs256", "RS256 ", " RS256", "RS256\0", "RS", "RSA-OAEP", "EdDSA", "ES256", "ES384", "ES256K", "RS256,none", "R" * 3000):
            table[f"{alg[:20]!r} by the key of RS256"] = (RS.token(RS.head(alg=alg)), "TOKEN_MALFORMED" if "\0" in alg else "TOKEN_ALGORITHM")
        for alg in ("RS256", "PS256", "es256", "ES384"):
            table[f"{alg} by the key of ES256"] = (ES.token(ES.head(alg=alg)), "TOKEN_ALGORITHM")
        self.stands(PLAIN.token(PLAIN.head(alg="PS256"), sign=lambda data: signature(PLAIN.key, "PS256", data)))  # a certificate states no alg
        rs256 = BARE.token(BARE.head(alg="RS256"), sign=lambda data: signature(BARE.key, "RS256", data))
        table["not in auth.algorithms"] = (OPENED_OTHER.seal(rs256), "TOKEN_ALGORITHM")
        self.all_fall(table)

    def test_signatures(self):
        order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551

        def pair(r, s):
            return lambda data: r.to_bytes(32, "big") + s.to_bytes(32, "big")
        by_rsa = {
            "of another key": STRANGER.sign, "zeros": lambda data: bytes(256), "ones": lambda data: b"\xff" * 256, "one": lambda data: bytes(255) + b"\1",
            "a byte short": lambda data: RS.sign(data)[:-1], "a byte long": lambda data: RS.sign(data) + b"\0",
            "a zero before": lambda data: b"\0" + RS.sign(data),
            "twice": lambda data: 2 * RS.sign(data), "a bit": lambda data: bytes([RS.sign(data)[0] ^ 1]) + RS.sign(data)[1:],
            "of other bytes": lambda data: RS.sign(data + b"x"), "of the payload": lambda data: RS.sign(data.split(b".")[1]),
            "SHA-512": lambda data: signature(RS.key, "RS512", data), "SHA-1": lambda data: RS.key.sign(data, padding.PKCS1v15(), hashes.SHA1()),
            "PSS called RS256": lambda data: tokens.pss(RS.key, data), "an EC key's": ES.sign}
        by_pss = {
            "PKCS#1 called PS256": lambda data: signature(PS.key, "RS256", data), "without salt": lambda data: tokens.pss(PS.key, data, 0),
            "a salt of 20": lambda data: tokens.pss(PS.key, data, 20), "all salt": lambda data: tokens.pss(PS.key, data, 222),
            "MGF1 of SHA-1": lambda data: tokens.pss(PS.key, data, mgf=hashes.SHA1()), "SHA-512": lambda data: signature(PS.key, "PS512", data)}
        by_ec = {
            "r and s 0": pair(0, 0), "r and s 1": pair(1, 1), "r and s the order": pair(order, order), "r 0": pair(0, 1), "s 0": pair(1, 0),
            "DER": lambda data: ES.key.sign(data, tokens.ec.ECDSA(hashes.SHA256())), "half": lambda data: ES.sign(data)[:32],
            "a byte more": lambda data: ES.sign(data) + b"\0", "s and r": lambda data: ES.sign(data)[32:] + ES.sign(data)[:32]}
        for signer, table in ((RS, by_rsa), (PS, by_pss), (ES, by_ec)):
            self.all_fall(refused_for("TOKEN_SIGNATURE", {f"{signer.alg}, {name}": signer.token(sign=sign) for name, sign in table.items()}))
            self.falls(signer.token(sign=lambda data: b""), "TOKEN_MALFORMED")


class Keys(Siege):
    def test_that_the_token_brings_along(self):
        stranger_cert = tokens.certificate(STRANGER.key)
        sources = {"jwk": tokens.jwk(STRANGER.key), "jwk with the known kid": tokens.jwk(STRANGER.key, kid="rs256", alg="RS256"),
            "jku": "http" + self.lure_url, "jku https": "https" + self.lure_url,
                   "jku file": f"file://{self.place}/auth.json", "jku as Xbox Live's": f"https://xsts-keys.auth.xboxlive.com@{self.lure_url[3:]}",
                   "x5u": "http" + self.lure_url, "x5u https": "https" + self.lure_url,
                   "x5c": [tokens.base64.b64encode(tokens.der(stranger_cert)).decode()], "x5t#S256": "x" * 43, "jku a number": 1, "jwk a string": "x"}
        table = {}
        for name, value in sources.items():
            member = {name.split(" ")[0]: value}
            table[f"{name} under a known kid"] = (STRANGER.token(STRANGER.head(kid="rs256", **member)), "TOKEN_SIGNATURE")
            table[f"{name} under its own kid"] = (STRANGER.token(STRANGER.head(**member)), "TOKEN_KEY_UNKNOWN")
            table[f"{name} under no kid"] = (STRANGER.token(STRANGER.head(kid=ABSENT, **member)), "TOKEN_SIGNATURE")
        for name, value in (("unknown", tokens.x5t(stranger_cert)), ("encryption's", tokens.x5t(cert("open"))), ("empty", ""),
            ("known, of another issuer", PLAIN.names["x5t"])):
            table[f"x5t {name}"] = (STRANGER.token(STRANGER.head(kid=ABSENT, x5t=value)), "TOKEN_SIGNATURE" if "known, of" in name else "TOKEN_KEY_UNKNOWN")
        table["x5t and the kid of another"] = (PLAIN.token(PLAIN.head(kid="rs256")), "TOKEN_KEY_UNKNOWN")
        library = jws.JWS(tokens.text(claims("e2e")))
        library.add_signature(jwk.JWK.from_pem(tokens.private_pem(STRANGER.key)), None, json.dumps({"alg": "RS256", "jwk": tokens.jwk(STRANGER.key)}))
        table["a library's, with jwk"] = (library.serialize(compact=True), "TOKEN_SIGNATURE")
        self.all_fall(table)

    def test_kid(self):
        unknown = ["../../../../../../dev/null", "/proc/self/environ", "auth.json", "file:///etc/passwd", "x' UNION SELECT 'key", "rs256' --",
            "'; DROP TABLE value; --", "|whoami", "$(id)", "%s%n",
                   "", "RS256", "rs25", "rs2566", "rs256 ", "rs\u200b256", "\uff52s256", "ps256", "k" * 2000, "0", "http" + self.lure_url]
        table = {repr(kid)[:40]: (RS.token(RS.head(kid=kid)), "TOKEN_ALGORITHM" if kid == "ps256" else "TOKEN_KEY_UNKNOWN") for kid in unknown}
        for kid in (0, None, True, [], ["rs256"], {"kid": "rs256"}, "rs256\0", "\0", "rs256\0/../x"):
            table[f"malformed {kid!r}"] = (RS.token(RS.head(kid=kid)), "TOKEN_MALFORMED")
        table["40 KiB"] = (RS.token(RS.head(kid="k" * 40960)), "TOKEN_MALFORMED")
        table["64 KiB"] = (RS.token(RS.head(kid="k" * 65536)), "AUTH_HEADER")
        table["no kid where there are several keys"] = (RS.token(RS.head(kid=ABSENT)), "TOKEN_SIGNATURE")
        self.all_fall(table)

    def test_of_one_issuer_for_another(self):
        """iss is whose key it is, whatever the key is called."""
        body = {name: claims(name) for name in ("e2e", "other", "plain", "array")}
        table = {}
        for signer in (RS, PS, ES, SHARED, PLAIN, ARRAY):
            for name in body:
                if name != signer.issuer:
                    table[f"{signer.issuer} {signer.alg} for {name}"] = (signer.token(payload=body[name]), "TOKEN_KEY_UNKNOWN")
        table["other's shared kid for e2e"] = (OPENED_OTHER.seal(SHARED_OTHER.token(payload=body["e2e"])), "TOKEN_KEY_UNKNOWN")
        table["other's shared kid, plain, for e2e"] = (SHARED_OTHER.token(payload=body["e2e"]), "TOKEN_KEY_UNKNOWN")
        table["shared kid by a stranger"] = (SHARED.token(sign=STRANGER.sign), "TOKEN_SIGNATURE")
        table["shared kid by a stranger, PS256"] = (SHARED_OTHER.token(sign=lambda data: tokens.pss(STRANGER.key, data)), "TOKEN_SIGNATURE")
        table["one issuer's key, another's kid"] = (RS.token(sign=PLAIN.sign), "TOKEN_SIGNATURE")
        table["one issuer, another's audience"] = (RS.token(aud="plain-audience"), "TOKEN_AUDIENCE")
        table["one issuer, another's audience, the other way"] = (PLAIN.token(aud="e2e-audience"), "TOKEN_AUDIENCE")
        self.all_fall(table)


class Forms(Siege):
    def test_segments(self):
        token = RS.token()
        head, body, sign = token.split(".")
        bad = {"one": head, "two": f"{head}.{body}", "two, a dot": f"{head}.{body}.", "four": f"{token}.x", "four, a dot": f"{token}.",
            "six": f"{token}.{token}", "no header": f".{body}.{sign}",
               "no payload": f"{head}..{sign}", "no signature": f"{head}.{body}.", "dots": "." * 10000, "as many dots as can be": "." * 65536,
               "two dots": "..", "one dot": ".", "four dots": "....", "three dots": "...",
               "a dot before": f".{token}", "five of nothing much": "a.b.c.d.e",
               "JSON serialization": json.dumps({"payload": body, "protected": head, "signature": sign}, separators=(",", ":")),
               "a letter": "x", "reversed": f"{sign}.{body}.{head}", "65,536 letters": "a" * 65536}
        table = refused_for("TOKEN_MALFORMED", bad)
        table["five, of a signed one"] = (f"{token}.x.y", "TOKEN_ALGORITHM")
        table["header and payload swapped"] = (f"{body}.{head}.{sign}", "TOKEN_ALGORITHM")
        table["65,537 letters"] = ("a" * 65537, "AUTH_HEADER")
        table["nothing"] = ("", "AUTH_HEADER")
        table["the userhash of nobody"] = ((token, "nobody"), "AUTH_NO_USER")
        table["no user"] = ((token, "-"), "AUTH_NO_USER")
        table["an endless userhash"] = ((token, "u" * 20000), "AUTH_HEADER")
        table["users without data"] = (RS.token(xui=ABSENT), "AUTH_NO_USER")
        table["two users of one hash"] = (RS.token(xui=[{"uhs": "me", "xid": "1"}, {"uhs": "me", "xid": "2"}]), "AUTH_NO_USER")
        self.all_fall(table)

    def test_base64url(self):
        """Signed as it is spelled: the signature is good, or would be, were the spelling."""
        table, good = {}, RS.token(unused="?>~~~" * 3)
        head, body = part(uneven(RS.head())), part(uneven(claims("e2e", unused="\u00ff\u00fe~?")))
        spellings = {"padded": lambda p: p + "=", "padded twice": lambda p: p + "==", "stray bits": stray,
            "a letter too many": lambda p: p + "A" * (5 - len(p) % 4),
                     "+ and /": lambda p: p[:8] + "+/" + p[10:], "a star": lambda p: p[:8] + "*" + p[9:], "percent": lambda p: p[:8] + "%41" + p[9:]}
        for name, spell in spellings.items():
            table[f"header, {name}"] = (signed_parts(spell(head), body, RS.sign), "TOKEN_MALFORMED")
            table[f"payload, {name}"] = (signed_parts(head, spell(body), RS.sign), "TOKEN_MALFORMED")
            table[f"signature, {name}"] = (bent(good, 2, spell), "TOKEN_MALFORMED")
        for name, space in (("space", " "), ("tab", "\t"), ("no-break space", "\xa0")):
            for at in range(3):
                table[f"{name} in part {at}"] = (bent(good, at, lambda p: p[:20] + space + p[20:]), "AUTH_HEADER")
        self.all_fall(table)

    def test_headers(self):
        table = {}
        objects = {"crit": {"crit": ["exp"]}, "crit with what it names": {"crit": ["x"], "x": 1}, "crit empty": {"crit": []},
            "crit null": {"crit": None}, "b64": {"b64": False, "crit": ["b64"]}, "b64 alone": {"b64": True},
                   "zip": {"zip": "DEF"}, "zip unknown": {"zip": "GZ"}, "zip null": {"zip": None}, "enc": {"enc": "A128CBC-HS256"}, "x5t a number": {"x5t": 1}}
        for name, members in objects.items():
            table[name] = (RS.token(RS.head(**members)), "TOKEN_MALFORMED")
        table["zip with a payload that is"] = (RS.token(RS.head(zip="DEF"), tokens.deflated(tokens.text(claims("e2e")))), "TOKEN_MALFORMED")
        table["payload that is zipped"] = (RS.token(payload=tokens.deflated(tokens.text(claims("e2e")))), "TOKEN_CLAIMS")
        texts = {"alg twice": '{"alg":"none","alg":"RS256","kid":"rs256"}', "alg twice, the same": '{"alg":"RS256","alg":"RS256","kid":"rs256"}',
            "kid twice": '{"alg":"RS256","kid":"x","kid":"rs256"}',
                 "alg twice, escaped": '{"alg":"RS256","\\u0061lg":"none","kid":"rs256"}',
                 "unknown twice": '{"alg":"RS256","kid":"rs256","x":1,"x":2}', "nested twice": '{"alg":"RS256","kid":"rs256","x":{"y":1,"y":2}}',
                 "no JSON": "x", "nothing": "{}x", "an array": '["RS256"]', "a string": '"RS256"', "null": "null",
                 "a comma": '{"alg":"RS256","kid":"rs256",}', "quotes": "{'alg':'RS256'}", "a comment": '{"alg":"RS256","kid":"rs256"}//',
                 "more": '{"alg":"RS256","kid":"rs256"}{}', "a BOM": b'\xef\xbb\xbf{"alg":"RS256","kid":"rs256"}',
                 "bad UTF-8": b'{"alg":"RS256","kid":"rs256","x":"\xff"}', "a NUL": '{"alg":"RS256","kid":"rs256"}\0',
                 "deep": '{"alg":"RS256","kid":"rs256","x":' + "[" * 1000 + "]" * 1000 + "}",
                 "wide": '{"alg":"RS256","kid":"rs256","x":[' + "1," * 1000 + "1]}", "cut": '{"alg":"RS256","kid":"rs256"',
                 "UTF-16": '{"alg":"RS256","kid":"rs256"}'.encode("utf-16")}
        for name, value in texts.items():
            table[f"text: {name}"] = (RS.token(value), "TOKEN_MALFORMED")
        table["alg in capitals"] = (RS.token('{"ALG":"RS256","kid":"rs256"}'), "TOKEN_ALGORITHM")
        self.all_fall(table)


class Claims(Siege):
    def test_times(self):
        now, table = int(time.time()), {}
        for name in ("exp", "nbf"):
            for value in (ABSENT, None, str(now + FAR), now + 0.5, True, [now], {}, 2**63, -2**63 - 1, 10**400, ""):
                table[f"{name} {str(value)[:24]!r} {type(value).__name__}"] = (RS.token(**{name: value}), "TOKEN_CLAIMS")
            for spelled in ("1e10", "1.0", "1E400", "-0.5", "0x7fffffff", "01", "+1", "NaN", "Infinity"):
                body = json.dumps(claims("e2e", **{name: "@"})).replace('"@"', spelled)
                table[f"{name} spelled {spelled}"] = (RS.token(payload=body), "TOKEN_CLAIMS")
        for value in (0, 1, -1, -2**63, now - FAR):
            table[f"exp {value}"] = (RS.token(exp=value), "TOKEN_EXPIRED")
        for value in (2**63 - 1, 2**53, now + FAR):
            table[f"nbf {value}"] = (RS.token(nbf=value, exp=2**63 - 1), "TOKEN_NOT_YET_VALID")
        table["milliseconds"] = (RS.token(nbf=now * 1000, exp=now * 1000 + FAR), "TOKEN_NOT_YET_VALID")
        table["both past"] = (RS.token(nbf=now - 2 * FAR, exp=now - FAR), "TOKEN_EXPIRED")
        self.all_fall(table)

    def test_issuer_and_audience(self):
        table, near = {}, ("", "e2e", "E2E-{0}", "e2e-{1}", "e2e-{0}x", "xe2e-{0}", "e2e-{0} ", " e2e-{0}", "e2e-{0}/", "http://e2e-{0}", "e2e-{0},x",
            "*", "e2e-{0}\n", "e2e\u2010{0}")
        for claim, word, reason in (("iss", "issuer", "TOKEN_ISSUER"), ("aud", "audience", "TOKEN_AUDIENCE")):
            for value in near:
                spelled = value.format(word, word.upper())
                table[f"{claim} {spelled!r}"] = (RS.token(**{claim: spelled}), reason)
            table[f"{claim} cut"] = (RS.token(**{claim: f"e2e-{word}"[:-1]}), reason)
            for value in (ABSENT, None, 1, True, {}, {"e2e-" + word: 1}, f"e2e-{word}\0", f"e2e-{word}\0x"):
                table[f"{claim} of the wrong type {value!r}"] = (RS.token(**{claim: value}), "TOKEN_CLAIMS")
        for name, value, reason in (("array", ["e2e-issuer"], "TOKEN_CLAIMS"), ("empty array", [], "TOKEN_CLAIMS")):
            table[f"iss an {name}"] = (RS.token(iss=value), reason)
        for name, value, reason in (("empty", [], "TOKEN_AUDIENCE"), ("foreign", ["a", "b"], "TOKEN_AUDIENCE"),
            ("nested", [["e2e-audience"]], "TOKEN_CLAIMS"), ("mixed", ["e2e-audience", 1], "TOKEN_CLAIMS"), ("null", ["e2e-audience", None], "TOKEN_CLAIMS"),
                                    ("endless", ["x"] * 1000 + ["e2e-audience"], "TOKEN_CLAIMS"), ("case", ["E2E-AUDIENCE"], "TOKEN_AUDIENCE")):
            table[f"aud an array, {name}"] = (RS.token(aud=value), reason)
        self.all_fall(table)

    def test_payloads(self):
        good = tokens.text(claims("e2e")).decode()
        texts = {"no JSON": "x", "an array": f"[{good}]", "a string": json.dumps(good), "null": "null", "more": good + good, "a NUL": good + "\0",
            "a BOM": "\ufeff" + good, "bad UTF-8": good[:-1].encode() + b',"x":"\xff"}', "cut": good[:-1],
                 "deep": good[:-1] + ',"x":' + "[" * 5000 + "]" * 5000 + "}", "wide": good[:-1] + ',"x":[' + "1," * 8000 + "1]}"}
        for name, value in (("exp", "9999999999"), ("nbf", "0"), ("iss", '"e2e-issuer"'), ("aud", '"e2e-audience"'), ("xui", "[]"), ("sbx", '"RETAIL"')):
            texts[f"{name} twice, last"] = f'{good[:-1]},"{name}":{value}}}'
            texts[f"{name} twice, first"] = f'{{"{name}":{value},{good[1:]}'
        texts["exp twice, escaped"] = f'{good[:-1]},"\\u0065xp":9999999999}}'
        texts["a user's member twice"] = json.dumps(claims("e2e", xui="@")).replace('"@"', '[{"uhs":"me","xid":"1","xid":"2"}]')
        table = refused_for("TOKEN_CLAIMS", {name: RS.token(payload=value) for name, value in texts.items()})
        wrong = {"xui": ["x", {}, [1], [[]], [None], 1, [{"uhs": "me", "xid": 1}], [{"uhs": 1, "xid": "1"}], [{"uhs": "me", "xid": "0"}],
            [{"uhs": "me", "xid": "-1"}], [{"uhs": "me", "xid": str(2**64)}], [{"uhs": "me", "xid": "1x"}],
                         [{"uhs": "me", "xid": "1", "gtg": 1}], [{"uhs": "me", "xid": ""}], [{"uhs": f"u{i}", "xid": "1"} for i in range(1000)]],
                         "sbx": [1, [], {}], "xti": ["x", [], {"tid": 1}, {"tid": "x"}], "xdi": ["x", {"dty": 1}, {"did": []}]}
        for name, values in wrong.items():
            for i, value in enumerate(values):
                table[f"{name} of the wrong type, {i}"] = (RS.token(**{name: value}), "TOKEN_CLAIMS")
        self.all_fall(table)

    def test_a_good_signature_does_not_carry_over(self):
        one, other = RS.token(), RS.token(sbx="XDKS.1")
        self.all_fall({"another's payload": (bent(one, 1, lambda p: other.split(".")[1]), "TOKEN_SIGNATURE"),
            "another's header": (bent(one, 0, lambda p: part(PLAIN.head())), "TOKEN_SIGNATURE"),
                       "a header with white space": (bent(one, 0, lambda p: b64(unb64(p).replace(b",", b", "))), "TOKEN_SIGNATURE"),
                       "members in another order": (bent(one, 0, lambda p: part(dict(reversed(json.loads(unb64(p)).items())))), "TOKEN_SIGNATURE")})


if __name__ == "__main__":
    main()
