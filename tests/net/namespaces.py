"""Hosts as network namespaces with a veth pair between them.

A namespace is held by a file descriptor of this process alone and has no name: when the process ends, however it ends, its programs get SIGKILL
(PR_SET_PDEATHSIG) and the kernel takes namespaces and veth with it. Nothing of it is ever seen in the namespace where the tests run.
"""
import ctypes
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import harness  # noqa: E402

CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)
RELAY = os.environ.get("TP_NET_RELAY", "build/release/bin/net_relay")


def _new_namespace():
    """File descriptor of a network namespace without a name."""
    ready_in, ready_out = os.pipe()
    go_in, go_out = os.pipe()
    pid = os.fork()
    if pid == 0:
        failed = LIBC.unshare(CLONE_NEWNET) != 0
        os.write(ready_out, bytes([ctypes.get_errno() if failed else 0]))
        os.close(go_out)
        os.read(go_in, 1)
        os._exit(0)
    os.close(go_in)
    code = os.read(ready_in, 1)[0]
    try:
        if code != 0:
            raise unittest.SkipTest(f"no network namespaces here: {os.strerror(code)} (needs CAP_SYS_ADMIN)")
        return os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(go_out)
        os.waitpid(pid, 0)
        os.close(ready_in)
        os.close(ready_out)


class Host:
    """A network namespace with directories of its own for Aeron and shared memory."""

    def __init__(self, name, address, directory):
        self.name, self.address, self.dir = name, address, directory
        self.namespace = _new_namespace()

    def enter(self):
        """For preexec_fn."""
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if LIBC.setns(self.namespace, CLONE_NEWNET) != 0:
            os._exit(126)

    def run(self, *args, check=True):
        done = subprocess.run(args, preexec_fn=self.enter, capture_output=True, text=True, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(args)}: {done.stderr}")
        return done

    def close(self):
        if self.namespace >= 0:
            os.close(self.namespace)
            self.namespace = -1


class Program(harness.Tp):
    """A program inside a host; `tp` unless something else is named."""

    running = []

    def __init__(self, host, args, env, program=None):
        self.args = args
        self.process = subprocess.Popen([program or harness.TP, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env,
                                        preexec_fn=host.enter)
        self.out, self.err = b"", b""
        self.open = {self.process.stdout.fileno(): "out", self.process.stderr.fileno(): "err"}
        Program.running.append(self)

    def _read(self, timeout):
        # Whoever writes into a full pipe stands still, and Aeron then takes it for dead: nobody's output may wait while one is awaited.
        for other in Program.running:
            if other is not self and other.open:
                harness.Tp._read(other, 0)
        super()._read(timeout)

    def kill(self):
        if self in Program.running:
            Program.running.remove(self)
        self.open = {}
        super().kill()


class NetTestCase(harness.TpTestCase):
    """Hosts a (10.77.0.1) and b (10.77.0.2), connected."""

    MTU = 1500

    def setUp(self):
        super().setUp()
        if shutil.which("ip") is None:
            self.skipTest("no ip (package iproute2)")
        self.a = self._host("a", "10.77.0.1")
        self.b = self._host("b", "10.77.0.2")
        made = self.a.run("ip", "link", "add", "veth0", "mtu", str(self.MTU), "type", "veth", "peer", "name", "veth0", "mtu", str(self.MTU), "netns",
                          f"/proc/{os.getpid()}/fd/{self.b.namespace}", check=False)
        if made.returncode != 0:
            self.skipTest(f"no veth here: {made.stderr.strip()}")
        for host in (self.a, self.b):
            host.run("ip", "address", "add", f"{host.address}/24", "dev", "veth0")
            host.run("ip", "link", "set", "lo", "up")
            host.run("ip", "link", "set", "veth0", "up")
            host.run("ip", "route", "add", "239.0.0.0/8", "dev", "veth0")

    def _host(self, name, address):
        host = Host(name, address, self.dir / name)
        self.addCleanup(host.close)
        host.dir.mkdir()
        return host

    def on(self, host, verb, *args, place=None):
        """`tp verb` on a host; `place` is a set of directories of its own, for a second media driver there."""
        tp = Program(host, [verb, "--aeron-dir", str((place or host.dir) / "aeron"), *map(str, args)], self.env)
        self.addCleanup(tp.kill)
        return tp

    def relay(self, host, listen, to, **what):
        """A bad network on `host`: datagrams for listen go to `to`."""
        args = ["--listen", listen, "--to", to]
        for name, value in what.items():
            args += [f"--{name.replace('_', '-')}", str(value)]
        relay = Program(host, args, self.env, RELAY)
        self.addCleanup(relay.kill)
        relay.wait_for_event("ready")
        return relay

    def netem(self, host, *what):
        """True if the kernel makes the network of `host` bad by itself."""
        return host.run("tc", "qdisc", "add", "dev", "veth0", "root", "netem", *what, check=False).returncode == 0 if shutil.which("tc") else False
