"""Supervisors on calls that go on: they listen, whisper to the agent, or barge in."""
