"""`tp driver` and the verbs that speak with it, against real media drivers."""
import json
import os
import pathlib
import signal
import stat
import subprocess
import tempfile
import time
import unittest

import harness
from harness import TpTestCase

STREAM = 1001

CONFIG = """
[driver]
instance_id = "rig7"
stream_id_range = [3000, 3003]
[policies]
allow_dynamic_streams = true
cleanup_shm_on_exit = true
lease_keepalive_interval_ms = 200
lease_expiry_grace_intervals = 50
shutdown_timeout_ms = 100
shutdown_token = "not to be seen"
[profiles.small]
header_nslots = 8
payload_pools = [ { pool_id = 3, stride_bytes = 65536 } ]
[streams.camera]
stream_id = 1001
profile = "small"
"""


class DriverTestCase(TpTestCase):
    def config(self, text=CONFIG, name="rig.toml"):
        path = self.dir / name
        path.write_text(text)
        return str(path)

    def start_small(self, *arguments):
        return self.start_driver("--config", self.config(), *arguments)

    def verb(self, verb, *arguments, code=0):
        done = self.run_tp(verb, "--aeron-dir", self.aeron_dir, *arguments)
        self.assertEqual(done.returncode, code, (verb, arguments, done.stdout, done.stderr))
        return done

    def json_verb(self, verb, *arguments, code=0):
        return json.loads(self.verb(verb, "--json", *arguments, code=code).stdout)

    def attach(self, role="producer", stream=STREAM, *arguments, code=0):
        return self.json_verb("attach", "--stream", stream, "--role", role, *arguments, code=code)

    def until(self, condition, seconds=20):
        """Look again until it is so: for what another process does."""
        deadline = time.monotonic() + seconds
        while True:
            value = condition()
            if value:
                return value
            if time.monotonic() > deadline:
                self.fail("not in time")
            time.sleep(0.02)

    def regions(self):
        return [p for p in pathlib.Path(self.shm_dir).rglob("*") if p.is_file() and p.suffix in (".ring", ".pool")]


