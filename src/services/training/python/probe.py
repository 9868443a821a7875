"""Says in one line of JSON what this Python can train with, and exits with 0.

Where stdin is a pipe, its end ends the program without an answer, with 143: the parent is gone, and importing torch may
take long.
"""

import sys

sys.dont_write_bytecode = True

import json  # noqa: E402
import os  # noqa: E402
import platform  # noqa: E402
from typing import Any  # noqa: E402

from burgee_training.parent import end_with_parent  # noqa: E402


def probe() -> dict[str, Any]:
    found: dict[str, Any] = {
        "executable": sys.executable,
        "python": platform.python_version(),
        "torch": None,
        "distributed": False,
        "gloo": False,
        "nccl": False,
        "cuda_devices": 0,
        # Which of ddp, fsdp1 and fsdp2 it can do, by the kind of device; the two below: on one of them.
        "strategies": {"cpu": [], "cuda": []},
        "fsdp1": False,
        "fsdp2": False,
        # Why torch is not there, where it is not.
        "problem": None,
    }
    try:
        import torch
        import torch.distributed

        from burgee_training.capabilities import cuda_devices, has_gloo, has_nccl, strategies

        found["torch"] = torch.__version__
        found["distributed"] = torch.distributed.is_available()
        found["gloo"] = has_gloo()
        found["nccl"] = has_nccl()
        found["cuda_devices"] = cuda_devices()
        found["strategies"] = {"cpu": strategies("cpu"), "cuda": strategies("cuda")}
        for name in ("fsdp1", "fsdp2"):
            found[name] = any(name in possible for possible in found["strategies"].values())
    except BaseException as error:
        found["problem"] = f"{type(error).__name__}: {error}"
    return found


if __name__ == "__main__":
    # What libraries print goes to stderr: the answer is the only line on stdout.
    answer = os.dup(1)
    os.dup2(2, 1)
    end_with_parent()
    os.write(answer, json.dumps(probe()).encode() + b"\n")
    # Without what a broken torch may do at exit.
    os._exit(0)
