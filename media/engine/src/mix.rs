//! A conference: who hears whom, and adding sounds up. No sockets, no clock.

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
    frames: Vec<Vec<i16>>,
    /// Samples in a frame.
    length: usize,
    sum: Vec<i32>,
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
        self.frames.resize(self.members.len(), vec![0; self.length]);
    }

    /// How many samples are 20 ms from now on.
    pub fn tune(&mut self, length: usize) {
        self.length = length;
        self.frames.iter_mut().for_each(|frame| frame.resize(length, 0));
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
    pub fn frame_of(&mut self, index: usize) -> Option<&mut [i16]> {
        let is_heard = self.members.iter().any(|member| member.hears & (1 << index) != 0);
        self.frames.get_mut(index).filter(|_| is_heard).map(Vec::as_mut_slice)
    }

    /// Writes what a member hears: the sum of the others' sounds, as loud as can be said.
    pub fn heard_by(&mut self, index: usize, out: &mut Vec<i16>) {
        out.clear();
        let hears = self.members.get(index).map_or(0, |member| member.hears);
        let mut heard = self.frames.iter().enumerate().filter(|(at, _)| hears & (1 << at) != 0);
        let Some((_, first)) = heard.next() else {
            out.resize(self.length, 0);
            return;
        };
        let Some((_, second)) = heard.next() else {
            out.extend_from_slice(first);
            return;
        };
        self.sum.clear();
        self.sum.extend(first.iter().zip(second).map(|(a, b)| i32::from(*a) + i32::from(*b)));
        for (_, frame) in heard {
            for (total, sample) in self.sum.iter_mut().zip(frame) {
                *total += i32::from(*sample);
            }
        }
        let clip = |total: &i32| (*total).clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16;
        out.extend(self.sum.iter().map(clip));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mix(rows: &[(usize, &[usize])]) -> Mix {
        let mut mix = Mix::default();
        mix.tune(160);
        mix.set(&rows.iter().map(|(place, hears)| (*place, hears.to_vec())).collect::<Vec<_>>());
        for (index, level) in [100, 1_000, 10_000, 30_000].iter().enumerate() {
            if let Some(frame) = mix.frame_of(index) {
                frame.fill(*level);
            }
        }
        mix
    }

    fn heard(mix: &mut Mix) -> Vec<i16> {
        let mut out = Vec::new();
        let mut last = |index| {
            mix.heard_by(index, &mut out);
            out[159]
        };
        (0..3).map(&mut last).collect()
    }

    #[test]
    fn each_hears_exactly_what_the_matrix_says() {
        // The caller hears the agent only, the agent both, the supervisor (who whispers) both.
        let mut whisper = mix(&[(7, &[3]), (3, &[7, 5]), (5, &[7, 3])]);
        assert_eq!(heard(&mut whisper), [1_000, 10_100, 1_100]);
        let mut listen = mix(&[(7, &[3]), (3, &[7]), (5, &[7, 3])]);
        assert_eq!(heard(&mut listen), [1_000, 100, 1_100]);
    }

    #[test]
    fn what_is_too_loud_is_clipped_not_wrapped() {
        let mut loud = mix(&[(0, &[2, 3]), (1, &[]), (2, &[0, 1]), (3, &[0, 1, 2])]);
        assert_eq!(heard(&mut loud), [i16::MAX, 0, 1_100]);
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
        let (mut mix, mut out) = (Mix::default(), Vec::new());
        mix.set(&rows);
        mix.tune(160);
        mix.frame_of(63).expect("is heard").fill(5);
        mix.heard_by(0, &mut out);
        assert_eq!(out[0], 5);
        mix.remove(63);
        assert_eq!(mix.members()[0].hears, u64::MAX >> 1);
    }
}
