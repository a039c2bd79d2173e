#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One answer of a server held against the database itself, read here without any code of ours; prints the size of the answer's body.
usage: check.py URL DATABASE TOKENS USERS-ASKED STATS-PER-SCID WANTED-STATUS [IF-NONE-MATCH]"""
import json
import sqlite3
import sys
import urllib.error
import urllib.request

FIRST_XUID = 2533274790395905


def asked_of(users, stats):
    if stats == 0:
        return [FIRST_XUID + 7 * u for u in range(users)], {"bench-0": ["Stat1"]}
    return [FIRST_XUID + 7 * u for u in range(users)], {f"bench-{s}": [f"Stat{s * 10 + i + 1}" for i in range(stats)] for s in (0, 1)}


def wanted_of(database, xuids, scids):
    """What the reference page says the answer is."""
    rows = sqlite3.connect(database).execute(
        "SELECT v.xuid, c.scid, s.name, s.type, v.value FROM value v JOIN statistic s ON s.id = v.statistic_id"
        f" JOIN service_config c ON c.id = s.config_id WHERE v.xuid IN ({','.join('?' * len(xuids))})", xuids)
    values = {(xuid, scid, name): {"statname": name, "type": kind, "value": value} for xuid, scid, name, kind, value in rows}
    return {"users": [{"xuid": str(xuid), "scids": [{"scid": scid, "stats": [values[xuid, scid, name] for name in names]}
                                                    for scid, names in scids.items()]} for xuid in xuids]}


def ask(url, token, body, match):
    headers = {"Authorization": token, "Content-Type": "application/json"} | ({"If-None-Match": match} if match else {})
    try:
        with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read()


def main():
    url, database, tokens, users, stats, status = sys.argv[1:7]
    xuids, scids = asked_of(int(users), int(stats))
    with open(tokens, encoding="ascii") as lines:
        token = lines.readline().strip()
    body = {"requestedusers": [str(x) for x in xuids],
            "requestedscids": [{"scid": scid, "requestedstats": names} for scid, names in scids.items()]}
    got, answer = ask(url, token, body, sys.argv[7] if len(sys.argv) > 7 else "")
    if got != int(status) or (got == 200 and json.loads(answer) != wanted_of(database, xuids, scids)):
        sys.exit(f"check.py: {url} answers {got}: {answer[:2000]!r}")
    print(len(answer))


if __name__ == "__main__":
    main()
