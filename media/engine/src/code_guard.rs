//! Feature codes that are pressed on a bridge: which keys of a leg the other side must not hear.
//!
//! A key that may begin a code is held back until the keys after it tell, or until it is clear that none follow. What
//! turns out to be no code is then passed on. No clock.

use crate::clock::{Micros, MILLISECOND};

/// Who dials a code presses the next key within this time.
pub const PATIENCE: Micros = 2_000 * MILLISECOND;

/// Codes as numbers of telephone-events, and the keys that may still become one.
pub struct CodeGuard {
    codes: Vec<Vec<u8>>,
    held: Vec<u8>,
    pressed_at: Micros,
}

impl CodeGuard {
    pub fn new(codes: Vec<Vec<u8>>) -> Self {
        Self { codes, held: Vec::new(), pressed_at: 0 }
    }

    /// Takes a press. What the other side is to get now goes to `released`, in order; when that is this very key and
    /// nothing else, its own packets may pass as they are.
    pub fn press(&mut self, key: u8, now: Micros, released: &mut Vec<u8>) {
        self.check(now, released);
        self.pressed_at = now;
        self.held.push(key);
        if self.codes.contains(&self.held) {
            self.held.clear();
        }
        while !self.held.is_empty() && !self.codes.iter().any(|code| code.starts_with(&self.held)) {
            released.push(self.held.remove(0));
        }
    }

    /// Gives up waiting for the rest of a code.
    pub fn check(&mut self, now: Micros, released: &mut Vec<u8>) {
        if now.saturating_sub(self.pressed_at) >= PATIENCE {
            released.append(&mut self.held);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telephone_event::{code_of, key_of};

    /// What the other side gets of these keys, one every so many milliseconds, and 3 s later.
    fn passed(codes: &[&str], keys: &str, every_ms: u64) -> String {
        let of = |text: &str| text.chars().filter_map(code_of).collect::<Vec<u8>>();
        let mut guard = CodeGuard::new(codes.iter().map(|code| of(code)).collect());
        let (mut released, mut now) = (Vec::new(), 0);
        for key in of(keys) {
            now += every_ms * MILLISECOND;
            guard.press(key, now, &mut released);
        }
        guard.check(now + 3_000 * MILLISECOND, &mut released);
        released.into_iter().map(key_of).collect()
    }

    #[test]
    fn a_code_is_heard_by_nobody_and_everything_else_in_order() {
        let codes = ["*7", "*95", "#1"];
        for (keys, heard) in [
            ("*7", ""),
            ("*95", ""),
            ("123", "123"),
            ("1*72", "12"),
            ("**7", "*"),
            ("*9*7", "*9"),
            ("*94", "*94"),
            ("*8#1*", "*8*"),
            ("*7*7", ""),
            ("#*#", "#*#"),
        ] {
            assert_eq!(passed(&codes, keys, 300), heard, "{keys}");
        }
        assert_eq!(passed(&[], "*7", 300), "*7");
    }

    #[test]
    fn who_waits_too_long_dials_no_code() {
        assert_eq!(passed(&["*7"], "*7", 2_000), "*7");
        assert_eq!(passed(&["*7"], "*7", 1_900), "");
    }
}
