# SPDX-License-Identifier: Apache-2.0
"""Requests as clients send them that cannot be installed here, and live answers read by those clients' rules (client_rules.py)."""
import itertools
import json
import os
import unittest

import client_rules as rules
from service import FIREFIGHT, OVERALL, SAINT, SHARK, SOURCE, Story, main, until

TITLE = 1717113201
MINUTES = "MinutesPlayed"
LIBRARY = [TITLE, *range(5000, 5099)]  # a hundred titles, half of them played


def scid_of(title):
    return f"00000000-0000-0000-0000-{title:012x}"


def catalog():
    """The demo's, and a library of titles with a scid each, which has every type and a statistic without display."""
    found = json.loads((SOURCE / "config/demo-catalog.json").read_text())
    found["titles"] += [{"titleId": t, "name": f"Title {t}"} for t in LIBRARY[1:]]
    found["scids"][0]["statistics"].append({"name": MINUTES, "type": "Integer", "access": "open"})
    found["scids"] += [{"scid": scid_of(t), "sandbox": "RETAIL", "titleIds": [t], "statistics": [
        {"name": MINUTES, "type": "Integer", "access": "open"},
        {"name": "Rank", "type": "String", "access": "open", "display": {"Ordinal": 2}},
        {"name": "Ratio", "type": "Double", "access": "open", "display": {"DisplayName": "Ratio", "Ordinal": 1}},
        {"name": "Last", "type": "DateTime", "access": "open"}]} for t in LIBRARY[1:]]
    return found


def values():
    lines = ["xuid,scid,statname,value", f"{SAINT},{FIREFIGHT},{MINUTES},754"]
    for title in LIBRARY[1:51]:
        lines += [f"{SAINT},{scid_of(title)},{name},{value}" for name, value in
                  ((MINUTES, title), ("Rank", '"a ""knight"", ß"'), ("Ratio", "5"), ("Last", "2024-02-29T23:59:59.5Z"))]
    return "\n".join(lines) + "\n"


class Library(Story):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        path = cls.service.folder / "catalog.json"
        path.write_text(json.dumps(catalog()))
        cls.service.stop()
        cls.service.command("catalog", "apply", path)
        cls.service.load(values())
        cls.service.start()

    def body(self, asked, contract, target="/batch", method="POST", **headers):
        answer = self.ask(asked, target=target, method=method, headers={"x-xbl-contract-version": contract, **headers})
        self.assertEqual(answer.status, 200, answer)
        self.complete(answer)
        return answer.body


class Xsapi(Library):
    HEADERS = {"Content-Type": "application/json; charset=utf-8", "Accept-Language": "en-US,en"}

    def test_a_batch(self):
        scid = scid_of(LIBRARY[1])
        asked = {"requestedusers": [str(SAINT), str(SHARK)], "requestedscids": [
            {"scid": FIREFIGHT.upper(), "requestedstats": ["Test4FirefightKills", MINUTES]},
            {"scid": scid, "requestedstats": ["Rank", "Ratio", "Last", MINUTES, "Nobody"]}]}
        found = rules.xsapi_batch(self.body(asked, "1", "/batch?operation=read", **self.HEADERS))
        self.assertEqual(found, [
            (str(SAINT), FIREFIGHT.upper(), "Test4FirefightKills", "Integer", "7"), (str(SAINT), FIREFIGHT.upper(), MINUTES, "Integer", "754"),
            (str(SAINT), scid, "Rank", "String", 'a "knight", ß'), (str(SAINT), scid, "Ratio", "Double", "5"),
            (str(SAINT), scid, "Last", "DateTime", "2024-02-29T23:59:59.5Z"), (str(SAINT), scid, MINUTES, "Integer", str(LIBRARY[1])),
            (str(SHARK), FIREFIGHT.upper(), "Test4FirefightKills", "Integer", "63")])

    def test_one_user(self):
        for user, encoded in (("xuid({})", ""), ("xuid%28{}%29", "%2C")):
            target = f"/users/{user.format(SHARK)}/scids/{OVERALL}/stats/OverallTestKills{encoded or ','}TestHeadshots"
            found = rules.xsapi_single(self.body(b"", "1", target, "GET", **self.HEADERS))
            self.assertEqual([stat[2:] for stat in found], [("OverallTestKills", "Integer", "375"), ("TestHeadshots", "Integer", "34")])


class Python(Library):
    """xbox-webapi and python-xbox: their four calls."""

    def test_get_stats(self):
        scid = scid_of(LIBRARY[1])
        for contract, query in (("2", ""), ("3", "?include=valuemetadata")):
            listed, groups = rules.python_answer(self.body(b"", contract, f"/users/xuid({SAINT})/scids/{scid}/stats/{MINUTES},Rank{query}", "GET"))
            self.assertEqual(listed, [(str(SAINT), scid, MINUTES, "Integer", str(LIBRARY[1])), (str(SAINT), scid, "Rank", "String", 'a "knight", ß')])
            self.assertEqual(groups, [])

    def test_get_stats_batch(self):
        for owner, heroes in (({"titleId": str(LIBRARY[1])}, 2), ({"scid": scid_of(LIBRARY[1])}, 2), ({"scid": "unknown"}, 0)):
            asked = {"arrangebyfield": "xuid", "groups": [{"name": "Hero", **owner}], "stats": [{"name": MINUTES, **owner}],
                     "xuids": [str(SAINT), str(SHARK)]}
            for contract in "2", "3":
                listed, groups = rules.python_answer(self.body(asked, contract))
                self.assertEqual([stat[2:] for stat in listed], [(MINUTES, "Integer", str(LIBRARY[1]))] if heroes else [])
                self.assertEqual([stat[2] for stat in groups], ["Ratio", "Rank"][:heroes])


