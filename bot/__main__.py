"""Starts the command line."""

import sys


def main() -> None:
    """The entry point `pulssi`; leaves with the command's exit code."""
    try:
        from bot.cli import app  # noqa: PLC0415  # an interrupt while this loads is to be quiet too

        app()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
