//! Ids for what an import brings: near to the platform's names, each once, and the same in every run over the same files.

use std::collections::{BTreeMap, BTreeSet};

use ztam_backend::import::{ContainerKey, Imported, ImportedAsset, Target};
use ztam_graph::ids::Names;
use ztam_model::names::{LONGEST, RESERVED, is_id, kebab};
use ztam_model::yaml::Yaml;

/// Ids by what they stand for.
#[derive(Debug, Default)]
pub(super) struct Ids {
    assets: BTreeMap<String, String>,
    fields: BTreeMap<Target, String>,
    roles: BTreeMap<ContainerKey, String>,
    pub(super) capabilities: Taken,
    pub(super) carries: Taken,
}

/// Ids that are given away.
#[derive(Debug, Default)]
pub(super) struct Taken(BTreeSet<String>);

impl Taken {
    fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        Self(names.into_iter().map(str::to_owned).collect())
    }

    /// The first wish that is free, or else the first of them with a number.
    pub(super) fn give(&mut self, wishes: &[String]) -> String {
        let mut usable: Vec<String> = wishes.iter().filter_map(|it| short(it)).collect();
        if usable.is_empty() {
            usable.push("imported".to_owned());
        }
        let first = usable.first().cloned().unwrap_or_default();
        let numbered = (2..).map(|number| {
            let end = format!("-{number}");
            let kept = first.get(..LONGEST - end.len()).unwrap_or(&first).trim_end_matches('-');
            format!("{kept}{end}")
        });
        let mut all = usable.iter().cloned().chain(numbered);
        let id = all.find(|it| !self.0.contains(it)).unwrap_or(first);
        self.0.insert(id.clone());
        id
    }
}

/// An id of a text, cut to the longest length; none where nothing is left or the word has another meaning.
fn short(text: &str) -> Option<String> {
    let mut text = text.to_owned();
    let id = loop {
        if let Some(id) = kebab(&text) {
            break id;
        }
        if text.len() < LONGEST / 2 {
            return None;
        }
        text.pop();
    };
    // An id stands as a key without quotes, where some words are something else than a text.
    let is_text = Yaml::from(id.as_str()).flow() == id;
    (is_id(&id) && is_text && !RESERVED.contains(&id.as_str())).then_some(id)
}

impl Ids {
    /// Ids for everything that an import brings, beside those of the project.
    pub(super) fn new(names: &Names<'_>, imported: &Imported) -> Self {
        let classes = names.classes.iter().map(|it| it.id.value.as_str());
        let mut data = Taken::new(classes.chain(names.assets.names()).chain(names.capabilities.names()));
        let mut holders = Taken::new(names.roles.names().chain(names.together.names()));
        let mut ids = Self { carries: Taken::new(names.carries.names()), ..Self::default() };
        for asset in &imported.assets {
            let id = asset.known.clone().unwrap_or_else(|| data.give(&wishes(&asset.key)));
            ids.assets.insert(asset.key.clone(), id);
            ids.fields_of(names, asset);
        }
        for role in &imported.roles {
            let name = &role.container.1;
            let kind = kebab(role.what).unwrap_or_default();
            let id = holders.give(&[name.clone(), format!("{name}-{kind}")]);
            ids.roles.insert(role.container.clone(), id);
        }
        ids.capabilities = data;
        ids
    }

    fn fields_of(&mut self, names: &Names<'_>, asset: &ImportedAsset) {
        let known = asset.known.as_deref().and_then(|id| names.assets.find(id));
        let listed = known.into_iter().flat_map(|id| names.fields_of(id));
        let mut taken = Taken::new(listed.map(|it| names.fields[it].name.value.as_str()));
        for field in &asset.fields {
            let id = field.known.clone().unwrap_or_else(|| taken.give(&wishes(&field.key)));
            self.fields.insert(Target { asset: asset.key.clone(), field: Some(field.key.clone()) }, id);
        }
    }

    /// The id of an asset.
    pub(super) fn asset(&self, key: &str) -> &str {
        self.assets.get(key).map_or("", String::as_str)
    }

    /// The id of a field, without its asset's.
    pub(super) fn field(&self, asset: &str, field: &str) -> &str {
        let target = Target { asset: asset.to_owned(), field: Some(field.to_owned()) };
        self.fields.get(&target).map_or("", String::as_str)
    }

    /// How `of` names a target.
    pub(super) fn target(&self, target: &Target) -> String {
        let asset = self.asset(&target.asset);
        match &target.field {
            None => asset.to_owned(),
            Some(field) => format!("{asset}.{}", self.field(&target.asset, field)),
        }
    }

    /// The id of a role.
    pub(super) fn role(&self, container: &ContainerKey) -> &str {
        self.roles.get(container).map_or("", String::as_str)
    }
}

/// A platform's name without and with its ending for custom things.
fn wishes(key: &str) -> Vec<String> {
    let bare = key.rsplit_once("__").filter(|(name, end)| !name.is_empty() && end.len() <= 3);
    bare.map(|(name, _)| name.to_owned()).into_iter().chain([key.to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_near_to_names_and_apart() {
        let mut taken = Taken::new(["account"]);
        assert_eq!(taken.give(&wishes("Account")), "account-2");
        assert_eq!(taken.give(&wishes("Amount__c")), "amount");
        assert_eq!(taken.give(&wishes("Amount")), "amount-2");
        assert_eq!(taken.give(&wishes("ns__Amount__c")), "ns-amount");
        assert_eq!(taken.give(&wishes("when__c")), "when-c");
        assert_eq!(taken.give(&["%%".to_owned()]), "imported");
        assert_eq!(taken.give(&["null".to_owned(), "null-role".to_owned()]), "null-role");
        let long = "Long".repeat(30);
        let long = [long];
        let (a, b) = (taken.give(&long), taken.give(&long));
        assert!(a != b && is_id(&a) && is_id(&b));
    }
}
