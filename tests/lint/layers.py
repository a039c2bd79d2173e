# SPDX-License-Identifier: Apache-2.0
"""Imports go down: each #include of a module is in its row of CMakeLists.txt, and each foreign library has one home."""
import re

from sources import files, finish, root

FOREIGN = {  # header prefix -> the files that may speak it
    "microhttpd.h": r"src/http_mhd/.*",
    "cjson/": r"src/json/reader\.c",
    "openssl/": r"src/jose/.*",
    "sqlite3.h": r"src/store/sqlite[a-z_]*\.[ch]",
    "libpq": r"src/store/postgres[a-z_]*\.[ch]",
    "ini.h": r"src/base/settings[a-z_]*\.c",
    "curl/": r"src/fetch/https\.c",
    "zlib.h": r"src/jose/deflate\.c",
    "xxhash.h": r"src/base/hash\.c",
}


def rows(top):
    """module -> the modules it may include, from the one table that also links them."""
    table = {}
    for name, modules in re.findall(r"^userstats_module\((\w+)(?:\s+MODULES ([\w ]+?))?(?:\s+FOREIGN .*)?\)",
                                    (top / "CMakeLists.txt").read_text(), re.M):
        table[name] = set((modules or "").split())
    table["main"] = {"cli"}
    return table


def problems_of(path, module, allowed, text, modules):
    for number, include in re.findall(r"^(\d+):\s*#\s*include\s+[<\"]([^>\"]+)[>\"]", numbered(text), re.M):
        owner = include.split("/")[0]
        if "/" in include and owner in modules and owner != module and owner not in allowed:
            yield f"{path}:{number}: {module} may not include {include}: its row in CMakeLists.txt has no {owner}"
        for prefix, home in FOREIGN.items():
            if include.startswith(prefix) and not re.fullmatch(home, path):
                yield f"{path}:{number}: {include} is spoken only in {home}"


def numbered(text):
    return "\n".join(f"{i}:{line}" for i, line in enumerate(text.split("\n"), 1))


def main():
    top = root()
    table = rows(top)
    problems, count = [], 0
    for path in files(top, "src/**/*.[ch]", "include/**/*.h"):
        relative = path.relative_to(top)
        module = relative.parts[1]
        count += 1
        if module not in table:
            problems.append(f"{relative}: {module} is no module of CMakeLists.txt")
            continue
        problems += problems_of(str(relative), module, table[module], path.read_text(), table)
    finish("layers", problems, count)


if __name__ == "__main__":
    main()
