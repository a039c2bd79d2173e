# SPDX-License-Identifier: Apache-2.0
"""POST /batch: what is asked and what is answered, in both dialects."""
import json

from service import FIREFIGHT, OVERALL, SAINT, SAMPLE, SHARK, Story, main, until


def values(answer):
    return [[s["value"] for scid in user["scids"] for s in scid["stats"]] for user in answer.json()["users"]]


def batch(users, *scids):
    return {"requestedusers": users, "requestedscids": [{"scid": s, "requestedstats": names} for s, names in scids]}


class Answers(Story):
    def test_the_reference_pages_sample(self):
        answer = self.ask()
        self.assertEqual(answer.status, 200, answer)
        self.complete(answer)
        self.assertEqual(values(answer), [[7, 4, 3434, 41], [63, 12, 375, 34]])
        users = answer.json()["users"]
        self.assertEqual([u["xuid"] for u in users], [str(SAINT), str(SHARK)])
        self.assertEqual([u["gamertag"] for u in users], ["WarriorSaint", "TigerShark"])
        self.assertEqual(users[0]["scids"][0]["stats"][0],
                         {"statname": "Test4FirefightKills", "type": "Integer", "value": 7})

    def test_contract_1_prints_every_value_as_a_string(self):
        answer = self.ask(headers={"x-xbl-contract-version": "1"})
        self.assertEqual(values(answer), [["7", "4", "3434", "41"], ["63", "12", "375", "34"]])

    def test_xuids_as_strings_and_numbers_mixed(self):
        self.assertEqual(values(self.ask(batch([str(SAINT), SHARK], (FIREFIGHT, ["Test4FirefightKills"])))), [[7], [63]])

    def test_order_of_the_request_is_the_order_of_the_answer(self):
        answer = self.ask(batch([SHARK, SAINT], (OVERALL, ["TestHeadshots", "OverallTestKills"]), (FIREFIGHT, ["Test4FirefightKills"])))
        self.assertEqual(values(answer), [[34, 375, 63], [41, 3434, 7]])

    def test_duplicates_are_answered_once_at_their_first_place(self):
        answer = self.ask(batch([SHARK, SAINT, str(SHARK)], (FIREFIGHT, ["Test4FirefightKills", "test4firefightkills"]),
                                (FIREFIGHT.upper(), ["Test4FirefightHeadshots"])))
        self.assertEqual(values(answer), [[63, 12], [7, 4]])

    def test_names_match_without_case_and_are_answered_as_declared(self):
        stats = self.ask(batch([SAINT], (FIREFIGHT, ["TEST4firefightKILLS"]))).json()["users"][0]["scids"][0]["stats"]
        self.assertEqual(stats[0]["statname"], "Test4FirefightKills")

    def test_the_scid_is_echoed_as_written(self):
        answer = self.ask(batch([SAINT], (FIREFIGHT.upper(), ["Test4FirefightKills"])))
        self.assertEqual(answer.json()["users"][0]["scids"][0]["scid"], FIREFIGHT.upper())

    def test_a_user_without_values_has_its_entry(self):
        answer = self.ask(batch(["18446744073709551615"], (FIREFIGHT, ["Test4FirefightKills"])))
        self.assertEqual(answer.json(), {"users": [{"xuid": "18446744073709551615", "scids": [{"scid": FIREFIGHT, "stats": []}]}]})

    def test_an_undeclared_statistic_is_left_out(self):
        self.assertEqual(values(self.ask(batch([SAINT], (FIREFIGHT, ["NoSuchThing", "Test4FirefightKills"])))), [[7]])

    def test_an_empty_list_asks_for_every_readable_statistic(self):
        names = [s["statname"] for s in self.ask(batch([SAINT], (FIREFIGHT, []))).json()["users"][0]["scids"][0]["stats"]]
        self.assertEqual(set(names), {"Test4FirefightKills", "Test4FirefightHeadshots", "SkillRating"})
        names = [s["statname"] for s in self.ask(batch([SHARK], (FIREFIGHT, []))).json()["users"][0]["scids"][0]["stats"]]
        self.assertEqual(set(names), {"Test4FirefightKills", "Test4FirefightHeadshots"})

    def test_doubles_are_typed_by_the_dialect(self):
        body = batch([SAINT], (FIREFIGHT, ["SkillRating"]))
        self.assertEqual(values(self.ask(body)), [[1512.5]])
        self.assertEqual(values(self.ask(body, headers={"x-xbl-contract-version": "1"})), [["1512.5"]])

    def test_unknown_members_key_order_and_media_type(self):
        body = dict(reversed([*SAMPLE.items(), ("extra", {"a": [1]})]))
        for headers in ({}, {"Content-Type": "application/json"}, {"Content-Type": "Application/JSON; charset=utf-8"}):
            self.assertEqual(self.ask(body, headers=headers).status, 200)

    def test_operation_read_and_service_version_1(self):
        self.assertEqual(self.ask(target="/batch?operation=read").status, 200)
        self.assertEqual(self.ask(headers={"X-RequestedServiceVersion": "1"}).status, 200)

    def test_not_modified(self):
        first = self.ask()
        for validator in (first.headers["etag"], "*", f'"other", W/{first.headers["etag"]}'):
            again = self.ask(headers={"If-None-Match": validator})
            self.assertEqual((again.status, again.body), (304, b""))
            self.assertEqual(again.headers["etag"], first.headers["etag"])
            self.complete(again)
        self.assertEqual(self.ask(headers={"If-None-Match": '"other"'}).status, 200)

    def test_the_callers_correlation_vector_is_extended(self):
        answer = self.ask(headers={"MS-CV": "tul4NUsfs9Cl7mOf.1"})
        self.assertEqual(answer.headers["ms-cv"], "tul4NUsfs9Cl7mOf.1.0")

    def test_extreme_values(self):
        self.service.command("catalog", "apply", self.wide_catalog())
        rows = [("I", str(-2**63)), ("I2", str(2**63 - 1)), ("D", "0.1"), ("D2", "5e-324"), ("S", "a \"quoted\" \\ \u20ac \U0001f600"),
                ("T", "2026-11-24T12:00:00Z")]
        lines = [json.dumps({"xuid": "18446744073709551615", "scid": "wide", "statname": n, "value": v}) for n, v in rows]
        self.service.load("\n".join(lines) + "\n", format="ndjson")

        def found():
            answer = self.ask(batch(["18446744073709551615"], ("wide", [n for n, _ in rows])))
            return answer.status == 200 and answer
        answer = until(found, "the new catalog in force")
        for number in (b"-9223372036854775808", b"9223372036854775807", b"0.1", b"5e-324"):
            self.assertIn(b'"value":' + number, answer.body)
        self.assertEqual(values(answer)[0][4], rows[4][1])

    def wide_catalog(self):
        catalog = json.loads(self.service.command("catalog", "show"))
        types = {"I": "Integer", "I2": "Integer", "D": "Double", "D2": "Double", "S": "String", "T": "DateTime"}
        catalog["scids"].append({"scid": "wide", "sandbox": "RETAIL", "titleIds": [1717113201], "statistics": [
            {"name": n, "type": t, "access": "open"} for n, t in types.items()]})
        path = self.service.folder / "wide.json"
        path.write_text(json.dumps(catalog))
        return path


