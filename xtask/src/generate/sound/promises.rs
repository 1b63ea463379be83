//! Sentences that are true in both environments.

use std::rc::Rc;

use super::judge::Reach;
use super::{PUBLIC, RESTRICTED, Sound};

/// Longest list of roles in a sentence.
const LONGEST: usize = 12;

impl Sound<'_> {
    pub(super) fn promises(&mut self) {
        let mut attempts = 0;
        while self.project.sentences.len() < self.params.sentences && attempts < self.params.sentences * 20 {
            attempts += 1;
            // One in fifty asks about every role.
            let sentence =
                if attempts % 50 == 0 { self.about_everybody() } else { self.about_one(attempts % 5 == 0) };
            if let Some(sentence) = sentence
                && self.project.sentences.last() != Some(&sentence)
            {
                self.project.sentences.push(sentence);
            }
        }
    }

    fn about_one(&mut self, holding: bool) -> Option<String> {
        let holders = Rc::clone(&self.holders);
        let role = self.random.pick(&holders);
        let name = self.project.role(role).to_owned();
        if holding {
            let all = self.unique_capabilities();
            let capability = self.random.pick(&all);
            let verb = if self.has(role, &capability) { "holds" } else { "does not hold" };
            return (!capability.is_empty()).then(|| format!("{name} {verb} {capability}"));
        }
        let asset = self.random.pick(&self.project.assets);
        let class = asset.class.unwrap_or(PUBLIC);
        match self.reach(role, "read", &asset) {
            Reach::Always if class > PUBLIC && self.random.chance(0.5) => {
                Some(format!("{name} can read {} {}", self.family_at(role).rows, asset.id))
            }
            Reach::Always => Some(format!("{name} can read {}", asset.id)),
            Reach::Sometimes if class == RESTRICTED => Some(format!("{name} can read {} when mfa", asset.id)),
            Reach::Sometimes => None,
            // Most pairs of role and asset are apart; a third of them is enough.
            Reach::No if self.random.chance(0.3) => {
                let action = self.random.pick(&["read", "edit", "delete"]);
                (self.reach(role, action, &asset) == Reach::No)
                    .then(|| format!("{name} cannot {action} {}", asset.id))
            }
            Reach::No => None,
        }
    }

    fn about_everybody(&mut self) -> Option<String> {
        let rare: Vec<_> =
            self.project.assets.iter().filter(|it| it.class >= Some(RESTRICTED)).cloned().collect();
        let asset = self.random.pick(&rare);
        let readers: Vec<_> =
            self.holders.iter().copied().filter(|it| self.reach(*it, "read", &asset) != Reach::No).collect();
        let names: Vec<_> = readers.iter().map(|it| self.project.role(*it)).collect();
        match names.len() {
            _ if asset.id.is_empty() => None,
            0 => Some(format!("nobody can read {}", asset.id)),
            1..=LONGEST if self.random.chance(0.7) => {
                Some(format!("only [{}] can read {}", names.join(", "), asset.id))
            }
            _ => Some(format!("nobody can delete {}", asset.id)),
        }
    }
}
