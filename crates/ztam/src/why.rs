//! Why a row of a package is there: from what the back end says it stands on to the lines of the matrix. Nothing of this is
//! stored with a build; it is found again from the declarations.

use ztam_backend::plan::{Container, Row};
use ztam_backend::support::{Basis, Cells, Part, Support};
use ztam_graph::access::{Access, SlotKind};
use ztam_graph::holding::{Holding, holdings};
use ztam_graph::ids::RoleId;
use ztam_graph::path::{Block, Cause, sentence};
use ztam_report::why::Reason;
use ztam_source::raw::Bindings;
use ztam_source::span::Span;

use crate::session::EmitterOf;

/// Places with what stands there.
type Places = Vec<(Span, String)>;

/// Why a container has a row: for each of its rights at least one reason. Empty where it has no such row.
#[must_use]
pub fn row(access: &Access<'_>, it: &EmitterOf<'_>, container: &Container, row: &Row) -> Vec<Reason> {
    let explainer = Explainer { access, platform: it.platform, role: container.role };
    let supports = it.emitter.supports(access, container, row);
    let mut reasons: Vec<Reason> = Vec::new();
    for support in &supports {
        for reason in explainer.support(support, container, row) {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
    }
    reasons
}

/// Why there is a container: its role, and under what it holds.
#[must_use]
pub fn head(access: &Access<'_>, container: &Container) -> Vec<Reason> {
    let names = &access.names;
    let role = names.roles.name(container.role);
    let reason = |kind, sentence: String, places: Places| Reason { right: "", kind, sentence, places };
    let declared = vec![(names.roles.span(container.role), "this role".to_owned())];
    let mut reasons = vec![reason("role", format!("it carries what {role} has"), declared)];
    for layer in container.layers.iter().map(|id| access.layers[*id]) {
        for condition in layer.conditions.iter() {
            let name = names.conditions.name(condition);
            let place = (names.conditions.span(condition), "the condition".to_owned());
            reasons.push(reason("condition", format!("only what is granted when {name}"), vec![place]));
        }
        if let Some(id) = layer.temporary {
            let (name, until) = (names.temporaries.name(id), names.temporaries.get(id).until.value);
            let place = (names.temporaries.span(id), "the temporary grant".to_owned());
            reasons.push(reason("temporary", format!("only what {name} grants, until {until}"), vec![place]));
        }
    }
    if !container.holder.is_empty() {
        let sentence =
            format!("it is for the {} that {role} works in, and carries team scopes", container.holder);
        reasons.push(reason("holder", sentence, Vec::new()));
    }
    reasons.dedup();
    reasons
}

struct Explainer<'a, 'p> {
    access: &'a Access<'p>,
    platform: &'static str,
    role: RoleId,
}

impl Explainer<'_, '_> {
    fn support(&self, support: &Support, container: &Container, row: &Row) -> Vec<Reason> {
        let right = support.right;
        match &support.basis {
            Basis::Cells(cells) => {
                let causes = cells.causes(self.access, self.role);
                causes.iter().map(|cause| self.cell(right, cells, cause)).collect()
            }
            Basis::Right { platform, right: id, called } => {
                let holdings = holdings(self.access, self.role, *platform, *id);
                holdings.iter().map(|it| self.holding(right, it, called)).collect()
            }
            Basis::Everybody => vec![self.everybody(right)],
            Basis::Member => vec![self.member(right, container, &row.key)],
        }
    }

    fn cell(&self, right: &'static str, cells: &Cells, cause: &Cause) -> Reason {
        let said = sentence(self.access, cause, cells.action, &self.subject(cells));
        let role = self.access.names.roles.name(self.role);
        let sentence = match cells.part {
            Part::Gives => said,
            Part::WithRow => {
                format!("{said}; the matrix does not list this field, and it goes with its row")
            }
            Part::Repeated => format!("{said}; repeated here, where something needs it"),
            Part::Needs => format!("{said}; this needs it in the same container"),
            Part::Needed => format!("{said}; without this it would not be here"),
            Part::Both => {
                format!("{said}; create and edit of a field are one right, and this is the other half")
            }
            Part::Related => format!("{said}; {role} derives append and append-to from what it may do"),
        };
        let mut places = self.places(cells, cause);
        if cells.part == Part::Related
            && let Some(relate) = &self.access.names.roles.get(self.role).relate
        {
            places.push((relate.span, format!("{role} derives append and append-to")));
        }
        Reason { right, kind: cells.part.as_str(), sentence, places }
    }

    /// What the cells reach, in words.
    fn subject(&self, cells: &Cells) -> String {
        let names = &self.access.names;
        let key = self.access.slots[cells.slot];
        let asset = names.assets.name(key.asset);
        match (cells.field, key.kind) {
            (Some(field), _) | (None, SlotKind::Field(field)) => names.field_name(field),
            (None, SlotKind::Fields(class)) => format!("{} fields of {asset}", names.class_name(class)),
            (None, SlotKind::Rows) => asset.to_owned(),
        }
    }

    /// The lines that make a cell reach its slot: the cell itself first.
    fn places(&self, cells: &Cells, cause: &Cause) -> Places {
        let names = &self.access.names;
        let name = |role: &RoleId| names.roles.name(*role);
        let owner = cause.route.last().map_or("", name);
        let asset = self.access.slots[cells.slot].asset;
        let reached = names.assets.name(asset);
        let (action, scope) = (cells.action.as_str(), cause.scope.value.as_str());
        let mut places = vec![(cause.scope.span, format!("{owner} may {action} {scope}"))];
        let class = cause.class.map(|class| names.class_name(class));
        places.push((cause.token, class.map_or("by name".to_owned(), |class| format!("{class} data"))));
        if let Some(of) = cause.of.filter(|of| *of != cause.token) {
            places.push((of, "of this alone".to_owned()));
        }
        for (pair, span) in cause.route.windows(2).zip(&cause.extends) {
            if let [role, parent] = pair {
                places.push((*span, format!("{} extends {}", name(role), name(parent))));
            }
        }
        let (within, of_asset) = cause.domain;
        places.push((within, format!("{owner} works in this domain")));
        places.push((of_asset, format!("{reached} is in it")));
        let class_of_asset = names.assets.get(asset).class.as_ref();
        let own = cells.field.and_then(|field| names.fields[field].field.class.as_ref());
        if let Some(class) = own.or(class_of_asset) {
            let subject = self.subject(cells);
            places.push((class.span, format!("{subject} is {} data", class.value)));
        }
        match cause.block {
            Block::Role => {}
            Block::Temporary(id) => {
                places.push((names.temporaries.span(id), "by this temporary grant".to_owned()));
            }
            Block::Environment => places.extend(
                self.access
                    .environment
                    .map(|id| (names.environments.span(id), "by a change of this environment".to_owned())),
            ),
        }
        places
    }

    fn holding(&self, right: &'static str, holding: &Holding, called: &[String]) -> Reason {
        let names = &self.access.names;
        let role = names.roles.name(self.role);
        let right_name = called.first().map_or("", String::as_str);
        match holding {
            Holding::Capability { capability, route, extends, token } => {
                let name = names.capabilities.name(*capability);
                let ids: Vec<_> = route.iter().map(|role| names.roles.name(*role)).collect();
                let mut places = vec![(*token, format!("{} holds {name}", ids.last().unwrap_or(&role)))];
                for (pair, span) in ids.windows(2).zip(extends) {
                    places.push((*span, pair.join(" extends ")));
                }
                let declared = names.capabilities.get(*capability);
                let span = names.capabilities.span(*capability);
                places.push(self.named(&declared.bindings, called, span));
                let sentence = format!("{} holds {name}, which has {right_name}", ids.join(" extends "));
                Reason { right, kind: "capability", sentence, places }
            }
            Holding::Carry(id) => {
                let carry = names.carries.get(*id);
                let name = names.carries.name(*id);
                let places = vec![self.named(&carry.bindings, called, names.carries.span(*id))];
                let sentence = format!("{name} carries {right_name} for {role}");
                Reason { right, kind: "carried", sentence, places }
            }
            Holding::Base(span) => {
                let platform = self.access.platforms.iter().find(|it| it.platform == self.platform);
                let base = platform.and_then(|it| it.base_of(self.role)).map(|(base, _)| base);
                let named = base.map_or_else(String::new, |it| format!("the {} {}", it.kind, it.name));
                let sentence =
                    format!("{named}, which people with {role} have besides, has {right_name} too");
                Reason { right, kind: "beneath", sentence, places: vec![(*span, "named here".to_owned())] }
            }
            Holding::Everybody => self.everybody(right),
        }
    }

    /// Where a block names a right, itself or by a preset.
    fn named(&self, bindings: &Bindings, called: &[String], block: Span) -> (Span, String) {
        let raw = bindings.get(self.platform);
        let found = raw.and_then(|raw| called.iter().find_map(|it| Some((raw.place_of(it)?, it))));
        match found {
            Some((span, text)) if called.first() == Some(text) => (span, "the right".to_owned()),
            Some((span, _)) => (span, "the preset has it".to_owned()),
            None => (raw.map_or(block, |raw| raw.span), "the rights".to_owned()),
        }
    }

    fn everybody(&self, right: &'static str) -> Reason {
        let sentence = "the platform adds it to every role, whatever the matrix says".to_owned();
        Reason { right, kind: "everybody", sentence, places: Vec::new() }
    }

    /// Why a group has a set.
    fn member(&self, right: &'static str, container: &Container, set: &str) -> Reason {
        let names = &self.access.names;
        let role = names.roles.name(container.role);
        let mut places = vec![(names.roles.span(container.role), "this role".to_owned())];
        let environment = self.access.environment.map(|id| names.environments.get(id));
        let raw = environment.and_then(|it| it.bindings.get(self.platform));
        if let Some(span) = raw.and_then(|raw| raw.place_of("layout")) {
            places.push((span, "one group a role".to_owned()));
        }
        let sentence = format!(
            "the group joins the sets of {role} that neither end nor are activated, {set} among them"
        );
        Reason { right, kind: "member", sentence, places }
    }
}
