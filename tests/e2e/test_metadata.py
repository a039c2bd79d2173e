# SPDX-License-Identifier: Apache-2.0
"""Value metadata from the import to every dialect; and what of HTTP the other dialects have to do as well as the documented one."""
import gzip
import itertools
import json

from service import FIREFIGHT, SAINT, SHARK, Story, main

TITLE = 1717113201
KILLS, HEADSHOTS = "Test4FirefightKills", "Test4FirefightHeadshots"
METADATA = '{"map": "north", "with": ["é", "\\u00e9", "a \\"quote\\""], "n": 1.50}'  # kept as written, to the byte
TARGET = f"/users/xuid({SAINT})/scids/{FIREFIGHT}/stats/{KILLS},{HEADSHOTS}"
BODY = {"arrangebyfield": "xuid", "xuids": [str(SAINT), str(SHARK)], "groups": [{"name": "Hero", "titleId": str(TITLE)}],
        "stats": [{"name": KILLS, "titleId": str(TITLE)}]}


def version(contract, **more):
    return {"x-xbl-contract-version": contract, **more} if contract else more


class Metadata(Story):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.imports('xuid,scid,statname,value,valuemetadata\n{},{},{},8,"{}"\n'.format(SAINT, FIREFIGHT, KILLS, METADATA.replace('"', '""')))
        cls.imports(json.dumps({"xuid": str(SHARK), "scid": FIREFIGHT, "statname": KILLS, "value": 64, "valuemetadata": "[]"}) + "\n", "ndjson")

    @classmethod
    def imports(cls, text, form="csv"):
        cls.service.load(text, format=form)

    def get(self, contract, query="", target=TARGET):
        answer = self.ask(b"", method="GET", target=target + query, headers=version(contract))
        self.assertEqual(answer.status, 200, answer)
        self.complete(answer)
        return answer

    def post(self, contract, query="", body=BODY):
        answer = self.ask(body, target="/batch" + query, headers=version(contract))
        self.assertEqual(answer.status, 200, answer)
        self.complete(answer)
        return answer

    def test_get_in_contract_3(self):
        document = self.get("3", "?include=valuemetadata").json()
        kills, headshots = document["user"]["stats"]
        self.assertEqual(kills, {"statname": KILLS, "type": "Integer", "value": "8", "valuemetadata": METADATA})
        self.assertEqual(headshots, {"statname": HEADSHOTS, "type": "Integer", "value": "4", "valuemetadata": ""})
        json.loads(kills["valuemetadata"])
        kills, headshots = document["statlistscollection"][0]["stats"]
        self.assertEqual([kills["value"], kills["valuemetadata"]], ["8", METADATA])
        self.assertNotIn("valuemetadata", headshots)

    def test_post_in_contract_3(self):
        document = self.post("3", "?include=valuemetadata").json()
        for place in document, document["groups"][0]:
            users = place["statlistscollection"]
            self.assertEqual([[s.get("valuemetadata") for s in u["stats"] if s["name"] == KILLS] for u in users], [[METADATA], ["[]"]])
            self.assertEqual({s.get("valuemetadata") for u in users for s in u["stats"] if s["name"] != KILLS}, set() if place is document else {None})

    def test_absent_where_it_is_not_asked_for(self):
        documented = {"requestedusers": [SAINT], "requestedscids": [{"scid": FIREFIGHT, "requestedstats": [KILLS]}]}
        for answer in (*(self.post(c) for c in "23"), *(self.post(c, body=documented) for c in ("", "1")), *(self.get(c) for c in ("", *"123"))):
            self.assertRegex(answer.body, rb'"value":"?8"?\}|"value":"8","properties"')
            self.assertNotIn(b"valuemetadata", answer.body)
            self.assertNotIn(b"north", answer.body)

    def test_both_have_validators_of_their_own(self):
        plain, with_metadata = self.get("3").headers["etag"], self.get("3", "?include=valuemetadata").headers["etag"]
        self.assertNotEqual(plain, with_metadata)
        again = self.ask(b"", method="GET", target=TARGET + "?include=valuemetadata", headers=version("3", **{"If-None-Match": with_metadata}))
        self.assertEqual((again.status, again.body), (304, b""))
        changed = self.ask(b"", method="GET", target=TARGET + "?include=valuemetadata", headers=version("3", **{"If-None-Match": plain}))
        self.assertEqual(changed.status, 200)

    def test_a_new_row_without_metadata_takes_it_away(self):
        row = f"xuid,scid,statname,value,valuemetadata\n{SHARK},{FIREFIGHT},{HEADSHOTS},12,"
        target = f"/users/xuid({SHARK})/scids/{FIREFIGHT}/stats/{HEADSHOTS}"
        seen = []
        for metadata in ("true", ""):
            self.imports(row + metadata + "\n")
            seen.append(self.get("3", "?include=valuemetadata", target).json()["user"]["stats"][0]["valuemetadata"])
        self.assertEqual(seen, ["true", ""])

    def test_what_is_exported_is_imported_again(self):
        exported = self.service.command("export", "--format", "csv")
        self.assertIn(METADATA.replace('"', '""'), exported)
        self.imports(exported)
        self.assertEqual(self.service.command("export", "--format", "csv"), exported)
        self.test_get_in_contract_3()

    def test_contract_2_as_gzip_and_304(self):
        must = {"Accept-Encoding": "gzip"}
        plain, zipped = self.post("2"), self.ask(BODY, headers=version("2", **must))
        self.assertGreater(len(plain.body), 1024)
        self.assertEqual(zipped.headers["content-encoding"], "gzip")
        self.assertEqual(gzip.decompress(zipped.body), plain.body)
        self.assertEqual(zipped.headers["etag"], plain.headers["etag"][:-1] + '-gzip"')
        for headers, etag in (({}, plain.headers["etag"]), (must, zipped.headers["etag"])):
            for held in plain.headers["etag"], zipped.headers["etag"]:
                again = self.ask(BODY, headers=version("2", **headers, **{"If-None-Match": held}))
                self.assertEqual((again.status, again.body, again.headers["etag"]), (304, b"", etag))
                self.complete(again)
        other = self.ask(BODY, headers=version("3", **{"If-None-Match": '"0"'}))
        self.assertEqual(other.status, 200)

    def test_head(self):
        for contract, query in (("", ""), ("1", ""), ("2", ""), ("3", ""), ("3", "?include=valuemetadata")):
            whole = self.get(contract, query)
            head = self.ask(b"", method="HEAD", target=TARGET + query, headers=version(contract))
            self.assertEqual((head.status, head.body), (200, b""))
            self.complete(head)
            for name in "etag", "content-length", "content-type", "vary", "cache-control":
                self.assertEqual(head.headers[name], whole.headers[name])
        held = self.ask(b"", method="HEAD", target=TARGET, headers={"If-None-Match": self.get("").headers["etag"]})
        self.assertEqual(held.status, 304)
        self.assertEqual(self.ask(b"", method="HEAD", target=TARGET, token=None).status, 401)
        refused = self.ask(b"", method="HEAD", target="/batch")
        self.assertEqual((refused.status, refused.headers["allow"]), (405, "POST"))


