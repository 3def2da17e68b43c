"""Softphones as child processes: each reads commands and writes events, one JSON object a line."""