class Refusals(Story):
    SETTINGS = {"limits.max_users": 3, "limits.max_stats": 3, "limits.max_values": 6, "limits.max_body_bytes": 4096}

    def test_bodies(self):
        scid = {"scid": FIREFIGHT, "requestedstats": ["Test4FirefightKills"]}

        def users(*xuids):
            return {"requestedusers": list(xuids), "requestedscids": [scid]}

        def scids(*entries):
            return {"requestedusers": [SAINT], "requestedscids": list(entries)}
        table = [
            (b"", "JSON"), (b"{", "column"), (b"[]", "requestedusers"), (b"{}", "requestedusers"), (b"\xff\xfe", "column 1"), (b'{"requestedusers":["\xff"]}', "UTF-8"),
            (b'{"requestedusers":[1],"requestedusers":[2]}', "requestedusers"), (b"[" * 1000, ""),
            ({"requestedusers": [], "requestedscids": [scid]}, "requestedusers"),
            ({"requestedusers": SAINT, "requestedscids": [scid]}, "requestedusers"),
            ({"RequestedUsers": [SAINT], "requestedscids": [scid]}, "requestedusers"),
            (users(SAINT, "x"), "requestedusers[1]"), (users(""), "requestedusers[0]"), (users(0), "requestedusers[0]"), (users("0"), "requestedusers[0]"),
            (users(-1), "requestedusers[0]"), (users(1.5), "requestedusers[0]"), (users(2**53), "decimal string"),
            (users("18446744073709551616"), "requestedusers[0]"), (users(None), "requestedusers[0]"), (users(True), "requestedusers[0]"), (users("+1"), "requestedusers[0]"),
            ({"requestedusers": [SAINT]}, "requestedscids"), (scids(), "requestedscids"), (scids("x"), "requestedscids[0]"),
            (scids(scid, {"requestedstats": ["a"]}), "requestedscids[1].scid"), (scids({**scid, "scid": ""}), "requestedscids[0].scid"),
            (scids({**scid, "scid": "a" * 37}), "36"), (scids({**scid, "scid": "a b"}), "requestedscids[0].scid"), (scids({**scid, "scid": 5}), "requestedscids[0].scid"),
            (scids({"scid": FIREFIGHT}), "requestedscids[0].requestedstats"), (scids({"scid": FIREFIGHT, "requestedstats": "a"}), "requestedscids[0].requestedstats"),
            (scids({"scid": FIREFIGHT, "requestedstats": [5]}), "requestedscids[0].requestedstats[0]"),
            (users(1, 2, 3, 4), "3"), (scids({"scid": FIREFIGHT, "requestedstats": ["a", "b", "c", "d"]}), "3"),
            ({"requestedusers": [1, 2, 3], "requestedscids": [{"scid": FIREFIGHT, "requestedstats": ["a", "b", "c"]}]}, "6"),
        ]
        for body, word in table:
            with self.subTest(body=body):
                self.refused(self.ask(body), 400, word)

    def test_unknown_scid(self):
        body = {"requestedusers": [SAINT], "requestedscids": [{"scid": "unknown", "requestedstats": ["a"]}]}
        self.refused(self.ask(body), 404, "unknown")

    def test_paths_and_methods(self):
        for target in ("/", "/Batch", "/batch/", "/batch/x", "//batch", "/%62atch", "/livez"):
            with self.subTest(target=target):
                self.refused(self.ask(target=target), 404)
        for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS"):
            with self.subTest(method=method):
                answer = self.ask(b"", method=method)
                self.refused(answer, 405)
                self.assertEqual(answer.headers["allow"], "POST")

    def test_media_types(self):
        for headers in ({"Content-Type": "text/plain"}, {"Content-Type": ""}, {"Content-Type": "application/jsonx"}, {"Content-Encoding": "gzip"}):
            with self.subTest(headers=headers):
                self.refused(self.ask(headers=headers), 415)

    def test_versions(self):
        for headers in ({"x-xbl-contract-version": "4"}, {"x-xbl-contract-version": "x"}, {"x-xbl-contract-version": ""},
                        {"X-RequestedServiceVersion": "2"}):
            with self.subTest(headers=headers):
                self.refused(self.ask(b"not json", headers=headers), 406)

    def test_operation(self):
        for query in ("operation=write", "operation=", "operation=read&operation=read", "operation=%00"):
            with self.subTest(query=query):
                self.refused(self.ask(target="/batch?" + query), 400)

    def test_sizes(self):
        self.refused(self.ask(b"x" * 4097), 413, "4096")
        self.refused(self.ask(target="/batch?" + "a" * 8192), 414)
        self.refused(self.ask(headers={"X-Long": "a" * 98304}), 431)

    def test_the_order_of_the_checks(self):
        wrong = {"Content-Type": "text/plain", "x-xbl-contract-version": "9"}
        big = b"x" * 5000
        self.refused(self.ask(big, target="/no", headers=wrong, token=None), 404)
        self.refused(self.ask(big, method="PUT", headers=wrong, token=None), 405)
        self.refused(self.ask(big, headers=wrong, token=None), 413)
        self.refused(self.ask(b"x", headers=wrong, token=None), 415)
        self.refused(self.ask(b"x", headers={"x-xbl-contract-version": "9"}, token=None), 401)
        self.refused(self.ask(b"x", headers={"x-xbl-contract-version": "9"}), 406)
        self.refused(self.ask(b"x"), 400)
        restricted = {"scid": FIREFIGHT, "requestedstats": ["SkillRating"]}
        self.refused(self.ask({"requestedusers": [SHARK], "requestedscids": [restricted, {"scid": "no", "requestedstats": ["a"]}]}), 404)
        self.refused(self.ask({"requestedusers": [SHARK], "requestedscids": [restricted]}), 403)


if __name__ == "__main__":
    main()
