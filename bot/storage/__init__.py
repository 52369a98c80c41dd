from bot.storage.choices import Choice, PreferenceRow
from bot.storage.key import load_key
from bot.storage.reads import Difference
from bot.storage.store import MoodStore

__all__ = ["Choice", "Difference", "MoodStore", "PreferenceRow", "load_key"]
