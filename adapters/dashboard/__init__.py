"""The managers' dashboard in a browser."""

from adapters.dashboard.routes import mount

__all__ = ["mount"]
