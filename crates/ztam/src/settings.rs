//! What a package sets besides roles and permission sets: sharing defaults of objects, and which columns are secured. Held
//! against what is live, three ways like any right; what nothing that was given says is told as not compared.

use std::collections::{BTreeMap, BTreeSet};

use ztam_backend::Backend;
use ztam_backend::compare::{Difference, Origin, Step};
use ztam_backend::read::Input;
use ztam_model::inventory::PlatformInventory;
use ztam_source::file::FileId;

/// What is set of an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Setting {
    /// Who of the org sees and changes its rows by default.
    Sharing,
    /// The same for people from outside.
    ExternalSharing,
    /// Whether a column is granted apart from its row.
    Secured(String),
}

impl Setting {
    /// What it is, for people.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Sharing => "sharing default".to_owned(),
            Self::ExternalSharing => "sharing default for people from outside".to_owned(),
            Self::Secured(column) => format!("column {column}"),
        }
    }
}

/// Settings by object, and by what is set; names are folded, as platforms fold them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings(BTreeMap<String, Object>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Object {
    name: String,
    values: BTreeMap<Setting, String>,
}

const SECURED: &str = "secured";
const NOT_SECURED: &str = "not secured";

impl Settings {
    /// What files say; nothing where two of them say different things.
    pub(crate) fn of(backend: &dyn Backend, files: &[(String, Vec<u8>)]) -> Self {
        let inputs: Vec<_> =
            files.iter().map(|(path, bytes)| Input { file: FileId(0), path, bytes }).collect();
        let survey = backend.inventory(&inputs, &[]);
        let doubtful = survey.findings.iter().flat_map(|it| &it.facts).filter(|(key, _)| *key == "name");
        let doubtful: BTreeSet<String> = doubtful.map(|(_, name)| name.to_lowercase()).collect();
        Self::new(survey.inventory, &doubtful)
    }

    fn new(inventory: PlatformInventory, doubtful: &BTreeSet<String>) -> Self {
        let mut all = BTreeMap::new();
        for (name, object) in inventory.objects {
            let folded = name.to_lowercase();
            let sharing = object.sharing.map(|it| (Setting::Sharing, it));
            let external = object.external_sharing.map(|it| (Setting::ExternalSharing, it));
            let of_object = sharing.into_iter().chain(external).filter(|_| !doubtful.contains(&folded));
            let columns = object.fields.into_iter().filter_map(|(column, field)| {
                let column = column.to_lowercase();
                let is_known = !doubtful.contains(&format!("{folded}.{column}"));
                let value = if field.secured? { SECURED } else { NOT_SECURED };
                is_known.then(|| (Setting::Secured(column), value.to_owned()))
            });
            let values = of_object.chain(columns).collect();
            all.insert(folded, Object { name, values });
        }
        Self(all)
    }

    /// Whether nothing is set.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.values().all(|it| it.values.is_empty())
    }

    fn get(&self, object: &str, setting: &Setting) -> Option<&str> {
        self.0.get(object)?.values.get(setting).map(String::as_str)
    }
}

/// What an earlier build says of a setting.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Earlier<'a> {
    /// There is none to ask.
    NotAsked,
    /// What it set, in files that are as they were written.
    Known(&'a Settings),
}

/// An object whose settings were compared, or could not be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Compared {
    /// The object, as the matrix calls it.
    pub(crate) object: String,
    /// What differs.
    pub(crate) differences: Vec<Difference>,
    /// What nothing says that was given.
    pub(crate) not_said: Vec<Setting>,
}

/// Compares all that the matrix sets with what is live.
pub(crate) fn compare(
    backend: &dyn Backend,
    matrix: &Settings,
    live: &Settings,
    earlier: Earlier<'_>,
) -> Vec<Compared> {
    let mut all = Vec::new();
    for (key, object) in &matrix.0 {
        let mut compared =
            Compared { object: object.name.clone(), differences: Vec::new(), not_said: Vec::new() };
        for (setting, wanted) in &object.values {
            match live.get(key, setting) {
                None => compared.not_said.push(setting.clone()),
                Some(there) if there == wanted => {}
                Some(there) => compared.differences.push(Difference {
                    subject: setting.words(),
                    row: None,
                    step: Step::Becomes { live: there.to_owned(), matrix: wanted.clone() },
                    origin: origin(earlier, key, setting, (wanted, there)),
                    is_wider: is_wider(backend, setting, wanted, there),
                }),
            }
        }
        all.push(compared);
    }
    all
}

