"""The programs of examples/, against a real driver: among them the two that the README shows."""
import json
import os
import subprocess
import time
import unittest

from harness import PATIENCE, TpTestCase

EXAMPLES = os.environ["TP_EXAMPLES"]


class Examples(TpTestCase):
    def test_the_producer_and_the_consumer_of_the_readme_meet(self):
        self.start_driver()
        self.env["AERON_DIR"] = self.aeron_dir
        consumer = subprocess.Popen([f"{EXAMPLES}/example_consumer"], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(consumer.stdout.close)
        self.addCleanup(consumer.kill)
        # 1000 frames without a pause are gone in milliseconds; a consumer that was busy elsewhere takes its 100 from the next thousand.
        for _ in range(50):
            produced = subprocess.run([f"{EXAMPLES}/example_producer"], env=self.env, capture_output=True, timeout=PATIENCE, check=False)
            self.assertEqual(produced.returncode, 0, produced.stderr)
            if consumer.poll() is not None:
                break
        said, _ = consumer.communicate(timeout=PATIENCE)
        self.assertEqual(consumer.returncode, 0, said)
        lines = said.decode().splitlines()
        self.assertEqual(len(lines), 100, said)
        for line in lines:
            # The producer fills frame n with n; it publishes one frame a turn, so seq is n.
            seq, first = int(line.split()[1].rstrip(":")), int(line.split()[-1])
            self.assertIn("480 x 640", line)
            self.assertEqual(first, seq % 256, line)

    def test_they_leave_no_lease_behind(self):
        self.start_driver()
        self.env["AERON_DIR"] = self.aeron_dir
        self.assertEqual(subprocess.run([f"{EXAMPLES}/example_producer"], env=self.env, timeout=PATIENCE, check=False).returncode, 0)
        # The lease has ended; its counter goes a moment later.
        deadline = time.monotonic() + 2
        while (leases := json.loads(self.run_tp("ls", "--json").stdout)["leases"]) and time.monotonic() < deadline:
            pass
        self.assertEqual(leases, [])

    def example(self, name, *args, **more):
        """One example running; its end is waited for or brought about."""
        process = subprocess.Popen([f"{EXAMPLES}/example_{name}", *map(str, args)], env=dict(self.env, AERON_DIR=self.aeron_dir),
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    @unittest.skipUnless(os.path.exists(f"{EXAMPLES}/example_camera_aravis"), "built without Aravis")
    def test_a_gige_camera_writes_into_claimed_slots(self):
        # UC-2, UC-3, IX-4
        self.start_driver()
        camera = self.example("camera_aravis", "fake", 1001, 60)
        sub = self.start("sub", "--stream", "1001", "--count", "10", "--json", "--oldest")
        said, _ = camera.communicate(timeout=PATIENCE)
        self.assertEqual(camera.returncode, 0, said)
        self.assertIn("published 60", said)
        self.assertEqual(sub.finish(), 0, sub.err)
        total = sub.lines()[-1]
        self.assertEqual(total["frames"], 10)
        self.assertEqual(total["bytes"], 10 * 512 * 512)

    def test_a_server_embeds_a_producer_and_a_consumer_in_its_own_loop(self):
        # UC-1
        self.start_driver()
        server = self.example("main_loop", 1001, stdin=subprocess.PIPE)
        server.stdin.write("start\n")
        server.stdin.flush()
        self.assertEqual(server.stdout.readline(), "started\n")
        sub = self.start("sub", "--stream", "1001", "--count", "20", "--json")
        self.assertEqual(sub.finish(), 0, sub.err)
        said, _ = server.communicate("quit\n", timeout=PATIENCE)
        self.assertEqual(server.returncode, 0, said)
        words = said.split()
        published, seen = int(words[1].rstrip(",")), int(words[3])
        self.assertGreaterEqual(published, 20)
        self.assertGreaterEqual(seen, 20)
        self.assertLessEqual(seen, published)

    def test_a_stage_reads_one_stream_and_writes_another(self):
        # CP-2, CP-3
        self.start_driver()
        stage = self.example("pipeline", 1001, 2001, 50)
        subs = [self.start("sub", "--stream", "2001", "--count", "10", "--json") for _ in range(2)]
        pub = self.start("pub", "--stream", "1001", "--pattern", "checked", "--rate", "100", "--shape", "48x64")
        said, _ = stage.communicate(timeout=PATIENCE)
        self.assertEqual(stage.returncode, 0, said)
        self.assertIn("done 50", said)
        for sub in subs:
            self.assertEqual(sub.finish(), 0, sub.err)
            self.assertEqual(sub.lines()[-1]["bytes"], 10 * 48 * 64)
        pub.stop()

    def test_a_consumer_on_a_thread_of_its_own(self):
        # CA-6
        self.start_driver()
        pub = self.start("pub", "--stream", "1001", "--pattern", "checked", "--rate", "200", "--shape", "48x64")
        counter = self.example("threaded", 1001, 3)
        said, _ = counter.communicate(timeout=PATIENCE)
        self.assertEqual(counter.returncode, 0, said)
        counts = [int(line.split()[0]) for line in said.splitlines()]
        self.assertEqual(len(counts), 3, said)
        self.assertEqual(counts, sorted(counts))
        self.assertGreater(counts[-1], 0)
        pub.stop()

    def test_everything_in_one_process_and_one_thread(self):
        # IX-1, CA-6
        (self.dir / "own").mkdir()
        process = subprocess.run([f"{EXAMPLES}/example_embedded", self.aeron_dir, self.dir / "own", "200"], env=self.env, capture_output=True, text=True,
                                 timeout=PATIENCE, check=False)
        self.assertEqual(process.returncode, 0, process.stderr)
        words = process.stdout.split()
        self.assertGreaterEqual(int(words[3]), 200)
        self.assertGreaterEqual(int(words[7]), 200)
        self.assertEqual([p.name for p in (self.dir / "own").rglob("*") if p.is_file()], ["epoch"])
        self.assertFalse(os.path.exists(self.aeron_dir))


if __name__ == "__main__":
    unittest.main()
