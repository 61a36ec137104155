"""`tp meta` and `tp pub --meta`, against a real driver."""
import json
import os
import unittest

from harness import TpTestCase


class Meta(TpTestCase):
    def get(self, *args):
        run = self.run_tp("meta", "get", "--aeron-dir", self.aeron_dir, "--json", *args)
        return run, [json.loads(line) for line in run.stdout.decode().splitlines()]

    def test_what_a_producer_says_can_be_read_and_its_frames_name_the_version(self):
        # Proves: W-129, W-130, W-131
        self.start_driver()
        lut = self.dir / "lut.bin"
        lut.write_bytes(bytes(range(7)))
        self.start("pub", "--stream", "1001", "--pattern", "checked", "--shape", "20x30", "--rate", "20", "--name", "camera-1",
                   "--summary", "left of the gate", "--meta", "gain=12", "--meta", "unit:text/x-unit=adu", "--meta", f"lut@{lut}")
        run, found = self.get("--stream", "1001", "--timeout", "20")
        self.assertEqual(run.returncode, 0, run.stderr)
        source = found[0]
        self.assertEqual((source["name"], source["summary"], source["meta_version"], source["version"]), ("camera-1", "left of the gate", 1, 1))
        self.assertEqual(source["attributes"], [
            {"key": "gain", "format": "text/plain", "value": "12"},
            {"key": "unit", "format": "text/x-unit", "value": "adu"},
            {"key": "lut", "format": "application/octet-stream", "value": "hex:00010203040506"}])
        slots = self.run_tp("inspect", "--json", "--stream", "1001", self.shm_dir)
        self.assertEqual(slots.returncode, 0, slots.stderr)
        self.assertIn(b'"meta_version":1', slots.stdout)
        run, found = self.get("--stream", "1001", "--version", "9", "--timeout", "2")
        self.assertEqual(run.returncode, 1)
        self.assertIsNone(found[0]["attributes"])
        run, found = self.get("--timeout", "1.5")
        self.assertEqual([f["stream"] for f in found], [1001])

    def test_somebody_else_can_say_it_with_the_next_version(self):
        self.start_driver()
        self.start("pub", "--stream", "1001", "--pattern", "checked", "--shape", "20x30", "--rate", "20", "--name", "camera-1", "--meta", "gain=12")
        first = self.start("meta", "set", "--stream", "1001", "--name", "gate", "--json", "--timeout", "20", "lens=50mm")
        self.assertEqual(first.wait_for_event("saying")["version"], 2)
        run, found = self.get("--stream", "1001", "--version", "2", "--timeout", "20")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(found[0]["attributes"], [{"key": "lens", "format": "text/plain", "value": "50mm"}])
        self.assertEqual(first.stop(), 0, first.err)

    def test_a_blob_goes_from_file_to_file(self):
        # Proves: W-132
        self.start_driver()
        self.start("pub", "--stream", "1001", "--pattern", "checked", "--shape", "20x30", "--rate", "20")
        there, here = self.dir / "there.bin", self.dir / "here.bin"
        here.write_bytes(os.urandom(300_000))
        got = self.start("meta", "get", "--stream", "1001", "--blob", there, "--timeout", "30", "--json")
        said = self.start("meta", "set", "--stream", "1001", "--blob", here, "--blob-type", "3", "--dialect", "1.2", "--timeout", "0.1", "--json")
        self.assertEqual(got.finish(), 0, got.err)
        blob = next(o for o in got.lines() if o.get("event") == "blob")
        self.assertEqual((blob["blob_type"], blob["length"]), (3, 300_000))
        self.assertEqual(there.read_bytes(), here.read_bytes())
        self.assertEqual(said.stop(), 0, said.err)

    def test_no_escape_sequence_reaches_a_terminal(self):
        self.start_driver()
        self.start("pub", "--stream", "1001", "--pattern", "checked", "--shape", "20x30", "--rate", "20",
                   "--name", "cam\x1b[2J", "--summary", "\x1b]0;x\x07", "--meta", "k\x1b[1m:f\x1b[2m=1")
        run = self.run_tp("meta", "get", "--aeron-dir", self.aeron_dir, "--stream", "1001", "--timeout", "20")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn(b"cam?[2J, ?]0;x?", run.stdout)
        self.assertIn(b"k?[1m = 1  (f?[2m)", run.stdout)
        self.assertNotIn(b"\x1b", run.stdout)

    def test_nothing_said_is_exit_1(self):
        self.start_driver()
        run, found = self.get("--stream", "5", "--timeout", "0.3")
        self.assertEqual((run.returncode, found), (1, []))
        self.assertIn(b"nothing was said of stream 5", run.stderr)


if __name__ == "__main__":
    unittest.main()
