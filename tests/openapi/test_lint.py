# SPDX-License-Identifier: Apache-2.0
"""docs/openapi*.yaml as documents: a linter from npm finds nothing, and finds what is planted; the routes and error codes of the source are
in them. Where npm cannot install the linter this fails: nothing here is skipped."""
import atexit
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from openapi import Document

SOURCE = pathlib.Path(os.environ["E2E_SOURCE"])
HERE = SOURCE / "tests/openapi"
FILES = {"api_public_routes": SOURCE / "docs/openapi.yaml", "api_admin_routes": SOURCE / "docs/openapi-admin.yaml"}
folder = pathlib.Path(tempfile.mkdtemp(prefix="userstats-openapi-"))
atexit.register(shutil.rmtree, folder, ignore_errors=True)

# what is replaced by what, and the rule that sees it
PLANTED = [
    ("  summary: Player", "  sumary: Player", "struct"),
    ("operationId: readSomeOfUser", "operationId: readAllOfUser", "operation-operationId-unique"),
    ("#/components/responses/NotModified", "#/components/responses/Unchanged", "no-unresolved-refs"),
    ("name: names\n", "name: name\n", "path-parameters-defined"),
    ("{statname: Test4FirefightKills, type: Integer, value: 7}", "{statname: Test4FirefightKills, type: Integer}", "no-invalid-media-type-examples"),
    ("            Cache-Control: {$ref: '#/components/headers/CacheControlKept'}\n            MS-CV: {$ref: '#/components/headers/CorrelationVector'}\n",
     "            Cache-Control: {$ref: '#/components/headers/CacheControlKept'}\n", "response-contains-header"),
    ("  schemas:\n", "  schemas:\n    Nobody: {type: string}\n", "no-unused-components"),
]


def setUpModule():
    for name in "package.json", "package-lock.json":
        shutil.copy(HERE / name, folder)
    npm = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"], cwd=folder, capture_output=True,
                         text=True, timeout=240)
    assert npm.returncode == 0, f"npm cannot install the linter, without which nothing is shown here:\n{npm.stdout}{npm.stderr}"


def lint(*documents):
    done = subprocess.run(["node", HERE / "lint.js", *documents], cwd=folder, capture_output=True, text=True, timeout=240)
    return done.returncode, done.stdout + done.stderr


class Linted(unittest.TestCase):
    def test_nothing_is_found(self):
        self.assertEqual(lint(*FILES.values()), (0, "2 documents, 0 problems\n"))

    def test_what_is_planted_is_found(self):
        text, wanted = FILES["api_public_routes"].read_text(), {}
        for i, (old, new, rule) in enumerate(PLANTED):
            self.assertIn(old, text)
            path = folder / f"planted{i}.yaml"
            path.write_text(text.replace(old, new))
            wanted[path] = rule
        status, found = lint(*wanted)
        self.assertEqual(status, 1, found)
        for path, rule in wanted.items():
            self.assertRegex(found, rf"(?m)^{re.escape(str(path))}.*: {rule}: ")


class AsTheSource(unittest.TestCase):
    def test_the_routes_are_those_that_are_documented(self):
        source = (SOURCE / "src/api/routes.c").read_text()
        for table, path in FILES.items():
            documented = {re.sub(r"xuid\(\{xuid\}\)", "{user}", p) for p in Document(path).tree["paths"]}
            routes = re.search(rf"{table}\[\] = {{(.*?)\n}};", source, re.S).group(1)
            served = set(re.findall(r'\.path = "(.*?)"', routes))
            self.assertTrue(served)
            self.assertEqual(served, documented, path)

    def test_every_error_code_is_documented_under_its_status_and_every_example_has_its_text(self):
        source = (SOURCE / "include/base/error_codes.def").read_text()
        shared = dict(re.findall(r'#define (\w+) "(.*)"', source))
        rows = re.findall(r'^ERROR\((\w+), (\d+), (\d+), \w+, (?:"(.*)"|(\w+))\)$', source, re.M)
        self.assertEqual(len(rows), source.count("\nERROR("))
        codes, texts = {}, {}
        for name, status, code, text, macro in rows:
            if status != "0" and name != "RATE_LIMITED":  # whose body has no code
                codes.setdefault(status, set()).add(int(code))
                texts.setdefault(int(code), set()).add(text or shared[macro])
        document = Document(FILES["api_public_routes"])
        for status in codes:
            documented = set()
            for response in self.responses(document, status):
                content = response["content"]["application/json"]
                documented |= set(content["schema"]["properties"]["code"]["enum"])
                self.assertIn(content["example"]["description"], texts[content["example"]["code"]])
            self.assertEqual(documented, codes[status], f"the codes of status {status}")
        self.assertIn("429", document.tree["paths"]["/batch"]["post"]["responses"])

    def responses(self, document, status):
        operations = [operation for item in document.tree["paths"].values() for operation in item.values()]
        found = [document.follow(o["responses"][status]) for o in operations if status in o["responses"]]
        self.assertTrue(found, f"no operation documents status {status}")
        return found


if __name__ == "__main__":
    unittest.main(verbosity=2)
