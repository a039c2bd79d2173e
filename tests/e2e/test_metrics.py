# SPDX-License-Identifier: Apache-2.0
"""What /metrics says after requests of each kind, counted by exact arithmetic; promtool has no complaint; dashboards and alerts name
what there is; and what the log says of a request."""
import json
import re
import subprocess
import threading
import unittest

from service import BINARY, FIREFIGHT, SAINT, SAMPLE, SHARK, SOURCE, Service, Story, main, request_bytes, until

UNLISTED = {"requestedusers": [SAINT], "requestedscids": [{"scid": FIREFIGHT, "requestedstats": ["Test4FirefightKills"]}]}
ROUTES = {"/batch", "/users/{user}/scids/{scid}/stats", "/users/{user}/scids/{scid}/stats/{names}", "unknown"}
REQUESTS, DURATION = "userstats_http_requests_total", "userstats_http_request_duration_seconds"


def parse(text):
    """name -> {labels as a sorted tuple of pairs: value}."""
    samples = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, labels, value = re.fullmatch(r'([a-z_0-9]+)(?:\{(.*)\})? (\S+)', line).groups()
        key = tuple(sorted(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or "")))
        assert key not in samples.setdefault(name, {}), f"twice: {line}"
        samples[name][key] = float(value)
    return samples


class Scraping(Story):
    def scrape(self):
        answer = self.service.ask(method="GET", target="/metrics", admin=True)
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
        return answer.body.decode()

    def samples(self):
        return parse(self.scrape())

    def value(self, samples, name, **labels):
        return samples[name][tuple(sorted(labels.items()))]

    def settled(self, least):
        """A scrape in which LEAST requests are over: one is counted when its answer is out, just after the peer has it."""
        def look():
            samples = self.samples()
            return sum(samples[REQUESTS].values()) >= least and samples
        return until(look, f"{least} requests counted")

    def changes(self, count, act):
        """What COUNT requests, made by ACT, change."""
        before = self.samples()
        total = sum(before[REQUESTS].values())
        act()
        after = self.settled(total + count)
        self.assertEqual({n: set(s) for n, s in before.items()}, {n: set(s) for n, s in after.items()}, "series come and go")
        return {(n, *l): v - before[n][l] for n, s in after.items() for l, v in s.items() if v != before[n][l]}

    def counts(self, changes, name):
        return {key[1:]: value for key, value in changes.items() if key[0] == name}


