"""`tp bridge` between network namespaces, over networks good and bad: every frame that is delivered is right byte for byte, every other one is counted."""
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import unittest

import namespaces

STREAMS = (1001, 1002, 2001, 2002, 3001, 4001)
DRIVER = """
[driver]
control_stream_id = {control}
[profiles.p]
header_nslots = 16
payload_pools = [{{ pool_id = 1, stride_bytes = 262144 }}]
"""
A, B = "10.77.0.1", "10.77.0.2"
BUFFERS = "term-length=4m|so-sndbuf=2m|so-rcvbuf=2m|rcv-wnd=2m"
SHAPE = "200x700"  # 140000 bytes: about a hundred chunks of an ordinary MTU


class BridgeNet(namespaces.NetTestCase):
    def driver(self, host, *args, place=None, control=1000, embedded=True):
        place = place or host.dir
        place.mkdir(exist_ok=True)
        path = place / f"driver-{control}.toml"
        path.write_text(DRIVER.format(control=control) + "".join(f'[streams.s{s}]\nstream_id = {s}\nprofile = "p"\n' for s in STREAMS), encoding="utf-8")
        driver = self.on(host, "driver", *(["--embedded"] if embedded else []), "--json", "--config", path, "--shm-dir", place / f"shm-{control}", *args,
                         place=place)
        driver.wait_for_event("ready")
        return driver

    def bridge(self, host, role, payload, control, *, mappings=((1001, 2001),), text="", place=None, ids=(3000, 3001)):
        place = place or host.dir
        path = place / f"bridge-{role}-{ids[0]}.toml"
        path.write_text(f"""
[bridge]
instance_id = "net"
role = "{role}"
payload_channel = "aeron:udp?{payload}|{BUFFERS}"
payload_stream_id = {ids[0]}
control_channel = "aeron:udp?{control}|term-length=64k"
control_stream_id = {ids[1]}
forward_metadata = false
{text}
""" + "".join(f"[[mappings]]\nsource_stream_id = {s}\ndest_stream_id = {d}\n" for s, d in mappings), encoding="utf-8")
        return self.on(host, "bridge", "--config", path, "--allow-dir", place / "shm-1000", "--json", "--interval", "0.1", place=place)

    def pub(self, host, stream, *args, place=None, shape=SHAPE):
        return self.on(host, "pub", "--stream", stream, "--allow-dir", (place or host.dir) / "shm-1000", "--pattern", "checked", "--shape", shape, "--json",
                       "--interval", "0.2", *args, place=place)

    def sub(self, host, stream, *args, place=None):
        return self.on(host, "sub", "--stream", stream, "--allow-dir", (place or host.dir) / "shm-1000", "--verify", "--json", "--interval", "0.2", *args,
                       place=place)

    def state(self, bridge, mapping=0):
        last = next((o for o in reversed(bridge.lines()) if o.get("event") in ("status", "summary")), None)
        return last["mappings"][mapping] if last else {}

    def wait_state(self, bridge, what):
        return bridge.wait_for(lambda _: self.state(bridge) and what(self.state(bridge)))

    def all_right(self, sub, frames):
        """A subscriber that ends by --count: so many frames, none torn, none wrong."""
        self.assertEqual(sub.finish(), 0, sub.err)
        summary = self.summary(sub)
        self.assertEqual((summary["frames"], summary["torn"], summary["corrupt"]), (frames, 0, 0))
        return summary

    def accounts(self, bridge, under_way=0):
        """Every sum that the bridge promises; a sender that is stopped inside a frame has read one more."""
        self.assertEqual(bridge.stop(), 0, bridge.err)
        for s in next(o for o in reversed(bridge.lines()) if o.get("event") == "summary")["mappings"]:
            if "frames_read" in s:
                done = sum(s[k] for k in ("frames_forwarded", "frames_torn", "frames_oversize", "frames_unsent", "frames_unannounced"))
                self.assertIn(s["frames_read"] - done, range(under_way + 1))
            if "frame_drops" in s:
                self.assertEqual(s["frames_dropped"], sum(s["frame_drops"].values()))
        return self.state(bridge)

    def pair(self, *, sender_payload=f"endpoint={B}:40456", receiver_payload=f"endpoint={B}:40456", text=""):
        """Drivers and one bridge from a to b."""
        self.driver(self.a)
        self.driver(self.b)
        receiver = self.bridge(self.b, "receiver", receiver_payload, f"endpoint={B}:40457", text=text)
        sender = self.bridge(self.a, "sender", sender_payload, f"endpoint={B}:40457", text=text)
        return sender, receiver

    def bad(self, **what):
        """A relay on host a in front of the payload stream; the endpoint that senders use."""
        return self.relay(self.a, f"{A}:50456", f"{B}:40456", **what)

    def ended(self, relay):
        self.assertEqual(relay.stop(), 0, relay.err)
        return self.summary(relay)

    def test_several_mappings_in_both_directions(self):
        # Proves: B-1, B-7, B-8
        self.driver(self.a)
        self.driver(self.b)
        there, back = ((1001, 2001), (1002, 2002)), ((3001, 4001),)
        bridges = [self.bridge(self.b, "receiver", f"endpoint={B}:40456", f"endpoint={B}:40457", mappings=there),
                   self.bridge(self.a, "sender", f"endpoint={B}:40456", f"endpoint={B}:40457", mappings=there),
                   self.bridge(self.a, "receiver", f"endpoint={A}:40456", f"endpoint={A}:40457", mappings=back, ids=(3100, 3101)),
                   self.bridge(self.b, "sender", f"endpoint={A}:40456", f"endpoint={A}:40457", mappings=back, ids=(3100, 3101))]
        subs = [self.sub(self.b, 2001, "--count", 60), self.sub(self.b, 2002, "--count", 60), self.sub(self.a, 4001, "--count", 60)]
        pubs = [self.pub(self.a, 1001, "--rate", 60), self.pub(self.a, 1002, "--rate", 60, shape="3x5"), self.pub(self.b, 3001, "--rate", 60, shape="64x1000")]
        for sub in subs:
            self.all_right(sub, 60)
        for pub in pubs:
            self.assertEqual(pub.stop(), 0, pub.err)
        for bridge in bridges:
            self.accounts(bridge)

    def test_payload_and_control_share_an_endpoint(self):
        # Proves: B-7
        self.driver(self.a)
        self.driver(self.b)
        at = f"endpoint={B}:40456", f"endpoint={B}:40456|{BUFFERS[len('term-length=4m|'):]}"
        receiver, sender = self.bridge(self.b, "receiver", *at), self.bridge(self.a, "sender", *at)
        sub = self.sub(self.b, 2001, "--count", 60)
        pub = self.pub(self.a, 1001, "--rate", 60)
        self.all_right(sub, 60)
        self.assertEqual(pub.stop(), 0, pub.err)
        for bridge in (receiver, sender):
            self.accounts(bridge)
            self.assertNotIn("warning", [o.get("level") for o in bridge.lines()])

    def receivers_of_one_sender(self, sender_channel, receiver_channels):
        """One sender, two receivers with drivers of their own."""
        places = (self.b.dir, self.dir / "c")
        self.driver(self.a)
        receivers, subs = [], []
        for place, (payload, control) in zip(places, receiver_channels):
            self.driver(self.b, place=place)
            receivers.append(self.bridge(self.b, "receiver", payload, control, place=place))
            subs.append(self.sub(self.b, 2001, "--count", 60, place=place))
        sender = self.bridge(self.a, "sender", *sender_channel)
        pub = self.pub(self.a, 1001, "--rate", 40)
        for sub in subs:
            self.all_right(sub, 60)
        self.assertEqual(pub.stop(), 0, pub.err)
        for bridge in (*receivers, sender):
            self.accounts(bridge)

    def test_multicast_with_two_receivers(self):
        # Proves: B-6
        group = f"endpoint=239.77.0.1:40456|interface={{}}/24", f"endpoint=239.77.0.3:40457|interface={{}}/24"
        at = [tuple(g.format(host) for g in group) for host in (A, B)]
        self.receivers_of_one_sender(at[0], (at[1], at[1]))

    def test_destinations_that_come_by_themselves(self):
        # Proves: B-6
        self.receivers_of_one_sender((f"control={A}:40456|control-mode=dynamic|fc=max", f"control={A}:40457|control-mode=dynamic"),
                                     [(f"endpoint={B}:{port}|control={A}:40456|control-mode=dynamic",
                                       f"endpoint={B}:{port + 1}|control={A}:40457|control-mode=dynamic") for port in (40500, 40510)])

    def through_a_bad_network(self, sender, receiver, frames=60):
        sub = self.sub(self.b, 2001, "--count", frames)
        pub = self.pub(self.a, 1001, "--rate", 50)
        summary = self.all_right(sub, frames)
        self.assertEqual(pub.stop(), 0, pub.err)
        self.wait_state(receiver, lambda s: s["frames_in_flight"] == 0)
        sent, got = self.accounts(sender), self.accounts(receiver)
        self.assertLessEqual(got["frames_rematerialized"] + got["frames_dropped"], sent["frames_forwarded"])
        # No frame is missing without a cause. A frame that lost every one of its hundred chunks would be. What the
        # subscriber itself was too slow for ("overrun": this machine has other things to do) never was missing.
        missing = summary["drops_gap"] - summary["drops"]["overrun"]
        unsent = sent["frames_read"] - sent["frames_forwarded"] + sent["source_drops_gap"] + sent["source_drops_late"]
        self.assertLessEqual(missing, got["frames_dropped"] + unsent, f"\nsubscriber {summary}\nsender {sent}\nreceiver {got}")
        return got

    def test_a_reliable_stream_repairs_what_the_network_does(self):
        relay = self.bad(seed=11, loss=0.02, duplicate=0.02, reorder=0.02, hold=3, back_loss=0.02)
        sender, receiver = self.pair(sender_payload=f"endpoint={A}:50456", text="assembly_timeout_ms = 1000")
        got = self.through_a_bad_network(sender, receiver)
        did = self.ended(relay)
        self.assertGreater(min(did["lost"], did["duplicated"], did["reordered"]), 20)
        lost = {k: v for k, v in got["frame_drops"].items() if v}
        self.assertLessEqual(set(lost), {"timeout", "evicted"})
        self.assertGreaterEqual(got["frames_rematerialized"], 60)

    def test_netem_does_the_same(self):
        if not self.netem(self.a, "loss", "2%", "duplicate", "2%", "delay", "1ms", "reorder", "5%"):
            self.skipTest("this kernel has no netem: net_relay stands in for it in the other tests")
        sender, receiver = self.pair(text="assembly_timeout_ms = 1000")
        self.through_a_bad_network(sender, receiver)

    def test_an_unreliable_stream_loses_frames_and_counts_them(self):
        # Proves: B-33
        relay = self.bad(seed=12, loss=0.004, duplicate=0.01, reorder=0.01, hold=3)
        sender, receiver = self.pair(sender_payload=f"endpoint={A}:50456", receiver_payload=f"endpoint={B}:40456|reliable=false",
                                     text="assembly_timeout_ms = 15\nmax_inflight_frames = 8")
        got = self.through_a_bad_network(sender, receiver)
        self.assertGreater(self.ended(relay)["lost"], 5)
        self.assertGreater(got["frame_drops"]["timeout"], 0)
        self.assertEqual(got["frame_drops"]["conflict"], 0)

    def test_flipped_bits_are_found_by_checksums(self):
        relay = self.bad(seed=13, corrupt=0.003)
        sender, receiver = self.pair(sender_payload=f"endpoint={A}:50456",
                                     text='wire_dialect = "v1.2"\nintegrity_crc32c = true\nassembly_timeout_ms = 15\nmax_inflight_frames = 8')
        got = self.through_a_bad_network(sender, receiver)
        self.assertGreater(self.ended(relay)["corrupted"], 5)
        self.assertGreater(got["chunk_drops"]["crc"], 0)
        self.assertGreater(got["frame_drops"]["timeout"], 0)

    def test_flipped_bits_arrive_without_checksums(self):
        # What makes the test above one: the relay's datagrams are good ones for everybody but CRC32C.
        relay = self.bad(seed=13, corrupt=0.01)
        self.pair(sender_payload=f"endpoint={A}:50456")
        sub = self.sub(self.b, 2001, "--count", 60)
        self.pub(self.a, 1001, "--rate", 60)
        sub.finish()
        self.assertGreater(self.summary(sub)["corrupt"], 0)
        self.assertGreater(self.ended(relay)["corrupted"], 5)

    def test_a_sender_and_a_receiver_that_are_killed_mid_frame(self):
        # Proves: B-33, B-47
        sender, receiver = self.pair(text="assembly_timeout_ms = 200")
        self.pub(self.a, 1001)  # as fast as it can: the sender is nearly always inside a frame
        sub = self.sub(self.b, 2001)
        inside = 0
        for killed in range(20):
            before = self.wait_state(receiver, lambda s: s["frames_rematerialized"] > 20) and self.state(receiver)["frames_rematerialized"]
            sender.signal(signal.SIGKILL)
            sender.kill()
            self.wait_state(receiver, lambda s: s["frames_in_flight"] == 0)
            sender = self.bridge(self.a, "sender", f"endpoint={B}:40456", f"endpoint={B}:40457", text="assembly_timeout_ms = 200")
            self.wait_state(receiver, lambda s: s["frames_rematerialized"] > before + 20)
            drops = self.state(receiver)["frame_drops"]
            inside = drops["timeout"] + drops["evicted"]
            if killed >= 2 and inside > 0:
                break
        self.assertGreater(inside, 0)
        epoch = self.state(receiver)["dest"]["epoch"]
        receiver.signal(signal.SIGKILL)
        receiver.kill()
        receiver = self.bridge(self.b, "receiver", f"endpoint={B}:40456", f"endpoint={B}:40457", text="assembly_timeout_ms = 200")
        self.wait_state(receiver, lambda s: s["frames_rematerialized"] > 20 and s["dest"]["epoch"] > epoch)
        sub.wait_for(lambda lines: any(o.get("epoch", 0) > epoch and o["frames"] > 0 for o in lines if o.get("event") == "stats"))
        sub.stop()
        summary = self.summary(sub)
        self.assertEqual(summary["corrupt"], 0)  # torn ones it saw as such: it is slower than the stream
        self.assertGreater(summary["frames"], 20)
        self.accounts(sender, under_way=1)
        self.accounts(receiver)

    def test_a_source_and_its_driver_that_restart(self):
        # Proves: B-43, B-47
        self.driver(self.a, control=1900)  # for its media driver, which stays
        source = self.driver(self.a, embedded=False)
        self.driver(self.b)
        receiver = self.bridge(self.b, "receiver", f"endpoint={B}:40456", f"endpoint={B}:40457")
        self.bridge(self.a, "sender", f"endpoint={B}:40456", f"endpoint={B}:40457")
        sub = self.sub(self.b, 2001)
        pub = self.pub(self.a, 1001, "--rate", 100)
        for driver_too in (False, True):
            before = self.wait_state(receiver, lambda s: s["frames_rematerialized"] > 20) and self.state(receiver)
            pub.signal(signal.SIGKILL)
            pub.kill()
            if driver_too:
                source.signal(signal.SIGKILL)
                source.kill()
                source = self.driver(self.a, embedded=False)
            pub = self.pub(self.a, 1001, "--rate", 100)
            self.wait_state(receiver, lambda s: s["dest"]["epoch"] > before["dest"]["epoch"]
                            and s["frames_rematerialized"] > before["frames_rematerialized"] + 20)
        epoch = self.state(receiver)["dest"]["epoch"]
        sub.wait_for(lambda lines: any(o.get("epoch", 0) >= epoch for o in lines if o.get("event") == "stats"))
        self.assertEqual(sub.stop(), 0, sub.err)
        self.assertEqual((self.summary(sub)["torn"], self.summary(sub)["corrupt"]), (0, 0))


