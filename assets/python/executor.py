"""A ProcessPoolExecutor with two workers, both busy.

Start it with another start method: executor.py spawn
"""

import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path


# The lab knows its semaphores by this name: a killed Python leaves them in /dev/shm.
SEMAPHORES = f"/{Path(__file__).parent.name}"


def tell(name):
    # One write a line, so that the lines of several processes do not mix.
    os.write(1, f"participant {name} {os.getpid()}\n".encode())


def work(name):
    tell(name)
    time.sleep(3600)


def main():
    multiprocessing.current_process()._config["semprefix"] = SEMAPHORES
    method = sys.argv[1] if len(sys.argv) > 1 else "fork"
    executor = ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method))
    executor.submit(work, "worker-1")
    executor.submit(work, "worker-2")
    tell("main")
    # After a line main returns: Python waits for both tasks.
    sys.stdin.readline()


if __name__ == "__main__":
    main()
