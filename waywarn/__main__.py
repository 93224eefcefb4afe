"""``python -m waywarn``, the command ``waywarn``: start, or name the foreign package in the way."""

import sys


def main() -> None:
    """Run the command line; exit with 2 if a foreign package stands in the place of one of ours."""
    try:
        from waywarn.cli import main as run_command_line

        run_command_line()
    except ImportError:
        from waywarn.rooms import foreign_rooms

        foreign = list(foreign_rooms())
        if not foreign:
            raise
        sys.stderr.writelines(f"waywarn: {room}; remove it\n" for room in foreign)
        sys.exit(2)


if __name__ == "__main__":
    main()
