"""Command lines without a driver: help, man pages, wrong usage, what needs only files."""
import json
import os
import pathlib
import re
import struct
import unittest

from harness import TpTestCase

MAN = pathlib.Path(__file__).resolve().parents[2] / "docs" / "man"
URI = "shm:file?path=/dev/shm/x"
LEASE = ["--lease", "5", "--stream", "1", "--client-id", "2", "--role", "producer"]
POSITIONAL = ["-", "aeron:ipc", "1000", "7", "producer", "1001"]

# verb, arguments, what the message must name
WRONG = [
    ("driver", ["--colour"], "--colour"),
    ("driver", ["--config"], "--config"),
    ("driver", ["rig.toml"], "rig.toml"),
    ("driver", ["--config", "/nonexistent/rig.toml"], "/nonexistent/rig.toml"),
    ("driver", ["--embedded=yes"], "--embedded"),
    ("driver", ["--confg", "x"], "--config"),
    ("driver", ["--shm-dir", ""], "--shm-dir"),
    ("attach", ["--stream", "x", "--role", "producer"], "'x'"),
    ("attach", ["--stream", "4294967295", "--role", "producer"], "4294967295"),
    ("attach", ["--stream", "-1", "--role", "producer"], "'-1'"),
    ("attach", ["--stream", "1"], "--role"),
    ("attach", ["--role", "producer"], "--stream"),
    ("attach", ["--stream", "1", "--role", "boss"], "'boss'"),
    ("attach", ["--stream", "1", "--role", "producer", "--client-id", "0"], "'0'"),
    ("attach", ["--stream", "1", "--role", "producer", "--publish-mode", "allow_create"], "'allow_create'"),
    ("attach", ["--stream", "1", "--role", "producer", "--hugepages", "2M"], "'2M'"),
    ("attach", ["--stream", "1", "--role", "producer", "--timeout", "soon"], "'soon'"),
    ("attach", ["--stream", "1", "--role", "producer", "--node-id", "3"], "--dialect 1.2"),
    ("attach", ["--stream", "1", "--role", "producer", "--dialect", "2"], "'2'"),
    ("attach", ["--stream", "1", "--role", "producer", "--control-stream", "0"], "'0'"),
    ("attach", POSITIONAL[:5], "too few"),
    ("attach", POSITIONAL[:2] + ["control"] + POSITIONAL[3:], "CONTROL_ID: 'control'"),
    ("attach", POSITIONAL + ["allow_create"], "MODE: 'allow_create'"),
    ("attach", POSITIONAL + ["require_existing", "v1"], "LAYOUT: 'v1'"),
    ("attach", POSITIONAL + ["require_existing", "1", "standard", "0"], "TIMEOUT_MS: '0'"),
    ("attach", POSITIONAL + ["require_existing", "1", "standard", "9", "more"], "'more'"),
    ("driver-attach", POSITIONAL[:4] + ["0", "1001"], "ROLE: '0'"),
    ("keepalive", LEASE[2:], "--lease"),
    ("keepalive", LEASE[:4], "--client-id"),
    ("keepalive", ["--lease", "0x"] + LEASE[2:], "'0x'"),
    ("driver-keepalive", POSITIONAL, "LEASE_ID"),
    ("detach", LEASE[:6], "--role"),
    ("driver-detach", POSITIONAL + ["18446744073709551615"], "18446744073709551615"),
    ("ls", ["all"], "'all'"),
    ("ls", ["--listen", "0"], "'0'"),
    ("top", ["all"], "'all'"),
    ("top", ["--interval", "0"], "'0'"),
    ("top", ["--interval", "often"], "'often'"),
    ("top", ["--count", "0"], "'0'"),
    ("top", ["--once", "--count", "2"], "--once"),
    ("doctor", ["memroy"], "'memory'"),
    ("doctor", ["nothing-of-the-kind"], "'nothing-of-the-kind'"),
    ("doctor", ["--interval", "61"], "'61'"),
    ("doctor", ["--interval", "often"], "'often'"),
    ("doctor", ["--shm-dir", ""], "--shm-dir"),
    ("doctor", ["--config", ""], "--config"),
    ("doctor", ["--config"], "--config"),
    ("doctor", ["--config", "x"] * 9, "8 files"),
    ("doctor", ["--running=yes"], "--running"),
    ("listen", [], "announce"),
    ("listen", ["everything"], "'everything'"),
    ("listen", ["--count", "1.5", "qos"], "'1.5'"),
    ("listen", ["--seconds", "-1", "qos"], "'-1'"),
    ("listen", ["--stream", "0", "qos"], "'0'"),
    ("inspect", ["--slots", "many"], "'many'"),
    ("attach", ["--stream", "1", "--role", "producer", "--hold", "--probe"], "--probe"),
    ("driver", ["--print-env=x"], "--print-env"),
    ("send", [], "expected a stream"),
    ("send", ["control"], "expected a stream"),
    ("send", ["weather", "hex:00"], "'weather'"),
    ("send", ["control", "hex:0"], "'hex:0'"),
    ("send", ["control", "hex:00", "{}"], "'{}'"),
    ("send", ["control", "Nothing", "{}"], "Nothing"),
    ("send", ["control", "ConsumerConfig", "{}"], "ConsumerConfig.streamId"),
    ("send", ["control", "ConsumerConfig", "[1"], ""),
    ("send", ["--timeout", "soon", "qos", "hex:00"], "'soon'"),
    ("send-consumer-config", ["{}"], "ConsumerConfig.streamId"),
    ("driver-config-validate", [], "--config"),
    ("driver-config-dump", ["/nonexistent/rig.toml"], "/nonexistent/rig.toml"),
    ("announce-listen", ["more"], "2 words"),
    ("inspect", ["--stream", "0x1G"], "'0x1G'"),
    ("sub", ["--stream", "1", "--private=x"], "'--private'"),
    ("sub", ["--stream", "1", "--progress=all"], "'--progress'"),
    ("sub", ["--stream", "1", "--gaps-expected=no"], "'--gaps-expected'"),
    ("sub", ["--stream", "1", "--private", "--max-rate", "0"], "'0'"),
    ("sub", ["--stream", "1", "--private", "--max-rate", "fast"], "'fast'"),
    ("bridge", [], "--config"),
    ("bridge", ["rig.toml"], "rig.toml"),
    ("bridge", ["--config", "/nonexistent/bridge.toml"], "/nonexistent/bridge.toml"),
    ("bridge", ["--config", "x", "--interval", "often"], "'often'"),
    ("bridge", ["--config", "x", "--role"], "--role"),
    ("supervisor", ["rig.toml"], "rig.toml"),
    ("supervisor", ["--config", "/nonexistent/rig.toml"], "/nonexistent/rig.toml"),
    ("supervisor", ["--interval", "often"], "'often'"),
    ("supervisor", ["--onse"], "--once"),
    ("send-consumer-config", [], "--stream and --consumer"),
    ("send-consumer-config", ["--stream", "1"], "--stream and --consumer"),
    ("send-consumer-config", ["--stream", "x", "--consumer", "2"], "'x'"),
    ("send-consumer-config", ["--stream", "1", "--consumer", "4294967295"], "4294967295"),
    ("send-consumer-config", ["--stream", "1", "--consumer", "2", "--mode", "fast"], "'fast'"),
    ("send-consumer-config", ["--stream", "1", "--consumer", "2", "--use-shm", "perhaps"], "'perhaps'"),
    ("send-consumer-config", ["--stream", "1", "--consumer", "2", "--assign-descriptor-stream", "5"], "--assign-descriptor-channel"),
    ("send-consumer-config", ["--stream", "1", "--consumer", "2", "--assign-control-channel", "aeron:ipc"], "--assign-control-stream"),
    ("send-consumer-config", ["--stream", "1", "--consumer", "2", "--assign-control-stream", "0"], "'0'"),
    ("send-consumer-config", ["--stream", "1", "--consumer", "2", "more"], "'more'"),
    ("meta", [], "get or set"),
    ("meta", ["put"], "'put'"),
    ("meta", ["get", "gain"], "'gain'"),
    ("meta", ["get", "--blob", "x"], "--stream"),
    ("meta", ["set", "gain=1"], "--stream"),
    ("meta", ["set", "--stream", "1"], "nothing to set"),
    ("meta", ["set", "--stream", "1", "gain"], "'gain'"),
    ("meta", ["set", "--stream", "1", "=1"], "'=1'"),
    ("meta", ["set", "--stream", "1", "a@/nonexistent/file"], "/nonexistent/file"),
    ("meta", ["set", "--stream", "1", "--blob", "x"], "--dialect 1.2"),
    ("meta", ["get", "--stream", "0"], "'0'"),
    ("pub", ["--stream", "1", "--meta", "gain"], "'gain'"),
    ("pub", ["--stream", "1", "--local", "--nslots", "5"], "--nslots: '5'"),
    ("pub", ["--stream", "1", "--local", "--stride", "100"], "--stride: '100'"),
    ("discovery", ["x.toml"], "x.toml"),
    ("discovery", ["--config", "/nonexistent/x.toml"], "/nonexistent/x.toml"),
    ("find", ["camera"], "'camera'"),
    ("find", ["--stream", "4294967295"], "4294967295"),
    ("find", ["--timeout", "soon"], "'soon'"),
    ("find", ["--request-stream", "0"], "'0'"),
    ("sub", ["--find", "a", "--stream", "1"], "--find"),
    ("ratelimit", [], "--config"),
    ("ratelimit", ["rig.toml"], "rig.toml"),
    ("ratelimit", ["--config", "/nonexistent/gui.toml"], "/nonexistent/gui.toml"),
    ("ratelimit", ["--config", "x", "--interval", "often"], "'often'"),
    ("bench", ["--only", "handoff"], "hand-off"),
    ("bench", ["--only", "bogus"], "--help lists them"),
    ("bench", ["--only", ""], "no group"),
    ("bench", ["--quick", "--full"], "one of them"),
    ("bench", ["--subjects", "tensorpool,quick"], "'quick'"),
    ("bench", ["--rounds", "0"], "0"),
    ("bench", ["--max-size", "1"], "1"),
    ("bench", ["--aeron-dir", "/dev/shm/x"], "--aeron-dir"),
    ("bench", ["extra"], "'extra'"),
    ("validate-uri", [], "URI"),
    ("validate-uri", [URI, URI], "got 2"),
    ("validate-uri", ["--allow-dir", "/dev/shm", URI], "--file"),
    ("validate-uri", ["file:/dev/shm/x"], "file:/dev/shm/x"),
    ("validate-uri", ["shm:file?path=x"], "not absolute"),
    ("validate-uri", [URI + "|require_hugepages=maybe"], "maybe"),
]


