"""Starts a Ray cluster of two nodes with one core each on loopback, runs a command with its address
instead of the word ADDRESS, and ends the nodes: `python -m benchmarks.ray_pair COMMAND…`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PORT = 6399  # of the head node
START_LIMIT = 120  # seconds
NODE_OPTIONS = "--num-cpus=1 --object-store-memory=200000000 --disable-usage-stats --block".split()


def main(command: list[str]) -> int:
    """Runs the command. Returns its exit code."""
    ray = str(Path(sys.executable).with_name("ray"))
    address = f"127.0.0.1:{PORT}"
    os.environ["RAY_DISABLE_IMPORT_WARNING"] = "1"
    with tempfile.TemporaryDirectory(prefix="ray") as folder:
        head = ["--head", f"--port={PORT}", "--include-dashboard=false", f"--temp-dir={folder}"]
        nodes = [_start_node([ray, "start", "--node-ip-address=127.0.0.1", *head])]
        try:
            _wait_for_nodes(address, 1)
            nodes.append(_start_node([ray, "start", f"--address={address}"]))
            _wait_for_nodes(address, 2)
            arguments = [address if word == "ADDRESS" else word for word in command]
            return subprocess.run(arguments).returncode
        finally:
            for node in reversed(nodes):
                os.killpg(node.pid, signal.SIGTERM)
                node.wait()


def _start_node(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*command, *NODE_OPTIONS],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _wait_for_nodes(address: str, count: int) -> None:
    code = (
        f"import ray; ray.init('{address}', logging_level='ERROR', log_to_driver=False);"
        f"import sys; sys.exit(sum(node['Alive'] for node in ray.nodes()) < {count})"
    )
    until = time.monotonic() + START_LIMIT
    while time.monotonic() < until:
        check = subprocess.run([sys.executable, "-c", code], capture_output=True)
        if check.returncode == 0:
            return
        time.sleep(1)
    sys.exit(f"{count} nodes of Ray did not start in {START_LIMIT} s")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
