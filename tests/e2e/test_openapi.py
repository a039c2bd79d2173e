# SPDX-License-Identifier: Apache-2.0
"""The examples of docs/openapi.yaml and docs/openapi-admin.yaml are what the service with the reference data answers; and the answers that
they have for a path and that the other stories do not bring about."""
import re
import sqlite3
import unittest

from service import ADMIN, API, FIREFIGHT, SAINT, SHARK, Service, Story, main, request_bytes, until

# an example's name → the headers and the query that it is asked with
ASKED = {
    "documented": ({}, ""),
    "contract1": ({"x-xbl-contract-version": "1"}, ""),
    "contract2": ({"x-xbl-contract-version": "2"}, ""),
    "contract3": ({"x-xbl-contract-version": "3"}, "?include=valuemetadata"),
}


def operation(document, method, path):
    return document.tree["paths"][path][method]


def content(document, node):
    return document.follow(node)["content"]["application/json"]


def examples(document, node):
    return {name: document.follow(e)["value"] for name, e in content(document, node)["examples"].items()}


class Examples(Story):
    def test_batch(self):
        batch = operation(API, "post", "/batch")
        requests, answers = examples(API, batch["requestBody"]), examples(API, batch["responses"]["200"])
        self.assertEqual(list(requests), list(ASKED))
        self.assertEqual(list(answers), list(ASKED)[:3])
        for name, body in requests.items():
            headers, query = ASKED[name]
            answer = self.ask(body, headers=headers, target="/batch" + query)
            self.assertEqual(answer.status, 200, name)
            if name in answers:
                self.assertEqual(answer.json(), answers[name], name)

    def test_one_user(self):
        path = "/users/xuid({xuid})/scids/{scid}/stats/{names}"
        get = operation(API, "get", path)
        parameters = {p["name"]: p.get("example") for p in map(API.follow, get["parameters"])}
        target = re.sub(r"\{(\w+)\}", lambda m: ",".join(v if isinstance(v := parameters[m[1]], list) else [v]), path)
        answers = examples(API, get["responses"]["200"])
        self.assertEqual(list(answers), list(ASKED))
        for name, wanted in answers.items():
            headers, query = ASKED[name]
            self.assertEqual(self.ask(b"", method="GET", target=target + query, headers=headers).json(), wanted, name)

    def test_admin(self):
        def get(target):
            return self.service.ask(method="GET", target=target, admin=True)
        ready = examples(ADMIN, operation(ADMIN, "get", "/readyz")["responses"]["200"])
        self.assertEqual(get("/readyz").json(), ready["plain"])
        self.assertEqual(get("/readyz?verbose").json(), ready["verbose"])
        self.assertEqual(get("/livez").json(), content(ADMIN, operation(ADMIN, "get", "/livez")["responses"]["200"])["example"])
        self.assertEqual(set(get("/version").json()), {"name", "version", "commit"})
        limits = content(ADMIN, operation(ADMIN, "get", "/limits")["responses"]["200"])["example"]
        self.assertEqual({**get("/limits").json(), "rateLimit": limits["rateLimit"]}, limits)


SERVED = list(ADMIN.tree["paths"])
ONE = f"/users/xuid({SAINT})/scids/{FIREFIGHT}/stats"
ONES = {"all": ONE, "named": ONE + "/Test4FirefightKills"}


def too_large(path):
    """What is refused for its size alone on every path: the status and what is asked."""
    return {413: {"target": path, "headers": {"Content-Length": "300000"}}, 414: {"target": path + "?" + "a" * 9000},
            431: {"target": path, "headers": {"X-Long": "a" * 98304}}}


def slow(service, paths, **options):
    """The answers to requests whose bodies do not come."""
    connections = [service.connect(**options) for _ in paths]
    for connection, path in zip(connections, paths):
        connection.send(request_bytes("GET", path, {"Content-Length": "5"}))
    answers = [connection.answer().status for connection in connections]
    for connection in connections:
        connection.close()
    return answers


class AdminPort(Story):
    def get(self, **options):
        return self.service.ask(**{"method": "GET", "admin": True, **options})

    def test_each_path_in_every_way(self):
        for path in SERVED:
            etag = self.get(target=path).headers["etag"]
            for status, options in {**too_large(path), 200: {"method": "HEAD"}, 304: {"headers": {"If-None-Match": etag}}, 405: {"method": "PUT"},
                                    400: {"headers": {"Content-Length": "0", "Transfer-Encoding": "chunked"}}}.items():
                if path == "/metrics" and status == 304:
                    continue  # no two scrapes are the same
                with self.subTest(path=path, status=status):
                    self.assertEqual(self.get(**{"target": path, **options}).status, status)

    def test_slow_requests(self):
        self.assertEqual(slow(self.service, SERVED, admin=True), [408] * len(SERVED))


class OneUser(unittest.TestCase):
    """Both paths of one user, in every way that the stories of POST /batch show for that."""

    def begin(self, settings=None):
        self.service = Service(settings)
        self.addCleanup(self.service.stop)
        self.token = self.service.token()
        return self.service

    def get(self, path, token=None, **options):
        return self.service.ask(**{"method": "GET", "target": path, "token": token or self.token, **options})

    def test_refusals(self):
        self.begin().start()
        other = self.service.token(sandbox="XDKS.1")
        for path in ONES.values():
            etag = self.get(path).headers["etag"]
            for status, options in {**too_large(path), 304: {"headers": {"If-None-Match": etag}}, 401: {"token": "XBL3.0 x=*;a.b.c"},
                                    403: {"token": other}, 404: {"path": path.replace(FIREFIGHT, "nobody")}, 405: {"method": "POST"}}.items():
                with self.subTest(path=path, status=status):
                    self.assertEqual(self.get(**{"path": path, **options}).status, status)

    def test_too_many(self):
        self.begin({"ratelimit.sustain": 1}).start()
        self.assertEqual([self.get(path).status for path in (ONE, *ONES.values())], [200, 429, 429])

    def test_too_slow(self):
        self.begin({"server.request_deadline_ms": 500}).start()
        self.assertEqual(slow(self.service, ONES.values()), [408, 408])

    def test_faults_of_the_store(self):
        service = self.begin()
        with sqlite3.connect(service.database) as database:
            database.execute("UPDATE value SET value = 'seven' WHERE xuid = ? AND value = 7", (SAINT,))
        database.close()
        service.start()
        self.assertEqual([self.get(path).status for path in ONES.values()], [500, 500])
        self.assertEqual(self.get(ONE.replace(str(SAINT), str(SHARK))).status, 200)
        service.database.rename(service.folder / "away.db")
        for path in ONES.values():
            until(lambda: self.get(path).status == 503, "503 without a database")


if __name__ == "__main__":
    main()
