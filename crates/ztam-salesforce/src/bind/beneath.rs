//! Profiles beneath permission sets: no package writes them, and what they grant counts in every judgement of the roles whose
//! people have them.

use std::collections::BTreeSet;

use ztam_backend::base::{BaseWords, bases};
use ztam_graph::facts::{BaseId, PlatformFacts};
use ztam_graph::ids::RoleId;
use ztam_model::project::Text;
use ztam_model::words::Action;
use ztam_source::idx::IndexVec;

use super::carried::Carried;
use super::rights::{Key, RightKind};
use super::{Binder, Profile, RoleSettings};
use crate::read::PROFILE;
use crate::shapes::ObjectRightWord;
use crate::{PLATFORM, TITLE};

const WORDS: BaseWords = BaseWords {
    platform: PLATFORM,
    title: TITLE,
    kind: PROFILE,
    called: "profile",
    key: "profile",
    // By label, and as their files are called where that differs.
    broad: &[
        "Admin",
        "Contract Manager",
        "ContractManager",
        "Marketing User",
        "MarketingProfile",
        "Read Only",
        "ReadOnly",
        "Solution Manager",
        "SolutionManager",
        "Standard",
        "Standard Platform User",
        "Standard User",
        "System Administrator",
    ],
};

/// Profiles that are known, with their rights.
pub(super) type Profiles = IndexVec<BaseId, (Box<str>, BTreeSet<Key>)>;

impl Binder<'_, '_> {
    /// Finds the profile of each role, and says so in the role's settings; returns what is known of profiles.
    pub(super) fn profiles(
        &mut self,
        facts: &mut PlatformFacts,
        roles: &mut IndexVec<RoleId, RoleSettings>,
        default: Option<&Text>,
        carried: &mut Carried,
    ) -> Profiles {
        let own = roles.iter().map(|it| it.own_profile.clone()).collect();
        let found = bases(self.names, self.inventory, WORDS, &own, default);
        facts.shipped = found.shipped(&WORDS);
        self.findings.extend(found.findings);
        for ((id, named), beneath) in found.named.iter_ids().zip(found.beneath.iter()) {
            roles[id].profile =
                named.as_ref().map(|it| Profile { name: it.value.clone(), is_known: beneath.is_some() });
        }
        facts.beneath = found.beneath;
        let profiles = found.known.iter().map(|profile| {
            let rows = profile.rows();
            let keys = rows.flat_map(|(kind, key, rights)| carried.of_profile(kind, key, rights)).collect();
            (profile.name.into(), keys)
        });
        profiles.collect()
    }
}

impl Carried {
    /// The rights of a profile's row that a judgement can ask for: those on objects and fields of the project, and user
    /// permissions. Apps, tabs and the like open no data.
    fn of_profile(&mut self, kind: &str, name: &str, rights: &[String]) -> Vec<Key> {
        let mut keys = Vec::new();
        for right in rights {
            let (kind, key, effects) = match kind {
                "objectPermissions" => {
                    let word = ObjectRightWord::ALL.iter().find(|(.., it)| it == right).map(|it| it.0);
                    let effects = word.map_or_else(Vec::new, |it| self.object_effects(name, it));
                    (RightKind::ObjectPermission, format!("{name} {right}"), effects)
                }
                "fieldPermissions" => {
                    let actions: &[Action] =
                        if right == "readable" { &[Action::Read] } else { &[Action::Create, Action::Edit] };
                    (RightKind::FieldPermission, format!("{name} {right}"), self.field_effects(name, actions))
                }
                "userPermissions" => {
                    keys.push((RightKind::UserPermission, name.to_owned()));
                    continue;
                }
                _ => continue,
            };
            if !effects.is_empty() {
                self.effects.insert((kind, key.clone()), effects);
                keys.push((kind, key));
            }
        }
        keys
    }
}
