"""What callers thought of the service: answers to the questions of surveys in flows."""

from dataclasses import dataclass

from events.event import Event
from events.ids import CallId, RecordingId


@dataclass(frozen=True, slots=True)
class SurveyAnswered(Event):
    """A caller pressed a score. Whom they spoke with, the call's other events tell.

    Attributes:
        scale: "stars" (1 to 5; satisfied from 4) or "nps" (0 to 10; promoters from 9, detractors
            to 6).
    """

    call: CallId
    survey: str
    question: str
    scale: str
    score: int


@dataclass(frozen=True, slots=True)
class SurveyUnanswered(Event):
    """A caller was asked and gave no score: response rates need those, too."""

    call: CallId
    survey: str
    question: str


@dataclass(frozen=True, slots=True)
class SurveyCommented(Event):
    """A caller answered a question in their own words."""

    call: CallId
    survey: str
    question: str
    recording: RecordingId
    duration_s: float
