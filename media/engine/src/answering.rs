//! Who answered a call that we placed, told from the rhythm of the first words. A person says a word or two and waits;
//! a machine goes on.

use crate::voice::FRAME_MS;

/// In milliseconds; the names and defaults that people know from other exchanges stand in the Python face.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Who says nothing for so long is a machine.
    pub initial_silence_ms: u32,
    /// Who speaks for so long at once is a machine.
    pub greeting_ms: u32,
    /// Who waits so long after a greeting is a person.
    pub after_greeting_ms: u32,
    /// After so long it is not known.
    pub total_ms: u32,
    /// A word is as long at least.
    pub word_ms: u32,
    /// The silence between two words.
    pub pause_ms: u32,
    /// Who says more of them is a machine.
    pub most_words: u32,
}

/// Who it is, and what told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    pub by: &'static str,
    pub told_by: &'static str,
}

const fn answer(by: &'static str, told_by: &'static str) -> Option<Answer> {
    Some(Answer { by, told_by })
}

pub struct Answering {
    rules: Rules,
    total_ms: u32,
    silent_ms: u32,
    voiced_ms: u32,
    /// Since the first word began.
    greeting_ms: u32,
    words: u32,
}

impl Answering {
    pub fn new(rules: Rules) -> Self {
        Self { rules, total_ms: 0, silent_ms: 0, voiced_ms: 0, greeting_ms: 0, words: 0 }
    }

    /// Takes 10 ms; tells once who it is. Not to be called after that.
    pub fn hear(&mut self, is_voice: bool) -> Option<Answer> {
        self.total_ms += FRAME_MS;
        if is_voice {
            self.hear_voice();
        } else {
            self.hear_silence();
        }
        let (rules, has_greeted) = (&self.rules, self.words > 0);
        if self.words > rules.most_words {
            return answer("machine", "words");
        }
        if has_greeted && self.greeting_ms - self.silent_ms >= rules.greeting_ms {
            return answer("machine", "long_greeting");
        }
        if has_greeted && self.silent_ms >= rules.after_greeting_ms {
            return answer("person", "pause");
        }
        if !has_greeted && self.silent_ms >= rules.initial_silence_ms {
            return answer("machine", "silence");
        }
        if self.total_ms >= rules.total_ms {
            return answer("unknown", "time");
        }
        None
    }

    fn hear_voice(&mut self) {
        let before = self.voiced_ms;
        self.voiced_ms += FRAME_MS;
        let is_word = before < self.rules.word_ms && self.voiced_ms >= self.rules.word_ms;
        if is_word && self.words == 0 {
            self.greeting_ms = before;
        }
        self.words += u32::from(is_word);
        if self.words > 0 {
            self.greeting_ms += FRAME_MS;
            self.silent_ms = 0;
        } else {
            self.silent_ms += FRAME_MS; // no word yet: perhaps a click
        }
    }

    fn hear_silence(&mut self) {
        self.silent_ms += FRAME_MS;
        if self.words > 0 {
            self.greeting_ms += FRAME_MS;
        }
        if self.words == 0 || self.silent_ms >= self.rules.pause_ms {
            self.voiced_ms = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voice::{tests::words, Voice, FRAME};

    const RULES: Rules = Rules {
        initial_silence_ms: 2_500,
        greeting_ms: 1_500,
        after_greeting_ms: 800,
        total_ms: 5_000,
        word_ms: 100,
        pause_ms: 50,
        most_words: 2,
    };

    /// Who it is, by what, and after how many milliseconds.
    fn told(lengths_ms: &[u32]) -> (&'static str, &'static str, u32) {
        let sound = words(lengths_ms, 3_000.0, 30.0);
        let (mut voice, mut answering) = (Voice::default(), Answering::new(RULES));
        for (frame, at_ms) in sound.chunks_exact(FRAME).zip((10..).step_by(10)) {
            if let Some(answer) = answering.hear(voice.hear(frame)) {
                return (answer.by, answer.told_by, at_ms);
            }
        }
        panic!("nothing was told of {lengths_ms:?}")
    }

    #[test]
    fn greetings_are_told_apart_by_their_rhythm() {
        let table: [(&[u32], &str, &str, std::ops::RangeInclusive<u32>); 7] = [
            (&[0, 600, 450, 3_000], "person", "pause", 1_800..=1_900), // "Hello?"
            (&[0, 300, 400, 200, 500, 3_000], "person", "pause", 2_150..=2_250), // "Smith, hello"
            (&[0, 300, 1_900, 90, 400], "machine", "long_greeting", 1_780..=1_830),
            (&[0, 200, 300, 150, 300, 150, 300, 150, 300], "machine", "words", 1_180..=1_220),
            (&[0, 4_000], "machine", "silence", 2_500..=2_500),
            (&[60, 4_000], "machine", "silence", 2_500..=2_500), // a click is no word
            (&[0, 200, 400, 700, 400, 700, 3_000], "machine", "long_greeting", 1_700..=1_760),
        ];
        for (lengths, by, told_by, within) in table {
            let (was, by_what, at_ms) = told(lengths);
            assert_eq!((was, by_what), (by, told_by), "{lengths:?}");
            assert!(within.contains(&at_ms), "{lengths:?}: after {at_ms} ms");
        }
    }

    #[test]
    fn what_stays_in_doubt_is_said_to_be_so() {
        let rules = Rules { total_ms: 600, ..RULES };
        let mut answering = Answering::new(rules);
        let last = (0..60).find_map(|frame| answering.hear(frame > 20));
        assert_eq!(last, answer("unknown", "time"));
    }
}
