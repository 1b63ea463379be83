//! What is known of Salesforce without an org: user permissions and what they bring along, standard objects
//! and fields.
//!
//! The facts live in `data/*.tsv`, one fact per row with a mark of how sure it is; the head of each file says
//! what its columns mean. They are read on first use. A name that is not here is *unknown*, not wrong:
//! features, licences and packages add names, so the caller refuses it or asks the inventory. Look-ups are
//! exact in case, because names are written to metadata as they stand; the `canonical_*` functions find the
//! right spelling for a suggestion.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ztam_backend::danger::{self, Flags, Risk, Tier};
use ztam_backend::escalation::EdgeRow;

/// How sure a fact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// Seen in real metadata.
    Observed,
    /// Documented by the vendor, not seen.
    Documented,
    /// A real deployment error, quoted by one observer.
    Reported,
    /// One unofficial source or a rule of thumb: say so in every message.
    Unverified,
}

impl Evidence {
    fn parse(mark: &str) -> Option<Self> {
        match mark {
            "o" => Some(Self::Observed),
            "d" => Some(Self::Documented),
            "n" => Some(Self::Reported),
            "u" => Some(Self::Unverified),
            _ => None,
        }
    }
}

/// A user permission, as written in `userPermissions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserPermission {
    /// API name.
    pub name: &'static str,
    /// Official label; empty where no source gives one.
    pub label: &'static str,
    /// How far it escalates, if it does.
    pub tier: Option<Tier>,
    /// Our rating.
    pub risk: Risk,
    /// What it can do.
    pub flags: Flags,
    /// How sure the name is.
    pub evidence: Evidence,
}

/// How sure an [`Implication`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Documented, and true in every counted container.
    Docs,
    /// Documented, but only some counted containers agree: it depends on release or licence.
    Partial,
    /// Holds where a feature or licence is on; not counted.
    Feature,
    /// One unofficial source, unverified.
    Single,
}

impl Grade {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "docs" => Some(Self::Docs),
            "partial" => Some(Self::Partial),
            "feature" => Some(Self::Feature),
            "single" => Some(Self::Single),
            _ => None,
        }
    }
}

/// A user permission that another one cannot be without: who holds `from` holds `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Implication {
    /// The permission that is asked for.
    pub from: &'static str,
    /// The permission that comes with it.
    pub to: &'static str,
    /// How sure it is.
    pub grade: Grade,
    /// Counted public permission sets and profiles that enable both.
    pub holds: u16,
    /// Counted public permission sets and profiles that enable `from`.
    pub of: u16,
}

/// What decides access to an object that takes no object permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GovernedBy {
    /// These user permissions.
    UserPermissions(Vec<&'static str>),
    /// The rights on these objects.
    Objects(Vec<&'static str>),
}

/// What is known of a standard object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectFacts {
    /// API name.
    pub name: &'static str,
    /// Whether a permission set can hold object permissions for it; `None` = the object exists, this is not
    /// known.
    pub takes_permissions: Option<bool>,
    /// What decides access instead, where that is known.
    pub governed_by: Option<GovernedBy>,
    /// Whether real metadata has field permissions for it.
    pub field_permissions_seen: bool,
    /// How sure `takes_permissions` is; for `None`, how sure it is that the object exists.
    pub evidence: Evidence,
}

/// A right on an object, as far as other rights depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObjectRight {
    /// `allowRead`
    Read,
    /// `allowCreate`
    Create,
    /// `allowEdit`
    Edit,
    /// `allowDelete`
    Delete,
    /// `viewAllRecords`
    ViewAll,
}

impl ObjectRight {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "read" => Some(Self::Read),
            "create" => Some(Self::Create),
            "edit" => Some(Self::Edit),
            "delete" => Some(Self::Delete),
            "view-all" => Some(Self::ViewAll),
            _ => None,
        }
    }
}

