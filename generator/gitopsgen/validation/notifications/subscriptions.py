"""The subscriptions that an object's annotations make.

Source: notifications-engine v0.5.0, pkg/subscriptions/annotations.go.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from gitopsgen.model.manifest import list_at
from gitopsgen.source.reader import read

DOMAIN: Final = "notifications.argoproj.io/"
SUBSCRIBE: Final = f"{DOMAIN}subscribe."
SUBSCRIPTIONS: Final = f"{DOMAIN}subscriptions"
_FORM: Final = f"write `{SUBSCRIBE}<trigger>.<service>: <recipient>`"
_LIST_FORM: Final = "write a list of `{trigger: [...], destinations: [{service: ..., recipients: [...]}]}`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One trigger that is sent to recipients of one service; ``key`` is the annotation that says so.

    Without a ``trigger`` it is to the service's default triggers. A service that needs no recipient has an empty one.
    """

    key: str
    trigger: str
    service: str
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """An annotation, or a part of one, that the engine reads as something else or as nothing; ``word`` is that part."""

    key: str
    message: str
    fix: str
    word: str = ""


Read: TypeAlias = Subscription | Malformed


def read_subscriptions(annotations: Mapping[str, object]) -> Iterator[Read]:
    """Yield the subscriptions in ``annotations``, in order, and what was to be one and is none."""
    for key, value in annotations.items():
        if not isinstance(key, str) or not key.startswith(DOMAIN):
            continue
        if key.startswith(SUBSCRIBE):
            yield from _subscribe(key, value)
        elif key.startswith(SUBSCRIPTIONS):
            yield from _listed(key, value)
        else:
            message = f"the notifications controller does not know the annotation `{key}`"
            yield Malformed(key=key, message=message, fix=_FORM)


def _subscribe(key: str, value: object) -> Iterator[Read]:
    parts = key.removeprefix(SUBSCRIBE).split(".")
    trigger, service = (parts[0], parts[1]) if len(parts) > 1 else ("", parts[0])
    if not all(parts):
        yield Malformed(key=key, message=f"`{key}` is no subscription", fix=_FORM)
        return
    if value is None:
        yield Malformed(
            key=key,
            message=f"`{key}` has no value",
            fix='write the recipient; one that begins with `#` needs quotes, and a service without recipients `""`',
        )
        return
    if ignored := parts[2:]:
        yield Malformed(
            key=key,
            message=f"a subscription ends after the service: `{service}` is read, and `{'.'.join(ignored)}` is not",
            fix=f"write `{SUBSCRIBE}{trigger}.{ignored[-1]}`: `service.<type>.<name>` is called by its name alone",
            word=".".join(parts[1:]),
        )
        return
    if not isinstance(value, str):
        return  # the schema of the object tells it
    recipients = tuple(name for part in value.split(";") if (name := part.strip())) if value else ("",)
    if not recipients:
        yield Malformed(key=key, message=f"`{key}` names no recipient, and nothing is sent", fix="write a recipient")
    yield Subscription(key=key, trigger=trigger, service=service, recipients=recipients)


def _listed(key: str, value: object) -> Iterator[Read]:
    """Yield the subscriptions of a list in YAML; keys are read whatever their case, as Go's JSON does."""
    documents = read(value, "").documents if isinstance(value, str) else ()
    entries = documents[0].data if documents else None
    if not isinstance(entries, list) or not entries:
        yield Malformed(key=key, message=f"`{key}` is no list of subscriptions", fix=_LIST_FORM)
        return
    for number, entry in enumerate(entries, start=1):
        yield from _entry(key, number, _folded(entry))


def _entry(key: str, number: int, fields: Mapping[str, object]) -> Iterator[Read]:
    if unknown := sorted(fields.keys() - {"trigger", "destinations"}):
        yield Malformed(
            key=key,
            message=f"subscription {number}: the key `{unknown[0]}` is ignored",
            fix="write `trigger`" if unknown[0] == "triggers" else "delete it: the keys are trigger, destinations",
        )
        return
    triggers = _texts(fields.get("trigger") or [])
    destinations = [_destination(_folded(one)) for one in list_at(fields, "destinations")]
    known = [one for one in destinations if one is not None]
    if triggers is None or not known or len(known) < len(destinations):
        message = f"subscription {number}: it is read as nothing, or in part"
        yield Malformed(key=key, message=message, fix=_LIST_FORM)
        return
    for trigger in triggers or ("",):
        for service, recipients in known:
            yield Subscription(key=key, trigger=trigger, service=service, recipients=recipients)


def _destination(fields: Mapping[str, object]) -> tuple[str, tuple[str, ...]] | None:
    """Return the service and the recipients of a destination; ``None`` when it is none, or has no recipient."""
    service, recipients = fields.get("service"), _texts(fields.get("recipients"))
    if fields.keys() != {"service", "recipients"} or not isinstance(service, str) or not recipients:
        return None
    return service, recipients


def _texts(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        return None
    return tuple(value)


def _folded(value: object) -> Mapping[str, object]:
    return {str(key).lower(): item for key, item in value.items()} if isinstance(value, Mapping) else {}
