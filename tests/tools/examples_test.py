"""The two programs of the README, against a real driver."""
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
        while (leases := json.loads(self.run_tp("ls", "--json", "--aeron-dir", self.aeron_dir).stdout)["leases"]) and time.monotonic() < deadline:
            pass
        self.assertEqual(leases, [])


if __name__ == "__main__":
    unittest.main()
