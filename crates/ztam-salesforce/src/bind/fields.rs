//! Fields: whether they exist, and whether they can be granted apart from their row.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ztam_backend::rules::{BINDING, WIDER};
use ztam_graph::facts::{Evidence, FieldFacts, PlatformFacts, Securable};
use ztam_graph::ids::{AssetId, FieldId};
use ztam_model::inventory::{InventoryField, InventoryObject, Part};
use ztam_model::project::Texts;
use ztam_source::finding::Finding;
use ztam_source::raw::{Raw, RawKind};
use ztam_source::span::Span;

use super::{Binder, ObjectField, evidence, meant};
use crate::catalog::{self, FieldVerdict};
use crate::names::is_api_name;
use crate::shapes::AssetShape;
use crate::{PLATFORM, TITLE};

/// The fields of one object, sorted into what emission may do with them.
pub(super) struct ObjectFields {
    pub(super) securable: Vec<ObjectField>,
    pub(super) doubtful: Vec<FieldId>,
    pub(super) all_known: bool,
}

/// What is known of a field, whoever says it.
struct Verdict {
    securable: Securable,
    read_only: bool,
    evidence: Evidence,
}

const REQUIRED: Securable = Securable::No("it is required");
const MASTER_DETAIL: Securable = Securable::No("it is a master-detail field");
const NAME: Securable = Securable::No("it is a name field");
const SYSTEM: Securable = Securable::No("it is a system field");
const REFUSED_BY_ORG: Securable = Securable::No("the inventory says that it takes no field permissions");

impl Binder<'_, '_> {
    pub(super) fn fields(
        &mut self,
        asset: AssetId,
        shape: &AssetShape,
        known: Option<&InventoryObject>,
        facts: &mut PlatformFacts,
    ) -> ObjectFields {
        let names = self.names;
        let object = shape.object.value.as_str();
        let org = known.map(|it| &it.fields).filter(|it| !it.is_empty());
        let partial = self.fields_are_partial();
        let mut fields = ObjectFields {
            securable: Vec::new(),
            doubtful: Vec::new(),
            all_known: org.is_some() && !partial,
        };
        // The platform compares names without regard to case: two spellings are one field.
        let mut taken: BTreeMap<String, FieldId> = BTreeMap::new();
        for id in names.fields_of(asset) {
            let Some(raw) = names.fields[id].field.bindings.get(PLATFORM) else { continue };
            let Some(name) = self.field_name(raw, id) else { continue };
            let folded = name.to_ascii_lowercase();
            if !self.is_first_field(raw.span, id, taken.get(&folded).copied()) {
                continue;
            }
            taken.insert(folded, id);
            let Some(verdict) = self.field_verdict(raw.span, shape, name, org) else { continue };
            match verdict.securable {
                Securable::Yes => fields.securable.push(ObjectField {
                    name: full_name(object, name),
                    listed: Some(id),
                    read_only: verdict.read_only,
                }),
                Securable::Unknown => fields.doubtful.push(id),
                Securable::No(_) => {}
            }
            facts.fields[id] = Some(FieldFacts {
                name: name.into(),
                securable: verdict.securable,
                secured: None,
                read_only: verdict.read_only,
                edit_is_create: true,
                evidence: verdict.evidence,
            });
        }
        let taken: BTreeSet<String> = taken.into_keys().collect();
        let listed_only = shape.listed_only.is_some_and(|it| it.value);
        let unlisted: Vec<ObjectField> = unlisted(shape, org.filter(|_| !listed_only), &taken).collect();
        if let Some(known) = facts.assets[asset].as_mut() {
            let names = unlisted.iter().filter_map(|field| field.name.split_once('.'));
            known.unlisted = names.map(|(_, name)| name.into()).collect();
        }
        fields.securable.extend(unlisted);
        fields.securable.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        fields
    }

    /// Whether an object may have fields that the inventory does not list.
    fn fields_are_partial(&self) -> bool {
        self.inventory.is_some_and(|it| it.partial.contains(&Part::Fields))
    }

