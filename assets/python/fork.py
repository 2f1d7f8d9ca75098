"""One ordinary child and one daemonic child, both by fork.

A forked child is a copy of its parent: the same program, the same memory.
"""

import multiprocessing
import os
import sys
import time


def tell(name, pid):
    # One write a line, so that the lines of several processes do not mix.
    os.write(1, f"participant {name} {pid}\n".encode())


def sleep(name):
    tell(name, os.getpid())
    time.sleep(3600)


def main():
    context = multiprocessing.get_context("fork")
    context.Process(target=sleep, args=("child",)).start()
    context.Process(target=sleep, args=("daemon",), daemon=True).start()
    tell("main", os.getpid())
    # After a line main returns: Python ends the daemonic child and waits for the other one.
    sys.stdin.readline()


if __name__ == "__main__":
    main()
