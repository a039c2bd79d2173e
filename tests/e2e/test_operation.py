# SPDX-License-Identifier: Apache-2.0
"""The process among its operators: start, probes, faults of the store, the end."""
import signal
import sqlite3
import subprocess
import threading
import time
import unittest

from service import BINARY, FIREFIGHT, PATIENCE, SAINT, SAMPLE, SHARK, SOURCE, Service, Story, VALUES, main, request_bytes, run, until


class Probes(Story):
    def test_admin_port(self):
        for target in ("/livez", "/readyz", "/readyz?verbose", "/version"):
            answer = self.service.ask(method="GET", target=target, admin=True)
            self.assertEqual(answer.status, 200, target)
            self.complete(answer)
        self.assertRegex(self.service.ask(method="GET", target="/version", admin=True).json()["version"], r"^\d+\.\d+\.\d+")
        self.refused(self.service.ask(method="GET", target="/batch", admin=True), 404, "on this port")

    def test_healthcheck(self):
        port = f"server.admin_listen=127.0.0.1:{self.service.admin_port}"
        self.service.command("healthcheck", "--set", port)
        self.service.command("healthcheck", "--set", "server.admin_listen=127.0.0.1:1", status=1)

    def test_one_log_line_a_request_without_secrets(self):
        answer = self.ask(headers={"MS-CV": "AAAAAAAAAAAAAAAA.7"})
        self.assertEqual(answer.status, 200)
        refusal = self.ask(b"{")
        trace = refusal.json()["traceId"]
        lines = until(lambda: [l for l in self.service.log_text().split("\n") if trace in l], "the log line")
        self.assertEqual(len(lines), 1)
        self.assertIn("400", lines[0])
        self.assertIn("JSON_SYNTAX", lines[0])
        self.assertNotIn(self.token.split(";")[1], self.service.log_text())


