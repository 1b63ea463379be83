//! Guards, separations, together sets and waivers that hold.

use std::rc::Rc;

use super::judge::Reach;
use super::{RESTRICTED, Sound};

/// Something that makes a duty, with the roles that have it.
struct Duty {
    can: String,
    roles: Vec<usize>,
}

impl Sound<'_> {
    pub(super) fn prohibitions(&mut self) {
        let guards = self.params.prohibitions / 2;
        let separations = self.params.prohibitions * 3 / 10;
        for number in 1..=guards {
            let entry = (0..20).find_map(|_| self.guard(number));
            self.project.guards.extend(entry);
        }
        for number in 1..=separations {
            self.separation(number);
        }
        self.together();
        for number in 1..=self.params.prohibitions.saturating_sub(guards + separations) {
            let entry = self.waiver(number, guards);
            self.project.waivers.extend(entry);
        }
    }

    fn guard(&mut self, number: usize) -> Option<String> {
        let holders = Rc::clone(&self.holders);
        let role = self.random.pick(&holders);
        let may = "[read, create, edit, delete]";
        let never = self.project.roles.get(role).map_or(Vec::new(), |it| it.never.clone());
        let (nobody, may, of) = match (number % 4, never.as_slice()) {
            (1, _) if self.params.classes > RESTRICTED => {
                ("[everyone]".to_owned(), "[delete]", "restricted".to_owned())
            }
            (2, _) => {
                let all = self.unique_capabilities();
                let capability = self.random.pick(&all);
                if capability.is_empty() || self.has(role, &capability) {
                    return None;
                }
                (format!("[{}]", self.project.role(role)), "", capability)
            }
            (_, [.., class]) => (format!("[{}]", self.project.role(role)), may, class.clone()),
            _ => {
                let asset = self.random.pick(&self.project.assets);
                if ["read", "edit", "delete"].iter().any(|it| self.reach(role, it, &asset) != Reach::No) {
                    return None;
                }
                (format!("[{}]", self.project.role(role)), may, asset.id)
            }
        };
        let may = if may.is_empty() { String::new() } else { format!("    may: {may}\n") };
        Some(format!(
            "  guard-{number:04}:\n    title: Boundary {number}\n    nobody: {nobody}\n{may}    of: [{of}]\n    why: House rule {number}\n"
        ))
    }

    /// Two duties that nobody has both of; tried some times, because not every pair is apart.
    fn separation(&mut self, number: usize) {
        for _ in 0..40 {
            let (first, second) = (self.duty(), self.duty());
            let apart = first.roles.iter().all(|it| !second.roles.contains(it));
            if apart && !first.roles.is_empty() && !second.roles.is_empty() && first.can != second.can {
                for (side, duty) in [("a", &first), ("b", &second)] {
                    self.project.duties.push(format!(
                        "  duty-{number:04}-{side}: {{title: Duty {number}{side}, can: {{{}}}}}\n",
                        duty.can
                    ));
                }
                self.project.separations.push(format!(
                    "  separation-{number:04}:\n    title: Nobody has both sides of {number}\n    duties: [duty-{number:04}-a, \
                     duty-{number:04}-b]\n    severity: high\n    why: Fraud risk {number}\n"
                ));
                return;
            }
        }
    }

    fn duty(&mut self) -> Duty {
        let holders = Rc::clone(&self.holders);
        if self.random.chance(0.4) {
            let all = self.unique_capabilities();
            let capability = self.random.pick(&all);
            if !capability.is_empty() {
                let roles = holders.iter().copied().filter(|it| self.has(*it, &capability)).collect();
                return Duty { can: format!("hold: [{capability}]"), roles };
            }
        }
        let asset = self.random.pick(&self.project.assets);
        let action = self.random.pick(&["create", "edit", "delete"]);
        let roles =
            holders.iter().copied().filter(|it| self.reach(*it, action, &asset) != Reach::No).collect();
        Duty { can: format!("{action}: [{}]", asset.id), roles }
    }

    /// A role and one that it extends, of the same classes: together they have what the first one has.
    fn together(&mut self) {
        let wanted = (self.params.roles / 20).max(1);
        for &role in Rc::clone(&self.holders).iter() {
            if self.project.together.len() == wanted {
                return;
            }
            let same = |it: &usize| {
                let is_held = self.project.roles.get(*it).is_some_and(|it| !it.is_abstract);
                *it != role && is_held && self.block_classes(*it) == self.block_classes(role)
            };
            if let Some(other) = self.ancestors(role).into_iter().find(same) {
                let number = self.project.together.len() + 1;
                let (role, other) = (self.project.role(role), self.project.role(other));
                let entry = format!("  together-{number:04}: [{role}, {other}]\n");
                self.project.together.push(entry);
            }
        }
    }

    fn waiver(&mut self, number: usize, guards: usize) -> Option<String> {
        let holders = Rc::clone(&self.holders);
        let role = self.random.pick(&holders);
        let guard = format!("guard-{:04}", (number - 1) % guards.max(1) + 1);
        if !self.project.guards.iter().any(|it| it.starts_with(&format!("  {guard}:"))) {
            return None;
        }
        Some(format!(
            "  W-{number:04}:\n    rule: guard/{guard}\n    for: [{}]\n    reason: Until the new hire starts\n    \
             compensating-control: Weekly review of the log\n    owner: service@gen.example\n    \
             approved-by: [security@gen.example]\n    ticket: RISK-{number}\n    from: 2026-09-01\n    until: 2026-12-15\n",
            self.project.role(role)
        ))
    }
}
