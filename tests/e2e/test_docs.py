# SPDX-License-Identifier: Apache-2.0
"""Every command of the documentation is run: each block of docs/api.md marked `# → CODE` must end with that status."""
import re
import subprocess
import unittest

from service import PATIENCE, SOURCE, Service, codes_seen, main

# the status of each curl, on a line of its own
WRAPPER = """curl() { command curl -sS --max-time 60 -w '\\nSTATUS %{http_code}\\n' "$@"; }\n"""


class Api(unittest.TestCase):
    def test_each_command_has_the_status_it_promises(self):
        blocks = re.findall(r"```sh\n# → (\d+)\n(.*?)```", (SOURCE / "docs/api.md").read_text(), re.S)
        self.assertGreaterEqual(len(blocks), 16)
        service = Service().start()
        limited = Service({"auth.keys": service.keys / "jwks.json", "ratelimit.burst": 3}).start()
        try:
            token = service.token(gamertag="WarriorSaint")
            for status, commands in blocks:
                with self.subTest(commands=commands):
                    done = subprocess.run(["bash", "-c", WRAPPER + commands], capture_output=True, text=True, timeout=PATIENCE * 2,
                                          env={"PATH": "/usr/bin:/bin", "URL": f"http://127.0.0.1:{service.port}", "AUTH": token,
                                               "LIMITED": f"http://127.0.0.1:{limited.port}", "DB": str(service.database)})
                    found = re.findall(r"^STATUS (\d+)$", done.stdout, re.M)
                    self.assertEqual(found[-1:], [status], done.stdout + done.stderr)
                    codes_seen.add(int(status))
        finally:
            limited.stop()
            service.stop()

    def test_each_documented_status_has_a_command(self):
        text = (SOURCE / "docs/api.md").read_text()
        for status in (200, 304, 400, 401, 403, 404, 405, 406, 408, 413, 414, 415, 429, 431, 500, 503):
            self.assertIn(f"# → {status}\n", text)


if __name__ == "__main__":
    main()
