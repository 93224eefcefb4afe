"""``python -m waywarn`` is ``waywarn``."""

from waywarn.cli import main

if __name__ == "__main__":
    main()
