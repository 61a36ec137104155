"""Runs the real `tp` for the tests in this folder: own Aeron directory, own shared-memory directory, everything ended and removed afterwards.

The path of the program comes from the environment, TP_PROGRAM (ctest sets it).
"""
import ctypes
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

TP = os.environ.get("TP_PROGRAM", "build/release/bin/tp")
# Sanitized builds are several times slower; these are limits, nothing waits for them to pass.
PATIENCE = float(os.environ.get("TP_TEST_PATIENCE", "30"))


def _die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Tp:
    """One running `tp`, its output collected line by line."""

    def __init__(self, args, env, stdin=subprocess.DEVNULL):
        self.args = args
        self.process = subprocess.Popen([TP, *args], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, preexec_fn=_die_with_parent)
        self.out, self.err = b"", b""
        self.open = {self.process.stdout.fileno(): "out", self.process.stderr.fileno(): "err"}

    def _read(self, timeout):
        ready, _, _ = select.select(list(self.open), [], [], timeout)
        for fd in ready:
            data = os.read(fd, 65536)
            if not data:
                del self.open[fd]
            else:
                setattr(self, self.open[fd], getattr(self, self.open[fd]) + data)

    def lines(self):
        """JSON objects written so far."""
        return [json.loads(line) for line in self.out.decode().split("\n")[:-1] if line.startswith("{")]

    def wait_for(self, what, timeout=None):
        """Read until `what(objects)` is true; its value. Fails with what was said."""
        deadline = time.monotonic() + (timeout or PATIENCE)
        while True:
            found = what(self.lines())
            if found:
                return found
            left = deadline - time.monotonic()
            if left <= 0 or not self.open:
                raise AssertionError(f"tp {' '.join(self.args)}: did not say what was expected; out:\n{self.out.decode()[-2000:]}\nerr:\n{self.err.decode()[-2000:]}")
            self._read(min(left, 0.5))

    def wait_for_event(self, event, timeout=None, **fields):
        def find(objects):
            return next((o for o in objects if o.get("event") == event and all(o.get(k) == v for k, v in fields.items())), None)
        return self.wait_for(find, timeout)

    def finish(self, timeout=None):
        """Wait for its end: exit status."""
        deadline = time.monotonic() + (timeout or PATIENCE)
        while self.open and time.monotonic() < deadline:
            self._read(0.2)
        try:
            return self.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise AssertionError(f"tp {' '.join(self.args)} did not end; err:\n{self.err.decode()[-2000:]}") from None

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, number=15, timeout=None):
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.finish(timeout)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.send_signal(signal.SIGCONT)
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


class TpTestCase(unittest.TestCase):
    """Each test gets a directory of its own and loses everything in it, also after a failure."""

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix=f"tp-test-{os.getpid()}-", dir="/dev/shm"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.aeron_dir = str(self.dir / "aeron")
        self.shm_dir = str(self.dir / "shm")
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("TP_", "DRIVER_", "SHM_", "POLICIES_", "AERON_", "LAUNCH_", "AGENT_"))}

    def start(self, verb, *args, stdin=subprocess.DEVNULL):
        tp = Tp([verb, "--aeron-dir", self.aeron_dir, *map(str, args)], self.env, stdin)
        self.addCleanup(tp.kill)
        return tp

    def run_tp(self, *args, stdin=None, timeout=None):
        """A verb that ends by itself: CompletedProcess with text."""
        return subprocess.run([TP, *map(str, args)], input=stdin, capture_output=True, env=self.env, timeout=timeout or PATIENCE, check=False)

    def start_driver(self, *args):
        driver = self.start("driver", "--embedded", "--json", "--shm-dir", self.shm_dir, *args)
        driver.wait_for_event("ready")
        return driver

    def summary(self, tp):
        return next(o for o in reversed(tp.lines()) if o.get("event") == "summary")
