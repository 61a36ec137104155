"""`tp bridge` between two hosts' worth of drivers on this machine, which know each other by UDP alone."""
import fcntl
import json
import os
import pathlib
import signal
import subprocess
import unittest

from harness import PATIENCE, TP, Tp, TpTestCase, _die_with_parent, free_port

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "bridge.toml"
DRIVER = """
[profiles.p]
header_nslots = 32
payload_pools = [{ pool_id = 1, stride_bytes = 1048576 }]
[streams.source]
stream_id = 1001
profile = "p"
[streams.destination]
stream_id = 2001
profile = "p"
"""


class Bridge(TpTestCase):
    def host(self, name):
        """A media driver and an SHM driver in directories of their own."""
        (self.dir / f"driver-{name}.toml").write_text(DRIVER, encoding="utf-8")
        driver = self.on(name, "driver", "--embedded", "--json", "--config", self.dir / f"driver-{name}.toml", "--shm-dir", self.dir / f"shm-{name}")
        driver.wait_for_event("ready")
        return driver

    def on(self, name, verb, *args):
        tp = Tp([verb, "--aeron-dir", str(self.dir / f"aeron-{name}"), *map(str, args)], self.env)
        self.addCleanup(tp.kill)
        return tp

    def config(self, text=""):
        path = self.dir / "bridge.toml"
        path.write_text(f"""
[bridge]
instance_id = "test"
payload_channel = "aeron:udp?endpoint=127.0.0.1:{self.ports[0]}|term-length=4m|so-sndbuf=2m|so-rcvbuf=2m|rcv-wnd=2m"
payload_stream_id = 3000
control_channel = "aeron:udp?endpoint=127.0.0.1:{self.ports[1]}|term-length=64k"
control_stream_id = 3001
forward_metadata = false
assembly_timeout_ms = 2000
{text}
[[mappings]]
source_stream_id = 1001
dest_stream_id = 2001
""", encoding="utf-8")
        return path

    def setUp(self):
        super().setUp()
        self.ports = (free_port(), free_port())

    def bridge(self, name, role):
        return self.on(name, "bridge", "--config", self.config(), "--role", role, "--allow-dir", self.dir / f"shm-{name}",
                       "--json", "--interval", "0.2")

    def state(self, bridge):
        last = next((o for o in reversed(bridge.lines()) if o.get("event") in ("status", "summary")), None)
        return last["mappings"][0] if last else {}

    def pub(self, *args):
        return self.on("a", "pub", "--stream", "1001", "--allow-dir", self.dir / "shm-a", "--pattern", "checked", "--json", *args)

    def sub(self, *args):
        return self.on("b", "sub", "--stream", "2001", "--allow-dir", self.dir / "shm-b", "--json", *args)

    def test_frames_arrive_whole_and_a_restarted_source_and_receiver_go_on(self):
        # Proves: B-1, B-38, B-47, C-8
        self.host("a")
        self.host("b")
        receiver = self.bridge("b", "receiver")
        sender = self.bridge("a", "sender")
        pub = self.pub("--shape", "300x700", "--rate", "50")
        sub = self.sub("--verify", "--count", "50", "--oldest")
        self.assertEqual(sub.finish(), 0, sub.err)
        summary = self.summary(sub)
        self.assertEqual((summary["frames"], summary["torn"], summary["corrupt"]), (50, 0, 0))
        receiver.wait_for(lambda _: self.state(receiver).get("frames_rematerialized", 0) >= 50)
        before = self.state(receiver)
        # Another producer: another epoch here and there.
        pub.signal(signal.SIGKILL)
        pub.kill()
        pub = self.pub("--shape", "300x700", "--rate", "50")
        receiver.wait_for(lambda _: self.state(receiver)["dest"]["epoch"] > before["dest"]["epoch"]
                          and self.state(receiver)["frames_rematerialized"] > before["frames_rematerialized"] + 5)
        # Another receiver, in place of one that was killed: the driver lets it in when the dead one's lease is over.
        receiver.signal(signal.SIGKILL)
        receiver.kill()
        receiver = self.bridge("b", "receiver")
        receiver.wait_for(lambda _: self.state(receiver).get("frames_rematerialized", 0) > 5)
        sub = self.sub("--verify", "--count", "10")
        self.assertEqual(sub.finish(), 0, sub.err)
        self.assertEqual(pub.stop(), 0, pub.err)
        self.assertEqual(sender.stop(), 0, sender.err)
        self.assertEqual(receiver.stop(), 0, receiver.err)
        state = self.state(sender)
        self.assertEqual(state["frames_read"], state["frames_forwarded"] + state["frames_torn"] + state["frames_oversize"]
                         + state["frames_unsent"] + state["frames_unannounced"])
        state = self.state(receiver)
        self.assertEqual(state["frames_dropped"], sum(state["frame_drops"].values()))

    def test_a_status_pipe_that_nobody_reads_costs_lines_and_nothing_else(self):
        self.host("a")
        self.host("b")
        pipe = {}
        for name, role in (("a", "sender"), ("b", "receiver")):
            out, end = os.pipe()
            self.addCleanup(os.close, out)
            fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, 4096)
            process = subprocess.Popen([TP, "bridge", "--aeron-dir", str(self.dir / f"aeron-{name}"), "--config", str(self.config()), "--role", role,
                                        "--allow-dir", str(self.dir / f"shm-{name}"), "--json", "--interval", "0.002"],
                                       stdin=subprocess.DEVNULL, stdout=end, stderr=end, env=self.env, preexec_fn=_die_with_parent)
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
            os.close(end)
            pipe[role] = (process, out)
        pub = self.pub("--shape", "100", "--rate", "200")
        # 3000 frames take 15 s, longer than Aeron waits for a client.
        sub = self.sub("--verify", "--count", "3000", "--oldest")
        self.assertEqual(sub.finish(), 0, sub.err)
        for role, (process, out) in pipe.items():
            process.send_signal(signal.SIGTERM)
            data = b""
            while chunk := os.read(out, 65536):
                data += chunk
            self.assertEqual(process.wait(), 0, data[-1000:])
            said = [json.loads(line) for line in data.splitlines() if line.startswith(b"{")]
            self.assertEqual(said[-1]["event"], "summary")
            self.assertGreater(sum(o.get("status_lines_dropped", 0) for o in said), 100)
            lease = said[-1]["mappings"][0]["source" if role == "sender" else "dest"]
            self.assertEqual((lease["attaches"], lease["losses"]), (1, 0))
        pub.stop()

    def test_a_summary_that_nobody_reads_is_not_waited_for(self):
        self.host("a")
        out, end = os.pipe()
        self.addCleanup(os.close, out)
        fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, 4096)
        process = subprocess.Popen([TP, "bridge", "--aeron-dir", str(self.dir / "aeron-a"), "--config", str(self.config()), "--role", "sender",
                                    "--allow-dir", str(self.dir / "shm-a"), "--json", "--interval", "0.001"],
                                   stdin=subprocess.DEVNULL, stdout=end, stderr=end, env=self.env, preexec_fn=_die_with_parent)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        os.read(out, 4096)  # it has begun
        os.set_blocking(end, False)
        with self.assertRaises(BlockingIOError):
            while True:
                os.write(end, b"\n")
        os.set_blocking(end, True)
        os.close(end)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE), 0)

    def test_what_is_in_force_and_what_is_wrong(self):
        # Proves: C-11, B-7
        self.env["BRIDGE_CHUNK_BYTES"] = "1000"
        run = self.run_tp("bridge", "--config", EXAMPLE, "--role", "receiver", "--print-config", "--json")
        self.assertEqual(run.returncode, 0, run.stderr)
        settings = json.loads(run.stdout)["settings"]
        self.assertEqual(settings["bridge.chunk_bytes"], {"value": 1000, "origin": "environment", "where": "BRIDGE_CHUNK_BYTES"})
        self.assertEqual(settings["bridge.role"]["where"], "--role")
        self.assertEqual(settings["mappings[0].dest_stream_id"]["value"], 20000)
        del self.env["BRIDGE_CHUNK_BYTES"]
        good = EXAMPLE.read_text(encoding="utf-8")
        for change, said in ((("dest_stream_id = 20000", "dest_stream_id = 10000"), "which is its source as well"),
                             (("dest_stream_id = 20000", ""), "dest_stream_id_range is not given"),
                             (("control_stream_id = 3001", "control_stream_id = 0"), "bridge.control_stream_id: 0 is not in"),
                             (("control_stream_id = 3001", "control_stream_id = 3000"), "is that of the control stream"),
                             (("source_metadata_stream_id = 1300", "forward_metadata = true"), "source_metadata_stream_id is not given"),
                             (("chunk_bytes = 1063", "forward_qos = true"), "source_control_stream_id is 0"),
                             (("chunk_bytes = 1063", "mtu_bytes = 128"), "128 is not in 129"),
                             (("chunk_bytes = 1063", 'role = "some"'), "'some'"),
                             (('instance_id = "cam-a-to-b"', ""), "instance_id")):
            self.assertIn(change[0], good)
            path = self.dir / "wrong.toml"
            path.write_text(good.replace(*change), encoding="utf-8")
            run = self.run_tp("bridge", "--config", path, "--aeron-dir", self.aeron_dir)
            self.assertEqual(run.returncode, 2, run.stderr)
            self.assertIn(said, run.stderr.decode())
            self.assertEqual(run.stdout, b"")


if __name__ == "__main__":
    unittest.main()
