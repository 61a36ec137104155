"""`tp top` beside a real driver, producer and consumer: on a terminal, in a pipe, as JSON, and what it costs them."""
import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
import unittest

from harness import PATIENCE, TP, TpTestCase


class Terminal:
    """A program on a terminal of its own, 200 columns wide."""

    def __init__(self, args, env):
        self.out = b""
        self.fd, side = pty.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        self.process = subprocess.Popen([TP, *args], stdin=side, stdout=side, stderr=subprocess.PIPE, env={**env, "TERM": "xterm"}, start_new_session=True)
        os.close(side)

    def wait_for(self, text, start=0):
        deadline = time.monotonic() + PATIENCE
        while text not in self.out[start:]:
            if time.monotonic() > deadline:
                raise AssertionError(f"{text!r} was not drawn; {self.out[-3000:]!r}")
            if select.select([self.fd], [], [], 0.2)[0]:
                self.out += os.read(self.fd, 65536)

    def key(self, key):
        os.write(self.fd, key)
        return len(self.out)

    def finish(self):
        """Read on, as a program cannot end while its terminal is full."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < deadline:
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    self.out += os.read(self.fd, 65536)
                except OSError:
                    break
        return self.process.wait(PATIENCE)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stderr.close()
        os.close(self.fd)


class Top(TpTestCase):
    def scene(self):
        self.start_driver()
        pub = self.start("pub", "--stream", "1001", "--pattern", "checked", "--shape", "20x30", "--rate", "200", "--json")
        sub = self.start("sub", "--stream", "1001", "--verify", "--json", "--interval", "0.2")
        sub.wait_for(lambda objects: any(o.get("frames", 0) > 0 for o in objects))
        return pub, sub

    def top(self, *args):
        done = self.run_tp("top", "--aeron-dir", self.aeron_dir, "--interval", "0.5", *args)
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        return done

    def test_json_has_streams_clients_rates_drops_and_the_heartbeat(self):
        pub, sub = self.scene()
        top = self.start("top", "--json", "--interval", "0.5")
        # Proves: OP-6
        found = top.wait_for(lambda objects: next((o for o in objects if o["streams"] and len(o["clients"]) == 2 and o["streams"][0]["frames_per_s"]
                                                   and all(c["frames_per_s"] for c in o["clients"])), None))
        stream = found["streams"][0]
        self.assertEqual((stream["stream_id"], stream["consumers"]), (1001, 1))
        self.assertLessEqual(stream["margin"], stream["nslots"])
        self.assertGreater(stream["newest_seq"], 0)
        producer, consumer = found["clients"]
        self.assertEqual((producer["role"], consumer["role"]), ("PRODUCER", "CONSUMER"))
        self.assertGreater(consumer["mib_per_s"], 0)
        self.assertEqual(set(consumer["drops"]), {"overrun", "abandoned", "resync", "odd", "changed", "identity", "header", "payload", "remap"})
        self.assertIsNotNone(producer["lease_id"])
        self.assertTrue(found["media_driver"]["alive"])
        self.assertEqual(found["shm_driver"]["leases_live"], 2)
        self.assertEqual(top.stop(), 0, top.err)

    def test_a_consumer_that_is_stopped_is_shown_as_silent_and_lapped(self):
        pub, sub = self.scene()
        sub.signal(signal.SIGSTOP)
        top = self.start("top", "--json", "--interval", "0.3")
        found = top.wait_for(lambda objects: next((o for o in objects for c in o["clients"] if c.get("silent") and o["streams"][0]["margin"] == 0), None))
        self.assertEqual(found["streams"][0]["slowest_client_id"], next(c["client_id"] for c in found["clients"] if c["role"] == "CONSUMER"))
        sub.signal(signal.SIGCONT)
        top.stop()

    def test_a_pipe_gets_one_plain_table(self):
        self.scene()
        for args in ([], ["--once"]):
            done = self.top(*args)
            self.assertEqual(done.returncode, 0, done.stderr)
            lines = done.stdout.splitlines()
            self.assertEqual(sum(line.startswith("STREAM ") for line in lines), 2, done.stdout)
            self.assertTrue(any(line.startswith("1001") and " producer " in line for line in lines), done.stdout)
            self.assertTrue(any(line.startswith("1001") and " consumer " in line for line in lines), done.stdout)
            self.assertNotIn("\x1b", done.stdout)
        self.assertEqual(self.top("--count", "2").stdout.count("media driver: pid"), 2)

    def test_a_terminal_is_drawn_on_and_obeys_its_keys(self):
        self.scene()
        top = Terminal(["top", "--aeron-dir", self.aeron_dir, "--interval", "0.2"], self.env)
        self.addCleanup(top.close)
        top.wait_for(b"producer")
        top.wait_for(b"consumer")
        top.wait_for(b"by stream")
        before = top.key(b"s")
        top.wait_for(b"rate", before)
        before = top.key(b"p")
        top.wait_for(b"PAUSED", before)
        before = top.key(b"h")
        top.wait_for(b"LEASE S   seconds until", before)
        top.key(b"q")
        self.assertEqual(top.finish(), 0)

    def test_a_terminal_that_cannot_be_drawn_on_is_refused(self):
        top = Terminal(["top", "--aeron-dir", self.aeron_dir], self.env)
        self.addCleanup(top.close)
        top.key(b"q")
        self.assertEqual(top.finish(), 1)  # there is no media driver
        fd, side = pty.openpty()
        done = subprocess.run([TP, "top", "--aeron-dir", self.aeron_dir], stdin=side, stdout=side, stderr=subprocess.PIPE, timeout=PATIENCE, env={**self.env, "TERM": "no-such-terminal"}, check=False)
        os.close(fd)
        os.close(side)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"no-such-terminal", done.stderr)

    def test_nobody_notices_it(self):
        self.scene()

        def known():
            done = self.run_tp("ls", "--json", "--all", "--aeron-dir", self.aeron_dir)
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout

        def leases(text):
            return sorted(line["lease_id"] for line in json.loads(text)["leases"])

        def counters():
            return json.loads(self.top("--json", "--count", "1").stdout)["aeron_counters"]

        before, first = known(), counters()
        watcher = self.start("top", "--json", "--interval", "0.1")
        watcher.wait_for(lambda objects: len(objects) >= 5)
        # Publications, subscriptions and clients each have counters in the media driver: none is new while a watcher runs.
        self.assertEqual(watcher.lines()[-1]["aeron_counters"], first)
        self.assertEqual(counters(), first)
        self.assertEqual(leases(known()), leases(before))
        watcher.stop()

    def test_without_a_media_driver_it_says_so(self):
        done = self.top("--once")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no media driver in " + self.aeron_dir, done.stderr)


if __name__ == "__main__":
    unittest.main()
