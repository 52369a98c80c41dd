"""What managers see in a browser: who is let in, and the values that are shown."""
