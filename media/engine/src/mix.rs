//! A conference: who hears whom, and adding sounds up. No sockets, no clock.

use crate::jitter_buffer::{Frame, FRAME};

pub type MixId = u64;

/// As many as a word has bits.
pub const MOST_MEMBERS: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    pub place: usize,
    /// One bit per member, by its index.
    pub hears: u64,
}

/// Everybody in it by place, and a frame of each one's sound.
#[derive(Default)]
pub struct Mix {
    members: Vec<Member>,
    frames: Vec<Frame>,
}

impl Mix {
    /// The hear-matrix: each place with the places that it hears; those that have no row are not heard.
    pub fn set(&mut self, rows: &[(usize, Vec<usize>)]) {
        let index_of = |place: &usize| rows.iter().position(|(other, _)| other == place);
        let member = |(place, hears): &(usize, Vec<usize>)| {
            let heard = hears.iter().filter_map(index_of);
            Member { place: *place, hears: heard.fold(0, |bits, index| bits | 1 << index) }
        };
        self.members = rows.iter().take(MOST_MEMBERS).map(member).collect();
        self.frames.resize(self.members.len(), [0; FRAME]);
    }

    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Takes one out; the others hear each other as before.
    pub fn remove(&mut self, place: usize) {
        let Some(index) = self.members.iter().position(|member| member.place == place) else {
            return;
        };
        self.members.remove(index);
        self.frames.pop();
        let below = (1u64 << index) - 1;
        for member in &mut self.members {
            member.hears = (member.hears & below) | ((member.hears >> 1) & !below);
        }
    }

    /// Where the next sound of a member goes, unless nobody hears it.
    pub fn frame_of(&mut self, index: usize) -> Option<&mut Frame> {
        let is_heard = self.members.iter().any(|member| member.hears & (1 << index) != 0);
        self.frames.get_mut(index).filter(|_| is_heard)
    }

    /// What a member hears: the sum of the others' sounds, as loud as can be said.
    pub fn heard_by(&self, index: usize) -> Frame {
        let hears = self.members.get(index).map_or(0, |member| member.hears);
        let mut heard = self.frames.iter().enumerate().filter(|(at, _)| hears & (1 << at) != 0);
        let Some((_, first)) = heard.next() else {
            return [0; FRAME];
        };
        let Some((_, second)) = heard.next() else {
            return *first;
        };
        let mut sum: [i32; FRAME] =
            std::array::from_fn(|at| i32::from(first[at]) + i32::from(second[at]));
        for (_, frame) in heard {
            for (total, sample) in sum.iter_mut().zip(frame) {
                *total += i32::from(*sample);
            }
        }
        sum.map(|total| total.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mix(rows: &[(usize, &[usize])]) -> Mix {
        let mut mix = Mix::default();
        mix.set(&rows.iter().map(|(place, hears)| (*place, hears.to_vec())).collect::<Vec<_>>());
        for (index, level) in [100, 1_000, 10_000, 30_000].iter().enumerate() {
            if let Some(frame) = mix.frame_of(index) {
                frame.fill(*level);
            }
        }
        mix
    }

    fn heard(mix: &Mix) -> Vec<i16> {
        (0..mix.members().len()).map(|index| mix.heard_by(index)[159]).collect()
    }

    #[test]
    fn each_hears_exactly_what_the_matrix_says() {
        // The caller hears the agent only, the agent both, the supervisor (who whispers) both.
        let whisper = mix(&[(7, &[3]), (3, &[7, 5]), (5, &[7, 3])]);
        assert_eq!(heard(&whisper), [1_000, 10_100, 1_100]);
        let listen = mix(&[(7, &[3]), (3, &[7]), (5, &[7, 3])]);
        assert_eq!(heard(&listen), [1_000, 100, 1_100]);
    }

    #[test]
    fn what_is_too_loud_is_clipped_not_wrapped() {
        let loud = mix(&[(0, &[2, 3]), (1, &[]), (2, &[]), (3, &[0, 1, 2])]);
        assert_eq!(heard(&loud), [i16::MAX, 0, 0, 11_100]);
    }

    #[test]
    fn who_leaves_takes_nobody_along() {
        let mut all = mix(&[(0, &[1, 2, 3]), (1, &[0, 2, 3]), (2, &[0, 1, 3]), (3, &[0, 1, 2])]);
        all.remove(1);
        all.remove(9);
        let masks: Vec<u64> = all.members().iter().map(|member| member.hears).collect();
        assert_eq!(masks, [0b110, 0b101, 0b011]);
        assert_eq!(all.members()[1].place, 2);
    }

    #[test]
    fn nobody_is_asked_whom_nobody_hears() {
        let mut listen = mix(&[(7, &[3]), (3, &[7]), (5, &[7, 3])]);
        assert!(listen.frame_of(0).is_some());
        assert!(listen.frame_of(2).is_none());
        assert!(listen.frame_of(3).is_none(), "no such member");
    }

    #[test]
    fn sixty_four_fit() {
        let everyone: Vec<usize> = (0..MOST_MEMBERS).collect();
        let rows: Vec<_> = everyone.iter().map(|place| (*place, everyone.clone())).collect();
        let mut mix = Mix::default();
        mix.set(&rows);
        mix.frame_of(63).expect("is heard").fill(5);
        assert_eq!(mix.heard_by(0)[0], 5);
        mix.remove(63);
        assert_eq!(mix.members()[0].hears, u64::MAX >> 1);
    }
}
