#!/usr/bin/env python3
"""Which rule of the protocol is enforced where, and which test proves it.

Rules are the lines `- **W-42** ...` of docs/spec/wire.md, driver.md, README.md and, of the roles, services.md. Code says `/* Rule: W-42 */` where it enforces one,
a test says `/* Proves: W-42 */`; several ids are separated by commas, `W-28..W-33` is a range. docs/rules.md gives, for a rule that has
no code or no test of its own, the reason.

    scripts/rules.py            the table, then the counts, then what is missing
    scripts/rules.py --check    the counts; exit 1 if fewer than in docs/rules-baseline.json, or if an id does not exist
    scripts/rules.py --update   write the counts of now to docs/rules-baseline.json
"""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SERVICES = ROOT / "docs/spec/services.md"
SPECS = {"W": ROOT / "docs/spec/wire.md", "D": ROOT / "docs/spec/driver.md", "X": ROOT / "docs/spec/README.md",
         "C": SERVICES, "B": SERVICES, "R": SERVICES, "S": SERVICES, "U": SERVICES}
BASELINE = ROOT / "docs/rules-baseline.json"
REASONS = ROOT / "docs/rules.md"
FOLDERS = ("src", "include", "tools", "tests", "examples")
ENDINGS = {".c", ".h", ".cpp", ".hpp", ".py", ".sh"}

CITATION = re.compile(r"\b(Rules?|Proves):\s*((?:[A-Z]-\d+)[^\n]*)")
ID = re.compile(r"\b([A-Z])-(\d+)(?:\s*\.\.\s*(?:[A-Z]-)?(\d+))?")
# Ids are read up to the first word that is neither an id nor a joint: what follows is prose.
LIST = re.compile(r"(?:[A-Z]-\d+(?:\s*\.\.\s*(?:[A-Z]-)?\d+)?)(?:\s*(?:,|and|\+|/)\s*(?:[A-Z]-\d+(?:\s*\.\.\s*(?:[A-Z]-)?\d+)?))*")


def rules():
    found = {}
    for letter, path in SPECS.items():
        for line in path.read_text(encoding="utf-8").splitlines():
            match = re.match(r"- \*\*(%s-\d+)\*\*\s*(.*)" % letter, line)
            if match:
                found[match.group(1)] = match.group(2)
    return found


def expand(text):
    listed = LIST.match(text)
    if not listed:
        return
    for letter, first, last in ID.findall(listed.group(0)):
        for number in range(int(first), int(last or first) + 1):
            yield f"{letter}-{number}"


def citations():
    enforced, proved = {}, {}
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix not in ENDINGS or "/gen/" in path.as_posix() or not path.is_file():
                continue
            # Comments wrap: join a continued ` * ` line so that a list of ids may go on.
            for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
                for kind, text in CITATION.findall(line):
                    for rule in expand(text):
                        where = f"{path.relative_to(ROOT).as_posix()}:{number}"
                        (proved if kind == "Proves" else enforced).setdefault(rule, []).append(where)
    return enforced, proved


def reasons():
    given = {}
    if REASONS.exists():
        for line in REASONS.read_text(encoding="utf-8").splitlines():
            match = re.match(r"\|\s*([A-Z]-[^|]*?)\s*\|\s*(.*?)\s*\|\s*$", line)
            if match:
                for rule in expand(match.group(1)):
                    given[rule] = match.group(2)
    return given


def main():
    known = rules()
    enforced, proved = citations()
    given = reasons()
    unknown = sorted((set(enforced) | set(proved)) - set(known), key=sort_key)
    # Only the documents this system implements so far are held against the code.
    unknown = [rule for rule in unknown if rule[0] in SPECS]
    counts = {}
    for letter in SPECS:
        own = [rule for rule in known if rule[0] == letter]
        counts[letter] = {
            "rules": len(own),
            "enforced": sum(rule in enforced for rule in own),
            "proved": sum(rule in proved for rule in own),
            "explained": sum(rule in given and not (rule in enforced and rule in proved) for rule in own),
            "open": sum(rule not in given and not (rule in enforced and rule in proved) for rule in own),
        }
    if "--check" not in sys.argv and "--update" not in sys.argv:
        for rule in sorted(known, key=sort_key):
            print(f"{rule}")
            print(f"    enforced: {places(enforced.get(rule))}")
            print(f"    proved:   {places(proved.get(rule))}")
            if rule in given and not (rule in enforced and rule in proved):
                print(f"    reason:   {given[rule]}")
    for letter, count in counts.items():
        print(f"{letter}: {count['rules']} rules, {count['enforced']} enforced, {count['proved']} proved by a test, "
              f"{count['explained']} without one of the two for a reason in docs/rules.md, {count['open']} open")
    for what, table in (("no code", enforced), ("no test", proved)):
        missing = [rule for rule in sorted(known, key=sort_key) if rule not in table and rule not in given]
        print(f"{what} ({len(missing)}): {' '.join(missing) or '-'}")
    if unknown:
        print("ids that no rule has:", " ".join(f"{rule} ({places(enforced.get(rule, []) + proved.get(rule, []))})" for rule in unknown))
    if "--update" in sys.argv:
        BASELINE.write_text(json.dumps(counts, indent=1) + "\n", encoding="utf-8")
        return 0
    if "--check" in sys.argv:
        return check(counts, unknown)
    return 0


def check(counts, unknown):
    worse = []
    before = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.exists() else {}
    for letter, old in before.items():
        for what in ("enforced", "proved"):
            if counts[letter][what] < old[what]:
                worse.append(f"{letter}: {what} {counts[letter][what]}, was {old[what]}")
        if counts[letter]["open"] > old["open"]:
            worse.append(f"{letter}: open {counts[letter]['open']}, was {old['open']}")
    for line in worse:
        print(f"rules: worse than docs/rules-baseline.json: {line}")
    return 1 if worse or unknown else 0


def places(found):
    if not found:
        return "-"
    return ", ".join(found[:3]) + (f" (+{len(found) - 3})" if len(found) > 3 else "")


def sort_key(rule):
    letter, number = rule.split("-")
    return ("".join(SPECS).find(letter), int(number))


if __name__ == "__main__":
    sys.exit(main())
