"""Discord, by discord.py: nothing outside this package imports that library."""
