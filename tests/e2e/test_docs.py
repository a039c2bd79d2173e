# SPDX-License-Identifier: Apache-2.0
"""Every command of the documentation is run: each block of docs/api.md and docs/tokens.md marked `# → CODE` must end with that status."""
import os
import re
import socket
import subprocess
import unittest

from service import API, BINARY, PATIENCE, SOURCE, Service, main
from tap import Tap

# the status of each curl, on a line of its own
WRAPPER = """curl() { command curl -sS --max-time 60 -w '\\nSTATUS %{http_code}\\n' "$@"; }\n"""


class Api(unittest.TestCase):
    def test_each_command_has_the_status_it_promises(self):
        blocks = re.findall(r"```sh\n# → (\d+)\n(.*?)```", (SOURCE / "docs/api.md").read_text(), re.S)
        self.assertGreaterEqual(len(blocks), 16)
        service = Service().start()
        limited = Service({"auth.keys": service.keys / "jwks.json", "ratelimit.burst": 3}).start()
        taps = [Tap(s.port, API) for s in (service, limited)]
        try:
            token = service.token(gamertag="WarriorSaint")
            for status, commands in blocks:
                with self.subTest(commands=commands):
                    done = subprocess.run(["bash", "-c", WRAPPER + commands], capture_output=True, text=True, timeout=PATIENCE * 2,
                                          env={"PATH": "/usr/bin:/bin", "URL": f"http://127.0.0.1:{taps[0].port}", "AUTH": token,
                                               "LIMITED": f"http://127.0.0.1:{taps[1].port}", "DB": str(service.database)})
                    found = re.findall(r"^STATUS (\d+)$", done.stdout, re.M)
                    self.assertEqual(found[-1:], [status], done.stdout + done.stderr)
            answers = [answer.status for tap in taps for answer in tap.close()]
            self.assertEqual({int(status) for status, _ in blocks} - set(answers), set())
            self.assertGreaterEqual(len(answers), len(blocks))
        finally:
            limited.stop()
            service.stop()

    def test_each_documented_status_has_a_command(self):
        text = (SOURCE / "docs/api.md").read_text()
        for status in (200, 304, 400, 401, 403, 404, 405, 406, 408, 413, 414, 415, 429, 431, 500, 503):
            self.assertIn(f"# → {status}\n", text)


# one shell for all blocks, so that each has the variables of those before it; what serves in the background ends with it
SESSION = """curl() { command curl -sS --max-time 60 --retry 60 --retry-delay 1 --retry-connrefused -w '\\nSTATUS %{http_code}\\n' "$@"; }
trap 'kill $(jobs -p); wait' EXIT
"""


def a_free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Tokens(unittest.TestCase):
    def test_each_command_ends_as_it_promises(self):
        text = (SOURCE / "docs/tokens.md").read_text()
        blocks = re.findall(r"```sh\n# → (\d+)\n(.*?)```", text, re.S)
        self.assertGreaterEqual(len(blocks), 14)
        self.assertEqual(len(blocks), text.count("```") // 2, "a block that says nothing of how it ends")
        service = Service()
        work = service.folder / "work"
        work.mkdir()
        bin = service.folder / "bin"
        bin.mkdir()
        (bin / "userstats").symlink_to(os.path.abspath(BINARY))
        port = a_free_port()
        tap = Tap(port, API)
        script = SESSION + "".join(f"{commands}printf '\\nEND {i} %d\\n' $?\n" for i, (_, commands) in enumerate(blocks))
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=PATIENCE * 4, cwd=work, env={
            "PATH": f"{bin}:/usr/bin:/bin", "URL": f"http://127.0.0.1:{tap.port}", "USERSTATS_STORE_URL": f"sqlite:{service.database}",
            "USERSTATS_SERVER_LISTEN": f"127.0.0.1:{port}", "USERSTATS_SERVER_ADMIN_LISTEN": "127.0.0.1:0", "USERSTATS_SERVER_DRAIN_DELAY_MS": "0"})
        answers = {answer.status for answer in tap.close()}
        self.assertEqual({int(wanted) for wanted, _ in blocks if int(wanted) >= 100} - answers, set(), done.stdout + done.stderr)
        parts = re.split(r"^END (\d+) (\d+)\n", done.stdout, flags=re.M)
        endings = list(zip(parts[0::3], parts[2::3]))
        self.assertEqual(len(endings), len(blocks), done.stdout + done.stderr)
        for (wanted, commands), (printed, status) in zip(blocks, endings):
            with self.subTest(commands=commands):
                if int(wanted) >= 100:
                    self.assertEqual(re.findall(r"^STATUS (\d+)$", printed, re.M)[-1:], [wanted], printed + done.stderr)
                else:
                    self.assertEqual(status, wanted, printed + done.stderr)


if __name__ == "__main__":
    main()
