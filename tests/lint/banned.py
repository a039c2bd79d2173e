# SPDX-License-Identifier: Apache-2.0
"""Calls that this project does not make, each with what to use instead."""
import re

from sources import files, finish, root, without_comments_and_strings

UNBOUNDED = "use struct text, struct buffer or snprintf"
BANNED = {
    "strcpy": UNBOUNDED, "strcat": UNBOUNDED, "strncpy": UNBOUNDED, "strncat": UNBOUNDED, "stpcpy": UNBOUNDED,
    "sprintf": UNBOUNDED, "vsprintf": UNBOUNDED, "gets": UNBOUNDED, "alloca": "use the arena",
    "strtok": "use text_split", "strtok_r": "use text_split",
    "atoi": "use text_to_i64", "atol": "use text_to_i64", "atoll": "use text_to_i64", "atof": "use text_to_double",
    "scanf": "use text_to_i64", "sscanf": "use text_to_i64", "fscanf": "use text_to_i64",
    "system": "no shell", "popen": "no shell", "setlocale": "the C locale always", "rand": "use struct random_source",
    "random": "use struct random_source", "time": "use struct clock", "gettimeofday": "use struct clock",
    "localtime": "use gmtime_r", "gmtime": "use gmtime_r", "ctime": "use gmtime_r", "strerror_r": "use strerror",
    "mktemp": "use mkstemp", "tmpnam": "use mkstemp",
    "cJSON_GetObjectItem": "ignores case", "cJSON_GetArrayItem": "is quadratic in a loop",
}
HEAP = {"malloc", "calloc", "realloc", "free", "strdup", "strndup", "asprintf", "vasprintf"}
CALL = re.compile(r"(?<![\w.>])(\w+)\s*\(")


def problems_of(path, text):
    for number, line in enumerate(without_comments_and_strings(text).split("\n"), 1):
        for name in CALL.findall(line):
            if name in BANNED:
                yield f"{path}:{number}: {name} is banned: {BANNED[name]}"
            if name in HEAP and path != "src/base/memory.c":
                yield f"{path}:{number}: {name} is banned: use base/memory.h or an arena"


def main():
    top = root()
    problems, count = [], 0
    for path in files(top, "src/**/*.[ch]", "include/**/*.h"):
        count += 1
        problems += problems_of(str(path.relative_to(top)), path.read_text())
    finish("banned", problems, count)


if __name__ == "__main__":
    main()
