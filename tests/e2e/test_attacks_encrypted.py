# SPDX-License-Identifier: Apache-2.0
"""Every known attack on encrypted tokens, against the real port."""
import json
import os

from cryptography.hazmat.primitives.asymmetric import padding
from jwcrypto import jwe, jwk, jws

import tokens
from service import main
from siege import ARRAY, BARE, ES, OPENED, OPENED_OTHER, OPENED_TOO, PLAIN, PS, RS, SHARED_OTHER, STRANGER, Siege, cert, key, refused_for
from tokens import ABSENT, b64, claims, deflated, padded, part, signature, thumbprint, unb64

STRANGE = tokens.Recipient(key("stranger"), tokens.certificate(key("stranger")))


def with_part(at, change, recipient=OPENED, **options):
    """A good token whose part number AT was changed: its bytes, that is, not their spelling."""
    parts = recipient.parts(RS.token(), **options)
    parts[at] = b64(change(unb64(parts[at])))
    return ".".join(parts)


def spelled(at, change):
    parts = OPENED.parts(RS.token())
    parts[at] = change(parts[at])
    return ".".join(parts)


def flipped(at):
    return lambda data: data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


class Good(Siege):
    def test_nested_tokens_of_an_independent_implementation(self):
        for signer, recipient, compressed, name in [
                (signer, recipient, compressed, name)
                for signer in (RS, PS, ES) for recipient in (OPENED, OPENED_TOO) for compressed in (True, False) for name in ("x5t", "kid")]:
            with self.subTest(alg=signer.alg, zip=compressed, named_by=name):
                inner = jws.JWS(tokens.text(claims("e2e")))
                inner.add_signature(jwk.JWK.from_pem(tokens.private_pem(signer.key)), None, json.dumps(signer.head()))
                names = {"x5t": recipient.x5t} if name == "x5t" else {"kid": thumbprint(recipient.key)}
                head = {"alg": "RSA-OAEP", "enc": "A128CBC-HS256", "cty": "JWT", **names, **({"zip": "DEF"} if compressed else {})}
                outer = jwe.JWE(inner.serialize(compact=True).encode(), json.dumps(head))
                outer.add_recipient(jwk.JWK.from_pem(tokens.public_pem(recipient.key)))
                self.stands(outer.serialize(compact=True))

    def test_hand_made(self):
        for options in ({}, {"header": OPENED.head(zip="DEF")}, {"header": OPENED.head(cty=ABSENT)},
            {"header": OPENED.head(cty="jwt", typ="JWT", unknown={"a": 1})}):
            with self.subTest(options=options):
                self.stands(OPENED.seal(RS.token(), **options))
        large = RS.token(unused=os.urandom(20000).hex())
        self.stands(OPENED.seal(RS.token(unused="x" * 150000), header=OPENED.head(zip="DEF")))
        self.stands(OPENED.seal(large, header=OPENED.head(zip="DEF")))
        for signer in (BARE, SHARED_OTHER):
            self.stands(OPENED_OTHER.seal(signer.token(), header=OPENED_OTHER.head(x5t=ABSENT, kid=thumbprint(key("open-other")))))


