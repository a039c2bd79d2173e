# SPDX-License-Identifier: Apache-2.0
"""Demands that the stories together saw every answer that the OpenAPI documents have, but for those of UNSEEN, and says how many cases there
were."""
import pathlib
import re
import sys

from openapi import METHODS, Document

# what no story brings about
UNSEEN = [
    r"openapi-admin\.yaml GET \S+ 500",  # would be a fault of ours
    r"openapi-admin\.yaml GET /(livez|version|limits|metrics) 503",  # memory ran out, or thousands ask at once
]


def documented(document):
    """Every `FILE METHOD path status`."""
    for path, item in document.tree["paths"].items():
        for method in METHODS:
            for status in item.get(method, {}).get("responses", ()):
                where = "another" if status == "405" else f"{method.upper()} {path}"
                yield f"{document.name} {where} {status}"


def main():
    folder, documents = pathlib.Path(sys.argv[1]), map(Document, map(pathlib.Path, sys.argv[2:]))
    seen, codes, cases = set(), set(), 0
    for path in sorted(folder.glob("*")):
        first, *answers = path.read_text().split("\n")
        count, *statuses = map(int, first.split())
        cases += count
        codes |= set(statuses)
        seen |= set(answers)
    wanted = {answer for document in documents for answer in documented(document)}
    print(f"{cases} end-to-end cases; status codes seen: {' '.join(map(str, sorted(codes)))}; {len(wanted & seen)} of {len(wanted)} answers")
    unseen = sorted(wanted - seen)
    idle = [exception for exception in UNSEEN if not any(re.fullmatch(exception, answer) for answer in unseen)]
    missing = [answer for answer in unseen if not any(re.fullmatch(exception, answer) for exception in UNSEEN)]
    for answer in missing:
        print(f"documented, but produced by no case: {answer}")
    for exception in idle:
        print(f"an exception that nothing needs: {exception}")
    sys.exit(1 if missing or idle or not wanted else 0)


if __name__ == "__main__":
    main()