/// A right on a standard object that something else in the same permission set needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectDependency {
    /// The object, or the user permission, that needs it.
    pub from: &'static str,
    /// The right on `from`; `None` if `from` is a user permission.
    pub from_right: Option<ObjectRight>,
    /// The object that is needed.
    pub to: &'static str,
    /// The right that is needed on it.
    pub to_right: ObjectRight,
    /// How sure it is.
    pub evidence: Evidence,
}

/// Whether a field takes field permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldVerdict {
    /// Observed with field permissions.
    TakesPermissions,
    /// System field: visible with the row (rule of thumb).
    System,
    /// Name, or required on every record: visible with the row (rule of thumb).
    Name,
    /// Required: visible with the row (rule of thumb).
    Required,
    /// Part of this compound field, which takes the permissions for all its parts.
    Component(&'static str),
    /// The field exists; whether it takes field permissions is not known.
    Unknown,
}

/// What is known of a standard field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldFacts {
    /// API name.
    pub name: &'static str,
    /// Whether it takes field permissions.
    pub verdict: FieldVerdict,
    /// Whether it can be updated at all; `None` = not known.
    pub updateable: Option<bool>,
}

impl FieldFacts {
    /// How sure the verdict is.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        match self.verdict {
            FieldVerdict::TakesPermissions | FieldVerdict::Component(_) => Evidence::Observed,
            FieldVerdict::Unknown => Evidence::Documented,
            FieldVerdict::System | FieldVerdict::Name | FieldVerdict::Required => Evidence::Unverified,
        }
    }
}

/// The releases that [`implications`] speak of.
pub const IMPLICATIONS_VINTAGE: &str = "up to API 67";

/// A user permission by its exact name.
#[must_use]
pub fn user_permission(name: &str) -> Option<UserPermission> {
    find(&USER_PERMISSIONS, name, |permission| permission.name).copied()
}

/// All user permissions, sorted by name.
pub fn user_permissions() -> impl Iterator<Item = UserPermission> {
    USER_PERMISSIONS.iter().copied()
}

/// The right spelling of a user permission, whatever the case of `name`.
#[must_use]
pub fn canonical_user_permission(name: &str) -> Option<&'static str> {
    same_but_case(USER_PERMISSIONS.iter().map(|permission| permission.name), name)
}

/// All direct implications, sorted by `from`, then `to`.
#[must_use]
pub fn implications() -> &'static [Implication] {
    &IMPLICATIONS
}

/// How rights make their holder more than they are, sorted.
#[must_use]
pub fn escalations() -> &'static [EdgeRow] {
    &ESCALATIONS
}

/// The direct implications of one user permission.
#[must_use]
pub fn implications_of(permission: &str) -> &'static [Implication] {
    range(&IMPLICATIONS, permission, |implication| implication.from)
}

/// A standard object by its exact name.
#[must_use]
pub fn object(name: &str) -> Option<&'static ObjectFacts> {
    find(&OBJECTS, name, |object| object.name)
}

/// The names of all standard objects, sorted.
pub fn object_names() -> impl Iterator<Item = &'static str> {
    OBJECTS.iter().map(|object| object.name)
}

/// The right spelling of a standard object, whatever the case of `name`.
#[must_use]
pub fn canonical_object(name: &str) -> Option<&'static str> {
    same_but_case(object_names(), name)
}

/// What the rights on an object, or a user permission, need on other objects, sorted.
#[must_use]
pub fn object_dependencies(from: &str) -> &'static [ObjectDependency] {
    range(&OBJECT_DEPENDENCIES, from, |dependency| dependency.from)
}

/// A standard field by its exact name.
#[must_use]
pub fn field(object: &str, field: &str) -> Option<FieldFacts> {
    find(fields(object), field, |facts| facts.name).copied()
}

/// The known standard fields of an object, sorted by name; empty for an object whose fields are not known.
#[must_use]
pub fn fields(object: &str) -> &'static [FieldFacts] {
    FIELDS.get(object).map_or(&[], Vec::as_slice)
}

/// The right spelling of a standard field, whatever the case of `field`.
#[must_use]
pub fn canonical_field(object: &str, field: &str) -> Option<&'static str> {
    same_but_case(fields(object).iter().map(|facts| facts.name), field)
}