def superblock(region_type, pool_id, nslots, slot_bytes, stride, magic=0x544F504C53484D31, pid=1):
    return struct.pack("<QIQIhHIIIQQQ", magic, 1, 77, 1001, region_type, pool_id, nslots, slot_bytes, stride, pid, 1, 2)




class CommandLine(TpTestCase):
    def test_every_verb_explains_itself(self):
        for verb in self.verbs():
            with self.subTest(verb=verb):
                done = self.run_tp(verb, "--help")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertTrue(done.stdout.startswith(f"usage: tp {verb}".encode()), done.stdout)
                self.assertEqual(done.stderr, b"")

    def verbs(self):
        done = self.run_tp("--help")
        self.assertEqual(done.returncode, 0)
        block = done.stdout.decode().split("verbs:\n")[1].split("\n\n")[0]
        return [line.split()[0] for line in block.splitlines()]

    def test_help_and_man_page_have_the_same_options(self):
        for verb in self.verbs():
            with self.subTest(verb=verb):
                text = self.run_tp(verb, "--help").stdout.decode()
                options = text.split("\noptions:\n")[1].split("\n\n")[0]
                in_help = set(re.findall(r"^ {2,6}(?:-\w, )?(--[a-z0-9-]+)", options, re.M))
                page = (MAN / f"tp-{verb}.1").read_text().replace("\\-", "-")
                section = page.split(".SH OPTIONS\n")[1].split("\n.SH ")[0]
                # Only the lines that introduce an option, which follow .TP.
                tags = " ".join(re.findall(r"^\.TP\n(.*)$", section, re.M))
                self.assertEqual(in_help, set(re.findall(r"--[a-z0-9-]+", tags)))

    def test_man_pages_are_free_of_roff_errors(self):
        import shutil
        import subprocess
        if shutil.which("groff") is None:
            self.skipTest("groff is not installed")
        for page in sorted(MAN.glob("*.1")):
            with self.subTest(page=page.name):
                done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", page], capture_output=True, check=False)
                self.assertEqual(done.stderr, b"")
                self.assertEqual(done.returncode, 0)

    def test_there_is_a_man_page_for_each_verb_and_no_other(self):
        pages = {page.name for page in MAN.glob("*.1")}
        self.assertEqual({"tp.1"} | {f"tp-{verb}.1" for verb in self.verbs()}, pages)

    def test_version(self):
        done = self.run_tp("--version")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout.decode(), r"^tp \d+\.\d+\.\d+ ")

    def test_without_a_verb_or_with_an_unknown_one(self):
        self.assertEqual(self.run_tp().returncode, 2)
        done = self.run_tp("inspekt")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"'inspekt'", done.stderr)
        self.assertIn(b"'inspect'", done.stderr)
        done = self.run_tp("--colour")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"'--colour'", done.stderr)

    def test_wrong_usage_is_refused_with_the_value_named(self):
        for verb, arguments, named in WRONG:
            with self.subTest(verb=verb, arguments=arguments):
                done = self.run_tp(verb, *arguments)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(named, done.stderr.decode())

    def test_a_wrong_variable_is_refused_like_an_option_but_help_still_works(self):
        self.env["TP_CONTROL_STREAM_ID"] = "control"
        done = self.run_tp("listen", "control")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"TP_CONTROL_STREAM_ID: 'control'", done.stderr)
        self.assertEqual(self.run_tp("listen", "--help").returncode, 0)

    def test_no_media_driver_is_a_failure_that_names_the_directory(self):
        for arguments in (["ls"], ["listen", "--seconds", "0.3", "qos"], ["attach", "--timeout", "0.3", "--stream", "1", "--role", "consumer"]):
            with self.subTest(arguments=arguments):
                done = self.run_tp(*arguments, "--aeron-dir", self.aeron_dir)
                self.assertEqual(done.returncode, 1)
                self.assertIn(self.aeron_dir.encode(), done.stderr)
        self.assertFalse(os.path.exists(self.aeron_dir))

    def test_pub_and_sub_say_once_that_they_wait_for_a_media_driver(self):
        for arguments in (["pub", "--pattern", "zeros"], ["sub"]):
            with self.subTest(arguments=arguments):
                done = self.run_tp(*arguments, "--stream", "1", "--timeout", "0.3", "--aeron-dir", self.aeron_dir)
                self.assertEqual(done.returncode, 1)
                said = f"tp {arguments[0]}: waiting for the media driver: no media driver in {self.aeron_dir}"
                self.assertEqual(done.stderr.decode().count(said), 1, done.stderr)

    def test_aeron_dir_comes_from_the_environment_unless_an_option_says_otherwise(self):
        self.env["AERON_DIR"] = str(self.dir / "from-env")
        self.assertIn(b"from-env", self.run_tp("ls").stderr)
        self.assertIn(b"from-option", self.run_tp("ls", "--aeron-dir", str(self.dir / "from-option")).stderr)


