# SPDX-License-Identifier: Apache-2.0
"""The checker of the end-to-end tests, tests/e2e/openapi.py, is shown good exchanges and planted violations of them."""
import gzip
import json
import os
import pathlib
import unittest

from openapi import Document, Violation, next_request

SOURCE = pathlib.Path(os.environ["E2E_SOURCE"])
BATCH = {"requestedusers": ["1", 2], "requestedscids": [{"scid": "a", "requestedstats": ["Kills"]}]}
LISTS = {"XUIDS": ["1"], "arrangebyfield": None, "stats": [{"Name": "Kills", "TITLEID": 5, "scid": None}]}
KILLS = {"statname": "Kills", "type": "Integer", "value": 7}
COMMON = {"ms-cv": "AAAAAAAAAAAAAAAA.0", "x-content-type-options": "nosniff", "content-type": "application/json", "date": "x", "content-length": "1"}
GOOD = {**COMMON, "cache-control": "private, no-cache", "etag": '"a"', "vary": "Accept-Encoding"}
BAD = {**COMMON, "cache-control": "no-store"}
USER = "/users/xuid(1)/scids/a/stats"


def answer(stat=KILLS, **more):
    return {"users": [{"xuid": "1", "scids": [{"scid": "a", "stats": [stat]}], **more}]}


def lists(**more):
    return {"statlistscollection": [{"arrangebyfield": "xuid", "arrangebyfieldid": "1", "stats": [
        {"xuid": "1", "scid": "a", "name": "Kills", "type": "Integer", "value": "7", "properties": {}, **more}]}]}


def single(stat=KILLS):
    return {"user": {"xuid": "1", "stats": [stat]}, "xuid": "1", "scids": [{"scid": "a", "stats": [stat]}]}


def problem(code, **more):
    return {"code": code, "source": "userstats", "description": "What happened.", "traceId": "0" * 32, **more}


def without(headers, name):
    return {k: v for k, v in headers.items() if k != name}


