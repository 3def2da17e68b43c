"""The operator's settings as the limits that the parts take."""

from sip.dialogs.session_timer import SessionTimer
from sip.digest import AUTH, AUTH_INT
from sip.guard import DEFAULT_RATES, GuardLimits, Rate
from sip.notifier import NotifierLimits
from sip.registrar import RegistrationLimits
from sip.settings import SipSettings
from sip.timers import TimerValues


def guard_limits(settings: SipSettings) -> GuardLimits:
    requests = Rate(per_s=settings.requests_per_s, burst=settings.requests_burst)
    return GuardLimits(
        rates={**DEFAULT_RATES, "request": requests},
        failures=settings.ban_after_failures,
        ban_s=settings.ban_s,
    )


def registration_limits(settings: SipSettings) -> RegistrationLimits:
    return RegistrationLimits(
        min_expires_s=settings.register_min_s,
        default_expires_s=settings.register_default_s,
        max_expires_s=settings.register_max_s,
        max_contacts=settings.max_contacts,
        flow_timer_s=settings.flow_timer_s,
    )


def timer_values(settings: SipSettings) -> TimerValues:
    return TimerValues(settings.t1_s, settings.t2_s, settings.t4_s)


def session_timer(settings: SipSettings) -> SessionTimer:
    """A new one for each dialog."""
    return SessionTimer(settings.session_expires_s, settings.session_min_s)


def notifier_limits(settings: SipSettings) -> NotifierLimits:
    return NotifierLimits(
        min_expires_s=settings.subscription_min_s,
        default_expires_s=settings.subscription_max_s,
        max_expires_s=settings.subscription_max_s,
        interval_s=settings.notify_interval_s,
        max_per_user=settings.max_subscriptions_per_phone,
        max_total=settings.max_subscriptions,
    )


def qualities_of(settings: SipSettings) -> tuple[str, ...]:
    """What credentials may protect, RFC 7616 §3.3."""
    offered = {"never": (AUTH,), "offered": (AUTH, AUTH_INT), "required": (AUTH_INT,)}
    return offered[settings.protected_bodies]
