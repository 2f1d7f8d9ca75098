"""A daemonic child that tries to have a child of its own, which Python does not allow."""

import multiprocessing
import os
import sys
import time


def tell(name):
    # One write a line, so that the lines of several processes do not mix.
    os.write(1, f"participant {name} {os.getpid()}\n".encode())


def try_to_have_a_child():
    tell("daemon")
    child = multiprocessing.Process(target=time.sleep, args=(3600,))
    try:
        child.start()
    except AssertionError as error:
        # "daemonic processes are not allowed to have children"
        print(f"daemon {os.getpid()}: {error}", flush=True)
        # It can be looked at for three seconds before it ends.
        time.sleep(3)
        sys.exit(1)


def main():
    context = multiprocessing.get_context("fork")
    child = context.Process(target=try_to_have_a_child, daemon=True)
    child.start()
    tell("main")
    child.join()
    # After a line main returns.
    sys.stdin.readline()


if __name__ == "__main__":
    main()
