#!/usr/bin/env python3
"""Count the instructions of a frame's paths with callgrind, and compare them with ceilings.txt.

usage: count.py HOT_PATH [--ceilings FILE] [--calls N] [PATH...]

Callgrind collects inside of hot_path's counted() alone, so start-up does not count. The figures do not depend on the
machine's speed or load, only on compiler and flags. Exit code 0: at or below every ceiling; 1: above one, or a path
without ceiling; 77: nothing to count with.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def read_ceilings(path):
    ceilings = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            line = line.split("#")[0].split()
            if line:
                ceilings[line[0]] = float(line[1])
    return ceilings


def count(program, path, calls):
    """Instructions per call."""
    with tempfile.TemporaryDirectory() as work:
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", "--collect-atstart=no", "--toggle-collect=counted",
             f"--callgrind-out-file={work}/out", program],
            env=dict(os.environ, TP_TEST_NO_FORK="1", TP_COUNT_PATH=path, TP_COUNT_CALLS=str(calls)),
            capture_output=True, text=True, check=False)
    collected = re.search(r"Collected\s*:\s*(\d+)", run.stderr)
    if run.returncode != 0 or collected is None or int(collected.group(1)) < calls:
        sys.exit(f"{path}: exit code {run.returncode}\n{run.stdout}{run.stderr}")
    return int(collected.group(1)) / calls


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("program")
    parser.add_argument("--ceilings", default=os.path.join(HERE, "ceilings.txt"))
    parser.add_argument("--calls", type=int, default=4000)
    parser.add_argument("paths", nargs="*")
    arguments = parser.parse_args()
    if shutil.which("valgrind") is None:
        print("no valgrind here: scripts/setup.sh check")
        sys.exit(77)

    ceilings = read_ceilings(arguments.ceilings)
    too_many = 0
    print(f"{'instructions per call':28} {'counted':>9} {'ceiling':>9}")
    for path in arguments.paths or ceilings:
        counted = count(arguments.program, path, arguments.calls)
        ceiling = ceilings.get(path)
        verdict = ""
        if ceiling is None:
            verdict = "  NO CEILING"
        elif counted > ceiling:
            verdict = f"  TOO MANY: {100 * counted / ceiling - 100:.0f} % above"
        too_many += verdict != ""
        print(f"{path:28} {counted:9.1f} {ceiling if ceiling is not None else '-':>9}{verdict}", flush=True)
    if too_many:
        sys.exit(f"{too_many} above the ceiling in {os.path.basename(arguments.ceilings)}: make it cheaper, or raise "
                 "the ceiling and say in the commit what for")


if __name__ == "__main__":
    main()
