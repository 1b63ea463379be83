//! Pairs of packs with a side that is bound to nothing, or to what nobody can do.

use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::span::Span;

use crate::cx::Cx;
use crate::separate::can_be_done;
use crate::separate::pairs::{self, Bound};
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "duty/vacuous-sod-rule",
    summary: "a pair of a pack has a side that is bound to nothing, or that nobody can do",
    severity: Severity::Medium,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-5", "NIST CM-6"],
    page: include_str!("vacuous_sod_rule.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    if cx.access.names.project.items.packs.is_empty() {
        return;
    }
    for pair in pairs::bound(cx) {
        for (side, duty) in pair.pair.sides.iter().zip(&pair.duties) {
            let missing = pairs::unbound(side, pair.bind);
            if !missing.is_empty() {
                unbound(&pair, side.title, &missing, out);
            } else if let Some((place, word)) = named(&pair, side)
                && !can_be_done(cx, duty)
            {
                undone(&pair, side.title, place, word, out);
            }
        }
    }
}

/// The first word of a side that the project binds. Powers have none: what nobody holds today is judged when somebody does.
fn named<'a>(pair: &Bound<'a>, side: &ztam_model::packs::Side) -> Option<(Span, &'a str)> {
    use ztam_model::packs::Item;
    if side.items.iter().any(|item| matches!(item, Item::Can(_))) {
        return None;
    }
    let words =
        side.items.iter().filter_map(|item| if let Item::On(_, word) = item { Some(*word) } else { None });
    let mut bound = words.filter_map(|word| pair.bind.iter().find(|(name, _)| name.value == word));
    bound.next().map(|(name, _)| (name.span, name.value.as_str()))
}

fn unbound(pair: &Bound<'_>, title: &str, missing: &[&str], out: &mut Sink<'_>) {
    let about = Subject::default().called(format!("{} ({})", missing.join(", "), pair.pair.name));
    out.push(&META, None, Some(pair.pack.span), &about, || {
        let name = pair.pair.name;
        let words = missing.join("` or `");
        Finding::new(
            &META,
            format!("Nothing is bound to `{words}`, so {name} finds nobody who could \"{title}\""),
        )
        .at(pair.pack.span, "switched on, and half blind")
        .note("a pair with an empty side is always kept, and looks like a control")
        .help(format!("bind the word under `bind`, or take the pair out: `without: {{{name}: REASON}}`"))
        .fact("pair", name)
        .fact("word", missing.join(" "))
    });
}

fn undone(pair: &Bound<'_>, title: &str, place: Span, word: &str, out: &mut Sink<'_>) {
    out.push(&META, None, Some(place), &Subject::default().called(pair.pair.name), || {
        let name = pair.pair.name;
        Finding::new(&META, format!("No role can \"{title}\" by what is bound here, so {name} finds nobody"))
            .at(place, "nobody can do this")
            .because(pair.pack.span, "the pack")
            .note("a pair that cannot be broken looks like a control and proves nothing")
            .help(format!(
                "correct what the word is bound to, or take the pair out: `without: {{{name}: REASON}}`"
            ))
            .fact("pair", name)
            .fact("word", word)
    });
}
