# SPDX-License-Identifier: Apache-2.0
"""Demands that the stories together saw every status code that the service documents, and says how many cases there were."""
import pathlib
import sys

DOCUMENTED = {200, 304, 400, 401, 403, 404, 405, 406, 408, 413, 414, 415, 429, 431, 500, 503}


def main():
    seen, cases = set(), 0
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*")):
        count, *codes = path.read_text().split()
        cases += int(count)
        seen |= {int(c) for c in codes}
    print(f"{cases} end-to-end cases; status codes seen: {' '.join(map(str, sorted(seen)))}")
    missing = DOCUMENTED - seen
    if missing:
        print(f"documented, but produced by no case: {sorted(missing)}")
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
