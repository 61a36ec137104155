#!/usr/bin/env python3
"""Keep the programs in README.md equal to those that are built: scripts/readme.py [--check]"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
README = ROOT / "README.md"


def filled(text):
    def block(match):
        source = (ROOT / match.group(1)).read_text(encoding="utf-8").strip()
        return f"<!-- include {match.group(1)} -->\n```c\n{source}\n```\n<!-- end -->"
    return re.sub(r"<!-- include (\S+) -->\n.*?<!-- end -->", block, text, flags=re.S)


old = README.read_text(encoding="utf-8")
new = filled(old)
if "--check" in sys.argv:
    if new != old:
        sys.exit("README.md shows other programs than examples/: run scripts/readme.py")
else:
    README.write_text(new, encoding="utf-8")
