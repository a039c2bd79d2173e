# SPDX-License-Identifier: Apache-2.0
"""Good tokens, bent at random but the same way each time: none is good any more, none does harm."""
import random

import tokens
from service import main
from siege import BARE, ES, OPENED, OPENED_OTHER, OPENED_TOO, PLAIN, PS, RS, Siege, bearer

SIGNED, ENCRYPTED = 1400, 600  # a decryption takes a slow, sanitized build some milliseconds, and bad ones are paid by a budget
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def flip(rng, token, others):
    """A bit of a part's bytes."""
    parts = token.split(".")
    at = rng.randrange(len(parts))
    data = bytearray(tokens.unb64(parts[at]))
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    parts[at] = tokens.b64(bytes(data))
    return ".".join(parts)


def letter(rng, token, others):
    at = rng.randrange(len(token))
    return token[:at] + rng.choice(LETTERS + ".=+/~!") + token[at + 1:]


def cut(rng, token, others):
    return token[:rng.randrange(1, len(token))]


def cut_out(rng, token, others):
    at = rng.randrange(len(token))
    return token[:at] + token[at + rng.randrange(1, 9):]


def put_in(rng, token, others):
    at = rng.randrange(len(token) + 1)
    return token[:at] + "".join(rng.choice(LETTERS + ".") for _ in range(rng.randrange(1, 9))) + token[at:]


def swap(rng, token, others):
    """A part of another token in the place of one, or two parts for each other."""
    parts, foreign = token.split("."), rng.choice(others).split(".")
    parts[rng.randrange(len(parts))] = rng.choice(foreign)
    if rng.random() < 0.5:
        i, j = rng.randrange(len(parts)), rng.randrange(len(parts))
        parts[i], parts[j] = parts[j], parts[i]
    return ".".join(parts)


def splice(rng, token, others):
    other = rng.choice(others)
    return token[:rng.randrange(1, len(token))] + other[rng.randrange(len(other)):]


def inside(rng, token, others):
    """Bent, and then encrypted well."""
    while (bent := rng.choice((flip, letter, cut, swap))(rng, token, others)) in others:
        pass
    return OPENED.seal(bent, header=OPENED.head(**rng.choice(({}, {"zip": "DEF"}))))


WAYS = (flip, letter, cut, cut_out, put_in, swap, splice)


class Mutated(Siege):
    def drive(self, seeds, others, count, ways):
        rng = random.Random(20240229)
        good = set(seeds) | set(others)
        sent = 0
        while sent < count:
            token = rng.choice(ways)(rng, rng.choice(seeds), others)
            if token in good or not token:
                continue
            sent += 1
            self.secrets.update(one for one in token.split(".") if len(one) >= 16)
            answer = self.exchange(bearer(token))
            self.assertEqual(answer.status, 401, f"number {sent}: {token}\n{answer}")
        self.assertEqual(self.service.ask(method="GET", target="/livez", admin=True).status, 200)

    def test_signed(self):
        signed = [signer.token() for signer in (RS, PS, ES, PLAIN)]
        self.drive(signed, signed + [OPENED.seal(signed[0])], SIGNED, WAYS)

    def test_encrypted(self):
        signed = [signer.token() for signer in (RS, ES)]
        zipped = OPENED_TOO.seal(signed[0], header=OPENED_TOO.head(zip="DEF"))
        encrypted = [OPENED.seal(signed[0]), OPENED.seal(signed[1]), zipped, OPENED_OTHER.seal(BARE.token())]
        for token in encrypted:
            self.stands(token)
        self.drive(encrypted, encrypted + signed, ENCRYPTED, WAYS)

    def test_bent_inside(self):
        signed = [signer.token() for signer in (RS, ES)]
        self.drive(signed, signed, 100, (inside,))


if __name__ == "__main__":
    main()
