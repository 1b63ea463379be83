//! What the rights of a permission set, group or profile come to: how far they reach, what comes along, and which of them open
//! nothing.
//!
//! A right is *redundant* where another right of the container opens all that it opens, and nothing that stays is known to be
//! refused without it. It is *inert* where it opens nothing as long as the container stands alone. Both are said only where
//! it is known: of standard objects that take permissions, and of custom objects.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ztam_backend::danger::Flag;
use ztam_backend::estate::{Actions, Brought, Danger, Idle, Weight};
use ztam_backend::read::ReadContainer;
use ztam_model::inventory::PlatformInventory;

use crate::bind::{Brings, brings};
use crate::catalog::{self, ObjectRight};
use crate::plan::{GROUP, MEMBER, SET};
use crate::read::{NEEDS, PROFILE};

const OBJECTS: &str = "objectPermissions";
const FIELDS: &str = "fieldPermissions";
const PERMISSIONS: &str = "userPermissions";
/// What a permission over all data opens of every object, in the words of object permissions.
const READ_ALL: &[&str] = &["allowRead", "viewAllRecords"];
const CHANGE_ALL: &[&str] =
    &["allowCreate", "allowDelete", "allowEdit", "allowRead", "modifyAllRecords", "viewAllRecords"];

type Rights = BTreeSet<&'static str>;

/// What the rights of a container come to; `None` for what nobody holds.
pub(crate) fn weigh(container: &ReadContainer, inventory: Option<&PlatformInventory>) -> Option<Weight> {
    if ![SET, GROUP, PROFILE].contains(&container.kind) {
        return None;
    }
    let held = Held::new(container, inventory);
    let (everything, org_wide) = held.reach();
    let members = container.rows.iter().filter(|it| it.row.kind == MEMBER);
    Some(Weight {
        dangers: held.dangers(),
        everything,
        org_wide,
        objects: held.objects.values().filter(|it| !it.1.is_empty()).count(),
        brought: held.brought(),
        redundant: held.redundant(),
        inert: held.inert(),
        members: members.map(|it| (SET, it.row.key.clone())).collect(),
    })
}

/// The rows of a container. Names are compared folded, as the platform does.
struct Held<'c> {
    inventory: Option<&'c PlatformInventory>,
    /// Objects by folded name: the name as written, and the rights.
    objects: BTreeMap<String, (&'c str, Rights)>,
    /// Fields as written.
    fields: BTreeMap<&'c str, Rights>,
    /// User permissions that rows name.
    named: BTreeSet<&'c str>,
    /// Those and what comes along: a shortest way to each, itself at its end.
    all: BTreeMap<String, Vec<String>>,
}

impl<'c> Held<'c> {
    fn new(container: &'c ReadContainer, inventory: Option<&'c PlatformInventory>) -> Self {
        let mut objects: BTreeMap<String, (&str, Rights)> = BTreeMap::new();
        let mut fields: BTreeMap<&str, Rights> = BTreeMap::new();
        let mut named = BTreeSet::new();
        for row in container.rows.iter().map(|it| &it.row) {
            match row.kind {
                OBJECTS => {
                    let it =
                        objects.entry(row.key.to_lowercase()).or_insert_with(|| (&row.key, Rights::new()));
                    it.1.extend(&row.rights);
                }
                FIELDS => fields.entry(&row.key).or_default().extend(&row.rights),
                PERMISSIONS => {
                    named.insert(row.key.as_str());
                }
                _ => {}
            }
        }
        let all = closure(&named, inventory);
        Self { inventory, objects, fields, named, all }
    }

    fn has(&self, permission: &str) -> bool {
        self.all.contains_key(permission)
    }

    fn on(&self, object: &str, right: &str) -> bool {
        self.objects.get(&object.to_lowercase()).is_some_and(|(_, rights)| rights.contains(right))
    }

