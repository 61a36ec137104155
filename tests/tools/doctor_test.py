"""`tp doctor` before, beside and after real processes: what is well, what is not, and the command that mends it."""
import json
import os
import pathlib
import shlex
import signal
import struct
import subprocess
import time
import unittest

from harness import PATIENCE, TpTestCase

CONFIG = """
[profiles.raw]
header_nslots = 64
payload_pools = [{ pool_id = 1, stride_bytes = 4096 }]
[streams.cam]
stream_id = 1001
profile = "raw"
"""
MAGIC = 0x544F504C53484D31


def superblock(stream_id, epoch, pid=2**22 + 1, activity_ns=1, magic=MAGIC):
    """A header ring's, of a process that is not there (Linux has no larger pid than 2**22)."""
    return struct.pack("<QIQIhHIIIQQQ", magic, 1, epoch, stream_id, 1, 0, 64, 256, 0, pid, activity_ns, activity_ns)


class Doctor(TpTestCase):
    def config(self, text=CONFIG, name="rig.toml"):
        path = self.dir / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o640)
        return str(path)

    def doctor(self, *args, interval="0", env=None):
        done = subprocess.run([os.environ.get("TP_PROGRAM", "build/release/bin/tp"), "doctor", "--aeron-dir", self.aeron_dir, "--interval", interval, "--json", *map(str, args)],
                              capture_output=True, env={**self.env, **(env or {})}, timeout=PATIENCE, check=False)
        self.assertEqual(done.stderr, b"")
        said = json.loads(done.stdout)
        self.assertEqual(done.returncode, 1 if said["status"] in ("warning", "error") else 0, done.stdout)
        return said

    def finding(self, said, check, severity, part=""):
        found = [f for f in said["findings"] if f["check"] == check and f["severity"] == severity and part in f["text"]]
        self.assertTrue(found, f"no {severity} of {check} with {part!r} in {json.dumps(said, indent=1)}")
        return found[0]

    def bad(self, said):
        return [f for f in said["findings"] if f["severity"] in ("warning", "error")]

    def epoch(self, number, content, stream_id=1001, instance="driver-01"):
        directory = pathlib.Path(self.shm_dir) / f"stream-{stream_id}" / instance / f"epoch-{number}"
        directory.mkdir(parents=True)
        (directory / "header.ring").write_bytes(content)
        os.utime(directory, (1, 1))
        return directory

    def base(self, *args):
        return ["--config", self.config(), "--shm-dir", self.shm_dir, *args]

    def test_a_running_system_is_well_and_nobody_notices_the_look(self):
        # Proves: OP-7
        config = self.config(CONFIG.replace("64", "4096"))  # a busy machine's consumer is not half a ring behind
        driver = self.start_driver("--config", config)
        pub = self.start("pub", "--stream", 1001, "--pattern", "checked", "--shape", "16x16", "--rate", 200, "--json")
        sub = self.start("sub", "--stream", 1001, "--verify", "--json", "--interval", "0.2")
        sub.wait_for(lambda objects: any(o.get("frames", 0) > 0 for o in objects))
        counters = lambda: {c["label"]: c["value"] for c in json.loads(self.run_tp("ls", "--all", "--json", "--aeron-dir", self.aeron_dir).stdout)["counters"]
                            if "attach-requests" in c["label"] or "leases-issued" in c["label"]}
        before = counters()
        self.assertTrue(before)
        logs = sorted(p.name for p in (pathlib.Path(self.aeron_dir) / "publications").iterdir())
        said = self.doctor("--config", config, "--shm-dir", self.shm_dir, "--running", interval="0.5")
        self.assertEqual(self.bad(said), [])
        self.assertEqual(said["aeron_dir"], self.aeron_dir)
        self.finding(said, "aeron", "ok", "alive")
        self.finding(said, "live", "ok", "1 streams, 2 producers and consumers")
        self.finding(said, "limits", "ok", "of the running driver")
        self.finding(said, "epochs", "ok", "none without its process")
        self.assertEqual(counters(), before)
        self.assertEqual(sorted(p.name for p in (pathlib.Path(self.aeron_dir) / "publications").iterdir()), logs)
        for process in (sub, pub, driver):
            self.assertEqual(process.stop(), 0, process.err)

    def test_before_the_first_start_nothing_is_wrong_unless_all_should_be_up(self):
        said = self.doctor(*self.base())
        self.assertEqual(self.bad(said), [])
        self.assertEqual(self.finding(said, "aeron", "note")["fix"].split()[:2], ["tp", "driver"])
        said = self.doctor(*self.base("--running"))
        self.finding(said, "aeron", "error")
        self.assertFalse(pathlib.Path(self.shm_dir).exists())
        self.assertFalse(pathlib.Path(self.aeron_dir).exists())

    def test_streams_that_do_not_fit_come_with_the_command(self):
        text = CONFIG.replace("64", "65536").replace("4096", "268435456")
        said = self.doctor("--config", self.config(text), "--shm-dir", self.shm_dir, "memory")
        found = self.finding(said, "memory", "error", "largest profile is raw")
        self.assertRegex(found["fix"], r"^mount -o remount,size=\d+G /dev/shm$")
        self.assertEqual({f["check"] for f in said["findings"]}, {"memory"})

    def test_a_base_that_everybody_writes_is_mended_by_its_command(self):
        os.mkdir(self.shm_dir)
        os.chmod(self.shm_dir, 0o777)
        said = self.doctor(*self.base("permissions"))
        found = self.finding(said, "permissions", "error", "written by everybody")
        self.assertEqual(found["fix_kind"], "command")
        subprocess.run(found["fix"], shell=True, check=True)
        self.assertEqual(self.bad(self.doctor(*self.base("permissions"))), [])

    def test_a_token_that_everybody_reads_is_mended_by_its_command(self):
        config = self.config(CONFIG + '[policies]\nshutdown_token = "secret-word"\n')
        os.chmod(config, 0o644)
        said = self.doctor("--config", config, "--shm-dir", self.shm_dir, "configuration")
        found = self.finding(said, "configuration", "warning", "shutdown_token")
        self.assertNotIn("secret-word", json.dumps(said))
        subprocess.run(found["fix"], shell=True, check=True)
        self.assertEqual(self.bad(self.doctor("--config", config, "--shm-dir", self.shm_dir, "configuration")), [])

    def test_epochs_of_the_dead_are_removed_by_the_command_and_no_others(self):
        for number in (1, 2, 3):
            self.epoch(number, superblock(1001, number))
        orphan = self.epoch(9, superblock(7, 9), stream_id=7, instance="it's gone")
        alive = self.epoch(4, superblock(1001, 4, pid=os.getpid(), activity_ns=time.monotonic_ns()))
        said = self.doctor(*self.base("epochs"))
        surplus = self.finding(said, "epochs", "warning", "epoch_gc_keep")
        self.assertEqual(len(shlex.split(surplus["fix"])), 4)  # rm -r and two: by rank 2 of 4 stay
        for severity, part in (("warning", "not configured"), ("warning", "more than policies.epoch_gc_keep"), ("note", "as policies.epoch_gc_keep")):
            subprocess.run(self.finding(said, "epochs", severity, part)["fix"], shell=True, check=True)
        self.assertFalse(orphan.exists())
        self.assertTrue(alive.exists())
        self.assertEqual(sorted(p.name for p in alive.parent.iterdir()), ["epoch-4"])
        self.finding(self.doctor(*self.base("epochs")), "epochs", "ok")

    def test_strangers_files_are_looked_at_without_harm(self):
        outside = self.dir / "outside"
        (outside / "driver-01" / "epoch-1").mkdir(parents=True)
        (outside / "driver-01" / "epoch-1" / "header.ring").write_bytes(superblock(5, 1))
        base = pathlib.Path(self.shm_dir)
        self.epoch(1, b"")
        self.epoch(2, b"\xff" * 64)
        self.epoch(3, superblock(1001, 3, magic=1))
        self.epoch(4, superblock(999, 4))  # another's
        self.epoch(5, superblock(1001, 5, pid=2**64 - 1, activity_ns=2**64 - 1))
        fifo = self.epoch(6, b"")
        (fifo / "header.ring").unlink()
        os.mkfifo(fifo / "header.ring")
        linked = self.epoch(7, b"")
        (linked / "header.ring").unlink()
        (linked / "header.ring").symlink_to(outside / "driver-01" / "epoch-1" / "header.ring")
        (base / "stream-5").symlink_to(outside)
        (base / "stream-6").write_text("")
        (base / "stream-1001" / "driver-01" / "epoch-8").symlink_to(outside / "driver-01" / "epoch-1")
        for name in ("epoch-", "epoch-01", "epoch-18446744073709551616", "epoch--1", "stream-4294967296"):
            (base / "stream-1001" / "driver-01" / name).mkdir()
        said = self.doctor(*self.base("epochs", "clocks"))
        odd = self.finding(said, "epochs", "warning", "not what their names say")
        self.assertIn("5 entries", odd["text"])
        self.assertNotIn("stream-5", json.dumps([f["fix"] for f in said["findings"]]))
        self.finding(said, "clocks", "note", "before a reboot")
        self.assertTrue((outside / "driver-01" / "epoch-1" / "header.ring").exists())

    def test_a_media_driver_that_was_killed_is_an_error(self):
        driver = self.start_driver("--config", self.config())
        self.assertEqual(self.bad(self.doctor(*self.base("aeron", "--running"))), [])
        driver.signal(signal.SIGKILL)
        driver.finish()
        # Its heartbeat stays fresh for some seconds.
        deadline = time.monotonic() + PATIENCE
        while not self.bad(said := self.doctor(*self.base("aeron"))) and time.monotonic() < deadline:
            time.sleep(0.2)
        self.finding(said, "aeron", "error", "silent")

    def test_a_directory_with_garbage_is_no_media_driver(self):
        os.makedirs(self.aeron_dir)
        for content in (b"", b"x", b"\xff" * 4096, os.urandom(65536), b"\0" * 1048576):
            (pathlib.Path(self.aeron_dir) / "cnc.dat").write_bytes(content)
            said = self.doctor(*self.base("aeron", "live", "--running"))
            self.finding(said, "aeron", "error")
        os.remove(pathlib.Path(self.aeron_dir) / "cnc.dat")
        os.mkfifo(pathlib.Path(self.aeron_dir) / "cnc.dat")
        self.finding(self.doctor(*self.base("aeron", "--running")), "aeron", "error")

    @unittest.skipUnless(os.geteuid() == 0, "needs root, to ask as somebody else")
    def test_what_another_user_may_not_see_is_said(self):
        self.start_driver("--config", self.config())
        ask = lambda: subprocess.run([os.environ.get("TP_PROGRAM", "build/release/bin/tp"), "doctor", "--aeron-dir", self.aeron_dir, "--shm-dir", self.shm_dir,
                                      "--interval", "0", "--json"], capture_output=True, env=self.env, timeout=PATIENCE, check=False, user=65534, group=65534, extra_groups=[])
        try:
            said = json.loads(ask().stdout)
        except PermissionError:
            self.skipTest("the program cannot be run by others here")
        self.finding(said, "aeron", "note", "could not look")
        self.finding(said, "permissions", "note", "could not look")
        self.dir.chmod(0o755)
        done = ask()
        self.assertEqual(done.returncode, 1, done.stderr)
        said = json.loads(done.stdout)
        self.finding(said, "permissions", "error", "cannot be written by this user, uid 65534")
        self.assertEqual(self.finding(said, "aeron", "error")["fix"], "run as uid 0")
        self.finding(said, "epochs", "note", "could not look")

    def test_a_driver_that_is_stopped_stands_still(self):
        driver = self.start_driver("--config", self.config())
        deadline = time.monotonic() + PATIENCE  # its counters come soon after "ready"
        while b"tp-driver duty-cycles" not in self.run_tp("ls", "--all", "--json", "--aeron-dir", self.aeron_dir).stdout:
            self.assertLess(time.monotonic(), deadline)
        driver.signal(signal.SIGSTOP)
        said = self.doctor(*self.base("live"), interval="0.3")
        self.finding(said, "live", "warning", "stands still")
        driver.signal(signal.SIGCONT)
        self.assertEqual(driver.stop(), 0, driver.err)

    def test_files_that_are_wrong_are_findings(self):
        cases = (("[streams", "line 1"), ("[profiles.raw]\nheader_nslots = 63\n", "63"), (CONFIG + "[shm]\nbase_dri = 1\n", "base_dri"))
        for text, part in cases:
            said = self.doctor("--config", self.config(text))
            found = [f for f in self.bad(said) if f["check"] == "configuration"]
            self.assertTrue(any(part in f["text"] for f in found), said)
        said = self.doctor("--config", self.dir / "none.toml", "--config", self.dir)
        self.finding(said, "configuration", "error", "No such file")
        self.finding(said, "memory", "note", "could not look")
        self.finding(self.doctor("--config", self.config(), "--config", self.config(name="two.toml")), "configuration", "error", "second driver's")

    def test_channels_of_roles_are_compared(self):
        bridge = self.config('[bridge]\ninstance_id = "b"\npayload_channel = "aeron:udp?endpoint=127.0.0.1:40456|rcv-wnd=1g"\npayload_stream_id = 50\n'
                             'control_channel = "aeron:udp?endpoint=127.0.0.1:40457"\ncontrol_stream_id = 51\n'
                             'driver_control_channel = "aeron:ipc?term-length=1m"\n[[mappings]]\nsource_stream_id = 1001\ndest_stream_id = 2001\n', "bridge.toml")
        said = self.doctor("--config", bridge, *self.base("terms", "network", "configuration"))
        self.finding(said, "terms", "error", "bridge.driver_control_channel")
        self.finding(said, "network", "error", "bridge.payload_channel")
        self.finding(said, "configuration", "ok")
        said = self.doctor(*self.base("terms", "--qos-channel", "aeron:ipc?term-length=64k"))
        self.assertIn("--print-env", self.finding(said, "terms", "warning", "clients' qos channel")["fix"])

    def test_the_environment_of_a_media_driver_is_judged(self):
        said = self.doctor(*self.base("idle"), env={f"AERON_{a}_IDLE_STRATEGY": "noop" for a in ("CONDUCTOR", "SENDER", "RECEIVER")})
        spinning = self.finding(said, "idle", "warning" if len(os.sched_getaffinity(0)) <= 3 else "ok", "spin")
        self.assertIn("3", spinning["text"])

    def test_text_shows_what_is_wrong_and_with_verbose_what_is_well(self):
        os.mkdir(self.shm_dir)
        os.chmod(self.shm_dir, 0o777)
        run = lambda *args: self.run_tp("doctor", "--aeron-dir", self.aeron_dir, *self.base(*args), "permissions", "memory")
        done = run()
        self.assertEqual(done.returncode, 1)
        lines = done.stdout.decode().splitlines()
        self.assertTrue(lines[0].startswith("error    permissions: "), lines)
        self.assertEqual([line.split()[0] for line in lines[1:3]], ["expected:", "run:"])
        self.assertEqual(lines[-1], "errors: 1, warnings: 0, notes: 0, ok: 1")
        self.assertTrue(any(line.startswith("ok       memory: ") for line in run("-v").stdout.decode().splitlines()))


if __name__ == "__main__":
    unittest.main()
