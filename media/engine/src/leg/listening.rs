//! What a leg listens for in its peer's sound: keys, and when asked who speaks, who answered, and a beep.

use super::{Leg, KEY_LINGERS};
use crate::answering::{Answering, Rules};
use crate::beep::Beep;
use crate::clock::{Micros, MILLISECOND};
use crate::codec::{Codec, Decoder};
use crate::events::{Event, LegId};
use crate::telephone_event::code_of;
use crate::tone_keys::SURE_AFTER_MS;
use crate::voice::{Speech, Turn, Voice, FRAME};

/// At which sound is listened to.
const EAR_HZ: u32 = 8_000;
/// What comes no later is only late; after that nothing was said.
const PATIENCE: Micros = 100 * MILLISECOND;
/// After a longer gap it makes no difference how long it was.
const LONGEST_GAP: Micros = 10_000 * MILLISECOND;

/// What to listen for from now on; each replaces what was asked for of its kind.
#[derive(Clone, Copy, Debug)]
pub enum Wish {
    /// Told when it begins, and when a silence of so many milliseconds has ended it; 0 stops.
    Speech(u32),
    Answer(Rules),
    Beep(bool),
}

/// What is there only while somebody asked for it.
#[derive(Default)]
pub struct Ear {
    voice: Voice,
    speech: Option<Speech>,
    answering: Option<Answering>,
    beep: Option<Beep>,
    /// Sound that makes no frame yet.
    rest: Vec<i16>,
    /// Up to when everything was heard.
    heard_until: Micros,
}

impl Ear {
    fn wish(&mut self, wish: Wish) {
        match wish {
            Wish::Speech(end_ms) => self.speech = (end_ms > 0).then(|| Speech::new(end_ms)),
            Wish::Answer(rules) => self.answering = Some(Answering::new(rules)),
            Wish::Beep(on) => self.beep = on.then(Beep::default),
        }
    }

    fn is_idle(&self) -> bool {
        self.speech.is_none() && self.answering.is_none() && self.beep.is_none()
    }

    fn hear(&mut self, leg: LegId, samples: &[i16], now: Micros, events: &mut Vec<Event>) {
        self.hear_nothing(leg, now, events);
        let lasts = samples.len() as Micros * 125;
        self.heard_until = (self.heard_until + lasts).min(now + PATIENCE);
        self.take(leg, samples, events);
    }

    /// What did not come in time was silence: a peer may send none of it.
    fn hear_nothing(&mut self, leg: LegId, now: Micros, events: &mut Vec<Event>) {
        let gap = now.saturating_sub(self.heard_until);
        if gap > PATIENCE {
            self.heard_until = now;
            let samples = gap.min(LONGEST_GAP) / 125;
            self.take(leg, &vec![0; samples as usize], events);
        }
    }

    fn take(&mut self, leg: LegId, samples: &[i16], events: &mut Vec<Event>) {
        if let Some(heard) = self.beep.as_mut().and_then(|beep| beep.hear(samples)) {
            events.push(Event::Beep { leg, hz: heard.hz, lasted_ms: heard.lasted_ms });
        }
        self.rest.extend(samples);
        let all = std::mem::take(&mut self.rest);
        let frames = all.chunks_exact(FRAME);
        self.rest.extend(frames.remainder());
        for frame in frames {
            let is_voice = self.voice.hear(frame);
            match self.speech.as_mut().and_then(|speech| speech.hear(is_voice)) {
                Some(Turn::Began) => events.push(Event::SpeechBegan { leg }),
                Some(Turn::Ended { spoke_ms }) => events.push(Event::SpeechEnded { leg, spoke_ms }),
                None => {}
            }
            let answer = self.answering.as_mut().and_then(|answering| answering.hear(is_voice));
            if let Some(answer) = answer {
                self.answering = None;
                events.push(Event::AnsweredBy { leg, by: answer.by, told_by: answer.told_by });
            }
        }
    }
}

impl Leg {
    pub fn listen_for(&mut self, wish: Wish, now: Micros) {
        let new = || Box::new(Ear { heard_until: now, ..Ear::default() });
        self.ear.get_or_insert_with(new).wish(wish);
        self.ear.take_if(|ear| ear.is_idle());
    }

    /// Lets a peer that sends nothing be silent.
    pub fn check_ear(&mut self, now: Micros, events: &mut Vec<Event>) {
        if let Some(ear) = &mut self.ear {
            ear.hear_nothing(self.id, now, events);
        }
    }