class Life(DriverTestCase):
    # Proves: D-80, D-92
    def test_ready_then_a_clean_stop_that_leaves_nothing(self):
        driver = self.start_small()
        ready = driver.lines()[0]
        self.assertEqual(ready["event"], "ready")
        self.assertEqual(ready["instance_id"], "rig7")
        self.assertEqual(ready["pid"], driver.process.pid)
        self.assertEqual((ready["aeron_dir"], ready["base_dir"]), (self.aeron_dir, self.shm_dir))
        self.assertEqual((ready["control_channel"], ready["control_stream_id"]), ("aeron:ipc?term-length=4m", 1000))
        self.assertTrue(ready["embedded"])
        self.attach()
        self.assertTrue(self.regions())
        self.assertEqual(driver.stop(), 0, driver.err)
        events = [o["event"] for o in driver.lines()]
        self.assertEqual(events, ["ready", "draining", "stopped"])
        self.assertEqual(driver.lines()[-1]["result"], "TP_OK")
        self.assertEqual(driver.lines()[-1]["leases_issued"], 1)
        self.assertEqual(driver.err, b"")
        self.assertFalse(os.path.exists(self.aeron_dir))
        self.assertEqual(self.regions(), [])

    def test_little_is_resident_when_nobody_is_there(self):
        driver = self.start_small()
        status = pathlib.Path(f"/proc/{driver.process.pid}/status")

        def kib(field):
            return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith(field))

        # Of what Aeron maps, 25 MiB, only what is used; not counted is what a sanitizer needs. With the program's own 6 MiB at most 16.
        self.until(lambda: kib("RssShmem:") < 4096)

    # Proves: D-77, D-80
    def test_a_second_signal_ends_the_wait(self):
        self.env["POLICIES_SHUTDOWN_TIMEOUT_MS"] = "600000"
        driver = self.start_small()
        self.attach()
        driver.signal(signal.SIGTERM)
        driver.wait_for_event("draining")
        self.assertIsNone(driver.process.poll())
        driver.signal(signal.SIGINT)
        self.assertEqual(driver.finish(), 0, driver.err)
        self.assertFalse(os.path.exists(self.aeron_dir))
        self.assertEqual(self.regions(), [])

    def test_text_mode_says_ready_and_stopped(self):
        driver = self.start("driver", "--embedded", "--shm-dir", self.shm_dir)
        self.until(lambda: (driver._read(0.05), b"ready" in driver.out)[1])
        self.assertEqual(driver.stop(), 0)
        self.assertIn(b"tp driver: stopped", driver.out)

    def test_it_uses_a_running_media_driver_and_leaves_it_alone(self):
        first = self.start_small()
        other = tempfile.mkdtemp(dir=self.dir)
        second = self.start("driver", "--json", "--shm-dir", other, "--config", self.config(CONFIG.replace("[driver]", "[driver]\ncontrol_stream_id = 1500")))
        ready = second.wait_for_event("ready")
        self.assertFalse(ready["embedded"])
        self.assertEqual(second.stop(), 0, second.err)
        self.assertTrue(os.path.exists(self.aeron_dir))
        self.attach()
        self.assertEqual(first.stop(), 0, first.err)

    def test_without_a_media_driver_it_starts_one(self):
        driver = self.start("driver", "--json", "--shm-dir", self.shm_dir, "--config", self.config())
        self.assertTrue(driver.wait_for_event("ready")["embedded"])
        self.assertEqual(driver.stop(), 0, driver.err)
        self.assertFalse(os.path.exists(self.aeron_dir))

    def test_embedded_beside_a_running_one_is_refused(self):
        self.start_small()
        done = self.run_tp("driver", "--embedded", "--aeron-dir", self.aeron_dir, "--shm-dir", self.shm_dir)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(self.aeron_dir.encode(), done.stderr)
        self.attach()  # the first is unharmed

    def test_after_a_kill_the_next_one_takes_over_the_directory(self):
        first = self.start_small()
        first.process.kill()  # and not waited for: a zombie still has its pid
        second = self.start("driver", "--json", "--shm-dir", self.shm_dir, "--config", self.config())
        second.wait_for_event("ready", timeout=60)
        self.attach()
        self.assertEqual(second.stop(), 0, second.err)

    def test_the_loss_of_a_foreign_media_driver_is_told_and_survived(self):
        owner = self.start_small()
        other = self.config(CONFIG.replace("[driver]", "[driver]\ncontrol_stream_id = 1500"), "other.toml")
        driver = self.start("driver", "--json", "--shm-dir", tempfile.mkdtemp(dir=self.dir), "--config", other)
        driver.wait_for_event("ready")
        owner.kill()
        driver.wait_for_event("waiting", timeout=60)
        self.start_small()
        driver.wait_for(lambda objects: [o["event"] for o in objects].count("ready") == 2, timeout=60)
        self.assertEqual(driver.stop(), 0, driver.err)

    def test_a_reader_that_goes_away_does_not_end_it(self):
        driver = self.start_small()
        driver.process.stdout.close()
        driver.open = {fd: name for fd, name in driver.open.items() if name == "err"}
        self.attach()
        self.assertEqual(driver.stop(), 0, driver.err)

    # Proves: D-88
    def test_files_follow_the_permissions_mode(self):
        self.env["SHM_PERMISSIONS_MODE"] = "660"
        driver = self.start_small()
        self.assertEqual(stat.S_IMODE(os.stat(self.aeron_dir).st_mode) & 0o777, 0o770)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.join(self.aeron_dir, "cnc.dat")).st_mode), 0o660)
        self.attach()
        for path in self.regions():
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o660)
        self.assertEqual(driver.stop(), 0)

    def test_bad_configurations_are_refused_with_file_and_line(self):
        path = self.config(CONFIG.replace("header_nslots = 8", "header_nslots = 9"))
        done = self.run_tp("driver", "--config", path, "--aeron-dir", self.aeron_dir, "--shm-dir", self.shm_dir)
        self.assertEqual(done.returncode, 2)
        self.assertIn(f"{path}:13: profiles.small.header_nslots".encode(), done.stderr)
        self.env["POLICIES_ANNOUNCE_PERIOD_MS"] = "often"
        done = self.run_tp("driver", "--config", self.config(), "--aeron-dir", self.aeron_dir, "--shm-dir", self.shm_dir)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"POLICIES_ANNOUNCE_PERIOD_MS", done.stderr)
        self.assertFalse(os.path.exists(self.aeron_dir))

    def test_logging_is_off_unless_asked_for(self):
        quiet = self.start_small()
        self.assertEqual(quiet.stop(), 0)
        self.assertEqual(quiet.err, b"")
        self.env |= {"TP_LOG": "1", "TP_LOG_LEVEL": "10"}
        loud = self.start_small()
        self.attach()
        self.assertEqual(loud.stop(), 0)
        self.assertIn(b" driver: ", loud.err)
        self.env["TP_LOG_MODULES"] = "client"
        other = self.start_small()
        self.assertEqual(other.stop(), 0)
        self.assertEqual(other.err, b"")