static USER_PERMISSIONS: LazyLock<Vec<UserPermission>> =
    LazyLock::new(|| rows(include_str!("data/user_permissions.tsv"), user_permission_row));
static IMPLICATIONS: LazyLock<Vec<Implication>> =
    LazyLock::new(|| rows(include_str!("data/implications.tsv"), implication_row));
static ESCALATIONS: LazyLock<Vec<EdgeRow>> =
    LazyLock::new(|| ztam_backend::escalation::rows(include_str!("data/escalation.tsv")));
static OBJECT_DEPENDENCIES: LazyLock<Vec<ObjectDependency>> =
    LazyLock::new(|| rows(include_str!("data/object_dependencies.tsv"), object_dependency_row));
static FIELDS: LazyLock<BTreeMap<&'static str, Vec<FieldFacts>>> =
    LazyLock::new(|| rows(include_str!("data/fields.tsv"), fields_row).into_iter().collect());
static OBJECTS: LazyLock<Vec<ObjectFacts>> = LazyLock::new(|| {
    let mut objects = rows(include_str!("data/objects.tsv"), object_row);
    objects.extend(rows(include_str!("data/objects_unknown.txt"), unknown_object_row));
    objects.sort_unstable_by_key(|object| object.name);
    objects
});

type Cells = std::str::Split<'static, char>;

/// The rows of a data file. A row that does not parse is left out: then the name is unknown, which refuses.
/// The tests see to it that none is.
fn rows<T>(text: &'static str, row: impl Fn(&mut Cells) -> Option<T>) -> Vec<T> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let mut cells = line.split('\t');
            let parsed = row(&mut cells)?;
            cells.next().is_none().then_some(parsed)
        })
        .collect()
}

fn user_permission_row(cells: &mut Cells) -> Option<UserPermission> {
    Some(UserPermission {
        name: cells.next()?,
        label: cells.next()?,
        tier: danger::tier(cells.next()?)?,
        risk: Risk::parse(cells.next()?)?,
        flags: Flags::parse(cells.next()?)?,
        evidence: Evidence::parse(cells.next()?)?,
    })
}

fn implication_row(cells: &mut Cells) -> Option<Implication> {
    Some(Implication {
        from: cells.next()?,
        to: cells.next()?,
        grade: Grade::parse(cells.next()?)?,
        holds: cells.next()?.parse().ok()?,
        of: cells.next()?.parse().ok()?,
    })
}

fn object_row(cells: &mut Cells) -> Option<ObjectFacts> {
    let name = cells.next()?;
    let takes_permissions = match cells.next()? {
        "y" => Some(true),
        "n" => Some(false),
        "-" => None,
        _ => return None,
    };
    let governed_by = match cells.next()?.split_once(':') {
        None => None,
        Some(("p", names)) => Some(GovernedBy::UserPermissions(names.split(',').collect())),
        Some(("o", names)) => Some(GovernedBy::Objects(names.split(',').collect())),
        Some(_) => return None,
    };
    let field_permissions_seen = cells.next()? == "f";
    let evidence = Evidence::parse(cells.next()?)?;
    Some(ObjectFacts { name, takes_permissions, governed_by, field_permissions_seen, evidence })
}

fn unknown_object_row(cells: &mut Cells) -> Option<ObjectFacts> {
    Some(ObjectFacts {
        name: cells.next()?,
        takes_permissions: None,
        governed_by: None,
        field_permissions_seen: false,
        evidence: Evidence::Documented,
    })
}

fn object_dependency_row(cells: &mut Cells) -> Option<ObjectDependency> {
    Some(ObjectDependency {
        from: cells.next()?,
        from_right: match cells.next()? {
            "hold" => None,
            right => Some(ObjectRight::parse(right)?),
        },
        to: cells.next()?,
        to_right: ObjectRight::parse(cells.next()?)?,
        evidence: Evidence::parse(cells.next()?)?,
    })
}