class Forms(Siege):
    def test_what_is_inside(self):
        inner, now = RS.token(), RS.token
        head, body, sign = inner.split(".")
        self.all_fall({
            **refused_for("TOKEN_MALFORMED", {
                "plain claims": OPENED.seal(claims("e2e")),
                "plain claims, zipped": OPENED.seal(claims("e2e"), header=OPENED.head(zip="DEF")), "nothing": OPENED.seal(b""),
                "nothing, zipped": OPENED.seal(b"", header=OPENED.head(zip="DEF")),
                "none without signature": OPENED.seal(now(RS.head(alg="none"), sign=lambda data: b"")),
                "two parts": OPENED.seal(f"{head}.{body}"), "no signature": OPENED.seal(f"{head}.{body}."),
                "six parts": OPENED.seal(f"{inner}.{inner}"),
                "10,000 dots": OPENED.seal("." * 10000), "a line behind": OPENED.seal(inner + "\n"),
                "a space before": OPENED.seal(" " + inner), "a NUL behind": OPENED.seal(inner + "\0"), "quotes": OPENED.seal(f'"{inner}"'),
                "a scheme": OPENED.seal(f"XBL3.0 x=me;{inner}"),
                "a kid of 64 KiB": OPENED.seal(now(RS.head(kid="k" * 65536)), header=OPENED.head(zip="DEF")),
                "crit": OPENED.seal(now(RS.head(crit=["exp"]))),
                "zip inside": OPENED.seal(now(RS.head(zip="DEF"))), "padding inside": OPENED.seal(inner + "="),
                "alg twice": OPENED.seal(now('{"alg":"none","alg":"RS256","kid":"rs256"}'))}),
            "none with a signature": (OPENED.seal(now(RS.head(alg="none"))), "TOKEN_ALGORITHM"),
            "HS256 by the public key": (OPENED.seal(now(RS.head(alg="HS256"), sign=lambda data: signature(tokens.public_pem(RS.key), "HS256", data))),
                "TOKEN_ALGORITHM"),
            "another encrypted token": (OPENED.seal(OPENED.seal(inner)), "TOKEN_ENCRYPTED"),
            "another encrypted token, zipped": (OPENED.seal(OPENED.seal(inner), header=OPENED.head(zip="DEF")), "TOKEN_ENCRYPTED"),
            "a foreign signature": (OPENED.seal(STRANGER.token(STRANGER.head(kid="rs256"))), "TOKEN_SIGNATURE"),
            "a foreign signature with its key": (OPENED.seal(STRANGER.token(STRANGER.head(kid="rs256", jwk=tokens.jwk(STRANGER.key)))), "TOKEN_SIGNATURE"),
            "a foreign key": (OPENED.seal(STRANGER.token()), "TOKEN_KEY_UNKNOWN"),
            "a foreign key's URL": (OPENED.seal(STRANGER.token(STRANGER.head(jku="http" + self.lure_url))), "TOKEN_KEY_UNKNOWN"),
            "signed by what decrypts": (OPENED.seal(tokens.Signer("e2e", OPENED.key, "RS256", kid=thumbprint(OPENED.key)).token()), "TOKEN_KEY_UNKNOWN"),
            "expired": (OPENED.seal(now(exp=1)), "TOKEN_EXPIRED"), "not yet": (OPENED.seal(now(nbf=2**50)), "TOKEN_NOT_YET_VALID"),
            "for another": (OPENED.seal(now(aud="x")), "TOKEN_AUDIENCE"), "of another": (OPENED.seal(now(iss="x")), "TOKEN_ISSUER"),
            "exp twice": (OPENED.seal(now(payload=tokens.text(claims("e2e"))[:-1] + b',"exp":1}')), "TOKEN_CLAIMS"),
            "no exp": (OPENED.seal(now(exp=ABSENT)), "TOKEN_CLAIMS"),
            "the userhash of nobody": ((OPENED.seal(inner), "nobody"), "AUTH_NO_USER")})

    def test_plain_where_encrypted_is_due_and_the_other_way_round(self):
        self.all_fall({
            "plain": (BARE.token(), "TOKEN_FORM"), "encrypted": (OPENED.seal(PLAIN.token()), "TOKEN_FORM"),
            "encrypted, of the array": (OPENED.seal(ARRAY.token()), "TOKEN_FORM"),
            "encrypted to another issuer's key": (OPENED_OTHER.seal(RS.token()), "TOKEN_DECRYPTION"),
            "encrypted to another issuer's key, the other way": (OPENED.seal(BARE.token()), "TOKEN_DECRYPTION"),
            "plain where that is due, by another issuer's key": (OPENED_OTHER.seal(PLAIN.token()), "TOKEN_FORM")})

    def test_parts(self):
        self.all_fall(refused_for("TOKEN_MALFORMED", {
            "no tag": with_part(4, lambda d: b""), "a tag of 8 bytes": with_part(4, lambda d: d[:8]), "a tag of 15": with_part(4, lambda d: d[:15]),
            "a tag of 17": with_part(4, lambda d: d + b"\0"), "a tag twice": with_part(4, lambda d: d + d),
            "a whole MAC": OPENED.seal(RS.token(), tag=slice(32)),
            "no iv": with_part(2, lambda d: b""), "an iv of 12": with_part(2, lambda d: d[:12]), "an iv of 15": with_part(2, lambda d: d[:15]),
            "an iv of 17": with_part(2, lambda d: d + b"\0"), "no ciphertext": with_part(3, lambda d: b""),
            "a ciphertext a byte short": with_part(3, lambda d: d[:-1]), "a ciphertext a byte long": with_part(3, lambda d: d + b"\0"),
            "no key": with_part(1, lambda d: b""), "a key of 1,025 bytes": with_part(1, lambda d: bytes(1025)),
            "no header": spelled(0, lambda p: ""), "odd iv of an honest issuer": OPENED.seal(RS.token(), iv=os.urandom(12)),
            "padding in the tag": spelled(4, lambda p: p + "=="), "padding in the iv": spelled(2, lambda p: p + "=="),
            "padding in the header": spelled(0, lambda p: p + "="), "another alphabet": spelled(3, lambda p: "+/" + p[2:]),
            "stray bits in the tag": spelled(4, lambda p: p[:-1] + "B" if p[-1] == "A" else p[:-1] + chr(ord(p[-1]) + 1)),
            "stray bits in the iv": spelled(2, lambda p: p[:-1] + {"A": "B", "Q": "R", "g": "h", "w": "x"}[p[-1]]),
            "a letter too many": spelled(3, lambda p: p + "A" * (5 - len(p) % 4))}))
        self.all_fall({f"white space in part {i}": (spelled(i, lambda p: p[:4] + " " + p[4:]), "AUTH_HEADER") for i in range(5)})

    def test_bent(self):
        modulus = OPENED.public.public_numbers().n
        cases = {
            "tag": with_part(4, flipped(0)), "end of the tag": with_part(4, flipped(15)), "tag of zeros": with_part(4, lambda d: bytes(16)),
            "tag's other half": OPENED.seal(RS.token(), tag=slice(16, 32)), "iv": with_part(2, flipped(0)),
            "ciphertext": with_part(3, flipped(0)), "end of the ciphertext": with_part(3, lambda d: d[:-1] + bytes([d[-1] ^ 1])),
            "a block less": with_part(3, lambda d: d[:-16]), "a block more": with_part(3, lambda d: d + bytes(16)),
            "blocks swapped": with_part(3, lambda d: d[16:32] + d[:16] + d[32:]),
            "encrypted key": with_part(1, flipped(100)), "encrypted key of zeros": with_part(1, lambda d: bytes(256)),
            "encrypted key 1": with_part(1, lambda d: bytes(255) + b"\1"), "encrypted key of ones": with_part(1, lambda d: b"\xff" * 256),
            "encrypted key the modulus": with_part(1, lambda d: modulus.to_bytes(256, "big")),
            "encrypted key above the modulus": with_part(1, lambda d: (modulus + 1).to_bytes(256, "big")),
            "encrypted key a byte short": with_part(1, lambda d: d[:-1]),
            "encrypted key a byte long": with_part(1, lambda d: d + b"\0"), "encrypted key with a zero before": with_part(1, lambda d: b"\0" + d),
            "encrypted key of one byte": with_part(1, lambda d: b"\1"), "encrypted key of 1,024 bytes": with_part(1, lambda d: bytes(1024)),
            "header with white space": spelled(0, lambda p: b64(unb64(p).replace(b",", b", "))),
            "header with a member": spelled(0, lambda p: part({**json.loads(unb64(p)), "x": 1})),
            "header in another order": spelled(0, lambda p: part(dict(reversed(json.loads(unb64(p)).items())))),
            "zip taken out": with_part(0, lambda d: d.replace(b',"zip":"DEF"', b""), header=OPENED.head(zip="DEF")),
            "another recipient's": OPENED_TOO.seal(RS.token(), header=OPENED.head()), "a stranger's": STRANGE.seal(RS.token(), header=OPENED.head()),
            "no data authenticated": OPENED.seal(RS.token(), aad=b""),
            "the decoded header authenticated": OPENED.seal(RS.token(), aad=tokens.text(OPENED.head())),
            "halves of the key swapped": OPENED.seal(RS.token(), halves_swapped=True),
            "OAEP with SHA-256": OPENED.seal(RS.token(), scheme=tokens.OAEP_256), "PKCS#1 v1.5": OPENED.seal(RS.token(), scheme=padding.PKCS1v15()),
            "key not encrypted": OPENED.seal(RS.token(), cek=b"k" * 32, wrapped=b"k" * 32),
            "the plain number of the key": OPENED.seal(RS.token(), cek=b"k" * 32, wrapped=bytes(224) + b"k" * 32),
            "no padding": OPENED.seal(RS.token(), packed=b"x" * 32, padded_already=True),
            "padding of 0": OPENED.seal("", packed=bytes(16), padded_already=True),
            "padding of 17": OPENED.seal("", packed=b"\x11" * 32, padded_already=True),
            "padding that differs": OPENED.seal("", packed=b"x" * 13 + b"\1\2\3", padded_already=True),
            "padding twice": OPENED.seal(b"", packed=b"x" * 14 + b"\3\2", padded_already=True)}
        for size in (0, 1, 16, 24, 31, 33, 48, 64):
            cases[f"a key of {size} bytes"] = OPENED.seal(RS.token(), cek=os.urandom(size))
        self.all_fall(refused_for("TOKEN_DECRYPTION", cases))


