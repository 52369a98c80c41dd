"""Translators between a platform and the core. They decide nothing."""
