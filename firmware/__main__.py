"""`python -m firmware` is `linekeeper`."""

from firmware.cli import linekeeper


def main() -> None:
    """Run one command."""
    linekeeper(prog_name="linekeeper")


if __name__ == "__main__":
    main()
