# SPDX-License-Identifier: Apache-2.0
"""One model, four dialects: what the clients of contracts 2 and 3 ask, and the statistics of one user by GET."""
import json

from service import FIREFIGHT, OVERALL, SAINT, SHARK, SOURCE, Story, main, request_bytes

TITLE = 1717113201
KILLS = "Test4FirefightKills"


def two(contract="2", **more):
    return {"headers": {"x-xbl-contract-version": contract, **more}}


def ask2(xuids, stats=None, groups=None, **more):
    body = {"arrangebyfield": "xuid", "xuids": [str(x) for x in xuids], **more}
    if groups is not None:
        body["groups"] = groups
    if stats is not None:
        body["stats"] = stats
    return body


def scalars(value):
    if isinstance(value, dict):
        for v in value.values():
            yield from scalars(v)
    elif isinstance(value, list):
        for v in value:
            yield from scalars(v)
    else:
        yield value


def single(xuid, scid, names=None):
    return f"/users/xuid({xuid})/scids/{scid}/stats" + (f"/{names}" if names is not None else "")


class Contract2(Story):
    def answered(self, body, **options):
        answer = self.ask(body, **(options or two()))
        self.assertEqual(answer.status, 200, answer)
        self.complete(answer)
        document = answer.json()
        self.assertIn("statlistscollection", document)
        self.assertTrue(all(isinstance(s, str) for s in scalars(document)), document)
        return document

    def test_what_xbox_webapi_asks_by_title(self):
        found = self.answered(ask2([SAINT], [{"name": KILLS, "titleId": str(TITLE)}], [{"name": "Hero", "titleId": str(TITLE)}]))
        hero = found["groups"][0]
        self.assertEqual(list(found), ["groups", "statlistscollection"])
        self.assertEqual([hero["name"], hero["titleid"]], ["Hero", str(TITLE)])
        stats = hero["statlistscollection"][0]["stats"]
        self.assertEqual([s["groupproperties"]["Ordinal"] for s in stats], ["1", "1", "2", "2"])
        self.assertEqual([s["value"] for s in stats], ["7", "3434", "4", "41"])
        self.assertEqual(list(stats[0]), ["groupproperties", "xuid", "scid", "name", "type", "value", "properties"])
        self.assertEqual(list(stats[0]["groupproperties"]), ["Ordinal", "SortOrder", "DisplayName", "DisplayFormat", "DisplaySemantic"])
        self.assertEqual(found["statlistscollection"], [{"arrangebyfield": "xuid", "arrangebyfieldid": str(SAINT), "stats": [
            {"groupproperties": {}, "xuid": str(SAINT), "scid": FIREFIGHT, "titleid": str(TITLE), "name": KILLS, "type": "Integer",
             "value": "7", "properties": {"DisplayName": "Firefight kills"}}]}])

    def test_what_xbox_webapi_asks_by_scid(self):
        found = self.answered(ask2([SAINT, SHARK], [{"name": "testheadshots", "scid": OVERALL.upper()}], [{"name": "Hero", "scid": OVERALL}]))
        self.assertNotIn("titleid", found["groups"][0])
        self.assertEqual([[s["value"] for s in user["stats"]] for user in found["groups"][0]["statlistscollection"]],
                         [["3434", "41"], ["375", "34"]])
        self.assertEqual([[(s["scid"], s["value"]) for s in user["stats"]] for user in found["statlistscollection"]],
                         [[(OVERALL.upper(), "41")], [(OVERALL.upper(), "34")]])

    def test_no_groups_asked_none_answered(self):
        found = self.answered(ask2([SAINT], [{"name": KILLS, "titleId": TITLE}]))
        self.assertEqual(list(found), ["statlistscollection"])
        self.assertNotIn("groupproperties", found["statlistscollection"][0]["stats"][0])

    def test_member_names_in_any_case(self):
        body = {"ArrangeByField": "xuid", "Xuids": [SAINT], "STATS": [{"Name": KILLS, "TitleID": TITLE}]}
        self.assertEqual(self.answered(body)["statlistscollection"][0]["stats"][0]["value"], "7")
        self.refused(self.ask(b'{"xuids":["1"],"stats":[{"name":"K","titleId":1,"titleid":1}]}', **two()), 400, "stats[0].titleId")

    def test_what_nobody_knows_is_empty(self):
        found = self.answered(ask2([SAINT], [{"name": "x", "titleId": 5}, {"name": "x", "scid": "unknown"}, {"name": "x", "scid": FIREFIGHT}],
                                   [{"name": "Hero", "titleId": 5}, {"name": "Hero", "scid": "unknown"}, {"name": "Other", "titleId": TITLE}]))
        self.assertEqual([g["statlistscollection"] for g in found["groups"]], [[], [], []])
        self.assertEqual(found["statlistscollection"][0]["stats"], [])

    def test_a_restricted_statistic(self):
        rating = [{"name": "SkillRating", "titleId": TITLE}]
        self.assertEqual(self.answered(ask2([SAINT], rating))["statlistscollection"][0]["stats"][0]["value"], "1512.5")
        self.refused(self.ask(ask2([SAINT, SHARK], rating), **two()), 403, "SkillRating")

    def test_another_sandbox(self):
        token = self.service.token(sandbox="XDKS.1")
        self.refused(self.ask(ask2([SAINT], [{"name": KILLS, "scid": FIREFIGHT}]), token=token, **two()), 403, FIREFIGHT)
        found = self.answered(ask2([SAINT], [{"name": KILLS, "titleId": TITLE}], [{"name": "Hero", "titleId": TITLE}]), token=token, **two())
        self.assertEqual(found["groups"][0]["statlistscollection"], [])
        self.assertEqual(found["statlistscollection"][0]["stats"], [])

    def test_a_library_of_a_hundred_titles(self):
        titles = [TITLE, *range(1000, 1099)]
        found = self.answered(ask2([SAINT], [{"name": KILLS, "titleId": str(t)} for t in titles],
                                   [{"name": "Hero", "titleId": str(t)} for t in titles]))
        self.assertEqual(len(found["groups"]), 100)
        self.assertEqual([s["value"] for s in found["statlistscollection"][0]["stats"]], ["7"])
        self.refused(self.ask(ask2([SAINT], [{"name": KILLS, "titleId": t} for t in range(101)]), **two()), 400, "stats", "100")

    def test_not_what_the_documented_dialect_asks(self):
        self.refused(self.ask({"requestedusers": [SAINT], "requestedscids": []}, **two()), 400, "xuids")
        self.refused(self.ask(ask2([SAINT], [], arrangebyfield="scid"), **two()), 400, "arrangebyfield")

    def test_contract_3_answers_as_contract_2(self):
        body = ask2([SAINT], [{"name": KILLS, "titleId": TITLE}])
        self.assertEqual(self.ask(body, **two("3")).body, self.ask(body, **two()).body)
        self.assertEqual(self.ask(body, target="/batch?include=valuemetadata", **two("3")).status, 200)
        self.refused(self.ask(body, target="/batch?include=valuemetadata", **two()), 400, "include")

    def test_not_modified(self):
        body = ask2([SAINT], [{"name": KILLS, "titleId": TITLE}])
        etag = self.ask(body, **two()).headers["etag"]
        self.assertEqual(self.ask(body, **two(**{"If-None-Match": etag})).status, 304)


