"""Names of the things that events speak of. Distinct types, so that none is taken for another."""

from typing import NewType

CallId = NewType("CallId", str)
"""One caller's whole story, however many legs and queues it has."""

EntryId = NewType("EntryId", str)
"""One entry of a call into a queue: the unit that METRICS.md counts as offered."""

OfferId = NewType("OfferId", int)
"""One offer of a waiting call to one agent. Never used twice in a log."""

RecordingId = NewType("RecordingId", str)
"""One file: "<call>-r<n>", n counting from 1."""

CallBackId = NewType("CallBackId", str)
"""A caller's wish to be called back, over all attempts."""

AgentId = NewType("AgentId", str)
PhoneId = NewType("PhoneId", str)
"""A device: its user part in our domain, e.g. "2001"."""

QueueName = NewType("QueueName", str)
FlowName = NewType("FlowName", str)
NodeName = NewType("NodeName", str)
TrunkName = NewType("TrunkName", str)

PartyId = NewType("PartyId", str)
"""Surrogate of an outside party. Its number and name live in an erasable table only."""
