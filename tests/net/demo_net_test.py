"""The bridge in `tp demo`: between network namespaces, and over loopback UDP where there are none."""
import ctypes
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import namespaces

PR_CAPBSET_DROP = 24
CAP_SYS_ADMIN = 21


class Demo(unittest.TestCase):
    def demo(self, before=None):
        directory = tempfile.mkdtemp(prefix="tp-test-demo-")
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        left = set(pathlib.Path("/dev/shm").glob("tensorpool-demo-*"))
        run = subprocess.run([namespaces.harness.TP, "demo", "--seconds", "2", "--json", "--sheet", f"{directory}/sheet.png"], capture_output=True,
                             timeout=120, check=False, preexec_fn=before)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertLessEqual(set(pathlib.Path("/dev/shm").glob("tensorpool-demo-*")), left)
        bridge = json.loads(run.stdout.splitlines()[-1])["bridge"]
        self.assertTrue(bridge["adds_up"])
        self.assertGreater(bridge["accepted"], 20)
        self.assertEqual(bridge["published"], bridge["bridged"] + sum(bridge["lost"].values()))
        return bridge

    def test_a_camera_is_bridged_into_another_namespace(self):
        try:
            namespaces.os.close(namespaces._new_namespace())
        except unittest.SkipTest as e:
            self.skipTest(str(e))
        if shutil.which("ip") is None:
            self.skipTest("no ip (package iproute2)")
        self.assertEqual(self.demo()["network"], "two network namespaces and a veth pair")

    def test_without_namespaces_it_takes_the_loopback_and_says_so(self):
        libc = ctypes.CDLL(None)
        bridge = self.demo(lambda: libc.prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN))
        self.assertIn("two media drivers over loopback UDP (no network namespaces: ", bridge["network"])


if __name__ == "__main__":
    unittest.main()
