# SPDX-License-Identifier: Apache-2.0
"""Answers as gzip from the real binary: the same bytes, a validator for each form, and nothing of it where it does not belong."""
import gzip
import json
import subprocess

from service import API, FIREFIGHT, PATIENCE, SAINT, SAMPLE, Story, main, request_bytes
from tap import Tap

MANY = {"requestedusers": [SAINT] + list(range(1, 60)), "requestedscids": SAMPLE["requestedscids"]}
FEW = {"requestedusers": [SAINT], "requestedscids": [{"scid": FIREFIGHT, "requestedstats": ["Test4FirefightKills"]}]}
GZIP = {"Accept-Encoding": "gzip, deflate, br"}


class Compression(Story):
    def is_gzip(self, answer):
        self.assertEqual(answer.status, 200, answer)
        self.complete(answer)
        self.assertEqual(answer.headers["vary"], "Accept-Encoding")
        self.assertEqual(answer.headers.get("content-encoding", "gzip"), "gzip")
        self.assertEqual(answer.headers["etag"].endswith('-gzip"'), "content-encoding" in answer.headers)
        return "content-encoding" in answer.headers

    def test_both_forms_hold_the_same_bytes(self):
        plain, zipped = self.ask(MANY), self.ask(MANY, headers=GZIP)
        self.assertFalse(self.is_gzip(plain))
        self.assertTrue(self.is_gzip(zipped))
        self.assertEqual(gzip.decompress(zipped.body), plain.body)
        self.assertLess(len(zipped.body) * 5, len(plain.body))
        self.assertEqual(zipped.headers["etag"], plain.headers["etag"][:-1] + '-gzip"')

    def test_small_answers_stay_as_they_are(self):
        self.assertFalse(self.is_gzip(self.ask(FEW, headers=GZIP)))
        must = self.ask(FEW, headers={"Accept-Encoding": "gzip, identity;q=0"})
        self.assertTrue(self.is_gzip(must))
        self.assertEqual(gzip.decompress(must.body), self.ask(FEW).body)

    def test_who_does_not_take_gzip_does_not_get_it(self):
        for value in ("", "identity", "br", "gzip;q=0", "*;q=0", "gzip;q=nonsense"):
            with self.subTest(value):
                self.assertFalse(self.is_gzip(self.ask(MANY, headers={"Accept-Encoding": value})))

    def test_headers_that_are_repeated_are_one_list(self):
        connection = self.service.connect()
        head = request_bytes(headers={"Authorization": self.token, "Accept-Encoding": "br\r\nAccept-Encoding: x-gzip"}, body=MANY)
        connection.send(head + head)
        for _ in range(2):  # the connection is in step after a compressed answer
            self.assertTrue(self.is_gzip(connection.answer()))
        connection.close()

    def test_either_validator_gives_304_with_that_of_the_form(self):
        plain, zipped = (self.ask(MANY, headers=h).headers["etag"] for h in ({}, GZIP))
        for held in (plain, zipped, f"W/{plain}", "*"):
            for headers, etag in (({}, plain), (GZIP, zipped)):
                with self.subTest(held=held, headers=headers):
                    answer = self.ask(MANY, headers={**headers, "If-None-Match": held})
                    self.assertEqual((answer.status, answer.body), (304, b""))
                    self.complete(answer)
                    self.assertEqual(answer.headers["etag"], etag)
                    self.assertEqual(answer.headers["vary"], "Accept-Encoding")
                    self.assertNotIn("content-encoding", answer.headers)
                    self.assertNotIn("transfer-encoding", answer.headers)

    def test_a_304_leaves_the_connection_in_step(self):
        etag = self.ask(MANY, headers=GZIP).headers["etag"]
        connection = self.service.connect()
        one = request_bytes(headers={"Authorization": self.token, **GZIP, "If-None-Match": etag}, body=MANY)
        other = request_bytes(headers={"Authorization": self.token, **GZIP}, body=MANY)
        connection.send(one + other + one)
        self.assertEqual([connection.answer().status for _ in range(3)], [304, 200, 304])
        connection.close()

    def test_errors_and_the_admin_port_are_not_compressed(self):
        must = {"Accept-Encoding": "gzip, identity;q=0"}
        for answer in (self.ask({}, headers=must), self.ask(headers=must, token=None), self.ask(headers=must, target="/none"),
                       *(self.service.ask(method="GET", target=t, headers=must, admin=True) for t in ("/version", "/readyz?verbose"))):
            self.assertNotIn("content-encoding", answer.headers)
            self.assertNotIn("vary", answer.headers)
            json.loads(answer.body)

    def test_compressed_bodies_are_refused(self):
        body = gzip.compress(json.dumps(FEW).encode())
        answer = self.ask(body, headers={"Content-Encoding": "gzip"})
        self.refused(answer, 415, "Content-Encoding")
        self.assertEqual(answer.headers["accept-encoding"], "identity")
        answer = self.ask(FEW, headers={"Content-Type": "text/plain"})
        self.refused(answer, 415)
        self.assertNotIn("accept-encoding", answer.headers)
        self.assertEqual(self.ask(FEW, headers={"Content-Encoding": "identity"}).status, 200)

    def test_curl_compressed(self):
        tap = Tap(self.service.port, API)
        done = subprocess.run(["curl", "-sS", "--compressed", "--max-time", str(PATIENCE), f"http://127.0.0.1:{tap.port}/batch",
                               "-w", "\n%{size_download}", "-H", f"Authorization: {self.token}", "-H", "Content-Type: application/json",
                               "-d", json.dumps(MANY)], capture_output=True, timeout=PATIENCE * 2, check=True)
        self.assertEqual([answer.headers["content-encoding"] for answer in tap.close()], ["gzip"])
        body, size = done.stdout.rsplit(b"\n", 1)
        self.assertEqual(body, self.ask(MANY).body)
        self.assertLess(int(size) * 5, len(body))


class Off(Story):
    SETTINGS = {"limits.compress_min_bytes": 0}

    def test_nothing_is_compressed_at_0(self):
        answer = self.ask(MANY, headers={"Accept-Encoding": "gzip, identity;q=0"})
        self.assertEqual(answer.status, 200)
        self.assertNotIn("content-encoding", answer.headers)
        self.assertNotIn("vary", answer.headers)
        self.assertEqual(answer.body, self.ask(MANY).body)


class Always(Story):
    SETTINGS = {"limits.compress_min_bytes": 1}

    def test_what_does_not_get_smaller_is_sent_as_it_is(self):
        tiny = {"requestedusers": [SAINT], "requestedscids": [{"scid": FIREFIGHT, "requestedstats": ["NoSuchThing"]}]}
        answer = self.ask(tiny, headers=GZIP)
        self.assertEqual(answer.status, 200)
        self.assertEqual("content-encoding" in answer.headers, answer.headers["etag"].endswith('-gzip"'))
        body = gzip.decompress(answer.body) if "content-encoding" in answer.headers else answer.body
        self.assertEqual(body, self.ask(tiny).body)
        self.assertLessEqual(len(answer.body), len(body))
        self.assertIn("content-encoding", self.ask(SAMPLE, headers=GZIP).headers)


if __name__ == "__main__":
    main()