class OneUser(Story):
    def get(self, target, **options):
        return self.ask(b"", method=options.pop("method", "GET"), target=target, **options)

    def test_the_documented_dialect_and_contract_1(self):
        for headers, typed in ({}, lambda n: n), ({"x-xbl-contract-version": "1"}, str):
            answer = self.get(single(SAINT, FIREFIGHT, "test4firefightkills,Nobody,Test4FirefightHeadshots"), headers=headers)
            self.assertEqual(answer.status, 200, answer)
            self.complete(answer)
            stats = [{"statname": KILLS, "type": "Integer", "value": typed(7)},
                     {"statname": "Test4FirefightHeadshots", "type": "Integer", "value": typed(4)}]
            self.assertEqual(answer.json(), {"user": {"xuid": str(SAINT), "gamertag": "WarriorSaint", "stats": stats},
                                             "xuid": str(SAINT), "scids": [{"scid": FIREFIGHT, "stats": stats}]})

    def test_contracts_2_and_3(self):
        for contract in "2", "3":
            document = self.get(single(SAINT, FIREFIGHT, KILLS), **two(contract)).json()
            self.assertEqual(document, {"statlistscollection": [{"arrangebyfield": "xuid", "arrangebyfieldid": str(SAINT), "stats": [
                {"xuid": str(SAINT), "scid": FIREFIGHT, "name": KILLS, "type": "Integer", "value": "7",
                 "properties": {"DisplayName": "Firefight kills"}}]}]})

    def test_value_metadata_in_contract_3_only(self):
        target = single(SAINT, FIREFIGHT, KILLS) + "?include=valuemetadata"
        document = self.get(target, **two("3")).json()
        self.assertEqual(list(document), ["user", "statlistscollection"])
        self.assertEqual(document["user"]["stats"], [{"statname": KILLS, "type": "Integer", "value": "7", "valuemetadata": ""}])
        for headers in ({}, {"x-xbl-contract-version": "1"}, {"x-xbl-contract-version": "2"}):
            self.refused(self.get(target, headers=headers), 400, "include")
        self.refused(self.get(target + "s", **two("3")), 400, "include")

    def test_percent_encoded(self):
        plain = self.get(single(SAINT, FIREFIGHT, KILLS + ",Test4FirefightHeadshots"))
        encoded = self.get(f"/users/xuid%28{SAINT}%29/scids/{FIREFIGHT}/stats/{KILLS}%2CTest4FirefightHeadshots")
        self.assertEqual(plain.body, encoded.body)
        for target in (f"/users/xuid%2{SAINT}%29/scids/{FIREFIGHT}/stats/a", single(SAINT, "%zz"), single(SAINT, FIREFIGHT, "%"),
                       single(SAINT, FIREFIGHT, "a%00")):
            self.refused(self.get(target), 400)

    def test_without_names_all_that_may_be_read(self):
        names = [s["statname"] for s in self.get(single(SAINT, FIREFIGHT)).json()["user"]["stats"]]
        self.assertEqual(names, [KILLS, "Test4FirefightHeadshots", "SkillRating"])
        names = [s["statname"] for s in self.get(single(SHARK, FIREFIGHT)).json()["user"]["stats"]]
        self.assertEqual(names, [KILLS, "Test4FirefightHeadshots"])

    def test_what_is_refused(self):
        self.refused(self.get("/users/xuid(1)/scids/a/stats/a/b"), 404, "GET /users/")
        self.refused(self.get("/users/xuid(1)/scids/a/stats/"), 404)
        post = self.get(single(SAINT, FIREFIGHT), method="POST")
        self.refused(post, 405)
        self.assertEqual(post.headers["allow"], "GET, HEAD")
        self.refused(self.get(single("x", "{", "a"), token=None), 401)
        self.refused(self.get(single("x", "{", "a"), **two("4")), 406, "1, 2 or 3")
        for user in "0", "01", "-1", "x", "18446744073709551616", "":
            self.refused(self.get(single(user, "unknown")), 400, "xuid(<xuid>)")
        self.refused(self.get("/users/2533274790395904/scids/unknown/stats"), 400, "xuid(<xuid>)")
        self.refused(self.get(single(SAINT, "unknown", "a,b,c,d,e,f,g,h,i,j,k")), 400, "10 names", "600 characters")
        self.refused(self.get(single(SAINT, "unknown", "a" * 601)), 400, "10 names", "600 characters")
        self.refused(self.get(single(SAINT, "unknown")), 404, "scid unknown")
        self.refused(self.get(single(SHARK, FIREFIGHT, "SkillRating")), 403, "SkillRating")

    def test_an_unknown_scid_is_empty_in_contract_2(self):
        document = self.get(single(SAINT, "unknown"), **two()).json()
        self.assertEqual([user["stats"] for user in document["statlistscollection"]], [[]])

    def test_not_modified_and_head(self):
        first = self.get(single(SAINT, FIREFIGHT))
        again = self.get(single(SAINT, FIREFIGHT), headers={"If-None-Match": first.headers["etag"]})
        self.assertEqual(again.status, 304)
        self.complete(again)
        head = self.get(single(SAINT, FIREFIGHT), method="HEAD")
        self.assertEqual([head.status, head.headers["etag"], int(head.headers["content-length"]), head.body],
                         [200, first.headers["etag"], len(first.body), b""])

    def test_many_on_one_connection(self):
        connection = self.service.connect()
        target = single(SAINT, FIREFIGHT, KILLS)
        connection.send(request_bytes("GET", target, {"Authorization": self.token}) * 3)
        self.assertEqual([connection.answer().status for _ in range(3)], [200] * 3)
        connection.close()

    def test_the_log_names_the_route(self):
        self.get(single(SAINT, FIREFIGHT, "SomethingPrivate"))
        self.assertIn("/users/{user}/scids/{scid}/stats/{names}", self.service.log_text())