    fn field_name<'r>(&mut self, raw: &'r Raw, id: FieldId) -> Option<&'r str> {
        match &raw.kind {
            RawKind::String(name) if is_api_name(name) => Some(name),
            RawKind::String(name) => {
                let title = format!("`{name}` cannot be the API name of a field");
                self.wrong(
                    raw.span,
                    title,
                    "not an API name",
                    "write it without the object: `Amount`, `Margin__c`",
                );
                None
            }
            _ => {
                let title = format!("what `{}` is in {TITLE} cannot be read", self.names.field_name(id));
                self.wrong(raw.span, title, "an API name is expected", "write the API name of the field");
                None
            }
        }
    }

    /// Two fields of the matrix cannot be one field of the object.
    fn is_first_field(&mut self, span: Span, field: FieldId, other: Option<FieldId>) -> bool {
        let Some(other) = other else { return true };
        let names = self.names;
        let title = format!(
            "`{}` and `{}` are the same {TITLE} field and cannot be granted apart",
            names.field_name(other),
            names.field_name(field)
        );
        let finding = Finding::new(&BINDING, title)
            .at(span, "bound here")
            .because(names.fields[other].name.span, "and here")
            .help("make them one field");
        self.findings.push(finding);
        false
    }

    /// What is known of a listed field; `None` with a finding where nothing declares it or it is a part of another.
    fn field_verdict(
        &mut self,
        span: Span,
        shape: &AssetShape,
        name: &str,
        org: Option<&BTreeMap<String, InventoryField>>,
    ) -> Option<Verdict> {
        let object = shape.object.value.as_str();
        let listed = catalog::field(object, name);
        if let Some(whole) = compound_of(name, listed.map(|it| it.verdict)) {
            let title =
                format!("`{object}.{name}` cannot be granted alone: {TITLE} grants the whole of `{whole}`");
            let finding = Finding::new(&WIDER, title)
                .at(span, format!("a part of `{whole}`"))
                .help(format!("list `{whole}` instead, with the class of its most sensitive part"));
            self.findings.push(finding);
            return None;
        }
        if let Some(field) = org.and_then(|it| it.get(name)) {
            return Some(verdict_of_org(field, name, shape, listed));
        }
        let said = has(&shape.required, name) || has(&shape.formula, name) || has(&shape.securable, name);
        let declared = said && !is_other_spelling(object, name, org);
        let custom = is_custom(name) && (org.is_none() || self.fields_are_partial());
        let custom = custom && !is_other_spelling(object, name, org);
        if declared || custom || listed.is_some() {
            return Some(verdict_of_matrix(name, shape, listed));
        }
        let candidates = org.into_iter().flat_map(|it| it.keys().map(String::as_str));
        let candidates = candidates.chain(catalog::fields(object).iter().map(|it| it.name));
        let meant = meant(name, candidates).map(str::to_owned);
        let title = format!("there is no field `{name}` on the {TITLE} object `{object}`");
        let help = "correct the name, take an inventory, or declare it under `securable` of the asset";
        self.undeclared(span, title, meant.as_deref(), help);
        None
    }
}

/// Fields that the inventory knows and the matrix does not list: they have their asset's class.
fn unlisted<'a>(
    shape: &'a AssetShape,
    org: Option<&'a BTreeMap<String, InventoryField>>,
    taken: &'a BTreeSet<String>,
) -> impl Iterator<Item = ObjectField> + 'a {
    let object = shape.object.value.as_str();
    org.into_iter().flatten().filter(|(name, _)| !taken.contains(&name.to_ascii_lowercase())).filter_map(
        move |(name, field)| {
            let listed = catalog::field(object, name);
            if compound_of(name, listed.map(|it| it.verdict)).is_some() {
                return None;
            }
            let verdict = verdict_of_org(field, name, shape, listed);
            let read_only = verdict.read_only;
            (verdict.securable == Securable::Yes).then(|| ObjectField {
                name: full_name(object, name),
                listed: None,
                read_only,
            })
        },
    )
}

