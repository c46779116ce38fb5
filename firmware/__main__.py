"""The command line: `linekeeper …`."""

import sys


def main() -> int:
    """Run one command."""
    return 0


if __name__ == "__main__":
    sys.exit(main())
