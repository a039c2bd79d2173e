# SPDX-License-Identifier: Apache-2.0
"""The lints can fail: each is shown a planted fault and must see it."""
import unittest

import banned
import layers
import metrics_doc
import sizes
import words


class Lints(unittest.TestCase):
    def test_layers_sees_an_upward_include_and_a_foreign_header(self):
        modules = {"base": set(), "store": {"base"}, "auth": {"base"}}
        upward = layers.problems_of("src/store/x.c", "store", {"base"}, '#include "auth/claims.h"\n', modules)
        self.assertEqual(len(list(upward)), 1)
        foreign = layers.problems_of("src/store/x.c", "store", {"base"}, "#include <cjson/cJSON.h>\n", modules)
        self.assertEqual(len(list(foreign)), 1)
        fine = layers.problems_of("src/store/sqlite.c", "store", {"base"}, '#include <sqlite3.h>\n#include "base/text.h"\n', modules)
        self.assertEqual(list(fine), [])

    def test_layers_reads_every_row(self):
        table = layers.rows(layers.root())
        self.assertEqual(table["base"], set())
        self.assertIn("auth", table["api"])
        self.assertNotIn("store", table["batch"])

    def test_sizes_sees_each_excess(self):
        def one(code):
            return list(sizes.problems_of("src/x/x.c", code))
        self.assertEqual(len(one("int a;\n" * 501)), 1)
        self.assertEqual(len(one("int f(void)\n{\n" + "    a();\n" * 71 + "}\n")), 1)
        self.assertEqual(len(one("int f(int a, int b, int c, int d, int (*e)(int, int), int f)\n{\n}\n")), 1)
        self.assertEqual(one("int f(int a, int b, int c, int d, int (*e)(int, int))\n{\n}\n"), [])
        self.assertEqual(len(list(sizes.problems_of("tests/fuzz/fuzz_x.c", "int a;\n" * 31))), 1)
        deep = "    if (a) {\n" * 4 + "    }\n" * 4
        self.assertEqual(len(one("int f(void)\n{\n" + deep + "}\n")), 1)

    def test_banned_sees_calls_but_not_comments_members_or_longer_names(self):
        def one(code):
            return list(banned.problems_of("src/x/x.c", code))
        self.assertEqual(len(one("strcpy(a, b);")), 1)
        self.assertEqual(len(one("p = malloc(3);")), 1)
        self.assertEqual(one('/* strcpy(a) */ f("strcpy(a)"); memory_free(p); d->free(p);'), [])

    def test_words_sees_a_missing_licence_and_a_nameless_file(self):
        self.assertEqual(len(list(words.problems_of("src/x/x.c", "x", "int a;\n"))), 1)
        self.assertEqual(len(list(words.problems_of("src/x/y.c", "json_helper", "/* " + words.SPDX + " */\n"))), 1)

    def test_metrics_doc_sees_names_against_the_conventions(self):
        def one(kind, shape, name, text="Words."):
            row = f'METRIC(X, {kind}, {shape}, NONE, CODE, "{name}", "{text}")\n'
            return list(metrics_doc.problems_of(metrics_doc.rows(row)))
        self.assertEqual(one("COUNTER", "NUMBER", "userstats_x_total"), [])
        self.assertEqual(one("HISTOGRAM", "STORE_TIME", "userstats_x_seconds"), [])
        self.assertEqual(len(one("COUNTER", "NUMBER", "userstats_x")), 1)
        self.assertEqual(len(one("GAUGE", "NUMBER", "userstats_x_total")), 1)
        self.assertEqual(len(one("GAUGE", "SECONDS", "userstats_x_ms")), 1)
        self.assertEqual(len(one("GAUGE", "ITEMS", "userstats_x")), 1)
        self.assertEqual(len(one("GAUGE", "NUMBER", "x")), 1)
        self.assertEqual(len(one("GAUGE", "NUMBER", "userstats_x", "Words")), 1)


if __name__ == "__main__":
    unittest.main(argv=["test_lints"])