/// The inventory is asked first; where it is silent, the matrix and the catalogue are.
fn verdict_of_org(
    field: &InventoryField,
    name: &str,
    shape: &AssetShape,
    listed: Option<catalog::FieldFacts>,
) -> Verdict {
    let computed = matches!(field.r#type.as_deref(), Some("AutoNumber" | "Summary"));
    let fallback = verdict_of_matrix(name, shape, listed);
    let securable = match field.securable {
        _ if field.required => REQUIRED,
        _ if field.master_detail => MASTER_DETAIL,
        Some(true) => Securable::Yes,
        Some(false) => REFUSED_BY_ORG,
        None => fallback.securable,
    };
    Verdict {
        securable,
        read_only: field.formula || computed || fallback.read_only,
        evidence: Evidence::Declared,
    }
}

fn verdict_of_matrix(name: &str, shape: &AssetShape, listed: Option<catalog::FieldFacts>) -> Verdict {
    let read_only = has(&shape.formula, name) || listed.is_some_and(|it| it.updateable == Some(false));
    let declared = |securable| Verdict { securable, read_only, evidence: Evidence::Declared };
    if has(&shape.required, name) {
        return declared(REQUIRED);
    }
    if has(&shape.securable, name) {
        return declared(Securable::Yes);
    }
    let Some(facts) = listed else { return declared(Securable::Yes) };
    let securable = match facts.verdict {
        FieldVerdict::TakesPermissions => Securable::Yes,
        FieldVerdict::System => SYSTEM,
        FieldVerdict::Name => NAME,
        FieldVerdict::Required => REQUIRED,
        FieldVerdict::Component(_) | FieldVerdict::Unknown => Securable::Unknown,
    };
    Verdict { securable, read_only, evidence: evidence(facts.evidence()) }
}

/// The compound field that a field is a part of: known for standard fields, by the suffix for custom ones.
fn compound_of(name: &str, verdict: Option<FieldVerdict>) -> Option<String> {
    if let Some(FieldVerdict::Component(whole)) = verdict {
        return Some(whole.to_owned());
    }
    let (whole, _) = name.strip_suffix("__s")?.rsplit_once("__")?;
    Some(format!("{whole}__c"))
}

/// Whether the org or the catalogue has the field under the same name but for case: then it cannot be declared as another.
fn is_other_spelling(object: &str, name: &str, org: Option<&BTreeMap<String, InventoryField>>) -> bool {
    let seen = org.into_iter().flat_map(|it| it.keys().map(String::as_str));
    let shipped = catalog::fields(object).iter().map(|it| it.name);
    seen.chain(shipped).any(|it| it != name && it.eq_ignore_ascii_case(name))
}

fn is_custom(name: &str) -> bool {
    name.ends_with("__c") || name.ends_with("__pc")
}

fn has(list: &Texts, name: &str) -> bool {
    list.iter().any(|it| it.value == name)
}

fn full_name(object: &str, field: &str) -> Arc<str> {
    Arc::from(format!("{object}.{field}"))
}

/// A field that a permission set of the org has permissions for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    /// The matrix must say that it takes field permissions: nothing else does.
    pub(crate) declare: bool,
    /// It can be read only, by what is known.
    pub(crate) read_only: bool,
}

/// What is known of a field that was found to have field permissions; `None` where they could not be written: for a part of a
/// compound field, a second spelling, or against what the org says.
pub(crate) fn as_found(
    object: &str,
    name: &str,
    org: Option<&BTreeMap<String, InventoryField>>,
) -> Option<Found> {
    let listed = catalog::field(object, name);
    if !is_api_name(name) || compound_of(name, listed.map(|it| it.verdict)).is_some() {
        return None;
    }
    let fixed = listed.is_some_and(|it| it.updateable == Some(false));
    let takes = listed.is_none_or(|it| it.verdict == FieldVerdict::TakesPermissions);
    if let Some(field) = org.and_then(|it| it.get(name)) {
        let computed = matches!(field.r#type.as_deref(), Some("AutoNumber" | "Summary"));
        let refused = field.required || field.master_detail || field.securable == Some(false);
        let declare = field.securable.is_none() && !takes;
        return (!refused).then_some(Found { declare, read_only: fixed || field.formula || computed });
    }
    if is_other_spelling(object, name, org) {
        return None;
    }
    let sure = if listed.is_some() { takes } else { is_custom(name) && org.is_none() };
    Some(Found { declare: !sure, read_only: fixed })
}