TEXT = {**KILLS, "value": "7"}
V1, V2, V3 = ({"x-xbl-contract-version": v} for v in "123")
# method, target, further headers, body; status, headers, body
ACCEPTED = [
    ("POST", "/batch", {}, BATCH, 200, GOOD, answer()),
    ("POST", "/batch?operation=read&x=y", {"content-type": "x", **V1}, BATCH, 200, GOOD, answer(TEXT, gamertag="A")),
    ("POST", "/batch", V2, LISTS, 200, GOOD, lists(titleid="5")),
    ("POST", "/batch?include=valuemetadata", V3, LISTS, 200, GOOD, lists(valuemetadata="{}")),
    ("POST", "/batch", {}, BATCH, 200, {**GOOD, "content-encoding": "gzip"}, gzip.compress(json.dumps(answer()).encode())),
    ("POST", "/batch", {}, BATCH, 304, without(GOOD, "content-type"), b""),
    ("POST", "/batch", {}, {}, 400, BAD, problem(4003)),
    ("POST", "/batch", {}, {}, 401, {**BAD, "www-authenticate": "XBL3.0"}, problem(4010)),
    ("PUT", "/batch", {}, {}, 405, {**BAD, "allow": "POST"}, problem(4050)),
    ("POST", USER, {}, {}, 405, {**BAD, "allow": "GET, HEAD"}, problem(4050)),
    ("GET", "/nobody", {}, b"", 404, BAD, problem(4040)),
    ("GET", USER, {}, b"", 200, GOOD, single()), ("HEAD", USER, {}, b"", 200, GOOD, b""),
    ("GET", "/users/xuid%281%29/scids/a/stats/a%2Cb", V1, b"", 200, GOOD, single(TEXT)),
    ("GET", USER + "/a,b?include=valuemetadata", V3, b"", 200, GOOD, {"user": {"xuid": "1", "stats": []}, **lists()}),
    ("GET", USER, {}, b"", 503, {**BAD, "retry-after": "1"}, problem(5031)),
    ("GET", USER, {}, b"", 429, {**BAD, "retry-after": "15"},
     {"version": 1, "currentRequests": 4, "maxRequests": 3, "periodInSeconds": 15, "limitType": "Rate", "type": "burst"}),
]
REFUSED = {
    "an undocumented status": ("POST", "/batch", {}, BATCH, 202, GOOD, answer()),
    "a status of another operation": ("GET", USER, {}, b"", 415, BAD, problem(4150)),
    "an unknown path that is answered": ("GET", "/nobody", {}, b"", 200, GOOD, {}),
    "an unknown path with a 405": ("GET", "/nobody", {}, b"", 405, {**BAD, "allow": "GET"}, problem(4050)),
    "a path that differs in case": ("POST", "/Batch", {}, BATCH, 200, GOOD, answer()),
    "a slash more": ("GET", USER + "/", {}, b"", 200, GOOD, single()),
    "an unknown method that is answered": ("PUT", "/batch", {}, BATCH, 200, GOOD, answer()),
    "a known path with a 404 to an unknown method": ("PUT", "/batch", {}, {}, 404, BAD, problem(4040)),
    "Allow without HEAD": ("POST", USER, {}, {}, 405, {**BAD, "allow": "GET"}, problem(4050)),
    "an undocumented header": ("POST", "/batch", {}, BATCH, 200, {**GOOD, "x-powered-by": "C"}, answer()),
    "a header of another answer": ("POST", "/batch", {}, {}, 400, {**BAD, "etag": '"a"'}, problem(4003)),
    "no MS-CV": ("POST", "/batch", {}, {}, 400, without(BAD, "ms-cv"), problem(4003)),
    "no ETag": ("POST", "/batch", {}, BATCH, 200, without(GOOD, "etag"), answer()),
    "a weak ETag": ("POST", "/batch", {}, BATCH, 200, {**GOOD, "etag": 'W/"a"'}, answer()),
    "Retry-After as a date": ("GET", USER, {}, b"", 503, {**BAD, "retry-after": "Tue"}, problem(5031)),
    "no WWW-Authenticate": ("POST", "/batch", {}, {}, 401, BAD, problem(4010)),
    "an error that may be kept": ("POST", "/batch", {}, {}, 400, {**BAD, "cache-control": "private, no-cache"}, problem(4003)),
    "another content type": ("POST", "/batch", {}, BATCH, 200, {**GOOD, "content-type": "text/html"}, answer()),
    "no JSON": ("POST", "/batch", {}, BATCH, 200, GOOD, b"{"),
    "an empty body": ("POST", "/batch", {}, {}, 400, BAD, b""),
    "a 304 with a body": ("POST", "/batch", {}, BATCH, 304, GOOD, answer()),
    "a member more, deep inside": ("POST", "/batch", {}, BATCH, 200, GOOD, answer({**KILLS, "rank": 1})),
    "a member less": ("POST", "/batch", {}, BATCH, 200, GOOD, answer({"statname": "Kills", "value": 7})),
    "a xuid as number": ("POST", "/batch", {}, BATCH, 200, GOOD, answer(xuid=1)),
    "a string where the type is Integer": ("POST", "/batch", {}, BATCH, 200, GOOD, answer(TEXT)),
    "an unknown type": ("POST", "/batch", {}, BATCH, 200, GOOD, answer({**KILLS, "type": "Float"})),
    "a number in contract 1": ("POST", "/batch", V1, BATCH, 200, GOOD, answer()),
    "the documented answer in contract 2": ("POST", "/batch", V2, LISTS, 200, GOOD, answer()),
    "no properties in contract 2": ("POST", "/batch", V2, LISTS, 200, GOOD, {"statlistscollection": [
        {"arrangebyfield": "xuid", "arrangebyfieldid": "1", "stats": [{"xuid": "1", "scid": "a", "name": "K", "type": "Double", "value": "7"}]}]}),
    "a code of another status": ("POST", "/batch", {}, {}, 400, BAD, problem(4041)),
    "an error with more": ("POST", "/batch", {}, {}, 400, BAD, problem(4003, stack="main")),
    "the body of a rate limit as an error": ("GET", USER, {}, b"", 429, {**BAD, "retry-after": "15"}, problem(4290)),
    "a good answer without a token": ("POST", "/batch", {"authorization": None}, BATCH, 200, GOOD, answer()),
    "a good answer to a body that is not as documented": ("POST", "/batch", {}, {**BATCH, "requestedusers": ["01"]}, 200, GOOD, answer()),
    "a good answer to the other dialect's body": ("POST", "/batch", {}, LISTS, 200, GOOD, answer()),
    "a good answer to an item with title and scid": ("POST", "/batch", V2, {"xuids": ["1"], "stats": [
        {"name": "K", "titleId": 5, "scid": "a"}]}, 200, GOOD, lists()),
    "a 304 to a body that is not as documented": ("POST", "/batch", {}, {}, 304, without(GOOD, "content-type"), b""),
    "a good answer in contract 4": ("POST", "/batch", {"x-xbl-contract-version": "4"}, BATCH, 200, GOOD, answer()),
    "a good answer to another operation": ("POST", "/batch?operation=write", {}, BATCH, 200, GOOD, answer()),
    "a good answer to a bad xuid": ("GET", "/users/xuid(01)/scids/a/stats", {}, b"", 200, GOOD, single()),
    "a good answer to what is no xuid": ("GET", "/users/1/scids/a/stats", {}, b"", 200, GOOD, single()),
    "a good answer to eleven names": ("GET", USER + "/a,b,c,d,e,f,g,h,i,j,k", {}, b"", 200, GOOD, single()),
}