fn fields_row(cells: &mut Cells) -> Option<(&'static str, Vec<FieldFacts>)> {
    let object = cells.next()?;
    let fields: Option<Vec<_>> = cells.next()?.split(' ').map(field_facts).collect();
    Some((object, fields?))
}

/// `Name:y+` or `Part:c+=Whole`.
fn field_facts(text: &'static str) -> Option<FieldFacts> {
    let (name, marks) = text.split_once(':')?;
    let (marks, whole) = match marks.split_once('=') {
        Some((marks, whole)) => (marks, Some(whole)),
        None => (marks, None),
    };
    let mut marks = marks.chars();
    let verdict = match (marks.next()?, whole) {
        ('y', None) => FieldVerdict::TakesPermissions,
        ('s', None) => FieldVerdict::System,
        ('n', None) => FieldVerdict::Name,
        ('q', None) => FieldVerdict::Required,
        ('u', None) => FieldVerdict::Unknown,
        ('c', Some(whole)) => FieldVerdict::Component(whole),
        _ => return None,
    };
    let updateable = match marks.as_str() {
        "+" => Some(true),
        "-" => Some(false),
        "" => None,
        _ => return None,
    };
    Some(FieldFacts { name, verdict, updateable })
}

fn find<'a, T>(sorted: &'a [T], name: &str, key: impl Fn(&T) -> &'static str) -> Option<&'a T> {
    sorted.binary_search_by(|item| key(item).cmp(name)).ok().and_then(|position| sorted.get(position))
}

fn range<'a, T>(sorted: &'a [T], name: &str, key: impl Fn(&T) -> &'static str) -> &'a [T] {
    let start = sorted.partition_point(|item| key(item) < name);
    let end = sorted.partition_point(|item| key(item) <= name);
    sorted.get(start..end).unwrap_or(&[])
}

