# SPDX-License-Identifier: Apache-2.0
"""An issuer apart from the product: keys, key documents, and signed and encrypted tokens, many a second."""
import base64
import datetime
import functools
import hashlib
import hmac
import json
import os
import time
import zlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, padding as block_padding, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

ISSUER, AUDIENCE = "e2e-issuer", "e2e-audience"
USERHASH = "me"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def b64_json(value):
    return b64(json.dumps(value, separators=(",", ":")).encode())


def number(n, size=None):
    return b64(n.to_bytes(size or (n.bit_length() + 7) // 8, "big"))


def pem_of(private):
    return private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def certificate(name, public, signer, issuer=None, alternatives=(), is_ca=False):
    """A certificate of a month for PUBLIC, signed with the private key SIGNER in the name of ISSUER (by default: its own)."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    draft = (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer or subject).public_key(public)
             .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
             .not_valid_after(now + datetime.timedelta(days=30)).add_extension(x509.BasicConstraints(is_ca, None), True))
    if alternatives:
        draft = draft.add_extension(x509.SubjectAlternativeName(list(alternatives)), False)
    return draft.sign(signer, hashes.SHA256())


class SigningKey:
    """Signs tokens with ALGORITHM: ES256, RS256 or PS256."""

    def __init__(self, algorithm="ES256", bits=2048):
        self.algorithm = algorithm
        if algorithm == "ES256":
            self.private = ec.generate_private_key(ec.SECP256R1())
            n = self.private.public_key().public_numbers()
            public = {"crv": "P-256", "kty": "EC", "x": number(n.x, 32), "y": number(n.y, 32)}
        else:
            self.private = rsa.generate_private_key(65537, bits)
            n = self.private.public_key().public_numbers()
            public = {"e": number(n.e), "kty": "RSA", "n": number(n.n)}
        self.kid = b64(hashlib.sha256(json.dumps(public, separators=(",", ":"), sort_keys=True).encode()).digest())
        self.jwk = {**public, "kid": self.kid, "use": "sig", "alg": algorithm}

    def _sign(self, data):
        if self.algorithm == "ES256":
            r, s = utils.decode_dss_signature(self.private.sign(data, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        pad = padding.PKCS1v15() if self.algorithm == "RS256" else padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        return self.private.sign(data, pad, hashes.SHA256())

    def jws(self, xuid, header=None, **claims):
        now = int(time.time())
        body = {"iss": ISSUER, "aud": AUDIENCE, "nbf": now - 60, "exp": now + 14400, "sbx": "RETAIL",
                "xui": [{"uhs": USERHASH, "xid": str(xuid)}], **claims}
        text = b64_json({"alg": self.algorithm, "typ": "JWT", "kid": self.kid, **(header or {})}) + "." + b64_json(body)
        return text + "." + b64(self._sign(text.encode()))


def key_document(*keys):
    return json.dumps({"keys": [k.jwk for k in keys]})


class DecryptionKey:
    """A relying party's key and certificate, and what its issuer encrypts to them."""

    def __init__(self):
        self.private = rsa.generate_private_key(65537, 2048)
        self.pem = pem_of(self.private)
        cert = certificate("relying party", self.private.public_key(), self.private)
        self.cert = cert.public_bytes(serialization.Encoding.PEM)
        x5t = b64(hashlib.sha1(cert.public_bytes(serialization.Encoding.DER)).digest())
        self.protected = b64_json({"alg": "RSA-OAEP", "enc": "A128CBC-HS256", "cty": "JWT", "zip": "DEF", "x5t": x5t})

    @functools.cached_property
    def _size(self):
        return self.private.key_size // 8

    def encrypt(self, jws):
        deflate = zlib.compressobj(wbits=-15)
        plain = deflate.compress(jws.encode()) + deflate.flush()
        pad = block_padding.PKCS7(128).padder()
        key, iv = os.urandom(32), os.urandom(16)
        cipher = Cipher(algorithms.AES(key[16:]), modes.CBC(iv)).encryptor()
        secret = cipher.update(pad.update(plain) + pad.finalize()) + cipher.finalize()
        covered = self.protected.encode() + iv + secret + (len(self.protected) * 8).to_bytes(8, "big")
        tag = hmac.new(key[:16], covered, "sha256").digest()[:16]
        oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
        return ".".join([self.protected, *map(b64, (self.private.public_key().encrypt(key, oaep), iv, secret, tag))])

    def garbage(self, size=400):
        """What costs the service the most for nothing: the right header, a number of the right length, noise."""
        return ".".join([self.protected, *map(b64, (b"\x01" + os.urandom(self._size - 1), os.urandom(16),
                                                    os.urandom(size // 16 * 16), os.urandom(16)))])


def header_value(token):
    return f"XBL3.0 x={USERHASH};{token}"