class Configuration(DriverTestCase):
    def settings(self, *arguments):
        done = self.run_tp("driver", "--print-config", "--json", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    # Proves: D-114
    def test_where_each_value_came_from(self):
        path = self.config()
        self.env |= {"POLICIES_EPOCH_GC_KEEP": "5", "AERON_DIR": "/dev/shm/a"}
        printed = self.settings("--config", path, "--shm-dir", self.shm_dir)
        self.assertEqual(printed["config"], path)
        settings = printed["settings"]
        self.assertEqual(settings["driver.instance_id"], {"value": "rig7", "origin": "file", "where": f"{path}:3"})
        self.assertEqual(settings["policies.epoch_gc_keep"], {"value": 5, "origin": "environment", "where": "POLICIES_EPOCH_GC_KEEP"})
        self.assertEqual(settings["driver.aeron_dir"], {"value": "/dev/shm/a", "origin": "environment", "where": "AERON_DIR"})
        self.assertEqual(settings["shm.base_dir"], {"value": self.shm_dir, "origin": "option", "where": "--shm-dir"})
        self.assertEqual(settings["shm.allowed_base_dirs"]["value"], [self.shm_dir])
        self.assertEqual(settings["policies.announce_period_ms"], {"value": 1000, "origin": "default", "where": None})
        self.assertEqual(settings["driver.stream_id_range"]["value"], [3000, 3003])
        self.assertEqual(settings["profiles.small.payload_pools"]["value"], [{"pool_id": 3, "stride_bytes": 65536}])
        self.assertEqual(settings["policies.shutdown_token"], {"value": None, "origin": "file", "where": f"{path}:11", "is_set": True})

    def test_the_printed_text_is_a_configuration_of_the_same_meaning(self):
        plain = CONFIG.replace("shutdown_token", "#")
        roles = """[supervisor]
force_mode = 2
[[supervisor.rules]]
stream_id = 1001
consumer_id = 100
[discovery]
stream_id = 7000
"""
        self.assertNotIn("discovery.stream_id", self.settings("--config", self.config(plain))["settings"])
        with_roles = self.config(plain + roles, "roles.toml")
        self.assertEqual(self.settings("--config", with_roles)["settings"]["supervisor.rules[0].consumer_id"]["value"], 100)
        self.assertEqual(self.settings("--config", with_roles)["settings"]["discovery.stream_id"]["where"], f"{with_roles}:{(plain + roles).count(chr(10))}")
        for arguments in ([], ["--config", self.config(plain)], ["--config", with_roles]):
            text = self.run_tp("driver", "--print-config", *arguments).stdout.decode()
            copy = self.config(text, "copy.toml")
            before, after = self.settings(*arguments)["settings"], self.settings("--config", copy)["settings"]
            self.assertEqual({k: v["value"] for k, v in before.items()}, {k: v["value"] for k, v in after.items()})

    def test_the_token_is_never_shown(self):
        for mode in ([], ["--json"]):
            self.assertNotIn(b"not to be seen", self.run_tp("driver", "--print-config", "--config", self.config(), *mode).stdout)

    # Proves: D-113
    def test_unknown_keys_are_reported(self):
        path = self.config(CONFIG + "[extra]\nx = 1\n")
        done = self.run_tp("driver", "--print-config", "--config", path)
        self.assertEqual(done.returncode, 0)
        self.assertIn(f"{path}:18".encode(), done.stderr)


class LeaseTestCase(DriverTestCase):
    grace = 50

    def setUp(self):
        super().setUp()
        self.driver = self.start_driver("--config", self.config(CONFIG.replace("intervals = 50", f"intervals = {self.grace}")))

    def leases(self):
        return self.json_verb("ls")["leases"]

    def ids(self, lease):
        return ["--lease", lease["lease_id"], "--stream", lease["stream_id"], "--client-id", lease["client_id"], "--role", lease["role"].lower()]


class Leases(LeaseTestCase):
    def test_attach_tells_everything(self):
        lease = self.attach("producer", STREAM, "--client-id", 77)
        self.assertEqual((lease["code"], lease["client_id"], lease["role"], lease["stream_id"]), ("OK", 77, "PRODUCER", STREAM))
        self.assertEqual((lease["layout_version"], lease["nslots"]), (1, 8))
        self.assertGreater(lease["epoch"], 0)
        self.assertGreater(lease["lease_expiry_ns"], 0)
        self.assertEqual([(p["pool_id"], p["nslots"], p["stride_bytes"]) for p in lease["pools"]], [(3, 8, 65536)])
        for uri in [lease["header_uri"]] + [p["uri"] for p in lease["pools"]]:
            self.verb("validate-uri", "--file", "--allow-dir", self.shm_dir, uri)

    def test_text_output_is_key_value(self):
        text = self.verb("attach", "--stream", STREAM, "--role", "consumer").stdout.decode()
        values = dict(line.split("=", 1) for line in text.splitlines())
        self.assertEqual(values["code"], "OK")
        self.assertGreater(int(values["lease_id"]), 0)
        self.assertEqual(values["pool_3_stride_bytes"], "65536")

    def test_refusals_say_code_and_text(self):
        self.attach()
        refused = self.attach(code=1)
        self.assertEqual((refused["code"], refused["error_message"]), ("REJECTED", "producer already attached"))
        refused = self.attach("producer", 99, code=1)
        self.assertEqual((refused["code"], refused["error_message"]), ("INVALID_PARAMS", "stream_id outside range"))
        refused = self.attach("producer", 99, "--publish-mode", "require_existing", code=1)
        self.assertEqual((refused["code"], refused["error_message"]), ("REJECTED", "stream not provisioned"))

    # Proves: D-107, X-2
    def test_both_dialects_and_dynamic_ids(self):
        lease = self.attach("producer", 0, "--dialect", "1.2")
        self.assertIn(lease["stream_id"], range(3000, 3004))
        self.assertIn("node_id", lease)
        self.assertNotIn("node_id", self.attach("consumer"))

    def test_ls_shows_streams_and_leases_and_detach_ends_them(self):
        producer, consumer = self.attach(), self.attach("consumer")
        self.until(lambda: len(self.leases()) == 2)  # the answers come first, the counters a moment later
        listing = self.json_verb("ls")
        self.assertEqual(listing["aeron_dir"], self.aeron_dir)
        stream = next(s for s in listing["streams"] if s["stream_id"] == STREAM)
        self.assertEqual((stream["epoch"], stream["nslots"], stream["pools"]), (producer["epoch"], 8, 1))
        self.assertEqual({(l["lease_id"], l["client_id"], l["role"]) for l in listing["leases"]},
                         {(l["lease_id"], l["client_id"], l["role"]) for l in (producer, consumer)})
        self.assertEqual(self.json_verb("detach", *self.ids(consumer))["code"], "OK")
        self.until(lambda: [l["lease_id"] for l in self.leases()] == [producer["lease_id"]])
        again = self.json_verb("detach", *self.ids(consumer))
        self.assertEqual(again["code"], "OK")  # an ended lease is remembered
        wrong = dict(producer, lease_id=12345)
        self.assertEqual(self.json_verb("detach", *self.ids(wrong), code=1)["error_message"], "unknown lease")
        text = self.verb("ls", "--all").stdout.decode()
        self.assertIn(str(producer["lease_id"]), text)

    # Proves: D-78
    def test_hold_tells_of_the_drivers_end(self):
        holder = self.start("attach", "--json", "--hold", "--stream", STREAM, "--role", "consumer")
        holder.wait_for(lambda objects: objects)
        self.assertEqual(self.driver.stop(), 0, self.driver.err)
        self.assertEqual(holder.finish(), 1)
        self.assertEqual(holder.lines()[-1]["event"], "lease_ended")

    def test_the_positional_forms(self):
        channel = "aeron:ipc?term-length=4m"
        head = [self.aeron_dir, channel, "1000", "4711", "producer", str(STREAM)]
        done = self.run_tp("driver-attach", *head, "existing_or_create", "0", "unspecified", "5000")
        self.assertEqual(done.returncode, 0, done.stderr)
        lease = dict(line.split("=", 1) for line in done.stdout.decode().splitlines())["lease_id"]
        self.assertEqual(self.run_tp("driver-keepalive", *head, lease).returncode, 0)
        done = self.run_tp("driver-detach", *head, lease)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"code=OK\n", done.stdout)

    def test_no_answer_on_a_stream_without_a_driver(self):
        done = self.verb("attach", "--control-stream", 1999, "--timeout", "0.3", "--stream", 1, "--role", "consumer", code=1)
        self.assertIn(b"1999", done.stderr)


