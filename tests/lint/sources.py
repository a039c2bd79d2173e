# SPDX-License-Identifier: Apache-2.0
"""What the lints share: finding the project's own files and reporting."""
import pathlib
import re
import sys


def root():
    return pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()


def files(top, *patterns):
    for pattern in patterns:
        yield from sorted(p for p in top.glob(pattern) if "build" not in p.relative_to(top).parts)


def without_comments_and_strings(text):
    """The code with comments and literals blanked, line breaks kept."""
    pattern = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)

    def blank(match):
        kept = re.sub(r"[^\n]", " ", match.group(0))
        return kept if match.group(0)[0] == "/" else match.group(0)[0] + kept[1:-1] + match.group(0)[-1]

    return pattern.sub(blank, text)


def finish(name, problems, looked_at):
    """Prints what was found and exits: 1 for a problem, or where nothing was looked at (a lint that sees nothing has broken)."""
    for problem in problems:
        print(problem)
    print(f"{name}: {looked_at} files, {len(problems)} problems")
    sys.exit(1 if problems or looked_at == 0 else 0)
