"""`tp ratelimit` between a real producer and a real consumer."""
import json
import signal
import unittest

from harness import TpTestCase

CONFIG = """
[rate_limiter]
instance_id = "gui"
descriptor_channel = "aeron:ipc?term-length=4m"
descriptor_stream_id = 1100
max_rate_hz = 20
odd = 1
[[mappings]]
source_stream_id = 1001
dest_stream_id = 2001
"""


class RateLimit(TpTestCase):
    def config(self, text=CONFIG):
        path = self.dir / "gui.toml"
        path.write_text(text, encoding="utf-8")
        return path

    def limiter(self, *args):
        return self.start("ratelimit", "--config", self.config(), "--json", "--interval", "0.2", *args)

    def mapping(self, limiter):
        return next((o for o in reversed(limiter.lines()) if o.get("event") in ("status", "summary")), {"mappings": [{}]})["mappings"][0]

    def test_a_fast_stream_becomes_a_slow_one_and_every_frame_is_whole(self):
        # Proves, C-7
        self.start_driver()
        limiter = self.limiter()
        sub = self.start("sub", "--stream", "2001", "--verify", "--json", "--count", "40", "--oldest")
        pub = self.start("pub", "--stream", "1001", "--pattern", "checked", "--shape", "200x300", "--rate", "400", "--json")
        self.assertEqual(sub.finish(), 0, sub.err)
        summary = self.summary(sub)
        self.assertEqual((summary["frames"], summary["torn"], summary["corrupt"]), (40, 0, 0))
        # The 40th passed no sooner than 39 intervals after the first; the seqs are the source's.
        self.assertGreaterEqual(summary["last_seq"] - summary["first_seq"], 39)
        limiter.wait_for(lambda _: self.mapping(limiter).get("published", 0) >= 40)
        self.assertEqual(limiter.stop(), 0, limiter.err)
        state = self.mapping(limiter)
        drops = sum(state["drops"].values())
        self.assertEqual(state["read"], state["published"] + state["thinned"] + drops + state["holding"])
        self.assertEqual(state["rate_hz"], 20)
        self.assertGreater(state["thinned"], state["published"])
        self.assertIn(b"unknown key rate_limiter.odd", limiter.err)
        pub.stop()

    def test_a_restarted_source_is_a_new_epoch_at_the_destination(self):
        # Proves: R-11
        self.start_driver()
        limiter = self.limiter()
        pub = self.start("pub", "--stream", "1001", "--pattern", "checked", "--shape", "20x30", "--rate", "100", "--json")
        limiter.wait_for(lambda _: self.mapping(limiter).get("published", 0) >= 5)
        before = self.mapping(limiter)
        pub.signal(signal.SIGKILL)
        pub.kill()
        pub = self.start("pub", "--stream", "1001", "--pattern", "checked", "--shape", "20x30", "--rate", "100", "--json")
        limiter.wait_for(lambda _: self.mapping(limiter).get("source_epoch", 0) > before["source_epoch"]
                         and self.mapping(limiter).get("dest_epoch", 0) > before["dest_epoch"]
                         and self.mapping(limiter)["published"] >= before["published"] + 5)
        sub = self.start("sub", "--stream", "2001", "--verify", "--json", "--count", "5")
        self.assertEqual(sub.finish(), 0, sub.err)
        self.assertEqual(limiter.stop(), 0, limiter.err)
        pub.stop()

    def test_the_rate_of_the_consumer_that_asks_counts(self):
        # Proves: R-7
        self.start_driver()
        limiter = self.limiter()
        self.start("pub", "--stream", "1001", "--pattern", "checked", "--shape", "20x30", "--rate", "100", "--json")
        sub = self.start("sub", "--stream", "2001", "--max-rate", "5", "--json")
        limiter.wait_for(lambda _: self.mapping(limiter).get("rate_hz") == 5)
        sub.stop()
        limiter.wait_for(lambda _: self.mapping(limiter).get("rate_hz") == 20)
        limiter.stop()

    def test_gaps_that_are_expected_are_not_counted_as_losses(self):
        # services.md O-19
        self.start_driver()
        limiter = self.limiter()
        self.start("pub", "--stream", "1001", "--pattern", "checked", "--shape", "20x30", "--rate", "100", "--json")
        plain = self.start("sub", "--stream", "2001", "--json", "--interval", "0.1")
        expecting = self.start("sub", "--stream", "2001", "--gaps-expected", "--json", "--interval", "0.1")
        lost = plain.wait_for(lambda o: next((x for x in o if x.get("event") == "stats" and x["drops_gap"] > 0), None))
        self.assertEqual(lost["skipped"], 0)
        fine = expecting.wait_for(lambda o: next((x for x in o if x.get("event") == "stats" and x["skipped"] > 0), None))
        self.assertEqual(fine["drops_gap"], 0)
        plain.stop()
        expecting.stop()
        limiter.stop()

    def test_what_is_in_force_and_what_is_wrong(self):
        # Proves: C-11, R-2
        self.env["RATE_LIMITER_MAX_RATE_HZ"] = "7"
        run = self.run_tp("ratelimit", "--config", self.config(), "--print-config", "--json")
        self.assertEqual(run.returncode, 0, run.stderr)
        settings = json.loads(run.stdout)["settings"]
        self.assertEqual(settings["rate_limiter.max_rate_hz"], {"value": 7, "origin": "environment", "where": "RATE_LIMITER_MAX_RATE_HZ"})
        self.assertEqual(settings["mappings[0].dest_stream_id"]["value"], 2001)
        run = self.run_tp("ratelimit", "--config", self.config(), "--print-config")
        again = self.run_tp("ratelimit", "--config", self.config(run.stdout.decode()), "--print-config", "--json")
        self.assertEqual({k: v["value"] for k, v in json.loads(again.stdout)["settings"].items()}, {k: v["value"] for k, v in settings.items()})
        for change, said in ((("dest_stream_id = 2001", "dest_stream_id = 1001"), "both stream 1001"),
                             (("max_rate_hz = 20", "max_rate_hz = -1"), "-1"),
                             (("odd = 1", 'policy = "some"'), "'some'"),
                             (("odd = 1", "forward_qos = true"), "source_qos_stream_id"),
                             (("odd = 1", 'wire_dialect = "1.2"'), "rate_limiter.wire_dialect: '1.2', expected v1.1 or v1.2"),
                             (("odd = 1", 'source_descriptor_channel = "ipc"'), "source_descriptor_channel"),
                             (('instance_id = "gui"', ""), "instance_id")):
            run = self.run_tp("ratelimit", "--config", self.config(CONFIG.replace(*change)), "--aeron-dir", self.aeron_dir)
            self.assertEqual(run.returncode, 2, run.stderr)
            self.assertIn(said, run.stderr.decode())
            self.assertEqual(run.stdout, b"")


if __name__ == "__main__":
    unittest.main()