    /// A key whose tone nobody heard: whoever hears this leg gets it as a key of ours, unless it is a feature code's.
    fn hold_tone_back(&mut self, key: char, now: Micros) {
        let counts = |code: &u8| !self.hides_tones && self.just_taken(now) != Some(*code);
        if let Some(code) = code_of(key).filter(|code| self.codes.is_some() && counts(code)) {
            self.pass_key_on(code, now);
        }
    }

    pub(super) fn listen(
        &mut self,
        codec: Codec,
        payload: &[u8],
        now: Micros,
        events: &mut Vec<Event>,
    ) {
        if self.tones_heard.is_none() && self.ear.is_none() {
            return;
        }
        let (leg, mut samples) = (self.id, Vec::with_capacity(payload.len()));
        let decoder = self.ear_decoder.take().filter(|decoder| decoder.codec() == codec);
        let decoder = decoder.unwrap_or_else(|| Box::new(Decoder::new(codec, EAR_HZ)));
        self.ear_decoder.insert(decoder).decode(payload, &mut samples);
        if let Some(mut detector) = self.tones_heard.take() {
            detector.hear(&samples, |key| {
                events.push(Event::Digit { leg, key, duration_ms: SURE_AFTER_MS });
                self.hold_tone_back(key, now);
            });
            let hides_tones = self.codes.is_some()
                || self.hides_tones
                || self.just_taken(now).is_some()
                || now < self.muted_until;
            if hides_tones && detector.may_sound() {
                let lingers = if detector.sounds() { KEY_LINGERS } else { 1 };
                self.muted_until = self.muted_until.max(now + lingers);
            }
            self.tones_heard = Some(detector);
        }
        if let Some(ear) = &mut self.ear {
            ear.hear(leg, &samples, now, events);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Format;
    use crate::latch::Latch;
    use crate::sequencer::Sequencer;
    use crate::voice::tests::words;

    const RULES: Rules = Rules {
        initial_silence_ms: 2_500,
        greeting_ms: 1_500,
        after_greeting_ms: 800,
        total_ms: 5_000,
        word_ms: 100,
        pause_ms: 50,
        most_words: 2,
    };

    /// A leg that hears these words in packets of 20 ms, and the house kept every 50 ms for a while after them.
    fn told(wishes: &[Wish], lengths_ms: &[u32], sends_silence: bool) -> Vec<(u64, Event)> {
        let mut leg = Leg::new(1, Sequencer::new(1, 1, 1), Latch::default(), 0);
        leg.set_format(Format::plain(Codec::Pcmu, 0, Some(101), 20));
        wishes.iter().for_each(|wish| leg.listen_for(*wish, 0));
        let (mut told, sound) = (Vec::new(), words(lengths_ms, 3_000.0, 0.0));
        let mut encoder = crate::codec::Encoder::new(Codec::Pcmu, Default::default(), EAR_HZ);
        for index in 0..sound.len() as u64 / 160 + 100 {
            let (now, mut events, mut payload) = (index * 20 * MILLISECOND, Vec::new(), [0; 160]);
            let said = sound.get(index as usize * 160..index as usize * 160 + 160);
            if let Some(said) = said.filter(|said| sends_silence || said.iter().any(|s| *s != 0)) {
                encoder.encode(said, &mut payload);
                leg.listen(Codec::Pcmu, &payload, now, &mut events);
            }
            leg.check_ear(now, &mut events);
            told.extend(events.into_iter().map(|event| (now / MILLISECOND, event)));
        }
        told
    }

    #[test]
    fn nobody_who_did_not_ask_is_told_anything() {
        assert_eq!(told(&[], &[500, 3_000], true), []);
        assert_eq!(told(&[Wish::Speech(500), Wish::Speech(0)], &[500, 3_000], true), []);
    }

    #[test]
    fn a_peer_that_sends_no_silence_is_silent_all_the_same() {
        for sends_silence in [true, false] {
            let wishes = [Wish::Speech(600), Wish::Answer(RULES)];
            let told = told(&wishes, &[0, 400, 500, 2_000], sends_silence);
            let [began, ended, answered] = &told[..] else { panic!("{told:?}") };
            assert!(matches!(began, (440..=540, Event::SpeechBegan { leg: 1 })), "{told:?}");
            let (at_ms, Event::SpeechEnded { spoke_ms, .. }) = ended else { panic!("{told:?}") };
            assert!((1_440..=1_640).contains(at_ms) && (440..=560).contains(spoke_ms), "{told:?}");
            let (at_ms, Event::AnsweredBy { by, .. }) = answered else { panic!("{told:?}") };
            assert!((1_680..=1_840).contains(at_ms) && *by == "person", "{told:?}");
        }
    }
}
