"""`tp supervisor` and the supervisor inside `tp driver`, between real producers and real consumers."""
import json
import signal
import unittest

from harness import TpTestCase

DRIVER = """
[profiles.raw]
header_nslots = 64
payload_pools = [{ pool_id = 1, stride_bytes = 4096 }]
[streams.cam]
stream_id = 1001
profile = "raw"
"""

# Periods are those of a loaded machine: a hello a second, four missed ones are silence.
SUPERVISOR = """
[supervisor]
liveness_timeout_ns = 4000000000
liveness_check_interval_ns = 250000000
[[supervisor.rules]]
stream_id = 1001
consumer_id = 100
force_mode = 2
"""


class Supervisor(TpTestCase):
    def config(self, text):
        path = self.dir / "rig.toml"
        path.write_text(text, encoding="utf-8")
        return path

    def producer(self):
        pub = self.start("pub", "--stream", 1001, "--pattern", "checked", "--shape", "16x16", "--rate", 200, "--client-id", 7, "--json")
        pub.wait_for_event("state", state="attached")
        return pub

    def consumer(self, client_id):
        sub = self.start("sub", "--stream", 1001, "--client-id", client_id, "--json")
        sub.wait_for_event("state", state="attached")
        return sub

    def once(self):
        run = self.run_tp("supervisor", "--once", "--json", "--aeron-dir", self.aeron_dir)
        self.assertEqual(run.returncode, 0, run.stderr)
        return next(o for o in map(json.loads, run.stdout.splitlines()) if o["event"] == "status")

    def counters(self):
        listed = json.loads(self.run_tp("ls", "--all", "--json", "--aeron-dir", self.aeron_dir).stdout)["counters"]
        ours = {c["label"].removeprefix("tp-supervisor "): c["value"] for c in listed if c["of"] == "supervisor"}
        return {key: ours.get(key) for key in ("producers", "config-published")}

    @staticmethod
    def said(text):
        return lambda objects: [o for o in objects if o.get("event") == "supervisor" and text in o["text"]]

    def test_inside_the_driver_it_sees_all_forces_one_and_misses_a_killed_one(self):
        # Proves: U-1, U-2, U-3, U-4
        driver = self.start_driver("--config", self.config(DRIVER + SUPERVISOR))
        heard = self.start("listen", "--json", "control")
        self.producer()
        forced = self.consumer(100)
        killed = self.consumer(200)
        config = heard.wait_for(lambda objects: next((o["fields"] for o in objects if o.get("message") == "ConsumerConfig"), None))
        self.assertEqual((config["streamId"], config["consumerId"], config["mode"], config["useShm"]), (1001, 100, "RATE_LIMITED", "TRUE"))
        # Counters follow at the next check.
        forced.wait_for(lambda _: self.counters() == {"producers": 1, "config-published": 1})
        state = self.once()
        self.assertTrue(state["listening"])
        producer = next(p for p in state["producers"] if p["producer_id"] == 7)
        self.assertEqual((producer["stream_id"], producer["stale"], producer["conflicting"]), (1001, False, False))
        self.assertGreater(producer["current_seq"], 0)
        self.assertIsNotNone(producer["announce_age_ns"])
        self.assertLess(producer["activity_age_ns"], 4_000_000_000)
        self.assertEqual({c["consumer_id"] for c in state["consumers"] if not c["stale"]}, {100, 200})
        self.assertTrue(all(c["qos"]["epoch"] == producer["epoch"] for c in state["consumers"] if c["qos"]["epoch"]))

        killed.signal(signal.SIGKILL)
        driver.wait_for(self.said("consumer 200 is stale"))
        driver.wait_for(self.said("consumer 200 is removed"))
        self.assertIsNone(forced.process.poll())
        self.assertEqual(driver.stop(), 0, driver.err)
        summary = next(o for o in driver.lines() if o.get("event") == "supervisor_summary")
        consumers = {c["consumer_id"]: c for c in summary["consumers"]}
        self.assertNotIn(200, consumers)
        self.assertIsNotNone(summary["producers"][0]["activity_age_ns"])  # the driver's own directory
        self.assertTrue(consumers[100]["config"]["ours"])
        self.assertEqual(consumers[100]["config"]["mode"], "RATE_LIMITED")
        self.assertEqual(summary["stats"]["config_published"], 1)
        self.assertGreaterEqual(summary["stats"]["removed"], 1)
        self.assertEqual(summary["stats"]["collisions"], 0)
        # The killed one's lease ends as any other's: nothing of the driver's own work suffered.
        self.assertEqual(next(o for o in driver.lines() if o.get("event") == "stopped")["result"], "TP_OK")

    def test_it_gives_consumers_streams_of_their_own(self):
        # Proves: U-4, W-92, W-96
        section = "[supervisor]\nper_consumer_enabled = true\nper_consumer_descriptor_base = 40000\nper_consumer_control_base = 42000\n"
        driver = self.start_driver("--config", self.config(DRIVER + section))
        self.producer()
        sub = self.start("sub", "--stream", 1001, "--client-id", 300, "--private", "--max-rate", 20, "--json", "--interval", "0.2")
        stats = sub.wait_for(lambda o: next((x for x in o if x.get("event") == "stats" and x["descriptor_stream_state"] == "active"), None))
        self.assertTrue(40000 <= stats["descriptor_stream"] <= 40999, stats)
        self.assertTrue(42000 <= stats["control_stream"] <= 42999, stats)
        self.assertEqual(driver.stop(), 0, driver.err)
        summary = next(o for o in driver.lines() if o.get("event") == "supervisor_summary")
        consumer = next(c for c in summary["consumers"] if c["consumer_id"] == 300)
        self.assertEqual(consumer["config"]["descriptor_stream_id"], stats["descriptor_stream"])
        self.assertTrue(consumer["hello"]["wants_descriptor_stream"])
        self.assertEqual(summary["stats"]["config_conflicts"], 0)

    def test_on_its_own_it_outlives_the_driver(self):
        supervisor = self.start("supervisor", "--json", "--interval", "0.2", "--config", self.config(SUPERVISOR))
        state = lambda: next((o for o in reversed(supervisor.lines()) if o.get("event") == "status"), None)
        supervisor.wait_for(lambda _: state() is not None)
        self.assertFalse(state()["listening"])  # no media driver yet: it waits
        driver = self.start_driver("--config", self.config(DRIVER))
        pub = self.producer()
        supervisor.wait_for(lambda _: any(p["rate_hz"] for p in state()["producers"]))
        pub.signal(signal.SIGKILL)
        supervisor.wait_for(lambda objects: [o for o in objects if o.get("event") == "message" and "producer 7" in o["text"]])
        driver.stop()
        self.start_driver("--config", self.config(DRIVER))
        before = state()["stats"]["announces"]
        supervisor.wait_for(lambda _: state()["listening"] and state()["stats"]["announces"] > before, timeout=60)
        self.assertEqual(supervisor.stop(), 0, supervisor.err)
        self.assertEqual(supervisor.lines()[-1]["event"], "summary")

    def test_a_wrong_section_stops_the_driver_before_it_starts(self):
        # Proves: U-4
        wrong = [
            ("[supervisor]\nforce_mode = 5\n", "supervisor.force_mode: 5 is not in 0..2"),
            ("[supervisor]\nper_consumer_enabled = true\nper_consumer_descriptor_base = 31000\n", "overlaps with 31500 to 31600, which the driver uses"),
            ("[supervisor]\npayload_fallback_uri = \"here\"\n", "payload_fallback_uri: 'here'"),
            ("supervisor = 1\n", "expected table"),
        ]
        head = 'driver = { descriptor_stream_id_range = "31500-31600" }\n'
        for section, text in wrong:
            is_value = section.startswith("supervisor")
            config = self.config(head + (section if is_value else "") + DRIVER + ("" if is_value else section))
            run = self.run_tp("driver", "--embedded", "--config", config, "--aeron-dir", self.aeron_dir, "--shm-dir", self.shm_dir)
            self.assertEqual(run.returncode, 2, run.stderr)
            self.assertIn(text, run.stderr.decode())
            self.assertIn("rig.toml:", run.stderr.decode())

    def test_a_consumer_is_told_by_hand(self):
        self.start_driver()
        heard = self.start("listen", "--json", "control")
        heard.wait_for(lambda objects: any(o.get("message") == "ShmPoolAnnounce" for o in objects) or True)
        run = self.run_tp("send-consumer-config", "--aeron-dir", self.aeron_dir, "--json", "--stream", 1001, "--consumer", 9, "--use-shm", "false",
                          "--mode", "rate_limited", "--fallback", "bridge://3", "--assign-descriptor-channel", "aeron:ipc", "--assign-descriptor-stream", 31000)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(json.loads(run.stdout), {"event": "sent", "stream_id": 1001, "consumer_id": 9})
        # The listener may have come later than the message: it is the same each time.
        def config():
            self.run_tp("send-consumer-config", "--aeron-dir", self.aeron_dir, "--stream", 1001, "--consumer", 9, "--use-shm", "false",
                        "--mode", "rate_limited", "--fallback", "bridge://3", "--assign-descriptor-channel", "aeron:ipc", "--assign-descriptor-stream", 31000)
            return next((o["fields"] for o in heard.lines() if o.get("message") == "ConsumerConfig"), None)
        fields = heard.wait_for(lambda _: config())
        self.assertEqual(fields["useShm"], "FALSE")
        self.assertEqual(fields["mode"], "RATE_LIMITED")
        self.assertEqual(fields["payloadFallbackUri"], "bridge://3")
        self.assertEqual((fields["descriptorChannel"], fields["descriptorStreamId"]), ("aeron:ipc", 31000))
        self.assertEqual((fields["controlChannel"], fields["controlStreamId"]), ("", 0))

    def test_without_a_media_driver_a_look_fails_and_says_so(self):
        run = self.run_tp("supervisor", "--once", "--aeron-dir", self.aeron_dir)
        self.assertEqual(run.returncode, 1)
        self.assertIn(b"nothing could be heard", run.stderr)
        run = self.run_tp("send-consumer-config", "--aeron-dir", self.aeron_dir, "--stream", 1, "--consumer", 2, "--timeout", "0.2")
        self.assertEqual(run.returncode, 1)
        self.assertIn(b"nobody listens", run.stderr)


if __name__ == "__main__":
    unittest.main()
