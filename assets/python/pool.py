"""A pool of two workers: one is busy, the other idle.

Start it with another start method: pool.py spawn
"""

import multiprocessing
import os
import sys
import time
from pathlib import Path


# The lab knows its semaphores by this name: a killed Python leaves them in /dev/shm.
SEMAPHORES = f"/{Path(__file__).parent.name}"


def tell(name):
    # One write a line, so that the lines of several processes do not mix.
    os.write(1, f"participant {name} {os.getpid()}\n".encode())


def work():
    tell("busy")
    time.sleep(3600)


def main():
    multiprocessing.current_process()._config["semprefix"] = SEMAPHORES
    method = sys.argv[1] if len(sys.argv) > 1 else "fork"
    with multiprocessing.get_context(method).Pool(2) as pool:
        pool.apply_async(work)
        # The busy worker can take no second task, so the other one says this, and is idle then.
        pool.apply_async(tell, ("idle",)).wait()
        tell("main")
        # After a line the pool ends its workers, whatever they do, and main returns.
        sys.stdin.readline()


if __name__ == "__main__":
    main()
