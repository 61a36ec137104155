"""Media driver and SHM driver are killed under a system in which every role runs: all of them go on by themselves."""
import json
import signal
import unittest

from harness import TpTestCase, free_port

DRIVER = """
[profiles.any]
header_nslots = 16
payload_pools = [{ pool_id = 1, stride_bytes = 65536 }]
[streams]
source = { stream_id = 1001, profile = "any" }
slower = { stream_id = 2001, profile = "any" }
bridged = { stream_id = 3001, profile = "any" }
"""
LIMITER = """
[rate_limiter]
instance_id = "gui"
descriptor_channel = "aeron:ipc?term-length=4m"
descriptor_stream_id = 1100
max_rate_hz = 50
[[mappings]]
source_stream_id = 1001
dest_stream_id = 2001
"""
BRIDGE = """
[bridge]
instance_id = "there-and-back"
payload_channel = "aeron:udp?endpoint=127.0.0.1:{}|term-length=1m"
payload_stream_id = 3000
control_channel = "aeron:udp?endpoint=127.0.0.1:{}|term-length=64k"
control_stream_id = 3001
forward_metadata = false
[[mappings]]
source_stream_id = 1001
dest_stream_id = 3001
"""


DISCOVERY = """
[discovery]
channel = "aeron:ipc?term-length=1m"
stream_id = 7000
[[discovery.endpoints]]
driver_instance_id = "driver"
driver_control_channel = "aeron:ipc?term-length=4m"
driver_control_stream_id = 1000
"""


class Outage(TpTestCase):
    def file(self, name, text):
        path = self.dir / name
        path.write_text(text, encoding="utf-8")
        return path

    def role(self, verb, text, *args):
        return self.start(verb, "--json", "--interval", "0.2", "--config", self.file(f"{verb}.toml", text), *args)

    @staticmethod
    def latest(objects, event):
        return next((o for o in reversed(objects) if o.get("event") == event), {})

    def find(self, registry):
        """Asks until the stream is found by its name: announces and metadata come once a second. The slower one has the name, too."""
        for _ in range(40):
            run = self.run_tp("find", "--aeron-dir", self.aeron_dir, "--json", "--name", "camera", "--stream", "1001", "--timeout", "1")
            if [json.loads(line)["stream"] for line in run.stdout.splitlines()] == [1001]:
                return
        self.fail((run, registry.err))

    def test_every_role_goes_on_when_both_drivers_were_killed(self):
        # Proves: U-1, R-11, B-38, S-2
        config = self.file("driver.toml", DRIVER)
        driver = self.start_driver("--config", config)
        limiter = self.role("ratelimit", LIMITER)
        bridge = self.role("bridge", BRIDGE.format(free_port(), free_port()), "--role", "both", "--allow-dir", self.shm_dir)
        supervisor = self.role("supervisor", "[supervisor]\n")
        registry = self.role("discovery", DISCOVERY)
        pub = self.start("pub", "--stream", 1001, "--name", "camera", "--pattern", "checked", "--shape", "20x30", "--rate", 100, "--json")
        subs = [self.start("sub", "--stream", stream, "--verify", "--json", "--interval", "0.2") for stream in (1001, 2001, 3001)]
        mapping = lambda objects: self.latest(objects, "status").get("mappings", [{}])[0]
        figures = [
            (limiter, lambda objects: mapping(objects).get("published", 0)),
            (bridge, lambda objects: mapping(objects).get("frames_rematerialized", 0)),
            (supervisor, lambda objects: self.latest(objects, "status").get("stats", {}).get("announces", 0)),
            *((sub, lambda objects: self.latest(objects, "stats").get("frames", 0)) for sub in subs),
        ]
        for tp, figure in figures:
            tp.wait_for(lambda objects: figure(objects) > 3)
        self.find(registry)

        driver.signal(signal.SIGKILL)
        driver.finish()
        self.start_driver("--config", config)
        pub.wait_for(lambda objects: self.latest(objects, "stats").get("losses", 0) > 0)
        for tp, figure in figures:
            before = figure(tp.lines())
            tp.wait_for(lambda objects: figure(objects) > before + 3)
        self.find(registry)
        for sub in subs:
            self.assertEqual(sub.stop(), 0, sub.err)
            summary = self.summary(sub)
            self.assertEqual((summary["torn"], summary["corrupt"]), (0, 0))
            self.assertGreater(summary["remaps"], 0)
        for role in (pub, limiter, bridge, supervisor, registry):
            self.assertEqual(role.stop(), 0, role.err)


if __name__ == "__main__":
    unittest.main()
