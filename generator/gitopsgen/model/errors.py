"""The one exception that means: the run could not be done."""


class GitopsgenError(Exception):
    """The run cannot go on: a missing folder, an unreadable file, a tool that is needed and absent.

    ``fix`` says what to type. The command line alone catches it, prints it and exits with 2.
    """

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix
