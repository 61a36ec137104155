#!/usr/bin/env python3
"""Holds the tree to its layers and to a few rules a compiler does not know.

- Includes point downwards only (LAYERS below); tests beside sources may also include what their folder may not.
- Aeron's headers in src/link alone, but for AERON_ELSEWHERE; mmap( in src/shm and src/base alone; no volatile in src/.
- The library never logs, exits, or reads the environment (src/config, which only tools link, may do the latter).
- Public headers include only each other, stddef.h, stdint.h and stdbool.h, and hold no _Atomic.
- A source file stays below 900 lines, a test below 1500 (about 600 is the aim; generated code is not counted).
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What a folder of src/ may include besides itself and the public headers.
LAYERS = {
    "base": "",
    "tensor": "base",
    "shm": "base tensor",
    "wire": "base",
    "link": "base",
    "client": "base tensor shm wire link",
    "standalone": "base tensor shm wire link client",
    "producer": "base tensor shm wire link client standalone",
    "consumer": "base tensor shm wire link client standalone",
    "driver": "base tensor shm wire link",
    "qos": "base wire link client",
    "metadata": "base wire link client producer",
    "bridge": "base tensor shm wire link client producer consumer",
    "rate_limiter": "base shm wire link client producer consumer",
    "supervisor": "base shm wire link client qos metadata",
    "discovery": "base wire link client metadata",
    "config": "base",
}
# Raw Aeron is what tensorpool is measured against: through the link it would not be raw.
AERON_ELSEWHERE = ("tools/tp/bench/subjects/aeron.c",)
LIBRARY_FORBIDS = {
    r"\b(?:printf|fprintf|vprintf|vfprintf|puts|fputs|perror|syslog)\s*\(": "the library never prints",
    r"\b(?:exit|_exit|quick_exit)\s*\(": "the library never exits",
    r"\b(?:getenv|secure_getenv|setenv|putenv)\s*\(": "the library never reads the environment",
    r"\b(?:umask|signal|sigaction)\s*\(": "the library leaves umask and signals alone",
}
MAX_LINES = 650
MAX_TEST_LINES = 800
errors = []


def complain(path, line, text):
    errors.append(f"{path.relative_to(ROOT)}:{line}: {text}")


def without_comments(text):
    """Comments and string literals blanked, line numbers kept."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.S)

    def blank(match):
        found = match.group(0)
        if found.startswith('"'):
            before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
            return found if re.match(r"\s*#\s*include\s*$", before) else '""'
        return "\n" * found.count("\n") or " "

    return pattern.sub(blank, text)


def check(path):
    relative = path.relative_to(ROOT)
    parts = relative.parts
    in_src = parts[0] == "src"
    folder = parts[1] if in_src else ""
    is_test = path.stem.endswith("_test")
    public = parts[0] == "include"
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n")
    limit = MAX_TEST_LINES if is_test or parts[0] == "tests" else MAX_LINES
    if lines > limit:
        complain(path, lines, f"{lines} lines; split it (limit {limit})")
    for number, line in enumerate(without_comments(text).split("\n"), 1):
        include = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
        if include:
            name = include.group(2)
            aeron_is_here = in_src and folder == "link" or relative.as_posix() in AERON_ELSEWHERE
            if re.match(r"aeron", name) and not aeron_is_here:
                complain(path, number, f"{name}: Aeron's headers belong in src/link alone")
            top = name.split("/")[0]
            if in_src and not is_test and "/" in name and top in LAYERS and top != folder:
                if top not in LAYERS[folder].split():
                    complain(path, number, f"{name}: src/{folder} may include only {LAYERS[folder] or 'nothing'}")
            if in_src and folder not in LAYERS:
                complain(path, number, f"src/{folder} has no layer yet: add it to LAYERS in {sys.argv[0]}")
            if public and not (name.startswith("tensorpool/") or name in ("stddef.h", "stdint.h", "stdbool.h")):
                complain(path, number, f"{name}: not in a public header")
            continue
        if public and re.search(r"\b_Atomic\b", line):
            complain(path, number, "_Atomic: not in a public header")
        if not in_src or is_test:
            continue
        if re.search(r"\bmmap\s*\(", line) and folder not in ("shm", "base"):
            complain(path, number, "mmap( belongs in src/shm and src/base alone")
        if re.search(r"\bvolatile\b", line) and "asm" not in line:
            complain(path, number, "volatile: say it with an atomic and name its partner")
        if folder != "config":
            for pattern, why in LIBRARY_FORBIDS.items():
                if re.search(pattern, line):
                    complain(path, number, why)


count = 0
for top in ("include", "src", "tools", "examples", "tests"):
    for path in sorted((ROOT / top).rglob("*")):
        if path.suffix in (".c", ".h", ".cpp", ".hpp") and "gen" not in path.parts and path.is_file():
            check(path)
            count += 1
for error in errors:
    print(error)
print(f"includes: {count} files, {len(errors)} complaints")
sys.exit(1 if errors else 0)
