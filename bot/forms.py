"""How a preference's value is read from a person or the store, written down, and shown."""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Any, Protocol
from zoneinfo import ZoneInfo, available_timezones

from bot.locale import text
from classifier.base import Language

_OF_ONE = {"days": "one_day", "people": "one_person"}  # units whose words change


class Unreadable(ValueError):
    """The text is no value of the form; the caller says so in the person's language."""


class Form(Protocol):
    """One kind of value. `read(write(value))` is the value again."""

    def read(self, raw: str) -> Any:
        """The value that `raw` means; None is "auto". Raises Unreadable."""
        ...

    def write(self, value: Any) -> str:
        """The value as the store keeps it, the same in every language."""
        ...

    def shown(self, value: Any, language: Language) -> str:
        """The value in words."""
        ...

    def allowed(self, language: Language) -> str:
        """The values there are, in words."""
        ...


def says(raw: str, name: str) -> bool:
    """Whether `raw` is the word `name` in one of our languages."""
    words = {name, *(text(f"preferences.{name}", language) for language in Language)}
    return raw.casefold() in {word.casefold() for word in words}


class Choice:
    """One of an enumeration's words, or what they are called in a language."""

    def __init__(self, values: type[StrEnum], key: str, *, auto: bool = False) -> None:
        self._values = values
        self._key = key
        self._auto = auto

    def read(self, raw: str) -> StrEnum | None:
        """The value called `raw` in any language."""
        if self._auto and says(raw, "auto"):
            return None
        for value in self._values:
            if raw.casefold() == value or says(raw, self._word(value)):
                return value
        raise Unreadable

    def write(self, value: StrEnum | None) -> str:
        """The enumeration's own word."""
        return "auto" if value is None else value.value

    def shown(self, value: StrEnum | None, language: Language) -> str:
        """The word in `language`."""
        return text(f"preferences.{self._word(value) if value else 'auto'}", language)

    def allowed(self, language: Language) -> str:
        """All the words."""
        return ", ".join(self.listed(language))

    def listed(self, language: Language) -> tuple[str, ...]:
        """All the words, one by one."""
        words = [self.shown(value, language) for value in self._values]
        return (*words, text("preferences.auto", language)) if self._auto else tuple(words)

    def _word(self, value: StrEnum) -> str:
        return f"{self._key}_{value.replace('-', '_')}"


class Number:
    """A number within bounds, with a unit or without; whole where both bounds are."""

    def __init__(
        self,
        least: float,
        most: float,
        *,
        unit: str,
        units: Mapping[str, float],
        auto: bool = False,
    ) -> None:
        self._least, self._most = least, most
        self._whole = isinstance(least, int) and isinstance(most, int)
        self._unit = unit
        self._units = units
        self._auto = auto

    def read(self, raw: str) -> float | None:
        """The number in the key's own unit: `2m` of seconds is 120, `70%` of a share 0.7."""
        if self._auto and says(raw, "auto"):
            return None
        # Eight digits are beyond every bound, and keep int() from reading a megabyte of nines.
        match = re.fullmatch(r"([0-9]{0,8}(?:\.[0-9]{1,8})?)\s*(\D*)", raw)
        if not match or not match[1] or match[2].casefold() not in self._units:
            raise Unreadable
        value = round(float(match[1]) * self._units[match[2].casefold()], 6)
        if not self._least <= value <= self._most or (self._whole and value != int(value)):
            raise Unreadable
        return int(value) if self._whole else value

    def write(self, value: float | None) -> str:
        """The number alone."""
        return "auto" if value is None else str(value)

    def shown(self, value: float | None, language: Language) -> str:
        """The number with its unit."""
        if value is None:
            return text("preferences.auto", language)
        unit = _OF_ONE.get(self._unit, self._unit) if value == 1 else self._unit
        return text(f"preferences.{unit}", language, count=value)

    def allowed(self, language: Language) -> str:
        """The bounds."""
        bounds = text(
            "preferences.range",
            language,
            least=self.shown(self._least, language),
            most=self.shown(self._most, language),
        )
        return f"{bounds}, {text('preferences.auto', language)}" if self._auto else bounds


