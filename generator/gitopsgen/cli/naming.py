"""Which release or Environment a command is about, as a person names it."""

from collections.abc import Sequence

from gitopsgen.model.errors import GitopsgenError


def only(option: str, values: Sequence[str] | None) -> str:
    """Return the one value of an option, empty when it is left out; the last of two would leave the first undone.

    Raises:
        GitopsgenError: it has several.
    """
    named = list(dict.fromkeys(values or ()))
    if len(named) > 1:
        raise GitopsgenError(
            f"`{option}` is given {len(named)} times, and one run is about one Environment",
            fix="run it once for each: " + ", then ".join(f"`{option} {name}`" for name in named),
        )
    return named[0] if named else ""


def release_name(app: str, environments: Sequence[str] | None, option: str = "--env") -> tuple[str, str]:
    """Return Environment and App of ``APP --env ENV``, with ``option`` in its place, or of ``ENV/APP``.

    Raises:
        GitopsgenError: no Environment is named, or several are.
    """
    environment, slash, name = app.partition("/")
    given = only(option, environments)
    if given and (not slash or given != environment):
        return given, app
    if not slash:
        raise GitopsgenError("in which Environment?", fix=f"add `{option} ENV`, or write ENV/{app}")
    return environment, name
