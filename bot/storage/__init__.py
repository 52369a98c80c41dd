from bot.storage.choices import Choice, Level, Preference
from bot.storage.key import load_key
from bot.storage.reads import Difference
from bot.storage.store import MoodStore

__all__ = ["Choice", "Difference", "Level", "MoodStore", "Preference", "load_key"]
