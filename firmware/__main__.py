"""`python -m firmware` is `linekeeper`."""

import os

# Arrays here are short: threads of BLAS cost more than they save, ten times so on a
# busy box.  It reads this when numpy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from firmware.cli import linekeeper


def main() -> None:
    """Run one command."""
    linekeeper(prog_name="linekeeper")


if __name__ == "__main__":
    main()
