//! A key press in segments (RFC 4733 §2.5.1.3): the 16 bits of an event's duration end after 8.19 s at 8000 Hz and after
//! 1.36 s at 48 000 Hz. What lasts longer goes on under a timestamp that is later by as much, and is still one press.

/// The longest duration of a segment, in ticks; each but the last ends with it, and without the end bit.
pub const LONGEST: u32 = 0xFFFF;
/// Whoever leans on a key for longer is heard no further: at least a minute and a half.
const MOST_SEGMENTS: u32 = 64;

/// How much later than a press a segment of it begins, in ticks; `None` for a timestamp that is no segment's.
pub fn offset_of(press: u32, timestamp: u32) -> Option<u32> {
    let offset = timestamp.wrapping_sub(press);
    (offset % LONGEST == 0 && offset / LONGEST < MOST_SEGMENTS).then_some(offset)
}

/// So many ticks of a clock in those of another.
pub fn at_clock(ticks: u32, from_hz: u32, to_hz: u32) -> u32 {
    (u64::from(ticks) * u64::from(to_hz) / u64::from(from_hz.max(1))).min(u64::from(u32::MAX))
        as u32
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// How much later than the press it begins.
    pub offset: u32,
    pub duration: u16,
}

/// One press as its packets tell it, in ticks of the listener's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct LongPress {
    told: u32,
}

impl LongPress {
    /// What the next packet says of a press that has lasted for `total`. One that would begin a segment closes the
    /// last one instead, unless that was told or the press is over.
    pub fn tell(&mut self, total: u32, is_end: bool) -> Segment {
        let index = |ticks: u32| ticks.saturating_sub(1) / LONGEST;
        let open = index(self.told);
        let is_closed = self.told == (open + 1) * LONGEST;
        let total =
            if index(total) > open && !is_closed && !is_end { (open + 1) * LONGEST } else { total };
        self.told = self.told.max(total);
        let offset = index(total) * LONGEST;
        Segment { offset, duration: (total - offset) as u16 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_one_segment() {
        let mut press = LongPress::default();
        for total in [0, 160, 8_000, LONGEST] {
            let segment = Segment { offset: 0, duration: total as u16 };
            assert_eq!(press.tell(total, total == LONGEST), segment);
        }
    }

    #[test]
    fn what_does_not_goes_on_after_a_segment_of_the_longest_duration() {
        let mut press = LongPress::default();
        let told: Vec<(u32, u16)> = (1..=150)
            .map(|index| press.tell(index * 960, index == 150))
            .map(|segment| (segment.offset, segment.duration))
            .collect();
        assert_eq!(told[67..70], [(0, 65_280), (0, 0xFFFF), (LONGEST, 1_665)]);
        assert_eq!(told[135..138], [(LONGEST, 65_025), (LONGEST, 0xFFFF), (2 * LONGEST, 1_410)]);
        assert_eq!(told[149], (2 * LONGEST, 12_930));
    }

    #[test]
    fn late_packets_stay_in_their_segment_and_an_end_is_never_put_off() {
        let mut press = LongPress::default();
        press.tell(LONGEST, false);
        press.tell(LONGEST + 960, false);
        assert_eq!(press.tell(65_000, false), Segment { offset: 0, duration: 65_000 });
        assert_eq!(press.tell(2 * LONGEST + 5, true), Segment { offset: 2 * LONGEST, duration: 5 });
    }

    #[test]
    fn segments_are_told_by_their_timestamps() {
        assert_eq!(offset_of(u32::MAX, LONGEST - 1), Some(LONGEST));
        assert_eq!(offset_of(5, 5), Some(0));
        for other in [6, 4, 5 + LONGEST - 1, 5u32.wrapping_sub(LONGEST), 5 + 64 * LONGEST] {
            assert_eq!(offset_of(5, other), None, "{other}");
        }
    }
}
