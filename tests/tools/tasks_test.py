"""docs/tasks.md names, for every row of driver.md section 7, something that exists; docs/playbook.md shows configurations that are valid."""
import json
import pathlib
import re
import tempfile
import unittest

from harness import TpTestCase

ROOT = pathlib.Path(__file__).resolve().parents[2]
TASKS = ROOT / "docs/tasks.md"
PLAYBOOK = ROOT / "docs/playbook.md"
ROW_ID = r"(?:UC|CP|IX|OP|CA)-\d+"


def promised():
    text = (ROOT / "docs/spec/driver.md").read_text(encoding="utf-8").split("\n## 7.")[1].split("\n## ")[0]
    return re.findall(rf"^\| ({ROW_ID}) \|", text, re.M)


def rows():
    """first cell -> the cells behind it, of both tables"""
    found = {}
    for line in TASKS.read_text(encoding="utf-8").splitlines():
        match = re.match(r"\| ([\w -]+) \|(.*)\|$", line)
        if match and match.group(1) not in ("id", "task"):
            assert match.group(1) not in found, f"{match.group(1)} is there twice"
            found[match.group(1)] = [cell.strip() for cell in match.group(2).split("|")]
    return found


class Tasks(TpTestCase):
    def test_every_row_is_there_and_no_other(self):
        self.assertEqual(sorted(row for row in rows() if re.fullmatch(ROW_ID, row)), sorted(promised()))
        self.assertGreater(len(promised()), 40)
        for row, cells in rows().items():
            with self.subTest(row=row):
                self.assertEqual(len(cells), 3)
                self.assertTrue(all(cells), cells)

    def test_what_is_not_there_yet_is_said(self):
        missing = {row for row, cells in rows().items() if cells[0] == "-"}
        last = TASKS.read_text(encoding="utf-8").strip().splitlines()[-1]
        said = set(re.findall(ROW_ID, last)) if last.startswith("Not yet:") else set()
        self.assertEqual(missing, said)

    def test_every_name_exists(self):
        verbs = (ROOT / "tools/tp/verbs.h").read_text(encoding="utf-8")
        known_verbs = set(re.findall(r'X\(\w+, "([a-z-]+)"', verbs)) | set(re.findall(r'X\("([a-z-]+)",', verbs))
        functions = set((ROOT / "cmake/exported-symbols.txt").read_text(encoding="utf-8").split())
        self.assertIn("inspect", known_verbs)
        for row, cells in rows().items():
            for name in re.findall(r"`([^`]+)`", " ".join(cells)):
                with self.subTest(row=row, name=name):
                    if name.startswith("tp "):
                        verb, *words = name.split()[1:]
                        self.assertIn(verb, known_verbs)
                        help_text = self.run_tp(verb, "--help").stdout.decode()
                        for option in (word for word in words if word.startswith("--")):
                            self.assertRegex(help_text, rf"{option}\b")
                    elif name.endswith("()"):
                        self.assertIn(name[:-2], functions)
                    elif name.startswith("make "):
                        self.assertRegex((ROOT / "Makefile").read_text(encoding="utf-8"), rf"(?m)^{name.split()[1]}:")
                    else:
                        path, _, case = name.partition("#")
                        self.assertTrue((ROOT / path).is_file(), path)
                        if case:
                            self.assertRegex((ROOT / path).read_text(encoding="utf-8"), rf"(?:TP_TEST\(|def ){case}\b")

    def test_what_is_in_the_last_column_is_a_test(self):
        for row, cells in rows().items():
            with self.subTest(row=row):
                self.assertRegex(cells[2], r"`|^none: \w")
            for name in re.findall(r"`([^`]+)`", cells[2]):
                with self.subTest(row=row, name=name):
                    self.assertRegex(name, r"_test\.(?:c|py)#\w+$")

    def test_configurations_of_the_playbook_are_valid(self):
        blocks = re.findall(r"```toml\n(.*?)```", PLAYBOOK.read_text(encoding="utf-8"), re.S)
        self.assertGreaterEqual(len(blocks), 4)
        for block in blocks:
            with self.subTest(block=block), tempfile.NamedTemporaryFile("w", suffix=".toml", dir=self.dir, encoding="utf-8") as file:
                file.write(block)
                file.flush()
                done = self.run_tp("driver-config-dump", file.name, "--json")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(done.stderr, b"")
                self.assertTrue(json.loads(done.stdout)["settings"])


if __name__ == "__main__":
    unittest.main()
