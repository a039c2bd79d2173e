#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes keys and COUNT tokens of each kind for bench/tokens, one Authorization value a line: mint.py FOLDER COUNT"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests/e2e"))
from issuer import DecryptionKey, SigningKey, header_value, key_document  # noqa: E402


def main():
    folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    signers = {name: SigningKey(name) for name in ("RS256", "PS256", "ES256")}
    opener = DecryptionKey()
    (folder / "jwks.json").write_text(key_document(*signers.values()))
    (folder / "opening").mkdir()
    (folder / "opening/key.pem").write_bytes(opener.pem)
    (folder / "opening/cert.pem").write_bytes(opener.cert)

    def write(name, make):
        (folder / name).write_text("".join(header_value(make(n)) + "\n" for n in range(count)))

    def jws(signer, n):
        """A token with what a real one says."""
        user = [{"uhs": "me", "xid": str(2533274790395905 + n), "gtg": f"Player{n}", "agg": "Adult"}]
        return signer.jws(0, xui=user, xti={"tid": "1"}, xdi={"dty": "Win32", "did": "F" + "0" * 15})

    for name, signer in signers.items():
        write(name, lambda n: jws(signer, n))
    write("nested", lambda n: opener.encrypt(jws(signers["RS256"], n)))
    size = len((folder / "nested").read_text().split("\n")[0]) - len(header_value(opener.garbage(0)))
    write("garbage", lambda n: opener.garbage(size * 3 // 4))


if __name__ == "__main__":
    main()