fn origin(earlier: Earlier<'_>, object: &str, setting: &Setting, (matrix, live): (&str, &str)) -> Origin {
    let Earlier::Known(earlier) = earlier else { return Origin::NotKnown };
    match earlier.get(object, setting) {
        Some(it) if it == live => Origin::Change,
        Some(it) if it != matrix => Origin::Both,
        _ => Origin::Drift,
    }
}

/// Whether live lets more through. Where nobody can say which of two defaults is wider, what is not the narrowest may be.
fn is_wider(backend: &dyn Backend, setting: &Setting, matrix: &str, live: &str) -> bool {
    if matches!(setting, Setting::Secured(_)) {
        return live == NOT_SECURED;
    }
    match (backend.sharing_width(matrix), backend.sharing_width(live)) {
        (Some(matrix), Some(live)) => live > matrix,
        (_, live) => live != Some(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::BACKENDS;

    fn backend(platform: &str) -> &'static dyn Backend {
        *BACKENDS.iter().find(|it| it.platform() == platform).unwrap()
    }

    fn account(inside: &str) -> Settings {
        let text = format!(
            "<CustomObject xmlns=\"http://soap.sforce.com/2006/04/metadata\"><sharingModel>{inside}</sharingModel></CustomObject>"
        );
        Settings::of(backend("salesforce"), &[("x/objects/Account.object".into(), text.into_bytes())])
    }

    fn widened(matrix: &str, live: &str) -> Vec<bool> {
        let found = compare(backend("salesforce"), &account(matrix), &account(live), Earlier::NotAsked);
        found.into_iter().flat_map(|it| it.differences).map(|it| it.is_wider).collect()
    }

    #[test]
    fn a_wider_default_is_wider() {
        assert_eq!(widened("Private", "Private"), [false; 0]);
        assert_eq!(widened("Private", "Read"), [true]);
        assert_eq!(widened("ReadWrite", "Read"), [false]);
        assert_eq!(widened("Private", "ControlledByParent"), [true], "nobody knows the parent's");
        assert_eq!(widened("Read", "ControlledByParent"), [true]);
        assert_eq!(widened("ControlledByParent", "Private"), [false]);
        assert_eq!(widened("Private", "NewWord"), [true]);
    }

    #[test]
    fn what_is_said_nowhere_or_in_two_ways_is_not_compared() {
        let salesforce = backend("salesforce");
        let nothing = compare(salesforce, &account("Private"), &Settings::default(), Earlier::NotAsked);
        assert_eq!(nothing[0].not_said, [Setting::Sharing]);
        let file = |path: &str, word: &str| {
            let text = format!(
                "<CustomObject xmlns=\"http://soap.sforce.com/2006/04/metadata\"><sharingModel>{word}</sharingModel></CustomObject>"
            );
            (path.to_owned(), text.into_bytes())
        };
        let two = [file("a/objects/Account.object", "Private"), file("b/objects/Account.object", "Read")];
        assert!(Settings::of(salesforce, &two).is_empty());
        let once = &two[..1];
        assert!(!Settings::of(salesforce, once).is_empty());
    }

    #[test]
    fn an_earlier_build_tells_change_and_drift_apart() {
        let origins = |matrix: &str, live: &str, earlier: &str| {
            let earlier = account(earlier);
            let found =
                compare(backend("salesforce"), &account(matrix), &account(live), Earlier::Known(&earlier));
            found.into_iter().flat_map(|it| it.differences).map(|it| it.origin).collect::<Vec<_>>()
        };
        assert_eq!(origins("Read", "Private", "Private"), [Origin::Change]);
        assert_eq!(origins("Private", "Read", "Private"), [Origin::Drift]);
        assert_eq!(origins("Private", "Read", "ReadWrite"), [Origin::Both]);
    }

    #[test]
    fn an_open_column_is_wider() {
        let table = |switch: u8| {
            let text = format!(
                "<Entity><EntityInfo><entity Name=\"Opportunity\"><attributes><attribute PhysicalName=\"x\"><LogicalName>Margin</LogicalName>\
                 <IsSecured>{switch}</IsSecured></attribute></attributes></entity></EntityInfo></Entity>"
            );
            Settings::of(
                backend("dataverse"),
                &[("s/Entities/Opportunity/Entity.xml".into(), text.into_bytes())],
            )
        };
        let found = compare(backend("dataverse"), &table(1), &table(0), Earlier::NotAsked);
        let told: Vec<_> = found
            .iter()
            .flat_map(|it| &it.differences)
            .map(|it| (it.subject.as_str(), it.is_wider))
            .collect();
        assert_eq!(told, [("column margin", true)]);
        assert!(
            compare(backend("dataverse"), &table(1), &table(1), Earlier::NotAsked)[0].differences.is_empty()
        );
    }
}
