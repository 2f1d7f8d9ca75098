"""Main has a child, and the child has a child of its own.

Start it with another start method: nested.py spawn
"""

import multiprocessing
import os
import sys
import time


def tell(name):
    # One write a line, so that the lines of several processes do not mix.
    os.write(1, f"participant {name} {os.getpid()}\n".encode())


def sleep():
    tell("grandchild")
    time.sleep(3600)


def have_a_child(method):
    multiprocessing.get_context(method).Process(target=sleep).start()
    tell("child")
    time.sleep(3600)


def main():
    method = sys.argv[1] if len(sys.argv) > 1 else "fork"
    context = multiprocessing.get_context(method)
    context.Process(target=have_a_child, args=(method,)).start()
    tell("main")
    # After a line main returns: Python waits for its child.
    sys.stdin.readline()


if __name__ == "__main__":
    main()
