# SPDX-License-Identifier: Apache-2.0
"""The rate limit of a user and title, and what /limits says of it and of all others."""
import concurrent.futures
import functools
import itertools
import time

from service import FIREFIGHT, SAINT, SAMPLE, SHARK, Story, main, request_bytes, until


titles = itertools.count(1)


def within_a_window(case):
    """Tells CASE again when it failed and took longer than the window that it is about: a slow machine is no failure."""
    @functools.wraps(case)
    def tell(self):
        for _ in range(4):
            began = time.monotonic()
            try:
                return case(self)
            except AssertionError:
                if time.monotonic() - began < 15:
                    raise
        return case(self)
    return tell


class Burst(Story):
    """The period is the protocol's, and no case waits for its end: each has a title of its own, so a count of its own."""
    SETTINGS = {"ratelimit.burst": 3, "ratelimit.sustain": 1000}

    def told(self, answer, current):
        self.assertEqual(answer.status, 429, answer)
        self.complete(answer)
        self.assertEqual(answer.body, b'{"version":1,"currentRequests":%d,"maxRequests":3,"periodInSeconds":15,'
                                      b'"limitType":"Rate","type":"burst"}' % current)
        self.assertIn(int(answer.headers["retry-after"]), range(1, 16))
        self.assertEqual(answer.headers["cache-control"], "no-store")
        self.assertNotIn("etag", answer.headers)

    @within_a_window
    def test_the_fourth_request_is_told_when_to_come_again(self):
        token = self.service.token(title=next(titles))
        for _ in range(3):
            self.assertEqual(self.ask(token=token).status, 200)
        self.told(self.ask(token=token), 4)
        self.told(self.ask(token=token), 5)

    @within_a_window
    def test_on_one_connection_which_stays_open(self):
        token = self.service.token(title=next(titles))
        connection = self.service.connect()
        answers = []
        for _ in range(5):
            connection.send(request_bytes(headers={"Authorization": token}, body=SAMPLE))
            answers.append(connection.answer())
        connection.close()
        self.assertEqual([a.status for a in answers], [200, 200, 200, 429, 429])

    @within_a_window
    def test_user_and_title_have_a_count_together(self):
        here, there = next(titles), next(titles)
        saint, again = self.service.token(title=here), self.service.token(title=here, ttl=60)
        elsewhere, shark = self.service.token(title=there), self.service.token(xuid=SHARK, title=here)
        self.assertNotEqual(again, saint)
        for _ in range(4):
            last = self.ask(token=saint)
        self.told(last, 4)
        self.assertEqual(self.ask(token=elsewhere).status, 200)
        self.assertEqual(self.ask(token=shark).status, 200)
        self.told(self.ask(token=again), 5)

    @within_a_window
    def test_naming_nobody_is_no_way_around(self):
        token = self.service.token(title=next(titles))
        userhash, rest = token.split("=", 1)[1].split(";", 1)
        for name in (userhash, "*", userhash):
            self.assertEqual(self.ask(token=f"XBL3.0 x={name};{rest}").status, 200)
        self.told(self.ask(token=f"XBL3.0 x=*;{rest}"), 4)
        self.told(self.ask(token=token), 5)

    @within_a_window
    def test_401_before_429_before_406_before_400(self):
        token = self.service.token(title=next(titles))
        wrong = {"x-xbl-contract-version": "9"}
        for _ in range(5):
            self.refused(self.ask(b"{", token=token + "x", headers=wrong), 401)
        self.refused(self.ask(b"{", token=token, headers=wrong), 406)
        self.refused(self.ask(b"{", token=token), 400)
        self.refused(self.ask({"requestedusers": [SAINT], "requestedscids": [{"scid": "none", "requestedstats": []}]}, token=token), 404)
        self.told(self.ask(b"{", token=token, headers=wrong), 4)
        self.refused(self.ask(b"{", token=token + "x", headers=wrong), 401)

    @within_a_window
    def test_many_at_once_get_what_the_limit_has_and_no_more(self):
        token = self.service.token(title=next(titles))
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(lambda _: self.ask(token=token).status, range(40)))
        self.assertEqual((statuses.count(200), statuses.count(429)), (3, 37))

    @within_a_window
    def test_the_log_has_the_name_and_the_count(self):
        token = self.service.token(title=next(titles))
        for _ in range(3):
            self.ask(token=token)
        self.assertEqual(self.ask(token=token, headers={"MS-CV": "LimitedLimitedL0.1"}).status, 429)
        line = until(lambda: [l for l in self.service.log_text().split("\n") if "RATE_LIMITED" in l], "the log line")[0]
        self.assertIn("429", line)
        self.assertIn("of 3 in 15 s", line)

    def test_limits_are_published(self):
        answer = self.service.ask(method="GET", target="/limits", admin=True)
        self.assertEqual(answer.status, 200)
        self.complete(answer)
        limits = answer.json()
        self.assertEqual(limits["rateLimit"], {"burst": {"maxRequests": 3, "periodInSeconds": 15},
                                               "sustain": {"maxRequests": 1000, "periodInSeconds": 300}, "callers": 131072})
        self.assertEqual(limits["batch"], {"users": 100, "statistics": 100, "values": 10000})
        self.assertEqual(limits["bytes"], {"target": 8192, "headers": 98304, "token": 65536, "body": 262144, "answer": 4194304})
        self.assertEqual((limits["headers"], limits["requestsInFlight"], limits["connections"]), (100, 1024, 16384))
        self.assertEqual(limits["milliseconds"], {"request": 10000, "idle": 60000, "queue": 1000})
        self.refused(self.service.ask(method="GET", target="/limits"), 404)


class Sustain(Story):
    SETTINGS = {"ratelimit.sustain": 2, "ratelimit.max_callers": 1024}

    def test_the_third_request(self):
        body = {"requestedusers": [SAINT], "requestedscids": [{"scid": FIREFIGHT, "requestedstats": []}]}
        self.assertEqual([self.ask(body).status for _ in range(2)], [200, 200])
        answer = self.ask(body)
        self.assertEqual(answer.status, 429)
        self.assertEqual(answer.json(), {"version": 1, "currentRequests": 3, "maxRequests": 2, "periodInSeconds": 300,
                                         "limitType": "Rate", "type": "sustain"})
        self.assertIn(int(answer.headers["retry-after"]), range(200, 301))


class Off(Story):
    def test_by_default_nobody_is_counted(self):
        self.assertEqual({self.ask().status for _ in range(120)}, {200})
        self.assertEqual(self.service.ask(method="GET", target="/limits", admin=True).json()["rateLimit"],
                         {"burst": None, "sustain": None, "callers": 0})


if __name__ == "__main__":
    main()