class Page(namespaces.harness.TpTestCase):
    def test_configurations_of_the_page_are_valid(self):
        page = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "bridge.md").read_text(encoding="utf-8")
        blocks = page.split("```toml\n")[1:]
        self.assertEqual(len(blocks), 3)
        for block in blocks:
            path = self.dir / "bridge.toml"
            path.write_text(block.split("```")[0], encoding="utf-8")
            run = self.run_tp("bridge", "--config", path, "--print-config")
            self.assertEqual((run.returncode, run.stderr), (0, b""))


class Leftovers(namespaces.NetTestCase):
    def test_a_killed_test_leaves_no_program_and_no_namespace(self):
        code = ("import os, sys, namespaces\n"
                "class Case(namespaces.NetTestCase):\n"
                "    def test(self):\n"
                "        sleeper = namespaces.Program(self.b, ['1000'], self.env, 'sleep')\n"
                "        print(self.dir, sleeper.process.pid, os.stat(f'/proc/{sleeper.process.pid}/ns/net').st_ino, flush=True)\n"
                "        sleeper.process.wait()\n"
                "import unittest\n"
                "unittest.TextTestRunner().run(Case('test'))\n")
        child = subprocess.Popen([sys.executable, "-c", code], cwd=pathlib.Path(__file__).parent, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        directory, *numbers = child.stdout.readline().decode().split()
        pid, namespace = map(int, numbers)
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)  # files are not the kernel's to remove
        self.assertNotEqual(namespace, os.stat("/proc/self/ns/net").st_ino)
        fd = os.pidfd_open(pid)
        self.addCleanup(os.close, fd)
        child.kill()
        child.wait()
        child.stdout.close()
        self.assertTrue(select.select([fd], [], [], 10)[0], "the program outlived the test")


class Jumbo(BridgeNet):
    MTU = 9000

    def test_chunks_of_jumbo_frames(self):
        # Proves: B-11
        sender, receiver = self.pair(sender_payload=f"endpoint={B}:40456|mtu=8k", receiver_payload=f"endpoint={B}:40456|mtu=8k")
        sub = self.sub(self.b, 2001, "--count", 60)
        pub = self.pub(self.a, 1001, "--rate", 60)
        self.all_right(sub, 60)
        self.assertEqual(pub.stop(), 0, pub.err)
        self.assertEqual(self.accounts(sender)["chunk_bytes"], 8192 - 128)
        self.accounts(receiver)


def load_tests(loader, _tests, _pattern):
    """Jumbo inherits the tools, not the tests."""
    suite = unittest.TestSuite(loader.loadTestsFromTestCase(BridgeNet))
    suite.addTests(loader.loadTestsFromTestCase(Page))
    suite.addTests(loader.loadTestsFromTestCase(Leftovers))
    suite.addTest(Jumbo("test_chunks_of_jumbo_frames"))
    return suite


if __name__ == "__main__":
    unittest.main()