    fn dangers(&self) -> Vec<Danger> {
        let tier = |name: &String| {
            let tier = catalog::user_permission(name)?.tier?.level;
            Some(Danger { tier, right: name.clone() })
        };
        let mut all: Vec<Danger> = self.all.keys().filter_map(tier).collect();
        all.sort();
        all
    }

    /// What every record of every object, and of single objects, is open to.
    fn reach(&self) -> (Actions<bool>, Actions<usize>) {
        let changes = self.has("ModifyAllData");
        let everything = Actions { delete: changes, edit: changes, read: changes || self.has("ViewAllData") };
        let count = |is_counted: bool, rights: &[&str]| {
            let with = |it: &&(&str, Rights)| rights.iter().any(|right| it.1.contains(right));
            if is_counted { self.objects.values().filter(with).count() } else { 0 }
        };
        let org_wide = Actions {
            delete: count(!everything.delete, &["modifyAllRecords"]),
            edit: count(!everything.edit, &["modifyAllRecords"]),
            read: count(!everything.read, &["modifyAllRecords", "viewAllRecords"]),
        };
        (everything, org_wide)
    }

    fn brought(&self) -> Vec<Brought> {
        let new = self.all.iter().filter(|(name, _)| !self.named.contains(name.as_str()));
        let brought = new.map(|(name, way)| Brought {
            right: name.clone(),
            through: way.iter().take(way.len().saturating_sub(1)).cloned().collect(),
        });
        brought.collect()
    }

    fn redundant(&self) -> Vec<Idle> {
        let (by, open) = if self.has("ModifyAllData") {
            ("ModifyAllData", CHANGE_ALL)
        } else if self.has("ViewAllData") {
            ("ViewAllData", READ_ALL)
        } else {
            ("", [].as_slice())
        };
        let mut all = Vec::new();
        for (object, gone) in self.without(open) {
            let idle = |right| Idle {
                right: (OBJECTS, object.to_owned(), right),
                reason: "all-data",
                by: by.to_owned(),
            };
            all.extend(gone.into_iter().map(idle));
        }
        for (name, rights) in &self.fields {
            // The platform asks for read beside edit.
            if rights.contains("editable") || !rights.contains("readable") {
                continue;
            }
            let right = (FIELDS, (*name).to_owned(), "readable");
            all.extend(self.opened(name).map(|by| Idle { right, reason: "all-fields", by }));
        }
        all.sort();
        all
    }

    /// What opens a field to be read, besides a permission on the field.
    fn opened(&self, field: &str) -> Option<String> {
        let object = field.split_once('.').map_or("", |it| it.0);
        if is_table(object) && !self.reads(object) {
            return None;
        }
        let global = "ViewAllFieldsGlobal";
        if self.has(global) {
            return Some(global.to_owned());
        }
        self.on(object, "viewAllFields").then(|| format!("{object} viewAllFields"))
    }

    /// Whether some of an object's records can be read.
    fn reads(&self, object: &str) -> bool {
        self.has("ModifyAllData")
            || self.has("ViewAllData")
            || ["allowRead", "viewAllRecords", "modifyAllRecords"].iter().any(|it| self.on(object, it))
    }

