"""``python -m gitopsgen``: the command line where its script is not on the path."""

from gitopsgen.cli.main import main

if __name__ == "__main__":
    main()