class TimeZone:
    """A name of the IANA time zone database, such as `Asia/Seoul`."""

    def read(self, raw: str) -> str:
        """The name, if there is such a zone."""
        try:
            return ZoneInfo(raw).key
        except (KeyError, ValueError, OSError):  # unknown, a path, a folder of zones
            raise Unreadable from None

    def write(self, value: str) -> str:
        """The name."""
        return value

    def shown(self, value: str, language: Language) -> str:
        """The name, the same in every language."""
        return value

    def allowed(self, language: Language) -> str:
        """Examples: there are some six hundred."""
        return text("preferences.zones", language)

    def listed(self, language: Language) -> tuple[str, ...]:
        """All the names. Reads the whole time zone database from the disk, once."""
        return _zones()


@cache
def _zones() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))


class Names:
    """A list of names or ids, parted by commas; mentions of roles give their ids."""

    _ID = re.compile(r"<@&(\d+)>|(?<!\S)(\d{15,20})(?!\S)")

    def __init__(self, *, most: int, longest: int) -> None:
        self._most, self._longest = most, longest

    def read(self, raw: str) -> tuple[str, ...]:
        """The names, each once, in order."""
        if says(raw, "nobody"):
            return ()
        names = [name.strip() for name in self._ID.sub(r",\1\2,", raw).split(",")]
        found = tuple(dict.fromkeys(name for name in names if name))
        if not 0 < len(found) <= self._most or max(map(len, found)) > self._longest:
            raise Unreadable
        return found

    def write(self, value: tuple[str, ...]) -> str:
        """The names with commas, or the word for none."""
        return ",".join(value) or "nobody"

    def shown(self, value: tuple[str, ...], language: Language) -> str:
        """The names with commas, or the word for none."""
        return ", ".join(value) or text("preferences.nobody", language)

    def allowed(self, language: Language) -> str:
        """How to write the list, and the word for none."""
        return text(
            "preferences.names",
            language,
            most=self._most,
            nobody=text("preferences.nobody", language),
        )


class People:
    """Accounts by mention or id. What the store keeps of them are pseudonyms, as of any author."""

    _ID = r"\d{15,20}|[UW][A-Z0-9]+|[0-9a-f]{32}"  # Discord's, Slack's, a pseudonym
    _ACCOUNT = re.compile(rf"<@!?({_ID})(?:\|[^>]*)?>|(?<!\S)({_ID})(?!\S)")

    def __init__(self, *, most: int) -> None:
        self._most = most

    def read(self, raw: str) -> tuple[str, ...]:
        """The accounts (or their pseudonyms), each once, in order."""
        if says(raw, "nobody"):
            return ()
        words = raw.replace(",", " ")
        found = tuple(dict.fromkeys(it[1] or it[2] for it in self._ACCOUNT.finditer(words)))
        if not 0 < len(found) <= self._most or self._ACCOUNT.sub("", words).strip():
            raise Unreadable
        return found

    def write(self, value: tuple[str, ...]) -> str:
        """The accounts with commas, or the word for none."""
        return ",".join(value) or "nobody"

    def shown(self, value: tuple[str, ...], language: Language) -> str:
        """How many: a pseudonym leads back to nobody."""
        if not value:
            return text("preferences.nobody", language)
        unit = _OF_ONE["people"] if len(value) == 1 else "people"
        return text(f"preferences.{unit}", language, count=len(value))

    def allowed(self, language: Language) -> str:
        """How to name accounts, and the word for none."""
        nobody = text("preferences.nobody", language)
        return text("preferences.accounts", language, most=self._most, nobody=nobody)


_CHANNEL = re.compile(r"<#([\w-]+)(?:\|[^>]*)?>|([\w-]+)")


def channel_id(raw: str) -> str:
    """The id in a channel's mention, or the id itself. Raises Unreadable."""
    match = _CHANNEL.fullmatch(raw)
    if not match:
        raise Unreadable
    return match[1] or match[2]


class Place:
    """A channel of the workspace, by mention or id, or none."""

    def read(self, raw: str) -> str:
        """The channel's id, or nothing for none."""
        return "" if says(raw, "switch_off") or raw.casefold() == "off" else channel_id(raw)

    def write(self, value: str) -> str:
        """The id, or the word for none."""
        return value or "off"

    def shown(self, value: str, language: Language) -> str:
        """The channel as a mention, which platforms show by name."""
        return f"<#{value}>" if value else text("preferences.switch_off", language)

    def allowed(self, language: Language) -> str:
        """How to name a channel, and the word for none."""
        return text("preferences.place", language)


def suggestions(form: Form, typed: str, language: Language) -> list[str]:
    """The values of `form` that hold what was typed so far, where there is a list of them."""
    values = form.listed(language) if isinstance(form, Choice | TimeZone) else ()
    wanted = typed.strip().casefold()
    return [value for value in values if wanted in value.casefold()]