    /// By object, rights of `open` that can go without the platform asking for them beside one that stays.
    fn without(&self, open: &[&'static str]) -> BTreeMap<&str, Rights> {
        let mut gone: BTreeMap<&str, Rights> = BTreeMap::new();
        for (object, rights) in self.objects.values() {
            let covered: Rights = rights.iter().copied().filter(|it| open.contains(it)).collect();
            if is_table(object) && !covered.is_empty() {
                gone.insert(object, covered);
            }
        }
        loop {
            let needed = |(object, gone_of): (&&str, &Rights)| {
                let is_needed = |right: &&&'static str| self.is_needed(object, right, &gone);
                let kept: Vec<&'static str> = gone_of.iter().filter(is_needed).copied().collect();
                kept.into_iter().map(|it| ((*object).to_owned(), it)).collect::<Vec<_>>()
            };
            let needed: Vec<(String, &'static str)> = gone.iter().flat_map(needed).collect();
            if needed.is_empty() {
                return gone;
            }
            for (object, right) in needed {
                if let Some(rights) = gone.get_mut(object.as_str()) {
                    rights.remove(right);
                }
            }
        }
    }

    /// Whether something that stays asks for a right: one on the same object, on another one, or a user permission.
    fn is_needed(&self, object: &str, right: &str, gone: &BTreeMap<&str, Rights>) -> bool {
        let stays = |other: &str, of: &str| {
            let has_gone =
                |(it, rights): (&&str, &Rights)| it.eq_ignore_ascii_case(other) && rights.contains(of);
            self.on(other, of) && !gone.iter().any(has_gone)
        };
        let of_same = NEEDS
            .iter()
            .any(|(kind, of, needs)| *kind == OBJECTS && needs.contains(&right) && stays(object, of));
        let of_other = self.objects.values().any(|(from, _)| {
            catalog::object_dependencies(from).iter().any(|it| {
                it.to.eq_ignore_ascii_case(object)
                    && word(it.to_right) == right
                    && it.from_right.is_some_and(|of| stays(from, word(of)))
            })
        });
        let of_permission = self.all.keys().any(|name| {
            let needs = catalog::object_dependencies(name).iter();
            let mut of_it = needs.filter(|it| it.from_right.is_none() && it.to.eq_ignore_ascii_case(object));
            of_it.any(|it| word(it.to_right) == right)
        });
        // A detail's rights ask for read on its master.
        let of_detail = right == "allowRead"
            && self.objects.values().any(|(detail, rights)| {
                self.masters(detail).any(|master| master.eq_ignore_ascii_case(object))
                    && rights.iter().any(|of| stays(detail, of))
            });
        of_same || of_other || of_permission || of_detail
    }

    fn masters(&self, detail: &str) -> impl Iterator<Item = &str> {
        let object = self.inventory.and_then(|it| it.objects.get(detail));
        let fields = object.into_iter().flat_map(|it| it.fields.values()).filter(|it| it.master_detail);
        fields.flat_map(|it| &it.references).map(String::as_str)
    }

    fn inert(&self) -> Vec<Idle> {
        let idle = |kind, key: &str, right, reason| Idle {
            right: (kind, key.to_owned(), right),
            reason,
            by: String::new(),
        };
        let changes = self.has("ModifyAllData");
        let mut all = Vec::new();
        for (object, rights) in self.objects.values() {
            if rights.contains("viewAllFields") && is_table(object) && !self.reads(object) {
                all.push(idle(OBJECTS, object, "viewAllFields", "fields-without-rows"));
            }
        }
        for (name, rights) in &self.fields {
            let (object, field) = name.split_once('.').unwrap_or((name, ""));
            let writes = changes
                || ["allowCreate", "allowEdit", "modifyAllRecords"].iter().any(|it| self.on(object, it));
            let read_only = catalog::field(object, field).is_some_and(|it| it.updateable == Some(false));
            for right in rights {
                let reason = match *right {
                    "editable" if read_only => "read-only",
                    _ if !is_table(object) => continue,
                    _ if !self.reads(object) => "fields-without-rows",
                    "editable" if !writes => "fields-without-write",
                    _ => continue,
                };
                all.push(idle(FIELDS, name, right, reason));
            }
        }
        let removed =
            |it: &&&str| catalog::user_permission(it).is_some_and(|it| it.flags.contains(Flag::Removed));
        all.extend(
            self.named.iter().filter(removed).map(|it| idle(PERMISSIONS, it, "enabled", "no-longer-there")),
        );
        all.sort();
        all
    }
}

/// Everything that user permissions bring, by shortest ways. What is not verified is not in it.
fn closure(named: &BTreeSet<&str>, inventory: Option<&PlatformInventory>) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut open: VecDeque<Vec<String>> = named.iter().map(|it| vec![(*it).to_owned()]).collect();
    while let Some(way) = open.pop_front() {
        let Some(last) = way.last().cloned() else { continue };
        if all.contains_key(&last) {
            continue;
        }
        for brought in brings(inventory, &last).into_iter().filter(Brings::is_verified) {
            open.push_back(way.iter().cloned().chain([brought.to]).collect());
        }
        all.insert(last, way);
    }
    all
}

/// Whether object permissions decide over the records of an object, as far as is known.
fn is_table(object: &str) -> bool {
    object.ends_with("__c") || catalog::object(object).is_some_and(|it| it.takes_permissions == Some(true))
}

fn word(right: ObjectRight) -> &'static str {
    match right {
        ObjectRight::Read => "allowRead",
        ObjectRight::Create => "allowCreate",
        ObjectRight::Edit => "allowEdit",
        ObjectRight::Delete => "allowDelete",
        ObjectRight::ViewAll => "viewAllRecords",
    }
}