class ShortLeases(LeaseTestCase):
    """Of 1.6 s; those of the others last through a test, also on a machine that has other things to do."""

    grace = 8

    # Proves: D-45, D-46
    def test_a_lease_lives_by_keepalives_and_ends_without(self):
        lease = self.attach()
        end = time.monotonic() + 2.5
        while time.monotonic() < end:
            self.assertTrue(self.json_verb("keepalive", *self.ids(lease))["sent"])
        self.assertEqual([l["lease_id"] for l in self.leases()], [lease["lease_id"]])
        self.until(lambda: self.leases() == [])
        self.attach()  # the producer's place is free again

    def test_hold_keeps_the_lease_and_gives_it_back(self):
        holder = self.start("attach", "--json", "--hold", "--stream", STREAM, "--role", "producer")
        lease = holder.wait_for(lambda objects: objects and objects[0])
        # The driver answers first; the counter which `tp ls` reads comes a moment later.
        self.until(lambda: [l["lease_id"] for l in self.leases()] == [lease["lease_id"]])
        end = time.monotonic() + 2.5
        while time.monotonic() < end:
            self.assertEqual([l["lease_id"] for l in self.leases()], [lease["lease_id"]])
        self.assertEqual(holder.stop(), 0, holder.err)
        self.assertEqual(holder.lines()[-1]["reason"], "DETACHED")
        self.until(lambda: self.leases() == [])


