"""Trains a model as one rank of a job.

Reads the job, one line of JSON, from stdin, or all of stdin where that is a file; tells what happens as lines of JSON on
stdout; logs of libraries go to stderr. Which rank this is stands in RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and
MASTER_PORT, as torchrun sets them. All ranks of a job may be given the same text in BURGEE_RENDEZVOUS_TOKEN: then they
meet no rank of another job that has the same port.

    python3 train.py < job.json

Exit codes: 0 done, 1 failed (an `error` event says why), 130 cancelled, 143 the parent is gone.
"""

import sys

# The package may lie where nothing can be written, and where nothing should be.
sys.dont_write_bytecode = True

from burgee_training.main import main  # noqa: E402

if __name__ == "__main__":
    main()
