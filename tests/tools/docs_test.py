"""What README.md and docs/*.md tell people to type and to click is there, and the playbook's table of counters is that of a running system."""
import json
import pathlib
import re
import unittest
from collections import defaultdict

from harness import TpTestCase, free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs/decisions").glob("*.md"))]
PLAYBOOK = ROOT / "docs/playbook.md"
# Facts about other programs, with commands and links of theirs.
FOREIGN = {"aeron.md", "build-facts.md"}

DRIVER = """
[profiles.any]
header_nslots = 16
payload_pools = [{ pool_id = 1, stride_bytes = 65536 }]
[streams]
source = { stream_id = 1001, profile = "any" }
slower = { stream_id = 2001, profile = "any" }
bridged = { stream_id = 3001, profile = "any" }
[supervisor]
[discovery]
channel = "aeron:ipc?term-length=1m"
stream_id = 7000
"""
LIMITER = """
[rate_limiter]
instance_id = "gui"
descriptor_channel = "aeron:ipc?term-length=4m"
descriptor_stream_id = 1100
[[mappings]]
source_stream_id = 1001
dest_stream_id = 2001
"""
BRIDGE = """
[bridge]
instance_id = "loop"
payload_channel = "aeron:udp?endpoint=127.0.0.1:{0}|term-length=1m"
payload_stream_id = 3000
control_channel = "aeron:udp?endpoint=127.0.0.1:{0}|term-length=64k"
control_stream_id = 3001
forward_metadata = false
[[mappings]]
source_stream_id = 1001
dest_stream_id = 3001
"""


def anchors(page):
    """GitHub's: lower case, punctuation gone, a hyphen for each space."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", text, re.M)}


def commands(text):
    """Each `tp VERB ...` in line, and each line of a block that starts with one, without its comment."""
    for block in re.findall(r"```(?:sh)?\n(.*?)```", text, re.S):
        yield from (re.sub(r"\s#.*", "", line).strip() for line in block.splitlines() if re.match(r"\s*(?:sudo )?tp ", line))
    prose = re.sub(r"```.*?```", "", text, flags=re.S)
    yield from re.findall(r"`(tp [a-z][^`]*)`", prose)


class Docs(TpTestCase):
    def test_every_command_and_option_exists(self):
        helps = {}
        seen = 0
        for page in PAGES:
            if page.name in FOREIGN:
                continue
            for command in commands(page.read_text(encoding="utf-8")):
                verb, *rest = command.removeprefix("tp ").split()
                if verb.startswith("-"):
                    continue
                if verb not in helps:
                    done = self.run_tp(verb, "--help")
                    helps[verb] = done.stdout.decode() if done.returncode == 0 else None
                with self.subTest(page=page.name, command=command):
                    self.assertIsNotNone(helps[verb], "no such verb")
                    for option in re.findall(r"(?<!\S)--[a-z-]+", " ".join(rest)):
                        self.assertRegex(helps[verb], rf"{option}\b")
                    seen += 1
        self.assertGreater(seen, 100)

    def test_every_local_link_leads_somewhere(self):
        seen = 0
        for page in PAGES:
            if page.name in FOREIGN:
                continue
            text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
            for target in re.findall(r"\]\(([^)\s]+)\)", text):
                if re.match(r"[a-z]+:", target):
                    continue
                path, _, anchor = target.partition("#")
                where = (page.parent / path).resolve() if path else page
                with self.subTest(page=page.name, target=target):
                    self.assertTrue(where.exists())
                    if anchor:
                        self.assertIn(anchor, anchors(where))
                    seen += 1
        self.assertGreater(seen, 30)

    def table(self):
        """role -> names, of the playbook; and the type that is said for each role"""
        names, types = {}, {}
        text = PLAYBOOK.read_text(encoding="utf-8").split("\n## Counters\n")[1].split("\n## ")[0]
        for part in text.split("\n### ")[1:]:
            role, type_id = re.match(r"(\w+), type (\d+)\n", part).groups()
            names[role] = re.findall(r"^\| ([a-z-]+) \| \S", part, re.M)[1:]
            types[role] = int(type_id)
        return names, types

    def test_the_table_of_counters_is_that_of_a_running_system(self):
        # Proves: C-12 (OP-6)
        config = self.dir / "driver.toml"
        config.write_text(DRIVER, encoding="utf-8")
        self.start_driver("--config", config)
        for verb, text, args in (("ratelimit", LIMITER, ()), ("bridge", BRIDGE.format(free_port()), ("--role", "both", "--allow-dir", self.shm_dir))):
            (self.dir / f"{verb}.toml").write_text(text, encoding="utf-8")
            self.start(verb, "--config", self.dir / f"{verb}.toml", "--json", *args)
        pub = self.start("pub", "--stream", 1001, "--pattern", "checked", "--shape", "20x30", "--rate", 50, "--json")
        self.start("sub", "--stream", 3001, "--json")
        names, types = self.table()

        def counted():
            found = defaultdict(list)
            for counter in json.loads(self.run_tp("ls", "--all", "--json", "--aeron-dir", self.aeron_dir).stdout)["counters"]:
                name = re.fullmatch(r"tp-([a-z-]+) ([a-z-]+)(?:: (?:\w+=\S+ ?)+)?", counter["label"])
                self.assertIsNotNone(name, counter["label"])
                self.assertEqual(name.group(1), counter["of"].replace("_", "-"))
                if name.group(2) not in found[counter["of"]]:
                    found[counter["of"]].append(name.group(2))
            return found

        pub.wait_for(lambda _: {role: sorted(said) for role, said in counted().items()} == {role: sorted(said) for role, said in names.items()})
        header = (ROOT / "src/link/counters.h").read_text(encoding="utf-8")
        for role, type_id in types.items():
            self.assertRegex(header, rf"TPI_COUNTER_{role.upper()} =\s+{type_id}\b")

    def test_the_sums_of_the_playbook_are_those_of_the_doctor(self):
        text = PLAYBOOK.read_text(encoding="utf-8")
        cameras = next(block for block in re.findall(r"```toml\n(.*?)```", text, re.S) if "camera-3" in block)
        path = self.dir / "cameras.toml"
        path.write_text(cameras, encoding="utf-8")
        done = self.run_tp("doctor", "memory", "--config", path, "--shm-dir", self.shm_dir, "--aeron-dir", self.aeron_dir, "--verbose", "--json")
        finding = next(f for f in json.loads(done.stdout)["findings"] if f["check"] == "memory")
        said = re.search(r"for the six streams above it says ([\d.]+ GiB), and ([\d.]+ GiB) with one epoch more", text)
        self.assertIn(said.group(1), finding["text"])
        need = lambda nslots, *strides: nslots * (256 + sum(strides))  # superblocks and pages vanish in the rounding
        raw, processed = need(1024, 1 << 20, 4 << 20), need(512, 512 << 10, 2 << 20)
        self.assertEqual(said.groups(), tuple(f"{total / (1 << 30):.1f} GiB" for total in (3 * (raw + processed), 3 * (raw + processed) + raw)))
        stream = re.search(r"64 × \(256 \+ 2097152\) = (\d+): (\d+) MiB", text)
        self.assertEqual(int(stream.group(1)), 64 * (256 + 2097152))
        self.assertEqual(int(stream.group(2)), -(-int(stream.group(1)) // 1048576))


if __name__ == "__main__":
    unittest.main()
