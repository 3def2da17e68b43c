//! Who hears whom: bridges, mixes, the echo.

use std::sync::Arc;

use super::{Control, Outcome, Problem};
use crate::events::LegId;
use crate::mailbox::Command;
use crate::mix::{MixId, MOST_MEMBERS};

impl Control {
    /// Brings both legs to one worker and lets them hear each other.
    pub fn bridge(&mut self, a: LegId, b: LegId) -> Outcome<()> {
        if a == b {
            return Err(Problem::Value(format!("leg {a} cannot be bridged with itself")));
        }
        let home = self.worker_of(a)?;
        self.bring(b, home)?;
        self.threads[home].mailbox.post(Command::Bridge(a, b));
        Ok(())
    }

    /// Makes a mix (or changes one) in which each leg hears those listed for it, on one worker.
    pub fn mix(&mut self, mix: Option<MixId>, rows: Vec<(LegId, Vec<LegId>)>) -> Outcome<MixId> {
        let known = |leg: &LegId| rows.iter().any(|(other, _)| other == leg);
        if rows.len() > MOST_MEMBERS {
            let text = format!("{} legs in one mix, more than {MOST_MEMBERS}", rows.len());
            return Err(Problem::Value(text));
        }
        for (leg, hears) in &rows {
            self.worker_of(*leg)?;
            if let Some(stranger) = hears.iter().find(|other| *other == leg || !known(other)) {
                let text = format!("leg {leg} cannot hear leg {stranger} in this mix");
                return Err(Problem::Value(text));
            }
        }
        let home = match (mix, rows.first()) {
            (Some(mix), _) => *self.mixes.get(&mix).ok_or(Problem::Unknown("mix", mix))?,
            (None, Some((leg, _))) => self.worker_of(*leg)?,
            (None, None) => return Err(Problem::Value("a mix of nobody".into())),
        };
        for (leg, _) in &rows {
            self.bring(*leg, home)?;
        }
        let mix = mix.unwrap_or_else(|| self.next_id());
        self.mixes.insert(mix, home);
        self.threads[home].mailbox.post(Command::Mix(mix, rows));
        Ok(mix)
    }

    /// Ends a mix; its legs hear nobody.
    pub fn unmix(&mut self, mix: MixId) -> Outcome<()> {
        let home = self.mixes.remove(&mix).ok_or(Problem::Unknown("mix", mix))?;
        self.threads[home].mailbox.post(Command::Mix(mix, Vec::new()));
        Ok(())
    }

    pub fn unbridge(&self, leg: LegId) -> Outcome<()> {
        self.post(leg, Command::Unbridge(leg))
    }

    pub fn echo(&self, leg: LegId, on: bool) -> Outcome<()> {
        self.post(leg, Command::Echo(leg, on))
    }

    /// Moves a leg to a worker.
    fn bring(&mut self, leg: LegId, home: usize) -> Outcome<()> {
        let away = self.worker_of(leg)?;
        if home == away {
            return Ok(());
        }
        // In this order for every move, so that workers never wait for each other in a circle.
        let mailbox = &self.threads[home].mailbox;
        mailbox.post(Command::Expect(leg));
        self.threads[away].mailbox.post(Command::Move(leg, Arc::clone(mailbox)));
        self.threads[away].legs -= 1;
        self.threads[home].legs += 1;
        if let Some(open) = self.legs.get_mut(&leg) {
            open.worker = home;
        }
        Ok(())
    }
}
