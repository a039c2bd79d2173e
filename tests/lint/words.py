# SPDX-License-Identifier: Apache-2.0
"""Small print: every source says its licence, nothing is left unfinished, no file or identifier has a name that means nothing."""
import re

from sources import files, finish, root

SPDX = "SPDX-License-Identifier: Apache-2.0"
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
NAMELESS = re.compile(r"(^|_)(util|utils|helper|helpers|common|misc|manager)($|_)")


def problems_of(path, name, text):
    if SPDX not in "\n".join(text.split("\n")[:3]):
        yield f"{path}: no SPDX line in the first three lines"
    if UNFINISHED.search(text):
        yield f"{path}: holds a marker of unfinished work"
    if NAMELESS.search(name):
        yield f"{path}: the name says nothing; name it after what it does"


def main():
    top = root()
    problems, count = [], 0
    for path in files(top, "src/**/*.[ch]", "include/**/*.h", "include/**/*.def", "tests/**/*.[ch]", "tests/**/*.py", "tests/**/*.js",
                      "schema/**/*.sql", "scripts/*", "bench/*.[ch]", "bench/*.sh", "cmake/*.cmake", "**/CMakeLists.txt"):
        if path.is_file():
            count += 1
            problems += problems_of(str(path.relative_to(top)), path.stem, path.read_text())
    finish("words", problems, count)


if __name__ == "__main__":
    main()
