"""By which rules a person is told from an answering machine, in seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRules:
    """A person says a word or two and waits, a machine goes on. Defaults are those of Asterisk's
    AMD but for the number of words; what one centre calls needs tuning of its own.
    """

    initial_silence_s: float = 2.5
    """Who says nothing for so long is taken for a machine."""

    greeting_s: float = 1.5
    """Who speaks for so long at once is a machine."""

    after_greeting_s: float = 0.8
    """Who waits so long after a greeting is a person."""

    total_s: float = 5.0
    """After so long it is not known."""

    word_s: float = 0.1
    """What is shorter is no word."""

    pause_s: float = 0.05
    """The silence between two words."""

    most_words: int = 2
    """Who says more is a machine."""

    def in_ms(self) -> dict[str, int]:
        """The arguments of the engine's `detect_answer`."""
        seconds = {
            "initial_silence_ms": self.initial_silence_s,
            "greeting_ms": self.greeting_s,
            "after_greeting_ms": self.after_greeting_s,
            "total_ms": self.total_s,
            "word_ms": self.word_s,
            "pause_ms": self.pause_s,
        }
        return {
            **{name: round(value * 1000) for name, value in seconds.items()},
            "most_words": self.most_words,
        }
