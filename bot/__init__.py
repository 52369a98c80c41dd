"""The core: chat types, settings, moods, storage, policy, commands. Adapters act."""
