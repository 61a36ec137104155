"""`tp discovery`, `tp find` and `tp sub --find`, with two real drivers on one media driver."""
import json
import signal
import unittest

from harness import TpTestCase

SECOND = """
[driver]
instance_id = "rig-b"
control_stream_id = 1050
stream_id_range = "40000-40999"
[policies]
allow_dynamic_streams = true
default_profile = "any"
[profiles.any]
header_nslots = 8
payload_pools = [{ pool_id = 1, stride_bytes = 65536 }]
"""
REGISTRY = """
[discovery]
channel = "aeron:ipc?term-length=1m"
stream_id = 7000
odd = 1
[[discovery.endpoints]]
driver_instance_id = "rig-a"
driver_control_channel = "aeron:ipc?term-length=4m"
driver_control_stream_id = 1000
[[discovery.endpoints]]
driver_instance_id = "rig-b"
driver_control_channel = "aeron:ipc?term-length=4m"
driver_control_stream_id = 1050
"""


class Discovery(TpTestCase):
    def file(self, name, text):
        path = self.dir / name
        path.write_text(text, encoding="utf-8")
        return path

    def find(self, *args):
        run = self.run_tp("find", "--aeron-dir", self.aeron_dir, "--json", *args)
        return run.returncode, [json.loads(line) for line in run.stdout.decode().splitlines()], run.stderr.decode()

    def found(self, want, *args):
        """Asks until so many are found: announces come once a second."""
        for _ in range(40):
            status, found, err = self.find(*args)
            if len(found) == want:
                return found
        raise AssertionError((status, found, err))

    def test_streams_of_two_drivers_are_found_by_every_filter_and_followed_by_name(self):
        # Proves: S-2, S-7, S-8, S-21, S-23, S-25, S-28 (IX-11)
        self.start_driver()
        other = self.start("driver", "--json", "--config", self.file("b.toml", SECOND), "--shm-dir", self.shm_dir)
        other.wait_for_event("ready")
        registry = self.start("discovery", "--config", self.file("registry.toml", REGISTRY), "--json", "--interval", "0.5")
        pub = ["--pattern", "checked", "--shape", "20x30", "--rate", "50"]
        self.start("pub", "--stream", "1001", "--name", "camera-1", "--meta", "tags=lab-3,left", "--meta", "data_source_id=42", *pub)
        gone = self.start("pub", "--stream", "40007", "--control-stream", "1050", "--name", "camera-2", "--meta", "tags=lab-3,\x1b[2J", *pub)
        both = self.found(2, "--tag", "lab-3")
        self.assertEqual([(f["driver_instance_id"], f["stream"]) for f in both], [("rig-a", 1001), ("rig-b", 40007)])
        first = both[0]
        self.assertEqual((first["data_source_name"], first["data_source_id"], first["tags"], first["driver_control_stream_id"]),
                         ("camera-1", 42, ["lab-3", "left"], 1000))
        for filters, want in ((["--name", "camera-2"], [40007]), (["--stream", "1001"], [1001]), (["--data-source-id", "42"], [1001]),
                              (["--producer", str(both[1]["producer"])], [40007]), (["--tag", "lab-3", "--tag", "left"], [1001]),
                              (["--name", "camera-1", "--tag", "left", "--stream", "1001"], [1001])):
            self.assertEqual([f["stream"] for f in self.found(len(want), "--first", *filters)], want, filters)
        for alias in ("discovery-list", "discovery-query"):
            listed = self.run_tp(alias, "--aeron-dir", self.aeron_dir, "--json", "--tag", "lab-3").stdout.splitlines()
            self.assertEqual([json.loads(line)["stream"] for line in listed], [1001, 40007], alias)
        status, found, err = self.find("--name", "camera")
        self.assertEqual((status, found), (1, []))
        self.assertIn("no stream matches", err)
        shown = self.run_tp("find", "--aeron-dir", self.aeron_dir, "--name", "camera-2").stdout
        self.assertIn(b"tags lab-3, ?[2J\n", shown)  # no escape sequence reaches a terminal
        # What is found there is followed at the driver it names.
        sub = self.start("sub", "--find", "camera-2", "--verify", "--count", "10", "--json", "--timeout", "20")
        self.assertEqual(sub.finish(), 0, sub.err)
        self.assertEqual(self.summary(sub)["stream"], 40007)
        # A driver that dies is announced no more, and its streams are gone three periods later.
        other.signal(signal.SIGKILL)
        other.kill()
        gone.kill()
        self.assertEqual([f["stream"] for f in self.found(1, "--tag", "lab-3")], [1001])
        self.assertEqual(registry.stop(), 0, registry.err)
        self.assertIn(b"unknown key discovery.odd", registry.err)

    def test_a_driver_answers_itself_when_it_is_configured_to(self):
        # Proves: S-34
        config = SECOND + '[discovery]\nstream_id = 7000\nchannel = "aeron:ipc?term-length=1m"\n'
        driver = self.start("driver", "--embedded", "--json", "--config", self.file("b.toml", config), "--shm-dir", self.shm_dir)
        driver.wait_for_event("ready")
        self.start("pub", "--stream", "40001", "--control-stream", "1050", "--pattern", "checked", "--shape", "20x30", "--rate", "20")
        found = self.found(1)
        self.assertEqual((found[0]["driver_instance_id"], found[0]["driver_control_stream_id"], found[0]["stream"]), ("rig-b", 1050, 40001))
        self.assertEqual(driver.stop(), 0, driver.err)

    def test_without_any_setting_they_find_each_other(self):
        # Proves: S-34
        driver = self.start_driver()
        registry = self.start("discovery", "--json")
        pub = ["--name", "camera-1", "--pattern", "checked", "--shape", "20x30", "--rate", "50"]
        self.start("pub", "--stream", "1001", *pub)
        self.assertEqual(self.found(1)[0]["driver_instance_id"], "driver-01")
        self.assertEqual(registry.stop(), 0, registry.err)
        self.assertEqual(driver.stop(), 0, driver.err)
        # And one inside of the driver, on its control stream.
        config = SECOND.split("[policies]")[1].replace("allow_dynamic_streams", "[discovery]\n[policies]\nallow_dynamic_streams")
        driver = self.start_driver("--config", self.file("c.toml", '[driver]\ninstance_id = "rig-c"\nstream_id_range = "40000-40999"\n' + config))
        self.start("pub", "--stream", "40001", *pub)
        self.assertEqual(self.found(1)[0]["driver_instance_id"], "rig-c")
        sub = self.start("sub", "--find", "camera-1", "--verify", "--count", "10", "--json", "--timeout", "20")
        self.assertEqual(sub.finish(), 0, sub.err)
        # Who says where to ask is asked nowhere else.
        self.assertEqual(self.find("--request-stream", "7000", "--timeout", "0.3")[1], [])

    def test_nobody_to_ask(self):
        self.start_driver()
        status, found, err = self.find("--timeout", "0.5")
        self.assertEqual((status, found), (1, []))
        self.assertIn("nobody listens", err)
        self.assertIn("nobody answers (aeron:ipc?term-length=4m stream 1000)", err)
        self.assertIn("expected `tp discovery`", err)

    def test_what_is_wrong_is_named(self):
        # Proves: S-15, S-23, C-11
        for change, said in ((("driver_control_stream_id = 1050", "driver_control_stream_id = 1000"), "share announce stream 1000"),
                             (('"rig-b"', '"rig-a"'), "both driver rig-a"),
                             (("\nstream_id = 7000", "\nstream_id = 0"), "discovery.stream_id: 0 is not in 1"),
                             (("odd = 1", "max_results = 65535"), "65535"),
                             (("odd = 1", 'allowed_response_channels = ["udp"]'), '"udp"')):
            run = self.run_tp("discovery", "--aeron-dir", self.aeron_dir, "--config", self.file("r.toml", REGISTRY.replace(*change)))
            self.assertEqual(run.returncode, 2, (change, run.stderr))
            self.assertIn(said, run.stderr.decode())
        bad = SECOND + "[discovery]\nmax_results = 0\n"
        run = self.run_tp("driver", "--aeron-dir", self.aeron_dir, "--config", self.file("b.toml", bad), "--shm-dir", self.shm_dir)
        self.assertEqual(run.returncode, 2)
        self.assertIn("discovery.max_results", run.stderr.decode())


if __name__ == "__main__":
    unittest.main()