class Versions(Story):
    def test_other_versions_on_both_endpoints(self):
        for headers in ({"x-xbl-contract-version": v} for v in ("", "0", "4", "01", "+2", "2.0", "1, 2", "vnext")):
            self.refused(self.ask(headers=headers), 406, "1, 2 or 3")
            self.refused(self.ask(b"", method="GET", target=single(SAINT, FIREFIGHT), headers=headers), 406, "1, 2 or 3")
        for version in "", "0", "2", "01":
            self.refused(self.ask(headers={"X-RequestedServiceVersion": version}), 406)
            self.refused(self.ask(b"", method="GET", target=single(SAINT, FIREFIGHT), headers={"X-RequestedServiceVersion": version}), 406)

    def test_a_repeated_version(self):
        for name in "x-xbl-contract-version", "X-RequestedServiceVersion":
            connection = self.service.connect()
            connection.send(request_bytes("GET", single(SAINT, FIREFIGHT), {"Authorization": self.token, name: "1", name.upper(): "1"}))
            self.refused(connection.answer(), 406)
            connection.close()


class TitlesInSandboxes(Story):
    """One title, two sandboxes: each caller sees its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        catalog = json.loads((SOURCE / "config/demo-catalog.json").read_text())
        beta = {"scid": "beta", "sandbox": "XDKS.1", "titleIds": [TITLE], "statistics": [
            {"name": KILLS, "type": "Integer", "access": "open", "display": {"Ordinal": 1}}]}
        catalog["scids"].append(beta)
        path = cls.service.folder / "catalog.json"
        path.write_text(json.dumps(catalog))
        cls.service.stop()
        cls.service.command("catalog", "apply", path)
        cls.service.load(f"xuid,scid,statname,value\n{SAINT},beta,{KILLS},99\n")
        cls.service.start()

    def test_each_sees_its_own(self):
        body = ask2([SAINT], [{"name": KILLS, "titleId": TITLE}], [{"name": "Hero", "titleId": TITLE}])
        for sandbox, value in ("RETAIL", "7"), ("XDKS.1", "99"):
            found = self.ask(body, token=self.service.token(sandbox=sandbox), **two()).json()
            self.assertEqual([s["value"] for s in found["statlistscollection"][0]["stats"]], [value])
            self.assertEqual(found["groups"][0]["statlistscollection"][0]["stats"][0]["value"], value)


if __name__ == "__main__":
    main()