fn same_but_case(mut names: impl Iterator<Item = &'static str>, name: &str) -> Option<&'static str> {
    names.find(|known| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use ztam_backend::danger::Flag;

    use super::*;
    use std::collections::BTreeSet;

    const FILES: [(&str, usize); 7] = [
        (include_str!("data/user_permissions.tsv"), 1060),
        (include_str!("data/implications.tsv"), 140),
        (include_str!("data/objects.tsv"), 137),
        (include_str!("data/objects_unknown.txt"), 1718),
        (include_str!("data/object_dependencies.tsv"), 27),
        (include_str!("data/fields.tsv"), 101),
        (include_str!("data/escalation.tsv"), 25),
    ];

    fn closure(start: &str, grades: &[Grade]) -> BTreeSet<&'static str> {
        let mut reached = BTreeSet::new();
        let mut open = vec![start.to_owned()];
        while let Some(name) = open.pop() {
            for implication in implications_of(&name) {
                if grades.contains(&implication.grade) && reached.insert(implication.to) {
                    open.push(implication.to.to_owned());
                }
            }
        }
        reached
    }

    #[test]
    fn files_are_sorted_and_without_duplicates() {
        for (text, count) in FILES {
            let body: Vec<_> = text.lines().skip_while(|line| line.starts_with('#')).collect();
            assert!(text.starts_with("# "), "a data file says what it holds");
            assert_eq!(body.len(), count);
            assert!(body.windows(2).all(|pair| pair[0] < pair[1]), "sorted by bytes: {:?}", body.first());
        }
    }

    #[test]
    fn every_row_parses() {
        let parsed = [
            USER_PERMISSIONS.len(),
            IMPLICATIONS.len(),
            rows(FILES[2].0, object_row).len(),
            rows(FILES[3].0, unknown_object_row).len(),
            OBJECT_DEPENDENCIES.len(),
            FIELDS.len(),
            ESCALATIONS.len(),
        ];
        assert_eq!(parsed, FILES.map(|(_, count)| count));
        assert_eq!(FIELDS.values().map(Vec::len).sum::<usize>(), 3645);
        assert_eq!(OBJECTS.len(), 137 + 1718);
    }

    #[test]
    fn names_are_unique_and_sorted_within_what_is_looked_up() {
        assert!(USER_PERMISSIONS.windows(2).all(|pair| pair[0].name < pair[1].name));
        assert!(OBJECTS.windows(2).all(|pair| pair[0].name < pair[1].name));
        for fields in FIELDS.values() {
            assert!(fields.windows(2).all(|pair| pair[0].name < pair[1].name), "{:?}", fields.first());
        }
    }

    #[test]
    fn every_name_that_a_row_refers_to_is_known() {
        for implication in implications() {
            assert!(user_permission(implication.from).is_some(), "{}", implication.from);
            assert!(user_permission(implication.to).is_some(), "{}", implication.to);
        }
        for dependency in OBJECT_DEPENDENCIES.iter() {
            let from_known = match dependency.from_right {
                Some(_) => object(dependency.from).is_some(),
                None => user_permission(dependency.from).is_some(),
            };
            assert!(from_known && object(dependency.to).is_some(), "{dependency:?}");
        }
        for facts in OBJECTS.iter() {
            match &facts.governed_by {
                Some(GovernedBy::UserPermissions(names)) => {
                    assert!(names.iter().all(|n| user_permission(n).is_some()))
                }
                Some(GovernedBy::Objects(names)) => assert!(names.iter().all(|n| object(n).is_some())),
                None => {}
            }
        }
        for (name, fields) in FIELDS.iter() {
            assert!(object(name).is_some(), "{name}");
            for facts in fields {
                if let FieldVerdict::Component(whole) = facts.verdict {
                    assert!(field(name, whole).is_some(), "{name}.{}", facts.name);
                }
            }
        }
    }

    #[test]
    fn a_grade_says_what_was_counted() {
        for implication in implications() {
            let Implication { grade, holds, of, .. } = *implication;
            match grade {
                Grade::Docs => assert!(holds == of && of > 0, "{implication:?}"),
                Grade::Partial => assert!(0 < holds && holds < of, "{implication:?}"),
                Grade::Feature => assert_eq!((holds, of), (0, 0), "{implication:?}"),
                Grade::Single => assert_eq!(holds, of, "{implication:?}"),
            }
        }
    }

    #[test]
    fn every_right_over_the_whole_org_says_how() {
        for row in escalations() {
            assert!(row.rights.iter().all(|name| user_permission(name).is_some()), "{row:?}");
        }
        let explained =
            |name: &str| escalations().iter().any(|row| row.rights == [name] && row.gain.is_whole_org());
        for permission in user_permissions().filter(|it| it.tier.is_some_and(|tier| tier.level == 0)) {
            assert!(explained(permission.name), "{}", permission.name);
        }
    }

    #[test]
    fn closure_of_known_escalations() {
        let proven = [Grade::Docs];
        let users = closure("ManageUsers", &proven);
        assert!(users.contains("AssignPermissionSets") && users.contains("ManageProfilesPermissionsets"));
        assert!(!users.contains("FreezeUsers"), "only in newer orgs");
        assert!(closure("ManageUsers", &[Grade::Docs, Grade::Partial]).contains("FreezeUsers"));
        let all = closure("ModifyAllData", &proven);
        assert!(
            all.contains("ViewAllData")
                && all.contains("ModifyMetadata")
                && all.contains("ViewEventLogFiles")
        );
        assert!(!all.contains("AuthorApex"));
        assert!(closure("InstallPackaging", &proven).is_superset(&all));
        assert!(!closure("ManageTwoFactor", &proven).contains("ManageUsers"), "one source only");
        assert!(implications_of("ApiEnabled").is_empty() && implications_of("NoSuchThing").is_empty());
    }

    #[test]
    fn user_permissions_carry_tier_and_flags() {
        let modify_all = user_permission("ModifyAllData").unwrap();
        assert_eq!(modify_all.tier, Some(Tier { level: 0, confirmed: true }));
        assert!(modify_all.flags.contains(Flag::AllData) && !modify_all.flags.contains(Flag::BypassesFields));
        let install = user_permission("InstallPackaging").unwrap();
        assert_eq!((install.tier.unwrap().level, install.label), (0, "Download AppExchange Packages"));
        assert_eq!(
            user_permission("DelegatedTwoFactor").unwrap().tier,
            Some(Tier { level: 1, confirmed: true })
        );
        assert_eq!(
            user_permission("ManageCertificates").unwrap().tier,
            Some(Tier { level: 1, confirmed: false })
        );
        assert_eq!(user_permission("ViewSetup").unwrap().tier, None);
        assert!(user_permission("BypassMFAForUiLogins").unwrap().flags.contains(Flag::Removed));
        let export = user_permission("ExportReport").unwrap();
        assert_eq!(export.flags.iter().map(Flag::word).collect::<Vec<_>>(), ["exports"]);
        assert_eq!(user_permission("ManageDashboards").unwrap().evidence, Evidence::Unverified);
    }

    #[test]
    fn the_org_wide_data_rights_are_exactly_these() {
        let names: Vec<_> =
            user_permissions().filter(|p| p.flags.contains(Flag::AllData)).map(|p| p.name).collect();
        assert_eq!(names, ["ModifyAllData", "QueryAllFiles", "ViewAllData", "ViewAllFieldsGlobal"]);
    }

    #[test]
    fn objects_say_what_decides_their_access() {
        let account = object("Account").unwrap();
        assert_eq!((account.takes_permissions, account.evidence), (Some(true), Evidence::Observed));
        let task = object("Task").unwrap();
        assert_eq!(task.takes_permissions, Some(false));
        assert_eq!(task.governed_by, Some(GovernedBy::UserPermissions(vec!["ActivitiesAccess", "EditTask"])));
        let line = object("OpportunityLineItem").unwrap();
        assert_eq!(line.governed_by, Some(GovernedBy::Objects(vec!["Opportunity"])));
        assert_eq!(line.evidence, Evidence::Unverified);
        assert_eq!(object("Quote").unwrap().takes_permissions, None);
        assert_eq!(object("Acount"), None);
    }

    #[test]
    fn objects_need_each_other() {
        let needs = object_dependencies("ServiceTerritory");
        assert_eq!(needs.len(), 1);
        assert_eq!(
            (needs[0].from_right, needs[0].to, needs[0].to_right),
            (Some(ObjectRight::ViewAll), "OperatingHours", ObjectRight::ViewAll)
        );
        assert_eq!(object_dependencies("Asset").len(), 2);
        assert!(
            object_dependencies("EditPublicDocuments")
                .iter()
                .all(|need| need.from_right.is_none() && need.to == "Document")
        );
        assert!(object_dependencies("Account").is_empty());
    }

    #[test]
    fn fields_say_whether_they_take_permissions() {
        let city = field("Account", "BillingCity").unwrap();
        assert_eq!(city.verdict, FieldVerdict::Component("BillingAddress"));
        let address = field("Account", "BillingAddress").unwrap();
        assert_eq!((address.verdict, address.updateable), (FieldVerdict::TakesPermissions, Some(true)));
        assert_eq!(field("Opportunity", "Amount").unwrap().verdict, FieldVerdict::TakesPermissions);
        assert_eq!(field("Account", "Name").unwrap().verdict, FieldVerdict::Name);
        assert_eq!(field("Account", "CreatedDate").unwrap().evidence(), Evidence::Unverified);
        assert_eq!(field("Account", "NoSuchField"), None);
        assert!(fields("NoSuchObject").is_empty());
    }

    #[test]
    fn wrong_case_is_unknown_but_suggests() {
        assert_eq!(object("account"), None);
        assert_eq!(canonical_object("account"), Some("Account"));
        assert_eq!(user_permission("apienabled"), None);
        assert_eq!(canonical_user_permission("apienabled"), Some("ApiEnabled"));
        assert_eq!(canonical_field("Account", "billingaddress"), Some("BillingAddress"));
        assert_eq!(canonical_object("acct"), None);
    }
}