class Headers(Siege):
    def test_algorithms(self):
        table = {}
        for alg in ("RSA1_5", "RSA-OAEP-256", "RSA-OAEP-512", "rsa-oaep", "RSA-OAEP ", "dir", "A128KW", "A256GCMKW", "ECDH-ES", "ECDH-ES+A128KW",
            "PBES2-HS256+A128KW", "none", "RS256", "", ABSENT):
            table[f"alg {alg!r}"] = (OPENED.seal(RS.token(), header=OPENED.head(alg=alg)), "TOKEN_ALGORITHM")
        for enc in ("A256CBC-HS512", "A192CBC-HS384", "A128GCM", "A256GCM", "a128cbc-hs256", "A128CBC", "none", "", ABSENT):
            table[f"enc {enc!r}"] = (OPENED.seal(RS.token(), header=OPENED.head(enc=enc)), "TOKEN_ALGORITHM")
        for value in (None, 1, [], {}):
            for name in ("alg", "enc", "zip", "cty", "kid", "x5t"):
                table[f"{name} no string: {value}"] = (OPENED.seal(RS.token(), header=OPENED.head(**{name: value})), "TOKEN_MALFORMED")
        table["RSA1_5"] = (OPENED.seal(RS.token(), header=OPENED.head(alg="RSA1_5"), scheme=padding.PKCS1v15()), "TOKEN_ALGORITHM")
        table["RSA-OAEP-256"] = (OPENED.seal(RS.token(), header=OPENED.head(alg="RSA-OAEP-256"), scheme=tokens.OAEP_256), "TOKEN_ALGORITHM")
        self.all_fall(table)

    def test_of_a_library(self):
        public, secret = jwk.JWK.from_pem(tokens.public_pem(OPENED.key)), jwk.JWK.generate(kty="oct", size=256)
        curve, password = jwk.JWK.from_pem(tokens.public_pem(ES.key)), jwk.JWK.from_password("p")
        table = {}
        for alg, enc, target, reason in [("RSA-OAEP-256", "A128CBC-HS256", public, "TOKEN_ALGORITHM"),
            ("RSA-OAEP", "A256CBC-HS512", public, "TOKEN_ALGORITHM"), ("RSA-OAEP", "A128GCM", public, "TOKEN_ALGORITHM"),
                                         ("dir", "A128CBC-HS256", secret, "TOKEN_ALGORITHM"), ("A256KW", "A128CBC-HS256", secret, "TOKEN_ALGORITHM"),
                                         ("A256GCMKW", "A128CBC-HS256", secret, "TOKEN_MALFORMED"),
                                         ("ECDH-ES+A128KW", "A128CBC-HS256", curve, "TOKEN_MALFORMED"),
                                         ("PBES2-HS256+A128KW", "A128CBC-HS256", password, "TOKEN_MALFORMED"),
                                         ("RSA1_5", "A128CBC-HS256", public, "TOKEN_ALGORITHM")]:
            token = jwe.JWE(RS.token().encode(), json.dumps({"alg": alg, "enc": enc, "cty": "JWT", "x5t": OPENED.x5t}), algs=[alg, enc])
            token.add_recipient(target)
            table[f"{alg} {enc}"] = (token.serialize(compact=True), reason)
        self.all_fall(table)

    def test_members(self):
        head = OPENED.head
        members = {"PBES2 count": head(alg="PBES2-HS256+A128KW", p2c=2**31 - 1, p2s="AAAA"), "PBES2 count of an RSA key": head(p2c=2**31 - 1),
            "PBES2 salt": head(p2s="AAAA"), "a PBES2 count that no integer holds": head(p2c=10**400),
                   "epk": head(epk=tokens.jwk(ES.key)), "apu": head(apu="x"), "iv": head(iv="x"), "tag": head(tag="x"), "crit": head(crit=["zip"]),
                   "crit empty": head(crit=[]), "crit unknown": head(crit=["x"], x=1), "b64": head(b64=False),
                   "cty another": head(cty="JSON"), "cty empty": head(cty=""), "cty application/jwt": head(cty="application/json"),
                   "4 KiB": head(x="x" * 4096), "an array": ["RSA-OAEP"], "no JSON": "x", "null": "null",
                   "alg twice": '{"alg":"RSA1_5","alg":"RSA-OAEP","enc":"A128CBC-HS256"}',
                   "enc twice": '{"alg":"RSA-OAEP","enc":"A128CBC-HS256","enc":"A128CBC-HS256"}',
                   "zip twice": '{"alg":"RSA-OAEP","enc":"A128CBC-HS256","zip":"DEF","zip":"DEF"}',
                   "a BOM": b'\xef\xbb\xbf{"alg":"RSA-OAEP","enc":"A128CBC-HS256"}', "more": '{"alg":"RSA-OAEP","enc":"A128CBC-HS256"}x',
                   "alg with a NUL": head(alg="RSA-OAEP\0")}
        self.all_fall(refused_for("TOKEN_MALFORMED", {name: OPENED.seal(RS.token(), header=value) for name, value in members.items()}))
        unknown = {"x5t unknown": head(x5t="A" * 27), "x5t empty": head(x5t=""), "x5t of the signing key": head(x5t=tokens.x5t(cert("plain"))),
            "no name, several keys": head(x5t=ABSENT),
                   "kid as a path": head(x5t=ABSENT, kid="../../opening/open.pem"), "kid as SQL": head(x5t=ABSENT, kid="' OR 1=1 --"),
                   "kid of one, x5t of none": head(kid=thumbprint(OPENED.key), x5t="A" * 27)}
        table = {}
        for name, value in unknown.items():  # issuer other has one key, which may be the one where nothing is said against it
            reason = "TOKEN_DECRYPTION" if "x5t" not in value else "TOKEN_KEY_UNKNOWN"
            table[name] = (OPENED.seal(RS.token(), header=value), reason)
        table["x5u"] = (STRANGE.seal(RS.token(), header=head(x5t=STRANGE.x5t, x5u="http" + self.lure_url)), "TOKEN_KEY_UNKNOWN")
        table["jku"] = (STRANGE.seal(RS.token(), header=head(jku="http" + self.lure_url)), "TOKEN_DECRYPTION")
        self.all_fall(table)

    def test_compression(self):
        inner, head = tokens.text(RS.token()), OPENED.head(zip="DEF")
        raw, bomb = deflated(inner), deflated(bytes(20 * 1024 * 1024))
        stored = b"\1" + len(inner).to_bytes(2, "little") + (len(inner) ^ 0xffff).to_bytes(2, "little") + inner
        self.stands(OPENED.seal(b"", header=head, packed=stored))
        packed = {"a bomb": bomb, "a bomb that is a token": deflated(inner + b"." + bytes(20 * 1024 * 1024)), "a byte over": deflated(b"x" * 262145),
            "bytes behind": raw + b"x", "a NUL behind": raw + b"\0", "a stream behind": raw + raw, "a bomb behind": raw + bomb,
                  "cut": raw[:-1], "cut in half": raw[:len(raw) // 2], "nothing": b"", "zlib's wrapper": deflated(inner, 15),
                  "gzip": deflated(inner, 31), "not compressed": inner, "rubbish": b"\xff" * 64, "never the last block": b"\0\0\0\xff\xff" * 1000,
                  "a block of a wrong length": b"\1\4\0\0\0abcd", "a distance too far": bytes.fromhex("030200")}
        table = refused_for("TOKEN_MALFORMED", {name: OPENED.seal(b"", header=head, packed=value) for name, value in packed.items()})
        table["a good token that is too large"] = (OPENED.seal(RS.token(unused="x" * 262144), header=head), "TOKEN_MALFORMED")
        table["compressed and not said to be"] = (OPENED.seal(b"", packed=raw), "TOKEN_MALFORMED|TOKEN_ENCRYPTED")  # four of its bytes may be dots
        table["compressed twice"] = (OPENED.seal(b"", header=head, packed=deflated(raw)), "TOKEN_MALFORMED|TOKEN_ENCRYPTED")
        for value in ("def", "DEFLATE", "GZ", "gzip", "ZSTD", "none", "", "DEF "):
            table[f"zip {value!r}"] = (OPENED.seal(b"", header=OPENED.head(zip=value), packed=raw), "TOKEN_ALGORITHM")
        self.all_fall(table)


if __name__ == "__main__":
    main()
