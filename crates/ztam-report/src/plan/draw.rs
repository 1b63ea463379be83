//! A comparison for people: the worst first, role by role, in lines that fit.

use std::fmt::Write as _;

use super::{ContainerPlan, NotComparedReason, Origin, Plan, PlanDifference, PlanLevel, Verdict};
use crate::human::{Style, one_line};

/// Most lines of one container that people are shown in one section.
const LINES: usize = 12;
/// Most containers of one section that people are shown.
const CONTAINERS: usize = 40;
/// Most names of what is elsewhere that people are shown.
const NAMES: usize = 20;

/// Sections with their titles, the worst first.
const SECTIONS: &[(PlanLevel, &str)] = &[
    (PlanLevel::Wider, "Live is wider than the matrix"),
    (PlanLevel::Drift, "Drift: live is no longer what was built"),
    (PlanLevel::Different, "Live is not what the matrix says"),
    (PlanLevel::Change, "Intended: the matrix has changed since it was built"),
];

impl Plan {
    /// The same for people. `gains` and `loses` say what a deployment does.
    #[must_use]
    pub fn to_human(&self, style: Style) -> String {
        let mut out = Lines { text: String::new(), width: style.width };
        self.head(&mut out);
        for (level, title) in SECTIONS {
            self.section(*level, title, &mut out);
        }
        self.rest(&mut out);
        self.end(&mut out);
        out.text
    }

    fn head(&self, out: &mut Lines) {
        out.line(
            0,
            &format!("{} for {} against {}", self.project, self.environment, self.against.join(", ")),
        );
        out.line(2, &format!("matrix  for {}", self.as_of));
        if let Some(built) = &self.built {
            out.line(2, &format!("built   for {}, by ztam {}", built.as_of, built.written_by));
        }
        for it in &self.platforms {
            let text = if it.compared {
                let differ = self.containers.iter().filter(|other| other.platform == it.platform).count();
                format!(
                    "live    {}: {} by the matrix, {differ} differ",
                    it.title,
                    it.containers + it.settings
                )
            } else {
                format!("live    {}: not compared, nothing of it was given", it.title)
            };
            out.line(2, &text);
        }
        self.left_out(out);
    }

    /// What was held against nothing, so that nobody takes silence for sameness.
    fn left_out(&self, out: &mut Lines) {
        let of = |reason| self.not_compared.iter().filter(move |it| it.reason == reason);
        if of(NotComparedReason::InNoPackage).next().is_some() {
            out.line(2, "not compared: who holds what, which no package says");
        }
        let missing: Vec<_> = of(NotComparedReason::NotGiven).map(|it| it.what.as_str()).collect();
        if !missing.is_empty() {
            let shown: Vec<_> = missing.iter().take(NAMES).copied().collect();
            let more = match missing.len().checked_sub(NAMES).filter(|it| *it > 0) {
                Some(more) => format!(", and {more} more"),
                None => String::new(),
            };
            let text = format!("not compared: {}{more}; nothing that was given says it", shown.join(", "));
            out.line(2, &text);
        }
    }

    fn section(&self, level: PlanLevel, title: &str, out: &mut Lines) {
        let parts: Vec<_> = self.containers.iter().filter_map(|it| Part::of(it, level)).collect();
        if parts.is_empty() {
            return;
        }
        out.text.push('\n');
        out.line(0, title);
        for part in parts.iter().take(CONTAINERS) {
            out.line(2, &part.title());
            for it in part.lines.iter().take(LINES) {
                out.line(4, &part.sentence(it));
            }
            for it in part.unknown {
                out.line(4, &format!("has `{it}`, which ztam does not know and which may grant something"));
            }
            out.more(4, part.lines.len(), LINES);
        }
        out.more(2, parts.len(), CONTAINERS);
    }

