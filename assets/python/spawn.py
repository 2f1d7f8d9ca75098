"""One ordinary child and one daemonic child, both by spawn.

A spawned child is a new Python, which imports this file to find its function.
A resource tracker comes with the first one.
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
    tell(name, os.getpid())
    time.sleep(3600)


def main():
    context = multiprocessing.get_context("spawn")
    context.Process(target=sleep, args=("child",)).start()
    context.Process(target=sleep, args=("daemon",), daemon=True).start()
    tell("tracker", resource_tracker._resource_tracker._pid)
    tell("main", os.getpid())
    # After a line main returns: Python ends the daemonic child and waits for the other one.
    sys.stdin.readline()


if __name__ == "__main__":
    main()