class Uris(TpTestCase):
    def test_a_valid_uri(self):
        done = self.run_tp("validate-uri", "--json", URI + "|require_hugepages=true")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(json.loads(done.stdout), {"valid": True, "path": "/dev/shm/x", "require_hugepages": True, "error": None})
        self.assertEqual(self.run_tp("validate-uri", URI).stdout, b"valid=true\npath=/dev/shm/x\nrequire_hugepages=false\n")

    def test_the_file_behind_it(self):
        path = self.dir / "header.ring"
        path.write_bytes(superblock(1, 0, 4, 256, 0) + bytes(4 * 256))
        path.chmod(0o640)
        uri = f"shm:file?path={path}"
        done = self.run_tp("validate-uri", "--json", "--file", uri)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(json.loads(done.stdout)["file"]["superblock"]["nslots"], 4)
        self.assertEqual(self.run_tp("validate-uri", "--file", "--allow-dir", "/usr", uri).returncode, 1)
        link = self.dir / "link.ring"
        link.symlink_to("/etc/passwd")
        self.assertEqual(self.run_tp("validate-uri", "--file", f"shm:file?path={link}").returncode, 1)
        path.chmod(0o644)
        done = self.run_tp("validate-uri", "--file", uri)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"0644", done.stdout)


class Inspect(TpTestCase):
    def setUp(self):
        super().setUp()
        self.epoch = self.dir / "shm" / "stream-1001" / "i" / "epoch-77"
        self.epoch.mkdir(parents=True)

    def put(self, name, data, mode=0o660):
        path = self.epoch / name
        path.write_bytes(data)
        path.chmod(mode)
        return path

    def inspect(self, *arguments):
        done = self.run_tp("inspect", "--json", *arguments)
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()

    def test_a_directory_in_good_order(self):
        slots = bytearray(4 * 256)
        struct.pack_into("<Q", slots, 1 * 256, 5 << 1 | 1)  # a committed word without a header: refused
        struct.pack_into("<Q", slots, 2 * 256, 6 << 1)      # in progress
        self.put("header.ring", superblock(1, 0, 4, 256, 0, pid=os.getpid()) + slots)
        self.put("payload-1.pool", superblock(2, 1, 4, 4096, 4096) + bytes(4 * 4096))
        (self.epoch / "notes.txt").write_text("not a region")
        (self.epoch / "header.ring.link").symlink_to("/etc/passwd")
        code, objects, _ = self.inspect(self.shm_dir)
        self.assertEqual(code, 1)  # the committed slot breaks a rule
        ring, pool = objects
        self.assertEqual((ring["superblock"]["region_type"], pool["superblock"]["region_type"]), ("HEADER_RING", "PAYLOAD_POOL"))
        self.assertEqual(ring["faults"] + pool["faults"], [])
        self.assertTrue(ring["owner_alive"])
        self.assertEqual(ring["ring"], {"committed": 1, "in_progress": 1, "empty": 2, "moving": 0, "refused": 1, "oldest_seq": 5, "newest_seq": 5})
        self.assertEqual([s["seq"] for s in ring["slots"]], [6])
        _, objects, _ = self.inspect("--slots", "all", str(self.epoch / "header.ring"))
        self.assertEqual([(s["seq"], s["state"]) for s in objects[0]["slots"]], [(6, "in_progress"), (5, "committed")])
        self.assertEqual(objects[0]["slots"][1]["verdict"], "header")

    def test_only_one_stream(self):
        self.put("header.ring", superblock(1, 0, 4, 256, 0) + bytes(4 * 256))
        self.assertEqual(len(self.inspect("--stream", "1001", self.shm_dir)[1]), 1)
        code, objects, err = self.inspect("--stream", "1002", self.shm_dir)
        self.assertEqual((code, objects), (1, []))
        self.assertIn("no region file", err)

    def test_what_breaks_a_rule_is_named(self):
        cases = [
            ("header.ring", b"", 0o660, "a superblock alone has 64"),
            ("header.ring", superblock(1, 0, 4, 256, 0, magic=5) + bytes(1024), 0o660, "magic"),
            ("header.ring", superblock(1, 0, 5, 256, 0) + bytes(5 * 256), 0o660, "power of two"),
            ("header.ring", superblock(1, 0, 4, 128, 0) + bytes(1024), 0o660, "slotBytes"),
            ("header.ring", superblock(1, 0, 8, 256, 0) + bytes(1024), 0o660, "8 slots need 2112"),
            ("header.ring", superblock(1, 0, 4, 256, 0) + bytes(1024), 0o664, "0664"),
            ("payload-1.pool", superblock(2, 1, 4, 100, 100) + bytes(400), 0o660, "strideBytes"),
            ("payload-1.pool", superblock(7, 1, 4, 64, 64) + bytes(400), 0o660, "regionType"),
            ("header.ring", superblock(1, 0, 1 << 31, 256, 0) + bytes(1024), 0o660, "2147483648 slots"),
        ]
        for name, data, mode, named in cases:
            with self.subTest(named=named):
                path = self.put(name, data, mode)
                code, objects, _ = self.inspect(str(path))
                self.assertEqual(code, 1)
                self.assertIn(named, " ".join(objects[0]["faults"]))
                self.assertEqual(self.run_tp("inspect", str(path)).returncode, 1)
                path.unlink()

    def test_paths_that_cannot_be_read(self):
        os.mkfifo(self.epoch / "fifo")
        for path in (self.dir / "nothing", self.epoch / "fifo"):
            code, objects, err = self.inspect(str(path))
            self.assertEqual((code, objects), (1, []))
            self.assertIn(str(path), err)


if __name__ == "__main__":
    unittest.main()