class Launchers(Library):
    def test_playnite_asks_for_a_library_of_100_titles(self):
        asked = {"arrangebyfield": "xuid", "stats": [{"name": MINUTES, "titleid": str(t)} for t in LIBRARY], "xuids": [str(SAINT)]}
        body = self.body(asked, "2", **{"Content-Type": "application/json; charset=utf-8", "Accept-Language": "en-US"})
        wanted = {str(TITLE): 754, **{str(t): t for t in LIBRARY[1:51]}}
        self.assertEqual(rules.playnite_minutes(body), wanted)
        self.assertEqual({t: int(v) for t, v in rules.launcher_answer(body).items()}, wanted)

    def test_minutes_by_scid(self):
        asked = {"arrangebyfield": "xuid", "stats": [{"name": MINUTES, "scid": scid_of(t)} for t in LIBRARY[1:]], "xuids": [str(SAINT)]}
        listed, _ = rules.python_answer(self.body(asked, "2"))
        self.assertEqual([stat[1] for stat in listed], [scid_of(t) for t in LIBRARY[1:51]])

    def test_without_a_content_type(self):
        """xbox-webapi (Node) sends none; the stories' own requests have none either, so that this is what they all show."""
        asked = {"arrangebyfield": "xuid", "xuids": [str(SAINT)], "groups": [{"name": "Hero", "titleId": str(TITLE)}],
                 "stats": [{"name": MINUTES, "titleId": str(TITLE)}]}
        self.assertEqual(rules.playnite_minutes(self.body(asked, "2")), {str(TITLE): 754})
        self.refused(self.ask(asked, headers={"x-xbl-contract-version": "2", "Content-Type": "text/plain; charset=utf-8"}), 415)


class Retry(Story):
    SETTINGS = {"ratelimit.sustain": 1}

    def test_retry_after_is_an_integer(self):
        self.assertEqual(self.ask().status, 200)
        answer = self.ask()
        self.assertEqual(answer.status, 429)
        self.assertIn(rules.xsapi_retry_after(answer.headers), range(1, 301))
        self.assertEqual(answer.json()["limitType"], "Rate")

    def test_of_a_503_too(self):
        away = self.service.folder / "away"
        titles = itertools.count(2)  # a count of its own for each request
        os.rename(self.service.database, away)
        try:
            answer = until(lambda: next((a for a in [self.ask(token=self.service.token(title=next(titles)))] if a.status == 503), None), "a 503")
        finally:
            os.rename(away, self.service.database)
        self.assertGreater(rules.xsapi_retry_after(answer.headers), 0)


class Rules(unittest.TestCase):
    """The rules can be broken: each of these bodies is one that the client loses."""

    def test_each_client_fails_on_what_it_cannot_read(self):
        stat = {"xuid": "1", "scid": "s", "name": "n", "type": "Integer", "value": "1", "properties": {}}
        launched = {**stat, "titleid": "5", "groupproperties": {}}

        def lists(*stats, **more):
            return {"statlistscollection": [{"arrangebyfield": "xuid", "arrangebyfieldid": "1", "stats": list(stats)}], **more}

        def without(value, name):
            return {k: v for k, v in value.items() if k != name}

        user = {"xuid": "1", "scids": [{"scid": "s", "stats": [{"statname": "n", "type": "Integer", "value": "1"}]}]}
        rules.xsapi_batch(json.dumps({"users": [user]}))
        rules.python_answer(json.dumps(lists(stat)))
        rules.launcher_answer(json.dumps(lists(launched)))
        rules.playnite_minutes(json.dumps(lists(launched)))
        broken = [
            (rules.xsapi_batch, {}), (rules.xsapi_batch, {"users": [{**user, "xuid": 1}]}), (rules.xsapi_batch, {"users": [without(user, "xuid")]}),
            (rules.xsapi_batch, {"users": [user, {**user, "scids": [{"scid": "s" * 37, "stats": []}]}]}),
            *((rules.xsapi_batch, {"users": [{**user, "scids": [{"scid": "s", "stats": [{"statname": "n", "type": "Integer", "value": v}]}]}]})
              for v in (1, None, 1.5)),
            *((rules.python_answer, lists({**stat, "value": v})) for v in (1, None)), (rules.python_answer, {}),
            *((rules.python_answer, lists(without(stat, name))) for name in stat),
            (rules.python_answer, lists(stat, groups=[{"name": "Hero"}])), (rules.python_answer, lists({**stat, "groupproperties": {"Ordinal": 1}})),
            (rules.launcher_answer, {}), (rules.launcher_answer, lists(without(launched, "properties"))),
            (rules.launcher_answer, lists(without(launched, "titleid"))), (rules.playnite_minutes, lists(launched, launched)),
        ]
        for rule, body in broken:
            with self.subTest(rule=rule.__name__, body=body), self.assertRaises(rules.Broken):
                rule(json.dumps(body))
        for value in ({}, {"retry-after": "1.5"}, {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}):
            with self.assertRaises(rules.Broken):
                rules.xsapi_retry_after(value)


if __name__ == "__main__":
    main()
