# SPDX-License-Identifier: Apache-2.0
"""HTTP on the wire: pieces, pipelines, ambiguous requests, sizes and slow peers."""
import re
import socket
import threading
import time

from service import PATIENCE, SAMPLE, Story, main, request_bytes, until


class Framing(Story):
    def authorized(self, extra=None):
        return {"Authorization": self.token, **(extra or {})}

    def good(self):
        return request_bytes(headers=self.authorized(), body=SAMPLE)

    def chunked(self, body, size=7):
        pieces = [body[i:i + size] for i in range(0, len(body), size)]
        return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"

    def test_a_body_byte_by_byte(self):
        connection = self.service.connect()
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in self.good():
            connection.send(bytes([byte]))
        self.assertEqual(connection.answer().status, 200)

    def test_a_chunked_body(self):
        head = request_bytes(headers=self.authorized({"Transfer-Encoding": "chunked"}), length=False)
        body = self.good().split(b"\r\n\r\n", 1)[1]
        connection = self.service.connect()
        for _ in range(2):
            connection.send(head + self.chunked(body))
            self.assertEqual(connection.answer().status, 200)

    def test_expect_100_continue(self):
        connection = self.service.connect()
        head, body = request_bytes(headers=self.authorized({"Expect": "100-continue"}), body=SAMPLE).split(b"\r\n\r\n", 1)
        connection.send(head + b"\r\n\r\n")
        time.sleep(0.1)
        connection.send(body)
        self.assertEqual(connection.answer().status, 200)

    def test_pipelining_stays_in_step_after_every_error(self):
        body = b'{"a":"POST /batch HTTP/1.1"}'
        bad = {
            400: request_bytes(headers=self.authorized(), body=body), 401: request_bytes(body=body), 404: request_bytes(target="/x", body=body),
            405: request_bytes("PUT", body=body), 406: request_bytes(headers=self.authorized({"x-xbl-contract-version": "7"}), body=body),
            415: request_bytes(headers={"Content-Type": "text/plain"}, body=body),
            404.5: request_bytes(target="/y", headers={"Transfer-Encoding": "chunked"}, length=False) + self.chunked(body),
        }
        connection = self.service.connect()
        connection.send(b"".join(request + self.good() for request in bad.values()))
        for status in bad:
            self.refused(connection.answer(), int(status))
            self.assertEqual(connection.answer().status, 200, f"after {status}")

    def test_head_is_answered_without_a_body(self):
        connection = self.service.connect(admin=True)
        connection.send(request_bytes("HEAD", "/livez") + request_bytes("GET", "/livez"))
        self.assertEqual(connection.answer(head_only=True).status, 200)
        self.assertEqual(connection.answer().status, 200)

    def test_ambiguous_requests_are_refused_and_nothing_after_them_is_executed(self):
        token = self.token
        body = b"0\r\n\r\n"
        table = {
            "length and chunked": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + body,
            "chunked and length": b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + body,
            "two lengths": b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + body,
            "two equal lengths": b"Content-Length: 5\r\nContent-Length: 5\r\n\r\n" + body,
            "two codings": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n" + body,
            "unknown coding": b"Transfer-Encoding: xchunked\r\n\r\n" + body,
            "coding list": b"Transfer-Encoding: gzip, chunked\r\n\r\n" + body,
            "plus length": b"Content-Length: +5\r\n\r\n" + body, "negative length": b"Content-Length: -5\r\n\r\n" + body,
            "hex length": b"Content-Length: 0x5\r\n\r\n" + body, "list length": b"Content-Length: 5, 5\r\n\r\n" + body,
            "huge length": b"Content-Length: 18446744073709551615\r\n\r\n" + body,
            "space before colon": b"Content-Length : 5\r\n\r\n" + body, "two hosts": b"Host: other\r\nContent-Length: 5\r\n\r\n" + body,
            "two authorizations": b"Authorization: x\r\nAuthorization: y\r\nContent-Length: 5\r\n\r\n" + body,
            "nul in a value": b"X-A: a\0b\r\nContent-Length: 5\r\n\r\n" + body, "bare cr in a value": b"X-A: a\rb\r\nContent-Length: 5\r\n\r\n" + body,
            "control in a value": b"X-A: a\x01b\r\nContent-Length: 5\r\n\r\n" + body, "bad name": b"X(A): a\r\nContent-Length: 5\r\n\r\n" + body,
            "folded": b"X-A: a\r\n Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + body,
        }
        earlier = len(self.service.log_text())
        smuggled = request_bytes("GET", "/smuggled-request", {"Authorization": token})
        for name, rest in table.items():
            with self.subTest(name=name):
                connection = self.service.connect()
                connection.send(b"POST /batch HTTP/1.1\r\nHost: localhost\r\n" + rest + smuggled)
                # libmicrohttpd 0.9.75 itself answers a malformed Content-Length, with two heads; what counts is that nothing else is answered
                statuses = set(re.findall(rb"^HTTP/1.1 (\d+)", connection.until_closed(), re.M))
                self.assertLessEqual(statuses, {b"400", b"413"} if name == "huge length" else {b"400"})
        self.assertEqual(self.ask().status, 200)
        log = until(lambda: "status=200" in self.service.log_text()[earlier:] and self.service.log_text()[earlier:], "the last one's line")
        self.assertIn("status=400", log)
        self.assertNotIn("status=404", log)  # what /smuggled-request would be answered with

    def test_request_lines(self):
        for line in (b"POST /batch HTTP/1.2\r\n", b"POST http://localhost/batch HTTP/1.1\r\n", b"POST /ba\x00tch HTTP/1.1\r\n", b"PO(ST /batch HTTP/1.1\r\n", b"POST * HTTP/1.1\r\n"):
            with self.subTest(line=line):
                connection = self.service.connect()
                connection.send(line + b"Host: localhost\r\nContent-Length: 0\r\n\r\n")
                answer = connection.answer()
                self.assertIn(None if answer is None else answer.status, (None, 400, 404, 505))
                connection.close()
        self.assertEqual(self.ask().status, 200)

    def test_a_huge_body_with_a_length_is_refused_before_it_is_read(self):
        connection = self.service.connect()
        connection.send(request_bytes(headers=self.authorized({"Content-Length": str(100 * 2**20)}), length=False))
        self.refused(connection.answer(), 413, "262144")

    def test_a_huge_chunked_body_is_refused_as_soon_as_it_passes_the_limit(self):
        connection = self.service.connect()
        connection.send(request_bytes(headers=self.authorized({"Transfer-Encoding": "chunked"}), length=False))
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"

        def flood():
            try:
                for _ in range(160):
                    connection.send(chunk)
            except OSError:
                pass
        sender = threading.Thread(target=flood)
        sender.start()
        self.refused(connection.answer(), 413)
        sender.join(PATIENCE)
        self.assertFalse(sender.is_alive())
        self.assertEqual(self.ask().status, 200)