class Faults(unittest.TestCase):
    def setUp(self):
        self.service = Service()
        self.token = self.service.token()

    def tearDown(self):
        self.service.stop()
        log = self.service.log_text()
        self.assertNotIn("Sanitizer", log)

    def status(self):
        return self.service.ask(SAMPLE, token=self.token).status

    def ready(self):
        return self.service.ask(method="GET", target="/readyz", admin=True).status

    def test_a_database_that_vanishes_is_503_and_healthy_again_when_it_is_back(self):
        service = self.service.start()
        self.assertEqual((self.status(), self.ready()), (200, 200))
        away = service.folder / "away.db"
        service.database.rename(away)
        until(lambda: self.status() == 503, "503 without a database")
        answer = service.ask(SAMPLE, token=self.token)
        self.assertEqual((answer.status, answer.headers["retry-after"]), (503, "1"))
        until(lambda: self.ready() == 503, "not ready")
        self.assertEqual(service.ask(method="GET", target="/livez", admin=True).status, 200)
        self.assertFalse(service.database.exists(), "the server must not make an empty database")
        away.rename(service.database)
        until(lambda: self.status() == 200 and self.ready() == 200, "healthy again")

    def test_a_database_replaced_by_rubbish_is_503(self):
        service = self.service.start()
        good = service.folder / "good.db"
        service.database.rename(good)
        service.database.write_bytes(b"rubbish" * 10000)
        until(lambda: self.status() == 503, "503 for rubbish")
        good.replace(service.database)
        until(lambda: self.status() == 200, "healthy again")

    def test_a_value_of_another_type_than_declared_is_500(self):
        service = self.service
        database = sqlite3.connect(service.database)
        database.execute("UPDATE value SET value = 'seven' WHERE xuid = ? AND value = 7", (SAINT,))
        database.commit()
        database.close()
        service.start()
        answer = service.ask(SAMPLE, token=self.token)
        self.assertEqual(answer.status, 500)
        self.assertNotIn(b"seven", answer.body)

    def test_serve_without_a_database_says_what_to_run(self):
        self.service.database.unlink()
        self.assertIn("schema migrate", self.service.command("serve", status=1))
        self.assertFalse(self.service.database.exists())
        self.service.database.write_bytes(b"not a database" * 1000)
        self.service.command("serve", status=1)

    def test_a_database_of_the_first_schema_is_migrated_with_its_values(self):
        service = self.service
        service.database.unlink()
        database = sqlite3.connect(service.database)
        database.executescript((SOURCE / "schema/sqlite/0001_initial.sql").read_text())
        database.executescript(f"""PRAGMA application_id = 0x55535431; PRAGMA user_version = 1;
            INSERT INTO service_config VALUES (1, '{FIREFIGHT}', 'RETAIL');
            INSERT INTO statistic (id, config_id, name, type, access) VALUES (1, 1, 'Test4FirefightKills', 'Integer', 'open');
            INSERT INTO value VALUES ({SAINT}, 1, 7, '{{"map": "north"}}'), ({SHARK}, 1, 63, NULL);""")
        database.close()
        self.assertIn("schema version 1, this build's 2: run: userstats schema migrate", service.command("schema", "status", status=1))
        self.assertIn("run userstats schema migrate", service.command("serve", status=1))
        self.assertIn("run: userstats schema migrate", service.load(VALUES, status=1))
        self.assertIn("schema version 1, migrated to 2", service.command("schema", "migrate"))
        self.assertIn("schema version 2, this build's 2: current", service.command("schema", "status"))
        self.assertEqual(service.command("export"), "xuid,scid,statname,value,valuemetadata\n"
                         f"{SHARK},{FIREFIGHT},Test4FirefightKills,63,\n"
                         f'{SAINT},{FIREFIGHT},Test4FirefightKills,7,"{{""map"": ""north""}}"\n')

    def test_bad_settings_refuse_to_start_and_name_the_place(self):
        for line, word in [("server.nonsense", "nonsense"), ("limits.max_users", "max_users")]:
            service = self.service
            service.settings = {**service.settings, line: "x"}
            service.write_config()
            self.assertIn(word, service.command("serve", status=1))
            self.assertIn("userstats.conf:", service.command("config", "check", status=1))
            del service.settings[line]
        self.service.write_config()

    def test_sigterm_finishes_what_is_in_flight(self):
        service = self.service.start()
        connection = service.connect()
        request = request_bytes(headers={"Authorization": self.token}, body=SAMPLE)
        connection.send(request[:-5])
        time.sleep(0.2)
        service.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        connection.send(request[-5:])
        answer = connection.answer()
        self.assertEqual((answer.status, answer.headers["connection"].lower()), (200, "close"))
        self.assertEqual(service.process.wait(PATIENCE), 0)
        service.process = None

    def test_no_request_fails_while_an_import_runs(self):
        service = self.service.start()
        rows = "xuid,scid,statname,value\n" + "".join(f"{n},{FIREFIGHT},Test4FirefightKills,{n}\n" for n in range(1, 60001))
        writer = threading.Thread(target=service.load, args=(rows,))
        writer.start()
        asked = 0
        while writer.is_alive() or asked < 10:
            self.assertEqual(self.status(), 200)
            asked += 1
        writer.join()


class CommandLine(unittest.TestCase):
    def test_help_version_and_usage(self):
        for words in ([], ["serve"], ["config"], ["schema"], ["catalog"], ["import"], ["export"], ["token"], ["healthcheck"]):
            self.assertIn("usage", run(*words, "--help").lower())
            self.assertIn("userstats", run(*words, "--version"))
        for words in (["nonsense"], ["serve", "--nonsense"], ["import"], ["catalog"], ["token", "nonsense"], []):
            run(*words, status=2)

    def test_demo(self):
        demo = subprocess.Popen([BINARY, "serve", "--demo", "--set", "server.listen=127.0.0.1:0", "--set", "server.admin_listen=127.0.0.1:0"],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            command = ""
            for line in demo.stdout:
                if line.lstrip().startswith("curl") or command:
                    command += line
                    if not line.rstrip().endswith("\\"):
                        break
            answer = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=PATIENCE).stdout
            self.assertEqual([w for w in ("7", "4", "3434", "41", "63", "12", "375", "34") if f'"value":{w}' not in answer], [], answer)
        finally:
            demo.terminate()
            demo.stdout.close()
            self.assertEqual(demo.wait(PATIENCE), 0)


if __name__ == "__main__":
    main()