#[cfg(test)]
mod tests {
    use ztam_backend::plan::Row;
    use ztam_backend::read::ReadRow;
    use ztam_source::file::FileId;
    use ztam_source::span::Span;

    use super::*;

    fn weighed(rows: &[(&'static str, &str, &[&'static str])]) -> Weight {
        let place = Span::new(FileId(0), 0, 0);
        let mut set = ReadContainer::new(SET, "S", place);
        let row = |(kind, key, rights): &(&'static str, &str, &[&'static str])| ReadRow {
            row: Row { kind, key: (*key).to_owned(), rights: rights.to_vec() },
            span: place,
        };
        set.rows = rows.iter().map(row).collect();
        weigh(&set, None).unwrap()
    }

    fn told(all: &[Idle]) -> Vec<String> {
        all.iter().map(|it| format!("{} {}: {} {}", it.right.1, it.right.2, it.reason, it.by)).collect()
    }

    #[test]
    fn fields_without_their_rows_open_nothing_alone() {
        let it = weighed(&[
            (FIELDS, "Account.Industry", &["editable", "readable"]),
            (FIELDS, "Case.Subject", &["readable"]),
            (FIELDS, "Nobody.Knows", &["readable"]),
            (OBJECTS, "account", &["allowRead"]),
        ]);
        assert_eq!(
            told(&it.inert),
            [
                "Account.Industry editable: fields-without-write ",
                "Case.Subject readable: fields-without-rows "
            ]
        );
        assert_eq!(told(&it.redundant), Vec::<String>::new());
    }

    #[test]
    fn what_salesforce_asks_for_beside_another_right_is_not_redundant() {
        let it = weighed(&[
            (OBJECTS, "Account", &["allowRead", "viewAllRecords"]),
            (OBJECTS, "Asset", &["allowCreate", "allowRead"]),
            (OBJECTS, "Case", &["allowEdit", "allowRead", "viewAllRecords"]),
            (OBJECTS, "Lead", &["allowRead", "viewAllFields"]),
            (FIELDS, "Lead.Industry", &["readable"]),
            (FIELDS, "Lead.Rating", &["editable", "readable"]),
            (PERMISSIONS, "ViewAllData", &["enabled"]),
        ]);
        // Asset stays readable because it may be created, so Account stays readable because Asset is.
        assert_eq!(
            told(&it.redundant),
            [
                "Lead.Industry readable: all-fields Lead viewAllFields",
                "Account viewAllRecords: all-data ViewAllData",
                "Case viewAllRecords: all-data ViewAllData",
                "Lead allowRead: all-data ViewAllData",
            ]
        );
    }

    #[test]
    fn what_comes_along_is_told_with_its_way() {
        let it = weighed(&[(PERMISSIONS, "InstallPackaging", &["enabled"])]);
        let ways: Vec<_> = it.brought.iter().filter(|it| it.right == "ViewAllData").collect();
        assert_eq!(ways.len(), 1, "{:?}", it.brought);
        assert_eq!(ways[0].through, ["InstallPackaging", "ModifyAllData"]);
        assert!(it.everything.delete && it.dangers.first().is_some_and(|it| it.tier == 0));
    }
}
