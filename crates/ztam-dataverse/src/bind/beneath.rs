//! Roles that people hold besides those of a package, such as Basic User: no package writes them, and what they grant counts in
//! every judgement of the roles that they are held with.

use std::collections::BTreeMap;

use ztam_backend::base::{BaseWords, bases};
use ztam_graph::facts::{Base, BaseId};
use ztam_graph::ids::{EnvironmentId, RoleId};
use ztam_model::project::Text;
use ztam_source::idx::IndexVec;

use super::Binder;
use crate::catalog::Level;
use crate::parts::{EnvironmentPart, RolePart};
use crate::plan::ROLE;
use crate::rights::Rights;
use crate::{PLATFORM, TITLE};

const WORDS: BaseWords = BaseWords {
    platform: PLATFORM,
    title: TITLE,
    kind: ROLE,
    called: "role",
    key: "base-role",
    broad: &["Basic User", "Environment Maker", "System Administrator", "System Customizer"],
};

/// A role with its privileges at the widest depth of each.
struct BaseRole {
    name: Box<str>,
    privileges: BTreeMap<String, Level>,
}

/// What people hold besides.
pub(super) struct BaseRoles {
    known: IndexVec<BaseId, BaseRole>,
    named: IndexVec<RoleId, Option<(String, bool)>>,
}

impl Binder<'_, '_> {
    /// Finds what people of each role hold besides. What is wrong with a binding is told where it is bound.
    pub(super) fn bases(&mut self, environment: Option<EnvironmentId>) -> BaseRoles {
        let names = self.names;
        let named = |raw: Option<&ztam_source::raw::Raw>| -> Option<Text> {
            raw.and_then(|raw| raw.deserialize::<RolePart>().ok()?.base_role)
        };
        let own = names.roles.iter().map(|(_, _, role)| named(role.bindings.get(PLATFORM))).collect();
        let raw = environment.and_then(|it| names.environments.get(it).bindings.get(PLATFORM));
        let default = raw.and_then(|raw| raw.deserialize::<EnvironmentPart>().ok()?.base_role);
        let found = bases(names, self.known.inventory, WORDS, &own, default.as_ref());
        self.facts.shipped = found.shipped(&WORDS);
        self.findings.extend(found.findings);
        let known = found.known.iter().map(|base| {
            let mut privileges: BTreeMap<String, Level> = BTreeMap::new();
            for (_, key, rights) in base.rows() {
                let levels =
                    Level::ALL.into_iter().filter(|it| rights.iter().any(|right| right == it.word()));
                for level in levels {
                    let held = privileges.entry(key.to_owned()).or_insert(level);
                    *held = (*held).max(level);
                }
            }
            BaseRole { name: base.name.into(), privileges }
        });
        let known = known.collect();
        let named = found.named.iter().zip(found.beneath.iter());
        let named =
            named.map(|(name, base)| name.as_ref().map(|it| (it.value.clone(), base.is_some()))).collect();
        self.facts.beneath = found.beneath;
        BaseRoles { known, named }
    }
}

impl BaseRoles {
    /// Per role: the name, and whether it is known what it grants.
    pub(super) fn named(&self) -> IndexVec<RoleId, Option<(String, bool)>> {
        self.named.clone()
    }

    /// What they grant, as rights.
    pub(super) fn bind(&self, rights: &mut Rights<'_, '_>) -> IndexVec<BaseId, Base> {
        let base = |it: &BaseRole| {
            let all = it.privileges.iter().flat_map(|(name, level)| rights.beneath(name, *level));
            let mut all: Vec<_> = all.collect();
            all.sort_unstable();
            all.dedup();
            Base { kind: "base role", name: it.name.clone(), rights: all }
        };
        self.known.iter().map(base).collect()
    }
}
