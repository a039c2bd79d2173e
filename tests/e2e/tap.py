# SPDX-License-Identifier: Apache-2.0
"""Stands between a foreign client, such as curl, and a service: passes every byte on, and holds what went through against a document."""
import select
import socket
import threading

from service import PATIENCE, Connection, openapi, until


class Recorded(Connection):
    """What went over a connection that has ended, read as if it were still there."""

    def __init__(self, document, sent, received):
        self.document, self.sent, self.pending = document, sent, received

    def _more(self):
        return False

    def answers(self):
        """All of them, each held against the document."""
        found = []
        while self.pending:
            found.append(self.answer(head_only=openapi.next_request(self.sent)[0].method == "HEAD"))
        return found


class Tap:
    """A port of its own that leads to PORT, whether somebody listens there already or not yet. Close it to see what went through."""

    def __init__(self, port, document):
        self.target, self.document, self.ended = port, document, False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.records, self.threads = [], []
        self.acceptor = threading.Thread(target=self._accept, daemon=True)
        self.acceptor.start()

    def _accept(self):
        while True:
            client, _ = self.listener.accept()
            if self.ended:
                client.close()
                return
            self.threads.append(threading.Thread(target=self._serve, args=(client,), daemon=True))
            self.threads[-1].start()

    def _connect(self):
        try:
            return socket.create_connection(("127.0.0.1", self.target), timeout=PATIENCE)
        except ConnectionRefusedError:
            return None

    def _serve(self, client):
        record = {"sent": b"", "received": b""}
        self.records.append(record)
        with client, until(self._connect, "somebody behind the tap") as server:
            try:
                while self._carry(client, server, record):
                    pass
            except OSError:
                pass

    def _carry(self, client, server, record):
        """Passes on what has come; false when one of the two has ended."""
        for source in select.select([client, server], [], [])[0]:
            data = source.recv(65536)
            record["sent" if source is client else "received"] += data
            if not data:
                return False
            try:
                (server if source is client else client).sendall(data)
            except OSError:
                if source is server:
                    raise  # a server that reads no more may have answered all the same
        return True

    def close(self):
        """Ends it, and returns all answers that went through, each held against the document."""
        self.ended = True
        with socket.create_connection(("127.0.0.1", self.port)):  # wakes accept(), which ends at the sight of it
            self.acceptor.join(PATIENCE)
        self.listener.close()
        for thread in self.threads:
            thread.join(PATIENCE)
        return [answer for record in self.records for answer in Recorded(self.document, **record).answers()]
