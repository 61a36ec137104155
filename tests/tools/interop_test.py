"""A peer in another language, written from docs/spec/wire.md alone: it reads what `tp pub` writes, and `tp sub` reads what it writes.

Announces pass through `tp listen` and `tp send`; superblocks, slots and payload are mapped and handled here. Python keeps the order of its
stores, and so does the processor where it is a strongly ordered one; elsewhere only reading is tried.
"""
import json
import mmap
import os
import platform
import re
import struct
import subprocess
import threading
import time
import unittest

import harness
from harness import PATIENCE, TpTestCase

MAGIC = 0x544F504C53484D31
SHAPE = (16, 50)
LENGTH = 16 * 50
STREAM = 1001


def payload(seq, length=LENGTH):
    """The checked pattern: tp-pub(1)."""
    words = b"".join(struct.pack("<Q", ((seq + 1) * 0x9E3779B97F4A7C15 + i * 0xD1342543DE82EF95) % 2**64) for i in range((length + 7) // 8))
    return words[:length]


class Region:
    """One mapped file: W-11 to W-20."""

    def __init__(self, path, slot_bytes, writable=False):
        self.slot_bytes = slot_bytes
        with open(path, "r+b" if writable else "rb") as file:
            self.map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_WRITE if writable else mmap.ACCESS_READ)
        self.words = memoryview(self.map)[: len(self.map) // 8 * 8].cast("Q")  # one access each

    def superblock(self):
        names = "magic layout epoch stream type pool nslots slot_bytes stride pid start activity".split()
        return dict(zip(names, struct.unpack_from("<QIQIhHIIIQQQ", self.map, 0)))

    def at(self, index):
        return 64 + index * self.slot_bytes


class Reader:
    """W-47 to W-55, for a stream with one pool."""

    def __init__(self, announce):
        paths = [re.fullmatch(r"shm:file\?path=(/[^?|]+)", uri).group(1) for uri in (announce["headerRegionUri"], announce["payloadPools"][0]["regionUri"])]
        self.nslots = announce["headerNslots"]
        self.stride = announce["payloadPools"][0]["strideBytes"]
        self.ring, self.pool = Region(paths[0], 256), Region(paths[1], self.stride)
        for region, kind in ((self.ring, 1), (self.pool, 2)):
            found = region.superblock()
            assert (found["magic"], found["layout"], found["epoch"], found["stream"], found["type"], found["nslots"]) == \
                (MAGIC, 1, announce["epoch"], announce["streamId"], kind, self.nslots), found

    def read(self, index):
        """(seq, dims, payload) of a slot, or None when it is not committed or was overwritten meanwhile."""
        at = self.ring.at(index)
        first = self.ring.words[at // 8]
        if first & 1 == 0:
            return None
        slot = self.ring.map[at:at + 256]
        length, payload_slot, pool_id, offset = struct.unpack_from("<IIHI", slot, 8)
        data = b""
        if payload_slot == index and offset == 0 and length <= self.stride:
            data = self.pool.map[self.pool.at(index):self.pool.at(index) + length]
        if self.ring.words[at // 8] != first:
            return None
        assert (payload_slot, pool_id, offset) == (index, 1, 0)
        assert struct.unpack_from("<IHHHH", slot, 60) == (192, 184, 52, 900, 1)
        dtype, order, ndims = struct.unpack_from("<hhB", slot, 72)
        dims = struct.unpack_from("<8i", slot, 83)
        assert (dtype, order) == (1, 1), (dtype, order)
        return first >> 1, dims[:ndims], data


class Writer:
    """W-41 to W-46, W-112, for a stream with one pool."""

    def __init__(self, folder, epoch, nslots=64, stride=4096):
        self.epoch, self.nslots, self.stride = epoch, nslots, stride
        self.paths = [folder / "header.ring", folder / "payload-1.pool"]
        now = time.monotonic_ns()
        for path, (kind, pool, slot, width) in zip(self.paths, ((1, 0, 256, 0), (2, 1, stride, stride))):
            with open(path, "xb") as file:
                file.write(struct.pack("<QIQIhHIIIQQQ", MAGIC, 1, epoch, STREAM, kind, pool, nslots, slot, width, os.getpid(), now, now))
                file.truncate(64 + nslots * slot)
            path.chmod(0o600)
        self.ring, self.pool = Region(self.paths[0], 256, True), Region(self.paths[1], stride, True)
        self.seq = 0

    def touch(self):
        for region in (self.ring, self.pool):
            region.words[7] = time.monotonic_ns()

    def publish(self):
        index = self.seq & (self.nslots - 1)
        at = self.ring.at(index)
        self.ring.words[at // 8] = self.seq << 1
        self.pool.map[self.pool.at(index):self.pool.at(index) + LENGTH] = payload(self.seq)
        struct.pack_into("<IIHIQI26x", self.ring.map, at + 8, LENGTH, index, 1, 0, time.monotonic_ns(), 0)
        struct.pack_into("<IHHHH", self.ring.map, at + 60, 192, 184, 52, 900, 1)
        struct.pack_into("<hhBBBI8i8i109x", self.ring.map, at + 72, 1, 1, 2, 0, 0, 0, *SHAPE, 0, 0, 0, 0, 0, 0, *[0] * 8)
        self.ring.words[at // 8] = self.seq << 1 | 1
        self.seq += 1

    def announce(self):
        ring, pool = (f"shm:file?path={path}" for path in self.paths)
        return {"streamId": STREAM, "producerId": 77, "epoch": self.epoch, "announceTimestampNs": time.monotonic_ns(), "announceClockDomain": "MONOTONIC",
                "layoutVersion": 1, "headerNslots": self.nslots, "headerSlotBytes": 256,
                "payloadPools": [{"poolId": 1, "poolNslots": self.nslots, "strideBytes": self.stride, "regionUri": pool}], "headerRegionUri": ring}


class Interop(TpTestCase):
    def follow(self, announce, frames):
        """Read until so many frames have been verified."""
        reader = Reader(announce)
        seen = set()
        deadline = time.monotonic() + PATIENCE
        while len(seen) < frames:
            self.assertLess(time.monotonic(), deadline, f"{len(seen)} frames")
            for index in range(reader.nslots):
                got = reader.read(index)
                if got is not None and got[0] not in seen:
                    seq, dims, data = got
                    self.assertEqual(seq & (reader.nslots - 1), index)
                    self.assertEqual(dims, SHAPE)
                    self.assertEqual(data, payload(seq), seq)
                    seen.add(seq)

    def heard_announce(self):
        done = self.run_tp("listen", "--json", "--aeron-dir", self.aeron_dir, "--stream", STREAM, "--count", 1, "--seconds", 10, "announce")
        return json.loads(done.stdout.splitlines()[0])["fields"]

    def test_what_a_producer_without_a_driver_writes_is_read_by_the_specification(self):
        self.start_driver()
        self.start("pub", "--stream", STREAM, "--shape", "16x50", "--pattern", "checked", "--rate", 500, f"--local={self.dir}", "--nslots", 64)
        self.follow(self.heard_announce(), 300)

    def test_what_a_producer_under_a_driver_writes_is_read_by_the_specification(self):
        self.start_driver()
        pub = self.start("pub", "--json", "--stream", STREAM, "--shape", "16x50", "--pattern", "checked", "--rate", 500)
        pub.wait_for_event("state", state="attached")
        self.follow(self.heard_announce(), 100)

    @unittest.skipUnless(platform.machine() in ("x86_64", "AMD64"), "stores are not ordered by themselves here")
    def test_what_the_specification_says_is_read_by_a_consumer(self):
        # Proves: W-12, W-14, W-15, W-24, W-41, W-79
        self.start_driver()
        sub = self.start("sub", "--json", "--no-driver", "--allow-dir", self.dir, "--stream", STREAM, "--verify", "--oldest", "--count", 400, "--interval", "0.1")
        sub.wait_for_event("state", state="remapping")
        for epoch in (5, 6):
            folder = self.dir / f"epoch-{epoch}"
            folder.mkdir()
            writer = Writer(folder, epoch)
            ended = threading.Event()

            def speak(writer=writer, ended=ended):
                while not ended.is_set():
                    writer.touch()
                    subprocess.run([harness.TP, "send", "--aeron-dir", self.aeron_dir, "announce", "ShmPoolAnnounce", json.dumps(writer.announce())],
                                   env=self.env, check=False, timeout=PATIENCE)
                    ended.wait(0.5)
            speaker = threading.Thread(target=speak)
            speaker.start()
            try:
                # Frames keep coming until it has seen enough of them; a reader that was away loses some, and counts them.
                deadline = time.monotonic() + PATIENCE
                while sub.process.poll() is None and time.monotonic() < deadline:
                    writer.publish()
                    time.sleep(0.002)
                    sub._read(0)
                    states = [o for o in sub.lines() if o.get("event") == "stats"]
                    if epoch == 5 and states and states[-1]["epoch"] == 5 and states[-1]["frames"] >= 100:
                        break
            finally:
                ended.set()
                speaker.join()
        self.assertEqual(sub.finish(), 0, sub.err)
        summary = self.summary(sub)
        self.assertEqual(summary["frames"], 400)
        self.assertEqual((summary["corrupt"], summary["remaps"], summary["epoch"]), (0, 1, 6))


if __name__ == "__main__":
    unittest.main()