class Counts(Scraping):
    SETTINGS = {"ratelimit.burst": 0, "limits.max_users": 10}

    def test_a_batch(self):
        changes = self.changes(3, lambda: [self.assertEqual(self.ask().status, 200) for _ in range(3)])
        self.assertEqual(self.counts(changes, REQUESTS), {(("code", "200"), ("route", "/batch")): 3})
        self.assertEqual(self.counts(changes, DURATION + "_count"), {(("route", "/batch"),): 3})
        self.assertEqual(changes[("userstats_batch_users_sum",)], 6)
        self.assertEqual(changes[("userstats_batch_statistics_sum",)], 12)
        self.assertEqual(self.counts(changes, "userstats_batch_users_bucket").get((("le", "1"),)), None)
        self.assertEqual(changes[("userstats_batch_users_bucket", ("le", "2"))], 3)
        self.assertEqual(changes[("userstats_values_returned_total",)], 24)
        self.assertEqual(self.counts(changes, "userstats_values_missing_total"), {})
        self.assertEqual(changes[("userstats_store_read_duration_seconds_count",)], 3)
        self.assertEqual(changes[("userstats_http_connections_accepted_total",)], 3)
        body = len(json.dumps(SAMPLE))
        self.assertEqual(changes[("userstats_http_request_body_bytes_total",)], 3 * body)

    def test_values_that_are_missing(self):
        stranger = {"requestedusers": [SAINT, 42], "requestedscids": [{"scid": FIREFIGHT, "requestedstats": ["Test4FirefightKills"]}]}
        changes = self.changes(1, lambda: self.ask(stranger))
        self.assertEqual((changes[("userstats_values_returned_total",)], changes[("userstats_values_missing_total",)]), (1, 1))

    def test_one_user(self):
        path = f"/users/xuid({SAINT})/scids/{FIREFIGHT}/stats"
        changes = self.changes(2, lambda: [self.ask(b"", method="GET", target=t) for t in (path, path + "/Test4FirefightKills")])
        self.assertEqual(self.counts(changes, REQUESTS), {
            (("code", "200"), ("route", "/users/{user}/scids/{scid}/stats")): 1,
            (("code", "200"), ("route", "/users/{user}/scids/{scid}/stats/{names}")): 1})

    def test_authentication_failures_by_reason(self):
        stranger = self.service.token(issuer="somebody-else")
        other = self.service.token(audience="another")

        def act():
            for token in (None, "XBL3.0 x=1;not-a-token", stranger, other, other):
                self.assertEqual(self.ask(token=token).status, 401)
        changes = self.changes(5, act)
        self.assertEqual(self.counts(changes, "userstats_auth_failures_total"), {
            (("reason", "auth_header"),): 1, (("reason", "token_malformed"),): 1, (("reason", "token_issuer"),): 1,
            (("reason", "token_audience"),): 2})
        self.assertEqual(self.counts(changes, REQUESTS), {(("code", "401"), ("route", "/batch")): 5})

    def test_denials_by_reason(self):
        sandbox = self.service.token(sandbox="XDKS.1")
        rating = {"requestedusers": [SHARK], "requestedscids": [{"scid": FIREFIGHT, "requestedstats": ["SkillRating"]}]}
        nobody = self.service.token(xuid=77, title=99)

        def act():
            self.assertEqual(self.ask(token=sandbox).status, 403)
            self.assertEqual([self.ask(rating, token=nobody).status for _ in range(2)], [403, 403])
        changes = self.changes(3, act)
        self.assertEqual(self.counts(changes, "userstats_denials_total"), {(("reason", "sandbox"),): 1, (("reason", "access"),): 2})
        self.assertNotIn(("userstats_store_read_duration_seconds_count",), changes)

    def test_remembered_tokens(self):
        token = self.service.token(xuid=4711)
        changes = self.changes(3, lambda: [self.ask(token=token) for _ in range(3)])
        self.assertEqual((changes[("userstats_token_cache_misses_total",)], changes[("userstats_token_cache_hits_total",)]), (1, 2))
        self.assertEqual(changes[("userstats_token_cache_entries",)], 1)

    def test_what_no_route_took_is_one_label(self):
        def act():
            for i in range(20):
                self.assertEqual(self.ask(b"", method="GET", target=f"/somewhere/{i}?{i}").status, 404)
            self.assertEqual(self.ask(b"", method="GET").status, 405)
            self.assertEqual(self.ask(b"x", headers={"Content-Type": f"text/{'x' * 100}"}).status, 415)
            self.assertEqual(self.ask(b"{").status, 400)
        changes = self.changes(23, act)
        self.assertEqual(self.counts(changes, REQUESTS), {
            (("code", "404"), ("route", "unknown")): 20, (("code", "405"), ("route", "unknown")): 1,
            (("code", "415"), ("route", "unknown")): 1, (("code", "400"), ("route", "/batch")): 1})
        self.assertEqual({dict(l)["route"] for l in self.samples()[REQUESTS]}, ROUTES)

    def test_a_refused_head_is_counted(self):
        def act():
            connection = self.service.connect()
            connection.send(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
            self.assertEqual(connection.answer().status, 400)
            connection.close()
        self.assertEqual(self.counts(self.changes(1, act), REQUESTS), {(("code", "400"), ("route", "unknown")): 1})

    def test_state(self):
        samples = self.samples()
        self.assertEqual(self.value(samples, "userstats_store_up"), 1)
        self.assertEqual(self.value(samples, "userstats_draining"), 0)
        self.assertGreaterEqual(self.value(samples, "userstats_catalog_version"), 1)
        self.assertEqual(self.value(samples, "userstats_keys_in_force", source="auth.keys"), 1)
        self.assertGreater(self.value(samples, "userstats_keys_last_success_timestamp_seconds", source="auth.keys"), 1.6e9)
        self.assertEqual(list(samples["userstats_build_info"].values()), [1])
        version = self.service.ask(method="GET", target="/version", admin=True).json()
        self.assertEqual(dict(list(samples["userstats_build_info"])[0]), {k: version[k] for k in ("version", "commit")})
        self.assertGreater(self.value(samples, "process_resident_memory_bytes"), 1e6)
        self.assertGreater(self.value(samples, "process_open_fds"), 5)
        self.assertGreater(self.value(samples, "process_max_fds"), 100)
        self.assertGreater(self.value(samples, "process_cpu_seconds_total"), 0)
        self.assertGreater(self.value(samples, "process_start_time_seconds"), 1.6e9)

    def test_promtool_has_no_complaint(self):
        self.ask()
        done = subprocess.run(["promtool", "check", "metrics"], input=self.scrape(), capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_histograms_are_cumulative_and_end_in_their_count(self):
        self.ask()
        samples = self.samples()
        for name in [n[:-len("_bucket")] for n in samples if n.endswith("_bucket")]:
            series = {}
            for labels, value in samples[name + "_bucket"].items():
                rest = tuple(p for p in labels if p[0] != "le")
                series.setdefault(rest, []).append((float(dict(labels)["le"]), value))
            for labels, buckets in series.items():
                values = [v for _, v in sorted(buckets)]
                self.assertEqual(values, sorted(values), name)
                self.assertEqual(values[-1], samples[name + "_count"][labels], name)

    def test_scrapes_under_load_count_everything(self):
        each, threads = 200, 4
        data = request_bytes(headers={"Authorization": self.token}, body=UNLISTED)

        def load():
            connection = self.service.connect()
            for _ in range(each):
                connection.send(data)
                assert connection.answer().status == 200
            connection.close()

        def act():
            workers = [threading.Thread(target=load) for _ in range(threads)]
            for w in workers:
                w.start()
            last = 0
            while any(w.is_alive() for w in workers):
                now = sum(self.samples()[REQUESTS].values())
                self.assertGreaterEqual(now, last)
                last = now
            for w in workers:
                w.join()
        changes = self.changes(each * threads, act)
        self.assertEqual(self.counts(changes, REQUESTS), {(("code", "200"), ("route", "/batch")): each * threads})
        self.assertEqual(changes[("userstats_values_returned_total",)], each * threads)
        self.assertEqual(changes[(DURATION + "_bucket", ("le", "+Inf"), ("route", "/batch"))], each * threads)

    def test_the_api_port_has_no_metrics(self):
        self.refused(self.service.ask(method="GET", target="/metrics"), 404)

    def test_the_log_line_has_times_and_counts_and_the_callers_trace(self):
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        self.ask(headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01", "MS-CV": "AAAAAAAAAAAAAAAA.7"})
        line = until(lambda: [l for l in self.service.log_text().split("\n") if trace in l], "the log line")[0]
        for wanted in (r" path=/batch ", r" status=200 ", r" duration_us=\d+ ", r" auth_us=\d+ ", r" store_us=\d+ ", r" write_us=\d+",
                       r" users=2 ", r" statistics=4 ", r" values=8 ", r" request_bytes=\d+ ", r" answer_bytes=\d+ "):
            self.assertRegex(line, wanted)
        refusal = self.ask(headers={"traceparent": f"00-{trace}-0000000000000000-01"}, token="XBL3.0 x=1;nope")
        self.assertNotEqual(refusal.json()["traceId"], trace)


class RateLimited(Scraping):
    SETTINGS = {"ratelimit.burst": 2, "ratelimit.sustain": 0}

    def test_by_window(self):
        codes = []
        changes = self.changes(5, lambda: codes.extend(self.ask().status for _ in range(5)))
        refused = codes.count(429) # 3, or fewer when a window ended on the way
        self.assertGreaterEqual(refused, 1)
        self.assertEqual(self.counts(changes, "userstats_rate_limited_total"), {(("window", "burst"),): refused})


class Faults(Scraping):
    def test_a_store_that_is_gone(self):
        away = self.service.folder / "away.db"
        self.service.database.rename(away)
        until(lambda: self.ask().status == 503, "503")
        until(lambda: self.samples()["userstats_store_up"][()] == 0, "the watcher to see it")
        changes = self.changes(1, lambda: self.assertEqual(self.ask().status, 503))
        self.assertEqual(changes[("userstats_store_errors_total",)], 1)
        self.assertEqual(self.counts(changes, REQUESTS), {(("code", "503"), ("route", "/batch")): 1})
        away.rename(self.service.database)
        until(lambda: self.samples()["userstats_store_up"][()] == 1, "the store to be back")

    def test_keys_that_are_refused(self):
        path = self.service.keys / "jwks.json"
        good = path.read_text()
        failures = ("userstats_keys_load_failures_total", (("source", "auth.keys"),))

        def look():
            return self.samples()[failures[0]][failures[1]]
        before = look()
        path.write_text("{")
        until(lambda: look() > before, "a failure counted")
        self.assertEqual(self.samples()["userstats_keys_in_force"][(("source", "auth.keys"),)], 1)
        path.write_text(good)


class Shedding(Scraping):
    SETTINGS = {"server.connections_max": 16}

    def test_connections_beyond_the_limit(self):
        open_ones = [self.service.connect() for _ in range(16)]
        until(lambda: self.samples()["userstats_http_connections_open"][()] == 16, "16 connections open")
        over = self.service.connect()
        self.assertEqual(over.answer().status, 503)
        self.assertEqual(self.samples()["userstats_http_connections_refused_total"][()], 1)
        self.assertEqual(self.samples()["userstats_http_connections_limit"][()], 16)
        for connection in [*open_ones, over]:
            connection.close()


class Slow(Scraping):
    SETTINGS = {"server.request_deadline_ms": 1000, "server.idle_timeout_ms": 1000}

    def test_connections_that_are_ended(self):
        idle, late = self.service.connect(), self.service.connect()
        late.send(request_bytes(headers={"Authorization": self.token}, body=SAMPLE)[:-10])
        self.assertEqual(late.answer().status, 408)
        self.assertTrue(idle.is_closed())
        samples = self.settled(1)
        ended = {dict(l)["reason"]: v for l, v in samples["userstats_http_connections_ended_total"].items()}
        self.assertEqual(ended, {"idle": 1, "late": 1, "abandoned": 0, "unread": 0})
        self.assertEqual(self.value(samples, REQUESTS, route="/batch", code="408"), 1)


class NobodyReadsTheLog(unittest.TestCase):
    def test_lines_are_lost_and_counted_and_requests_do_not_wait(self):
        service = Service()
        token = service.token()
        process = subprocess.Popen([BINARY, "serve", "--config", str(service.config)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            text = b""
            while b"event=ready" not in text or not text.endswith(b"\n"):
                text += process.stderr.read1(4096)
            service.port, service.admin_port = (int(re.search(rf"{n}=127\.0\.0\.1:(\d+)".encode(), text).group(1)) for n in ("api", "admin"))

            def dropped():
                self.assertEqual(service.ask(UNLISTED, token=token).status, 200)
                text = service.ask(method="GET", target="/metrics", admin=True).body.decode()
                return parse(text)["userstats_log_lines_dropped_total"][()]
            until(lambda: dropped() >= 3, "lines that are lost")
        finally:
            process.kill()
            process.stderr.close()
            process.wait()


class Monitoring(Scraping):
    FOLDER = SOURCE / "docs/monitoring"

    def test_promtool_likes_the_rules(self):
        done = subprocess.run(["promtool", "check", "rules", str(self.FOLDER / "rules.yml")], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_rules_fire_when_they_should(self):
        done = subprocess.run(["promtool", "test", "rules", str(self.FOLDER / "rules.test.yml")], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_dashboard_and_rules_name_what_there_is(self):
        there = set(self.samples()) | {"up"}
        dashboard = json.loads((self.FOLDER / "dashboard.json").read_text())
        expressions = [t["expr"] for p in dashboard["panels"] for t in p.get("targets", [])]
        expressions += re.findall(r"^\s+expr: (.*)$", (self.FOLDER / "rules.yml").read_text(), re.M)
        named = {n for e in expressions for n in re.findall(r"\b(?:userstats|process)_[a-z_]+\b", e)}
        self.assertGreater(len(named), 20)
        self.assertEqual(named - there, set())
        for expression in expressions:
            for labels in re.findall(r"\{([^}]*)\}", expression):
                for name in re.findall(r"(\w+)\s*[=!]", labels):
                    self.assertIn(name, {"route", "code", "reason", "window", "source", "version", "commit", "le", "job", "instance"})


if __name__ == "__main__":
    main()