class SlowPeers(Story):
    SETTINGS = {"server.request_deadline_ms": 500}

    def test_a_slow_body_is_answered_408(self):
        connection = self.service.connect()
        request = request_bytes(headers={"Authorization": self.token}, body=SAMPLE)
        connection.send(request[:-10])
        began = time.monotonic()
        self.refused(connection.answer(), 408)
        self.assertLess(time.monotonic() - began, 0.5 + 1 + 10)
        self.assertTrue(connection.is_closed())

    def test_a_dripping_body_does_not_live_longer(self):
        connection = self.service.connect()
        connection.send(request_bytes(headers={"Authorization": self.token, "Content-Length": "1000"}, length=False))
        ended = threading.Event()

        def drip():
            try:
                while not ended.wait(0.05):
                    connection.send(b" ")
            except OSError:
                pass
        thread = threading.Thread(target=drip)
        thread.start()
        answer = connection.answer()
        ended.set()
        thread.join(PATIENCE)
        self.refused(answer, 408)

    def test_a_slow_head_is_ended(self):
        connection = self.service.connect()
        connection.send(b"POST /batch HTTP/1.1\r\nHost: loc")
        began = time.monotonic()
        answer = connection.answer()
        self.assertIn(answer and answer.status, (None, 408))
        self.assertLess(time.monotonic() - began, 0.5 + 1 + 10)

    def test_others_are_served_meanwhile(self):
        slow = [self.service.connect() for _ in range(200)]
        for connection in slow:
            connection.send(b"POST /batch HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
        for _ in range(20):
            self.assertEqual(self.ask().status, 200)
        for connection in slow:
            answer = connection.answer()
            self.assertEqual(answer.status, 408)
            connection.close()


if __name__ == "__main__":
    main()
