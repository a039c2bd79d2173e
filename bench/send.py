#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sends COUNT batches of a fixed seed over one connection, one after the other: the same work each time, for tools that count.
usage: send.py URL TOKENS USERS ASK STATS COUNT"""
import random
import socket
import sys
import urllib.parse


def requests(host, tokens, users, ask, stats, count):
    chance = random.Random(20261124)
    scids = ",".join(f'{{"scid":"bench-{s}","requestedstats":[' + ",".join(f'"Stat{s * 10 + i + 1}"' for i in range(stats)) + "]}" for s in (0, 1))
    for _ in range(count):
        asked = ",".join(f'"{2533274790395904 + chance.randint(1, users)}"' for _ in range(ask))
        body = f'{{"requestedusers":[{asked}],"requestedscids":[{scids}]}}'
        yield (f"POST /batch HTTP/1.1\r\nHost: {host}\r\nAuthorization: {chance.choice(tokens)}\r\nContent-Type: application/json\r\n"
               f"Content-Length: {len(body)}\r\n\r\n{body}").encode()


def read_answer(connection):
    got = b""
    while b"\r\n\r\n" not in got:
        piece = connection.recv(65536)
        if not piece:
            sys.exit("send.py: the server closed the connection")
        got += piece
    head, _, body = got.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 "):
        sys.exit(f"send.py: {got[:500]!r}")
    size = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    while len(body) < size:
        body += connection.recv(size - len(body))


def main():
    url, tokens, users, ask, stats, count = sys.argv[1:7]
    host = urllib.parse.urlsplit(url).netloc
    name, port = host.split(":")
    with open(tokens, encoding="ascii") as lines:
        known = lines.read().split("\n")[:-1]
    with socket.create_connection((name, int(port))) as connection:
        for request in requests(host, known, int(users), int(ask), int(stats), int(count)):
            connection.sendall(request)
            read_answer(connection)


if __name__ == "__main__":
    main()