class Listening(DriverTestCase):
    def setUp(self):
        super().setUp()
        self.driver = self.start_small()

    def test_announces(self):
        self.attach()
        done = self.verb("listen", "--json", "--count", 1, "--seconds", 20, "--stream", STREAM, "announce")
        announce = json.loads(done.stdout)
        self.assertEqual((announce["message"], announce["fields"]["streamId"]), ("ShmPoolAnnounce", STREAM))
        self.assertIn("received_ns", announce)
        text = self.verb("listen", "--count", 1, "--seconds", 20, "announce").stdout
        self.assertIn(b"ShmPoolAnnounce", text)
        listing = self.json_verb("ls", "--listen", 1.5)
        self.assertEqual([a["stream_id"] for a in listing["announces"]], [STREAM])

    def test_control_messages_come_as_they_happen(self):
        listener = self.start("listen", "--json", "control")
        # Nobody tells when a subscription is there: ask until it was heard.
        def heard():
            self.run_tp("attach", "--aeron-dir", self.aeron_dir, "--stream", STREAM, "--role", "consumer")
            listener._read(0.05)
            return {"ShmAttachRequest", "ShmAttachResponse"} <= {o.get("message") for o in listener.lines()}
        self.until(heard)
        self.assertEqual(listener.stop(), 0, listener.err)
        self.assertEqual(listener.err, b"")

    def test_seconds_end_it_also_when_nothing_comes(self):
        done = self.verb("listen", "--json", "--seconds", "0.5", "metadata")
        self.assertEqual(done.stdout, b"")