def bytes_of(method, target, headers, body):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Authorization": "XBL3.0 x=*;t", **({} if "authorization" not in headers else {"Authorization": None}), **headers}
    lines = [f"{k}: {v}" for k, v in headers.items() if v is not None]
    return "\r\n".join([f"{method} {target} HTTP/1.1", *lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


class Checker(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.document = Document(SOURCE / "docs/openapi.yaml")

    def shown(self, method, target, headers, body, status, answered, answer_body):
        request, rest = next_request(bytes_of(method, target, headers, body))
        self.assertEqual((request.well_formed, rest), (True, b""))
        self.document.check(request, status, answered, answer_body if isinstance(answer_body, bytes) else json.dumps(answer_body).encode())

    def test_good_exchanges(self):
        for exchange in ACCEPTED:
            with self.subTest(exchange=exchange[:2] + exchange[4:5]):
                self.shown(*exchange)
        self.assertIn(("POST /batch", 200), self.document.seen)
        self.assertIn(("another", 404), self.document.seen)

    def test_planted_violations(self):
        for name, exchange in REFUSED.items():
            with self.subTest(name=name), self.assertRaises(Violation):
                self.shown(*exchange)

    def test_only_what_is_not_readable_may_be_answered_by_the_library(self):
        html = {"content-type": "text/html"}
        self.document.check(next_request(b"POST /batch HTTP/1.1\r\nContent Length: 5\r\n\r\n")[0], 400, html, b"<html>")
        with self.assertRaises(Violation):
            self.document.check(next_request(b"POST /batch HTTP/1.1\r\nHost: x\r\n\r\n")[0], 400, html, b"<html>")

    def test_requests_on_one_connection(self):
        one, two = bytes_of("POST", "/batch", {}, BATCH), b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
        request, rest = next_request(two + one)
        self.assertEqual((request.target, request.body), ("/a", b"abc"))
        self.assertEqual(rest, one)
        self.assertEqual(json.loads(next_request(rest)[0].body), BATCH)
        for cut in two[:-3], one[:-1]:
            self.assertIsNone(next_request(cut)[0].body)
        self.assertFalse(next_request(b"POST /ba")[0].well_formed)


if __name__ == "__main__":
    unittest.main(verbosity=2)