    fn rest(&self, out: &mut Lines) {
        if !self.files_changed.is_empty() {
            out.text.push('\n');
            out.line(0, "Files that were changed or removed after they were built");
            for it in self.files_changed.iter().take(LINES) {
                out.line(2, it);
            }
            out.more(2, self.files_changed.len(), LINES);
        }
        if !self.elsewhere.is_empty() {
            out.text.push('\n');
            out.line(0, "Live, and not of this matrix: left alone");
            for it in self.elsewhere.iter().take(NAMES) {
                let unknown = match it.unknown.as_slice() {
                    [] => String::new(),
                    names => format!("; ztam does not know {}", names.join(", ")),
                };
                let rows = if it.rows == 1 { "1 row".to_owned() } else { format!("{} rows", it.rows) };
                out.line(2, &format!("{} {}: {rows}{unknown}", it.kind, it.name));
            }
            out.more(2, self.elsewhere.len(), NAMES);
        }
    }

    fn end(&self, out: &mut Lines) {
        let wider = self.containers.iter().filter(|it| it.level() == PlanLevel::Wider);
        let mut roles: Vec<_> = wider.map(|it| it.role.as_deref().unwrap_or(&it.name)).collect();
        roles.dedup();
        let text = match self.level {
            PlanLevel::Same => "live is what the matrix says".to_owned(),
            PlanLevel::Change => {
                "live is what was built; the matrix has changed since, and nothing has drifted".to_owned()
            }
            PlanLevel::Different => {
                "live is not what the matrix says; `--built DIR` tells change and drift apart".to_owned()
            }
            PlanLevel::Drift => "live has drifted from what was built".to_owned(),
            PlanLevel::Wider => match roles.as_slice() {
                [one] => format!("live is wider than the matrix for {one}"),
                more => format!("live is wider than the matrix for {} roles", more.len()),
            },
        };
        out.text.push('\n');
        out.line(0, &text);
    }
}

/// What one section says of a container.
struct Part<'p> {
    container: &'p ContainerPlan,
    level: PlanLevel,
    lines: Vec<&'p PlanDifference>,
    unknown: &'p [String],
}

impl<'p> Part<'p> {
    fn of(container: &'p ContainerPlan, level: PlanLevel) -> Option<Self> {
        let lines: Vec<_> = container.differences.iter().filter(|it| it.level() == level).collect();
        let is_here = container.origin.level() == level;
        let unknown = if is_here { container.unknown.as_slice() } else { &[] };
        let is_told = is_here && lines.is_empty() && container.verdict != Verdict::Change;
        let is_bare = is_told && container.differences.is_empty();
        (!lines.is_empty() || !unknown.is_empty() || is_bare).then_some(Self {
            container,
            level,
            lines,
            unknown,
        })
    }

    fn title(&self) -> String {
        let it = self.container;
        let role = it.role.as_deref().map(|role| format!("{role}, by ")).unwrap_or_default();
        let verdict = match it.verdict {
            Verdict::Add => " is not live",
            Verdict::Change => "",
            Verdict::Remove => " is live and not in the matrix",
        };
        format!("{role}{} {}{verdict}", it.kind, it.name)
    }

    /// Where live is wider, the reason is not told by the section.
    fn sentence(&self, it: &PlanDifference) -> String {
        match (self.level, it.origin) {
            (PlanLevel::Wider, Origin::Drift) => format!("{} (drift)", it.sentence),
            (PlanLevel::Wider, Origin::Change) => format!("{} (intended)", it.sentence),
            (_, Origin::Both) => format!("{} (drift, and the matrix has changed too)", it.sentence),
            _ => it.sentence.clone(),
        }
    }
}

/// Lines that fit.
struct Lines {
    text: String,
    width: usize,
}

impl Lines {
    /// A line below an indent; what does not fit stands below, further in. What comes from files is neutralised.
    fn line(&mut self, indent: usize, text: &str) {
        let mut column = indent;
        let _ = write!(self.text, "{:indent$}", "");
        for (position, word) in one_line(text).split(' ').enumerate() {
            let length = word.chars().count();
            if position > 0 && column + 1 + length > self.width.max(20) {
                let _ = write!(self.text, "\n{:1$}", "", indent + 4);
                column = indent + 4;
            } else if position > 0 {
                self.text.push(' ');
                column += 1;
            }
            self.text.push_str(word);
            column += length;
        }
        self.text.push('\n');
    }

    fn more(&mut self, indent: usize, all: usize, shown: usize) {
        if let Some(more) = all.checked_sub(shown).filter(|more| *more > 0) {
            self.line(indent, &format!("and {more} more; `--output json` lists all"));
        }
    }
}