class BuiltIn(DriverTestCase):
    def test_4k_fits_without_a_file(self):
        driver = self.start("driver", "--json", "--shm-dir", self.shm_dir)
        driver.wait_for_event("ready")
        for stream in (1, 1001, 2003, 20000):
            lease = self.attach("consumer", stream)
            self.assertGreaterEqual(max(p["stride_bytes"] for p in lease["pools"]), 3840 * 2160 * 3)
        self.assertEqual(driver.stop(), 0, driver.err)
        self.assertEqual(self.regions(), [])


class Tasks(DriverTestCase):
    """What a user does once in a while, each with one command."""

    def test_the_variables_that_it_prints_are_those_by_which_clients_find_it(self):
        # IX-6, OP-14
        text = CONFIG.replace("[driver]", "[driver]\ncontrol_stream_id = 1717\nannounce_stream_id = 1718") + "[interop]\nstream_id = 1001\n"
        path = self.config(text)
        self.start_driver("--config", path)
        printed = json.loads(self.run_tp("driver", "--config", path, "--shm-dir", self.shm_dir, "--aeron-dir", self.aeron_dir, "--print-env", "--json").stdout)
        self.assertEqual(printed["TP_CONTROL_STREAM_ID"], 1717)
        self.assertEqual(printed["TP_ANNOUNCE_STREAM_ID"], 1718)
        self.assertEqual(printed["TP_STREAM_ID"], 1001)
        # A shell is told the same.
        lines = self.run_tp("driver", "--config", path, "--shm-dir", self.shm_dir, "--aeron-dir", self.aeron_dir, "--print-env").stdout.decode()
        said = subprocess.run(["sh", "-c", lines + "env"], capture_output=True, text=True, env={"PATH": os.environ["PATH"]}, check=True).stdout
        for name, value in printed.items():
            self.assertIn(f"{name}={value}\n", said)
        self.env.update({name: str(value) for name, value in printed.items()})
        done = self.run_tp("attach", "--role", "consumer", "--probe", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('"stream_id":1001', done.stdout.decode())
        self.env["TP_STREAM_ID"] = "none"
        for words in (["sub"], ["pub", "--pattern", "zeros"], ["attach", "--role", "consumer"], ["detach", "--lease", "5", "--client-id", "2", "--role", "producer"]):
            done = self.run_tp(*words)
            self.assertEqual(done.returncode, 2)
            self.assertIn(b"TP_STREAM_ID: 'none'", done.stderr)

    def test_overrides_win_and_quotes_survive_the_shell(self):
        path = self.config(CONFIG + "[interop]\naeron_dir = \"/tmp/it's\"\ndescriptor_stream_id = 1111\n")
        lines = self.run_tp("driver", "--config", path, "--print-env").stdout.decode()
        said = subprocess.run(["sh", "-c", lines + "env"], capture_output=True, text=True, env={"PATH": os.environ["PATH"]}, check=True).stdout
        self.assertIn("AERON_DIR=/tmp/it's\n", said)
        self.assertIn("TP_DESCRIPTOR_STREAM_ID=1111\n", said)

    def test_a_probe_shows_endpoints_and_answer_and_leaves_no_lease(self):
        # IX-9
        self.start_small()
        done = self.verb("attach", "--stream", STREAM, "--role", "producer", "--probe", "--json")
        endpoints, answer, end = map(json.loads, done.stdout.splitlines())
        self.assertEqual((endpoints["event"], endpoints["control_stream_id"], endpoints["qos_stream_id"]), ("endpoints", 1000, 1200))
        self.assertEqual((answer["code"], answer["stream_id"]), ("OK", STREAM))
        self.assertEqual((end["event"], end["reason"]), ("lease_ended", "DETACHED"))
        self.until(lambda: self.json_verb("ls")["leases"] == [])
        self.assertIn("descriptor_channel=aeron:ipc", self.verb("attach", "--stream", STREAM, "--role", "producer", "--probe").stdout.decode())

    def test_names_of_other_tools_do_the_same(self):
        # OP-13
        self.start_small()
        self.attach()
        for alias, verb in (("driver-status", ["ls"]), ("driver-list-streams", ["ls"]), ("driver-list-leases", ["ls"]), ("driver-counters", ["ls", "--all"])):
            with self.subTest(alias=alias):
                mine, theirs = (json.loads(self.run_tp(*v, "--json", "--aeron-dir", self.aeron_dir).stdout) for v in ([alias], verb))
                self.assertEqual(mine.keys(), theirs.keys())
                self.assertEqual([s["stream_id"] for s in mine["streams"]], [s["stream_id"] for s in theirs["streams"]])
        regions = pathlib.Path(self.shm_dir)
        for alias in ("read-superblock", "read-header", "shm-validate", "shm-summary"):
            done = self.run_tp(alias, "--json", regions)
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertEqual({json.loads(line)["superblock"]["stream_id"] for line in done.stdout.splitlines()}, {STREAM})
        for alias in ("driver-config-dump", "driver-config-validate"):
            done = self.run_tp(alias, self.config())
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(b'instance_id = "rig7"', done.stdout)
        done = self.verb("announce-listen", "--json", "--count", "1", "--seconds", "10")
        self.assertEqual(json.loads(done.stdout)["fields"]["streamId"], STREAM)
        self.assertEqual(self.verb("control-listen", "--seconds", "0.2", "--count", "1").stderr, b"")

    def test_the_names_of_other_installations_are_there(self):
        # OP-15
        folder = pathlib.Path(harness.TP).resolve().parent
        done = subprocess.run([folder / "tp_tool", "--version"], capture_output=True, env=self.env, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        done = subprocess.run([folder / "tp_driver", "/nonexistent/rig.toml"], capture_output=True, env=self.env, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"/nonexistent/rig.toml", done.stderr)
        done = subprocess.run([folder / "tp_driver", "--config", self.config(), "--print-config"], capture_output=True, env=self.env, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_consumer_is_told_by_hand_not_to_use_shared_memory(self):
        # OP-13
        self.start_small()
        self.start("pub", "--stream", STREAM, "--shape", "8x8", "--pattern", "zeros", "--rate", 50)
        sub = self.start("sub", "--json", "--stream", STREAM, "--client-id", 4711)
        sub.wait_for_event("state", state="attached")
        config = {"streamId": STREAM, "consumerId": 4711, "useShm": "FALSE", "mode": "STREAM", "descriptorStreamId": 0, "controlStreamId": 0,
                  "payloadFallbackUri": "", "descriptorChannel": "", "controlChannel": ""}
        self.verb("send-consumer-config", json.dumps(config))
        sub.wait_for_event("state", state="remapping")
        self.verb("send", "control", "ConsumerConfig", json.dumps(dict(config, useShm="TRUE")))
        sub.wait_for(lambda o: [x.get("state") for x in o if x.get("event") == "state"][-1] == "attached")

    def test_a_shutdown_is_asked_for_by_hand(self):
        # OP-18
        driver = self.start_small()
        request = {"correlationId": 5, "reason": "ADMIN", "token": "wrong", "errorMessage": "enough"}
        self.verb("send", "control", "ShmDriverShutdownRequest", json.dumps(request))
        self.assertEqual(self.attach()["code"], "OK")  # a wrong token changes nothing
        self.verb("send", "control", "ShmDriverShutdownRequest", json.dumps(dict(request, token="not to be seen")))
        self.assertEqual(driver.finish(), 0, driver.err)

    def test_a_message_nobody_hears_is_a_failure(self):
        self.start_small()
        done = self.verb("send", "--timeout", "0.3", "--metadata-stream", "4242", "metadata", "hex:00", code=1)
        self.assertIn(b"nobody listens", done.stderr)
        self.assertIn(b"4242", done.stderr)



if __name__ == "__main__":
    unittest.main()
