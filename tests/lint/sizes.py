# SPDX-License-Identifier: Apache-2.0
"""Small files, short functions, few parameters, shallow nesting. The code is laid out by clang-format, which this relies on."""
import re

from sources import files, finish, root, without_comments_and_strings

HEADER_LINES, SOURCE_LINES, FUZZ_TARGET_LINES, FUNCTION_LINES, PARAMETERS, NESTING = 160, 500, 30, 70, 5, 3


def functions(text):
    """(name, first line, lines of the body) of each function definition: its brace stands alone in the first column."""
    lines = text.split("\n")
    for i, line in enumerate(lines):
        if line != "{" or i == 0:
            continue
        end = next((j for j in range(i, len(lines)) if lines[j] == "}"), None)
        start = i - 1
        while start > 0 and lines[start][:1] in (" ", "\t"):
            start -= 1
        if end is not None:
            yield " ".join(lines[start:i]), start + 1, lines[i + 1:end]


def parameter_count(signature):
    inside = signature[signature.index("(") + 1:signature.rindex(")")]
    depth = commas = 0
    for c in inside:
        depth += {"(": 1, ")": -1}.get(c, 0)
        commas += c == "," and depth == 0
    return 0 if inside.strip() in ("", "void") else commas + 1


def nesting(body):
    """The deepest control statement, counted by braces; braces of initializers do not count."""
    deepest = depth = 0
    stack = []
    for line in body:
        for match in re.finditer(r"[{}]", line):
            if match.group() == "{":
                control = re.search(r"(\)|else|do)\s*$", line[:match.start()]) is not None
                stack.append(control)
                depth += control
                deepest = max(deepest, depth)
            elif stack:
                depth -= stack.pop()
    return deepest


def problems_of(path, text):
    limit = HEADER_LINES if path.endswith(".h") else FUZZ_TARGET_LINES if "/fuzz_" in path else SOURCE_LINES
    count = text.count("\n")
    if count > limit:
        yield f"{path}: {count} lines; the limit is {limit}"
    for signature, line, body in functions(without_comments_and_strings(text)):
        match = re.search(r"(\w+)\s*\(", signature)
        name = match.group(1) if match else signature
        if len(body) > FUNCTION_LINES:
            yield f"{path}:{line}: {name} has {len(body)} lines; the limit is {FUNCTION_LINES}"
        # (libmicrohttpd decides how many parameters its callbacks have)
        if "(" in signature and "enum MHD_Result" not in signature and parameter_count(signature) > PARAMETERS:
            yield f"{path}:{line}: {name} has {parameter_count(signature)} parameters; the limit is {PARAMETERS}"
        if nesting(body) > NESTING:
            yield f"{path}:{line}: {name} nests {nesting(body)} deep; the limit is {NESTING}"


def main():
    top = root()
    problems, count = [], 0
    for path in files(top, "src/**/*.[ch]", "include/**/*.h", "tests/fuzz/*.[ch]"):
        count += 1
        problems += problems_of(str(path.relative_to(top)), path.read_text())
    finish("sizes", problems, count)


if __name__ == "__main__":
    main()
