"""One ordinary child and one daemonic child, both by forkserver.

Main starts a server, and the server forks every child: it is their parent for the kernel,
and main is their parent for Python.
"""

import multiprocessing
import os
import sys
import time
from multiprocessing import resource_tracker


def tell(name, pid):
    # One write a line, so that the lines of several processes do not mix.
    os.write(1, f"participant {name} {pid}\n".encode())


def sleep(name):
    if name == "child":
        tell("server", os.getppid())
    tell(name, os.getpid())
    time.sleep(3600)


def main():
    context = multiprocessing.get_context("forkserver")
    context.Process(target=sleep, args=("child",)).start()
    context.Process(target=sleep, args=("daemon",), daemon=True).start()
    tell("tracker", resource_tracker._resource_tracker._pid)
    tell("main", os.getpid())
    # After a line main returns: Python ends the daemonic child and waits for the other one.
    sys.stdin.readline()


if __name__ == "__main__":
    main()