class Limits(Story):
    """Both windows, on the GET and the POST together. A slow machine may see the burst window end: then the case begins anew."""
    SETTINGS = {"ratelimit.burst": 3, "ratelimit.sustain": 6}
    titles = itertools.count(1)

    def one(self, token, contract="2", target=TARGET, method="GET", body=b""):
        return self.ask(body, method=method, target=target, token=token, headers=version(contract))

    def exactly(self, answer, current, most, period, window):
        self.assertEqual(answer.status, 429, answer)
        self.complete(answer)
        self.assertEqual(answer.body, b'{"version":1,"currentRequests":%d,"maxRequests":%d,"periodInSeconds":%d,"limitType":"Rate","type":"%s"}'
                         % (current, most, period, window))
        self.assertRegex(answer.headers["retry-after"], r"^[1-9][0-9]*$")
        self.assertLessEqual(int(answer.headers["retry-after"]), 300)
        self.assertNotIn("etag", answer.headers)

    def told(self):
        token = self.service.token(title=next(self.titles))
        answers = [self.one(token), self.one(token, method="POST", target="/batch", body=BODY), self.one(token, method="HEAD")]
        if [a.status for a in answers] != [200] * 3:
            return None
        bad = f"/users/nobody/scids/{FIREFIGHT}/stats"
        return [*(self.one(token, contract, target) for contract, target in (("2", TARGET), ("9", bad), ("2", bad))),
                self.one(token + "x", "9", bad), self.one(token, method="POST", target="/batch", body=b"{"), self.one(token)]

    def test_401_before_429_before_406_before_400_on_the_get_as_well(self):
        for _ in range(5):
            answers = self.told()
            if answers is not None and [a.status for a in answers] == [429, 429, 429, 401, 429, 429]:
                break
        fourth, fifth, sixth, wrong, seventh, eighth = answers
        for answer, current in (fourth, 4), (fifth, 5), (sixth, 6):
            self.exactly(answer, current, 3, 15, b"burst")
        self.refused(wrong, 401)
        # both are exceeded: burst is named, and what it says to wait is until neither is
        for answer, current in (seventh, 7), (eighth, 8):
            self.exactly(answer, current, 3, 15, b"burst")
            self.assertGreater(int(answer.headers["retry-after"]), 200)

    def test_406_and_400_below_the_limit(self):
        token = self.service.token(title=next(self.titles))
        bad = f"/users/nobody/scids/{FIREFIGHT}/stats"
        self.refused(self.one(token, "9", bad), 406)
        self.refused(self.one(token, "2", bad), 400)


class Sustain(Limits):
    SETTINGS = {"ratelimit.sustain": 3}

    def test_401_before_429_before_406_before_400_on_the_get_as_well(self):
        answers = self.told()
        self.refused(answers.pop(3), 401)
        for current, answer in enumerate(answers, 4):
            self.exactly(answer, current, 3, 300, b"sustain")


if __name__ == "__main__":
    main()
