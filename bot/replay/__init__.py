"""A sample chat for the demo: three channels of friends, 10 to 15 March 2026, all made up.

Its format is adapters/replay/jsonl.py's.
"""

from pathlib import Path

SAMPLE = Path(__file__).with_name("sample.jsonl")
