"""A manager: a server process that holds objects for others.

Start it with another start method: manager.py spawn
"""

import multiprocessing
import os
import sys
from multiprocessing.managers import SyncManager


def tell(name):
    # One write a line, so that the lines of several processes do not mix.
    os.write(1, f"participant {name} {os.getpid()}\n".encode())


def main():
    method = sys.argv[1] if len(sys.argv) > 1 else "fork"
    manager = SyncManager(ctx=multiprocessing.get_context(method))
    manager.start(tell, ("server",))
    shared = manager.list(["kept by the server"])
    shared.append("added by main")
    tell("main")
    # After a line main returns: Python ends the server.
    sys.stdin.readline()


if __name__ == "__main__":
    main()
