# SPDX-License-Identifier: Apache-2.0
"""Keys and tokens, good and bad, made without the product: with python3-cryptography's primitives, by hand, as no library agrees to make the bad ones."""
import base64
import datetime
import hashlib
import hmac
import json
import os
import time
import zlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.x509.oid import NameOID

from service import SAINT

ABSENT = object()  # as a member's value: the member is not there
OAEP = rsa_padding.OAEP(rsa_padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
OAEP_256 = rsa_padding.OAEP(rsa_padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def text(value):
    """VALUE as bytes: bytes and strings as they are, the rest as JSON."""
    if isinstance(value, str):
        return value.encode()
    return value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()


def part(value):
    return b64(text(value))


def merged(base, changes):
    return {k: v for k, v in {**base, **(changes or {})}.items() if v is not ABSENT}


def claims(issuer, **changes):
    """Good claims for ISSUER, "name" of "name-issuer" and "name-audience", but for CHANGES."""
    now = int(time.time())
    base = {"iss": f"{issuer}-issuer", "aud": f"{issuer}-audience", "nbf": now - 5, "exp": now + 3600, "sbx": "RETAIL",
            "xui": [{"uhs": "me", "xid": str(SAINT), "gtg": "payload-not-for-logs"}]}
    return merged(base, changes)


def rsa_key(bits=2048, exponent=65537):
    return rsa.generate_private_key(public_exponent=exponent, key_size=bits)


def ec_key(curve=None):
    return ec.generate_private_key(curve or ec.SECP256R1())


def public_pem(key, form=serialization.PublicFormat.SubjectPublicKeyInfo, encoding=serialization.Encoding.PEM):
    return key.public_key().public_bytes(encoding, form)


def private_pem(key, form=serialization.PrivateFormat.PKCS8):
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def certificate(key, usage=None):
    """A self-signed certificate of KEY. USAGE: the one key usage that it names; None: it names none."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "e2e")])
    began = datetime.datetime(2020, 1, 1)
    builder = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
               .serial_number(x509.random_serial_number()).not_valid_before(began).not_valid_after(began + datetime.timedelta(days=20000)))
    if usage is not None:
        every = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign",
                 "crl_sign", "encipher_only", "decipher_only")
        builder = builder.add_extension(x509.KeyUsage(**{one: one == usage for one in every}), critical=True)
    return builder.sign(key, hashes.SHA256())


def der(cert):
    return cert.public_bytes(serialization.Encoding.DER)


def pem(cert):
    return cert.public_bytes(serialization.Encoding.PEM).decode()


def x5t(cert):
    return b64(hashlib.sha1(der(cert)).digest())


def integer(number, size=None):
    return b64(number.to_bytes(size or (number.bit_length() + 7) // 8, "big"))


def jwk(key, **members):
    """The public JWK of KEY, with MEMBERS put in or, where they are ABSENT, left out."""
    numbers = key.public_key().public_numbers()
    if isinstance(key, rsa.RSAPrivateKey):
        base = {"e": integer(numbers.e), "kty": "RSA", "n": integer(numbers.n)}
    else:
        size = (key.curve.key_size + 7) // 8
        base = {"crv": f"P-{key.curve.key_size}", "kty": "EC", "x": integer(numbers.x, size), "y": integer(numbers.y, size)}
    return merged(base, members)


def thumbprint(key):
    return b64(hashlib.sha256(json.dumps(jwk(key), separators=(",", ":"), sort_keys=True).encode()).digest())


def ecdsa(key, data, hash=None):
    r, s = utils.decode_dss_signature(key.sign(data, ec.ECDSA(hash or hashes.SHA256())))
    size = (key.curve.key_size + 7) // 8
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def pss(key, data, salt=32, hash=None, mgf=None):
    return key.sign(data, rsa_padding.PSS(rsa_padding.MGF1(mgf or hashes.SHA256()), salt), hash or hashes.SHA256())


def signature(key, alg, data):
    """By the algorithm ALG; KEY is the secret of an HS one."""
    if alg.startswith("HS"):
        return hmac.new(key, data, "sha" + alg[2:]).digest()
    hash = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}[alg[2:]]()
    if alg.startswith("RS"):
        return key.sign(data, rsa_padding.PKCS1v15(), hash)
    return pss(key, data, hash.digest_size, hash, hash) if alg.startswith("PS") else ecdsa(key, data, hash)


def signed_parts(head, body, sign):
    """HEAD and BODY, encoded already, with the signature that SIGN makes of their bytes."""
    data = f"{head}.{body}"
    return f"{data}.{b64(sign(data.encode()))}"


class Signer:
    """Who signs: an issuer's name, a key, its algorithm, and what names the key in a header."""

    def __init__(self, issuer, key, alg, **names):
        self.issuer, self.key, self.alg, self.names = issuer, key, alg, names

    def head(self, **changes):
        return merged({"alg": self.alg, **self.names}, changes)

    def sign(self, data):
        return signature(self.key, self.alg, data)

    def token(self, header=None, payload=None, sign=None, **changes):
        """A token of good claims but for CHANGES, or of PAYLOAD, under the good header or HEADER."""
        head = self.head() if header is None else header
        body = claims(self.issuer, **changes) if payload is None else payload
        return signed_parts(part(head), part(body), sign or self.sign)


def deflated(data, wrap=-15):
    """Raw DEFLATE; WRAP 15: in zlib's wrapper, 31: in gzip's."""
    packer = zlib.compressobj(9, zlib.DEFLATED, wrap)
    return packer.compress(data) + packer.flush()


def padded(data):
    padder = padding.PKCS7(128).padder()
    return padder.update(data) + padder.finalize()


class Recipient:
    """Whom tokens are encrypted to."""

    def __init__(self, key, cert, public=None):
        self.key, self.public, self.x5t = key, public or key.public_key(), x5t(cert)

    def head(self, **changes):
        return merged({"alg": "RSA-OAEP", "enc": "A128CBC-HS256", "cty": "JWT", "x5t": self.x5t}, changes)

    def wrap(self, cek, scheme=OAEP):
        return self.public.encrypt(cek, scheme)

    def seal(self, inner, **options):
        return ".".join(self.parts(inner, **options))

    def parts(self, inner, header=None, **options):
        """The five parts around INNER. With zip, INNER is deflated, unless it is `packed` already."""
        head = self.head() if header is None else header
        plain = options.get("packed", text(inner))
        if isinstance(head, dict) and head.get("zip") == "DEF" and "packed" not in options:
            plain = deflated(plain)
        cek = options.get("cek", os.urandom(32))
        iv = options.get("iv", os.urandom(16))
        encoded = part(head)
        wrapped = options.get("wrapped") or self.wrap(cek, options.get("scheme", OAEP))
        mac_key, key = cek_halves(cek, options.get("halves_swapped"))
        body = plain if options.get("padded_already") else padded(plain)
        cipher = Cipher(algorithms.AES(key), modes.CBC((iv + bytes(16))[:16])).encryptor()
        body = cipher.update(body) + cipher.finalize()
        tag = tag_of(mac_key, options.get("aad", encoded.encode()), iv, body)
        return [encoded, b64(wrapped), b64(iv), b64(body), b64(tag[options.get("tag", slice(16))])]


def cek_halves(cek, swapped=False):
    """The MAC's and the cipher's; of an odd key what a careless reader would take."""
    whole = (cek + bytes(32))[:32]
    halves = whole[:16], whole[16:]
    return halves[::-1] if swapped else halves


def tag_of(mac_key, aad, iv, body):
    """All of it: the tag is the first half."""
    return hmac.new(mac_key, aad + iv + body + (8 * len(aad)).to_bytes(8, "big"), hashlib.sha256).digest()
