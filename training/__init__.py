"""Rebuilds the model offline. May import `classifier`, never `bot`."""
