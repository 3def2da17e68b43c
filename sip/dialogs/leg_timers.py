"""The timers of an INVITE usage."""

from enum import StrEnum, auto


class LegTimer(StrEnum):
    GIVE_UP_CANCEL = auto()  # a cancelled INVITE got no final response, §9.1
    NO_ACK = auto()  # §13.3.1.4
    NO_PRACK = auto()  # RFC 3262 §3
    REFER_EXPIRES = auto()  # RFC 3515 §2.4.4
    REFRESH_SESSION = auto()  # RFC 4028 §10
    REPEAT_OK = auto()  # §13.3.1.4
    REPEAT_PROVISIONAL = auto()  # §13.3.1.1
    REPEAT_RELIABLE = auto()  # RFC 3262 §3
    RETRY_OFFER = auto()  # after a 491, §14.1
    SESSION_EXPIRES = auto()  # RFC 4028 §10
