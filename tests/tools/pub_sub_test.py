"""`tp pub` and `tp sub` under a real `tp driver`: what arrives is what was published, and every frame is accounted for."""
import json
import os
import signal
import struct
import subprocess
import time
import unittest

from harness import PATIENCE, TpTestCase

SHAPE = "64x100"
FRAME = 6400


def npy(shape, data, descr="|u1"):
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data


# Rings so large that a reader may be away from the processor for as long as a test lasts (1001), or for half a second (1002).
CONFIG = """
[policies]
cleanup_shm_on_exit = true
shutdown_timeout_ms = 200
[profiles]
large = { header_nslots = 2048, payload_pools = [{ pool_id = 1, stride_bytes = 8192 }] }
small = { header_nslots = 256, payload_pools = [{ pool_id = 1, stride_bytes = 8192 }] }
[streams]
a = { stream_id = 1001, profile = "large" }
b = { stream_id = 1002, profile = "small" }
"""


class PubSub(TpTestCase):
    def start_ringed_driver(self):
        (self.dir / "driver.toml").write_text(CONFIG)
        return self.start_driver("--config", self.dir / "driver.toml")

    def assert_adds_up(self, summary):
        accounted = summary["frames"] + summary["thinned"] + sum(summary["drops"].values())
        self.assertEqual(accounted, summary["last_seq"] - summary["first_seq"] + 1, summary)

    def start_sub(self, *args, stream=1001):
        sub = self.start("sub", "--json", "--stream", stream, *args)
        sub.wait_for_event("state", state="attached")
        return sub

    def test_a_subscriber_that_was_there_first_gets_every_frame_and_every_byte(self):
        self.start_ringed_driver()
        sub = self.start_sub("--verify", "--count", 300)
        pub = self.start("pub", "--json", "--stream", 1001, "--shape", SHAPE, "--pattern", "checked", "--rate", 500, "--count", 300)
        self.assertEqual(pub.finish(), 0, pub.err)
        self.assertEqual(sub.finish(), 0, sub.err)
        summary = self.summary(sub)
        self.assertEqual(summary["frames"], 300)
        self.assertEqual((summary["torn"], summary["corrupt"]), (0, 0))
        self.assertEqual((summary["first_seq"], summary["last_seq"]), (0, 299))
        self.assertEqual(sum(summary["drops"].values()), 0, summary)
        self.assertEqual(summary["bytes"], 300 * FRAME)
        self.assertGreater(summary["latency_ns"]["p50"], 0)
        self.assertLessEqual(summary["latency_ns"]["p50"], summary["latency_ns"]["p99"])
        self.assertLessEqual(summary["latency_ns"]["p99"], summary["latency_ns"]["max"])
        self.assertEqual(self.summary(pub)["frames"], 300)

    def test_the_last_frames_of_a_producer_that_ends_at_once_are_not_lost(self):
        self.start_ringed_driver()
        sub = self.start_sub("--verify", "--count", 8)
        pub = self.start("pub", "--json", "--stream", 1001, "--shape", SHAPE, "--pattern", "checked", "--count", 8)
        self.assertEqual(pub.finish(), 0, pub.err)
        self.assertEqual(sub.finish(), 0, sub.err)
        self.assertEqual(self.summary(sub)["last_seq"], 7)

    def test_verify_sees_a_frame_that_is_not_the_pattern(self):
        self.start_ringed_driver()
        sub = self.start_sub("--verify", "--count", 5)
        self.start("pub", "--stream", 1001, "--shape", SHAPE, "--pattern", "zeros", "--rate", 100)
        self.assertEqual(sub.finish(), 1)
        self.assertEqual(self.summary(sub)["corrupt"], 5)

    def test_raw_frames_from_a_pipe_come_out_byte_for_byte(self):
        self.start_ringed_driver()
        data = os.urandom(10 * FRAME)
        sub = self.start("sub", "--stream", 1001, "--count", 10, "--raw", self.dir / "out.raw")
        pub = self.start("pub", "--stream", 1001, "--shape", SHAPE, "--rate", 50, stdin=subprocess.PIPE)
        pub.process.stdin.write(data)
        pub.process.stdin.close()
        self.assertEqual(pub.finish(), 0, pub.err)
        # The subscriber came while nothing was published: seq 0 is its first.
        self.assertEqual(sub.finish(), 0, sub.err)
        self.assertEqual((self.dir / "out.raw").read_bytes(), data)

    def test_a_pipe_that_ends_inside_a_frame_is_said_and_the_whole_ones_are_published(self):
        self.start_ringed_driver()
        pub = self.start("pub", "--json", "--stream", 1001, "--shape", SHAPE, stdin=subprocess.PIPE)
        pub.process.stdin.write(bytes(FRAME * 2 + 17))
        pub.process.stdin.close()
        self.assertEqual(pub.finish(), 1)
        self.assertIn(b"17 of 6400 bytes", pub.err)
        self.assertEqual(self.summary(pub)["frames"], 2)

    def test_a_stream_that_is_not_there_is_told_once_and_with_what_makes_it(self):
        self.start_ringed_driver()
        sub = self.start("sub", "--stream", 5555, "--timeout", 3) # more than two refusals
        self.assertEqual(sub.finish(), 1)
        self.assertEqual(sub.err.count(b"backoff: rejected: stream not provisioned: waiting for a producer"), 1, sub.err)

    def test_npy_in_npy_out(self):
        self.start_ringed_driver()
        data = struct.pack("<24f", *range(24))
        (self.dir / "in.npy").write_bytes(npy("(4, 2, 3)", data, "<f4"))
        sub = self.start_sub("--count", 8, "--npy", self.dir / "out.npy")
        pub = self.start("pub", "--stream", 1001, "--loop", "--count", 8, "--rate", 100, self.dir / "in.npy")
        self.assertEqual(pub.finish(), 0, pub.err)
        self.assertEqual(sub.finish(), 0, sub.err)
        out = (self.dir / "out.npy").read_bytes()
        self.assertIn(b"'<f4'", out[:192])
        self.assertIn(b"(8, 2, 3,)", out[:192])
        self.assertEqual(out[192:], data + data)

    def test_png_snapshots_are_pictures_of_the_frames(self):
        self.start_ringed_driver()
        sub = self.start_sub("--count", 3, "--png", self.dir / "f-%03u.png")
        self.start("pub", "--stream", 1001, "--shape", "32x48x3", "--pattern", "gradient", "--rate", 100)
        self.assertEqual(sub.finish(), 0, sub.err)
        first = self.summary(sub)["first_seq"]
        for seq in range(first, first + 3):
            picture = (self.dir / f"f-{seq:03}.png").read_bytes()
            self.assertEqual(picture[:8], b"\x89PNG\r\n\x1a\n")
            self.assertEqual(struct.unpack(">II", picture[16:24]), (48, 32))

    def test_a_slow_subscriber_loses_frames_knows_how_many_and_why_and_nobody_else_does(self):
        self.start_ringed_driver()
        fast = self.start_sub("--verify", stream=1002)
        slow = self.start_sub("--verify", "--delay", "0.05", stream=1002)
        pub = self.start("pub", "--json", "--stream", 1002, "--shape", SHAPE, "--pattern", "checked", "--rate", 400, "--count", 1200)
        self.assertEqual(pub.finish(), 0, pub.err)
        fast.wait_for(lambda o: any(x.get("event") == "stats" and x["frames"] == 1200 for x in o))
        slow.wait_for(lambda o: any(x.get("event") == "stats" and x["frames"] + sum(x["drops"].values()) >= 1200 for x in o))
        self.assertEqual(fast.stop(signal.SIGINT), 0, fast.err)
        self.assertEqual(slow.stop(signal.SIGTERM), 0, slow.err)
        self.assertEqual(self.summary(fast)["frames"], 1200)
        summary = self.summary(slow)
        self.assertGreater(summary["drops"]["overrun"], 500)
        self.assertEqual(summary["frames"] + sum(summary["drops"].values()), 1200, summary)

    def test_a_subscriber_waits_for_its_stream_and_gives_up_after_timeout(self):
        self.start_ringed_driver()
        sub = self.start("sub", "--json", "--stream", 1001, "--timeout", "0.5")
        self.assertEqual(sub.finish(), 1)
        self.assertIn(b"no frame within 0.5 s", sub.err)
        self.assertEqual(self.summary(sub)["frames"], 0)
        self.assertIsNone(self.summary(sub)["first_seq"])

    def test_without_a_driver_the_timeout_says_what_is_missing(self):
        sub = self.start("sub", "--stream", 1001, "--timeout", "0.5")
        self.assertEqual(sub.finish(), 1)
        self.assertIn(b"media driver", sub.err)

    def test_a_subscriber_survives_the_end_and_restart_of_its_producer(self):
        self.start_ringed_driver()
        sub = self.start_sub("--verify", "--count", 40)
        for _ in range(2):
            pub = self.start("pub", "--stream", 1001, "--shape", SHAPE, "--pattern", "checked", "--rate", 100, "--count", 20)
            self.assertEqual(pub.finish(), 0, pub.err)
        self.assertEqual(sub.finish(), 0, sub.err)
        self.assertEqual(self.summary(sub)["frames"], 40)

    def test_a_killed_producer_is_replaced_after_its_lease_expired(self):
        self.start_ringed_driver()
        sub = self.start_sub("--verify")
        pub = self.start("pub", "--stream", 1001, "--shape", SHAPE, "--pattern", "checked", "--rate", 200)
        sub.wait_for(lambda o: any(x.get("event") == "stats" and x["frames"] > 20 for x in o))
        pub.signal(signal.SIGKILL)
        second = self.start("pub", "--json", "--stream", 1001, "--shape", SHAPE, "--pattern", "checked", "--rate", 200, "--count", 50)
        self.assertEqual(second.finish(), 0, second.err)
        sub.wait_for(lambda o: any(x.get("event") == "stats" and x["remaps"] >= 2 and x["first_seq"] == 0 and x["last_seq"] == 49 for x in o))
        self.assertEqual(sub.stop(), 0, sub.err)

    def start_local(self, *args, stream=1001):
        """A media driver alone would do; it comes with an SHM driver, which these streams do without."""
        base = self.dir / "own"
        base.mkdir(exist_ok=True)
        return self.start("pub", "--json", "--stream", stream, "--shape", SHAPE, "--pattern", "checked", f"--local={base}", "--nslots", 1024, *args)

    def test_a_stream_without_a_driver(self):
        self.start_driver()
        sub = self.start("sub", "--json", "--no-driver", "--allow-dir", self.dir, "--stream", 1001, "--verify", "--oldest", "--count", 100)
        sub.wait_for_event("state", state="remapping")  # it listens: this stream lives for half a second
        pub = self.start_local("--rate", 200, "--count", 100, "--unlink")
        sub.wait_for_event("state", state="attached")
        self.assertEqual(pub.finish(), 0, pub.err)
        self.assertEqual(sub.finish(), 0, sub.err)
        summary = self.summary(sub)
        self.assertEqual((summary["frames"], summary["first_seq"], summary["last_seq"]), (100, 0, 99))
        self.assertEqual((summary["torn"], summary["corrupt"], sum(summary["drops"].values())), (0, 0, 0))
        self.assertEqual([p.name for p in (self.dir / "own").rglob("*") if p.is_file()], ["epoch"])

    def test_two_subscribers_with_one_id_get_two(self):
        # Proves: W-88, where clients of a media driver share a session
        self.start_driver()
        self.start_local("--rate", 50)
        subs = [self.start("sub", "--json", "--no-driver", "--allow-dir", self.dir, "--stream", 1001, "--client-id", 77) for _ in range(2)]
        for sub in subs:
            sub.wait_for_event("state", state="attached")
        deadline = time.monotonic() + PATIENCE
        ids = set()
        while len(ids) != 2:
            self.assertLess(time.monotonic(), deadline, ids)
            heard = self.run_tp("listen", "--json", "--aeron-dir", self.aeron_dir, "--seconds", 1.8, "qos").stdout.decode().splitlines()
            ids = {m["fields"]["consumerId"] for m in map(json.loads, heard) if m["message"] == "QosConsumer"}
        for sub in subs:
            self.assertEqual(sub.stop(), 0, sub.err)
            self.assertEqual(self.summary(sub)["remaps"], 0)

    def test_a_stream_has_one_producer_without_a_driver_too(self):
        self.start_driver()
        first = self.start_local("--rate", 10)
        first.wait_for_event("state", state="attached")
        second = self.start_local("--rate", 10)
        self.assertEqual(second.finish(), 1)
        self.assertIn(b"is in use", second.err)
        self.start_local("--rate", 10, "--instance", "other").wait_for_event("state", state="attached")

    def test_4k_frames_with_no_file_written_by_hand(self):
        self.start_driver()
        sub = self.start_sub("--verify", "--count", 5)
        self.start("pub", "--stream", 1001, "--pattern", "checked", "--rate", 10)
        self.assertEqual(sub.finish(), 0, sub.err)
        self.assertEqual(self.summary(sub)["bytes"], 5 * 3840 * 2160 * 3)

    def test_a_frame_too_large_for_every_pool_is_refused_with_both_sizes(self):
        self.start_driver()
        pub = self.start("pub", "--stream", 1001, "--shape", "9000x9000x3", "--pattern", "zeros")
        self.assertEqual(pub.finish(), 1)
        self.assertIn(b"243000000", pub.err)

    def test_wrong_command_lines_name_the_value(self):
        for args, said in [
            (["pub"], "--stream"),
            (["pub", "--stream", "x"], "'x'"),
            (["pub", "--stream", "1", "--shape", "3x"], "'3x'"),
            (["pub", "--stream", "1", "--shape", "1x1x1x1x1x1x1x1x1"], "1x1"),
            (["pub", "--stream", "1", "--dtype", "complex64"], "complex64"),
            (["pub", "--stream", "1", "--pattern", "plaid"], "plaid"),
            (["pub", "--stream", "1"], "--shape"),
            (["pub", "--stream", "1", "--pattern", "zeros", "-"], "'-'"),
            (["pub", "--stream", "1", "/nonexistent.npy"], "/nonexistent.npy"),
            (["pub", "--stream", "1", "--rate", "-3", "--pattern", "zeros"], "-3"),
            (["pub", "--stream", "0", "--pattern", "zeros", "--local"], "--stream 0"),
            (["pub", "--stream", "1", "--pattern", "zeros", "--nslots", "8"], "--nslots"),
            (["pub", "--stream", "1", "--pattern", "zeros", "--local", "/dev/shm"], "--local=/dev/shm"),
            (["pub", "--stream", "1", "--pattern", "zeros", "--local", "--stride", "12"], "'12'"),
            (["sub"], "--stream"),
            (["sub", "--stream", "1", "--no-driver=yes"], "--no-driver"),
            (["sub", "--stream", "0"], "'0'"),
            (["sub", "--stream", "1", "--count", "0"], "'0'"),
            (["sub", "--stream", "1", "extra"], "'extra'"),
            (["sub", "--stream", "1", "--raw", "a", "--npy", "b"], "--npy"),
            (["sub", "--stream", "1", "--json", "--raw", "-"], "--raw"),
            (["demo", "--seconds", "soon"], "soon"),
            (["demo", "--input", "/nonexistent.mp4"], "/nonexistent.mp4"),
            (["demo", "--stage", "1001"], "1001"),
        ]:
            with self.subTest(args=args):
                done = self.run_tp(*args, stdin=b"")
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(said, done.stderr.decode())
                self.assertEqual(done.stdout, b"")

    def test_a_rate_on_a_stream_of_ones_own_is_kept_by_the_producer(self):
        # Proves: W-90, W-94, W-96, W-124 (IX-5)
        self.start_driver()
        pub = self.start("pub", "--stream", "1001", "--pattern", "checked", "--shape", "40x50", "--rate", "200", "--json")
        sub = self.start("sub", "--stream", "1001", "--private", "--max-rate", "20", "--verify", "--json", "--interval", "0.2")
        every = self.start("sub", "--stream", "1001", "--verify", "--json", "--count", "400")
        # First the ring thinned here, then, when the stream is there, what is described on it.
        first = sub.wait_for(lambda o: next((x for x in o if x.get("event") == "stats" and x["described"]), None))
        later = sub.wait_for(lambda o: next((x for x in o if x.get("event") == "stats" and x["frames"] >= first["frames"] + 20), None))
        self.assertEqual(later["descriptor_stream_state"], "active")
        self.assertTrue(31000 <= later["descriptor_stream"] <= 31999, later)
        self.assertTrue(32000 <= later["control_stream"] <= 32999, later)
        self.assertEqual((later["drops_gap"], later["drops_late"], later["corrupt"]), (0, 0, 0))
        self.assertEqual(every.finish(), 0, every.err)
        self.assertEqual(self.summary(every)["frames"], 400)
        self.assertEqual(sub.stop(), 0, sub.err)
        # At most 20 a second of 200: nine of ten are left out.
        total = self.summary(sub)
        self.assertGreater(total["thinned"], 6 * total["frames"])
        pub.stop()

    def test_progress_is_told_beside_the_payloads_and_not_among_them(self):
        self.start_driver()
        self.start("pub", "--stream", "1001", "--pattern", "checked", "--shape", "20x30", "--rate", "5", "--json")
        raw = self.start("sub", "--stream", "1001", "--raw", "-", "--progress")
        lines = self.start("sub", "--stream", "1001", "--progress", "--json", "--interval", "0.2")
        seen = lines.wait_for(lambda o: next((x for x in o if x.get("event") == "stats" and x["frames"] >= 3), None))
        deadline = time.monotonic() + 30
        while len(raw.out) < 600 and time.monotonic() < deadline:
            raw._read(0.2)
        message = {"streamId": 1001, "epoch": seen["epoch"], "frameId": seen["last_seq"], "headerIndex": seen["last_seq"], "payloadBytesFilled": 128, "state": "PROGRESS"}
        done = self.run_tp("send", "--aeron-dir", self.aeron_dir, "control", "FrameProgress", json.dumps(message))
        self.assertEqual(done.returncode, 0, done.stderr)
        event = lines.wait_for_event("progress")
        self.assertEqual((event["seq"], event["state"], event["filled"], event["readable"], event["length"]), (seen["last_seq"], "progress", 128, 128, 600))
        said = f"frame {event['seq']}: progress, 128 of 600 bytes\n".encode()
        while said not in raw.err and time.monotonic() < deadline:
            raw._read(0.2)
        self.assertIn(said, raw.err)
        self.assertEqual(raw.stop(), 0, raw.err)
        self.assertEqual(len(raw.out) % 600, 0)
        self.assertNotIn(said, raw.out)
        self.assertEqual(lines.stop(), 0, lines.err)


if __name__ == "__main__":
    unittest.main()
