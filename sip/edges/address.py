"""Transport addresses and request targets, under the name that the edges' users know."""

from sip.address import Address, Target

__all__ = ["Address", "Target"]
