//! Conditions, roles and the settings of an environment.

use std::collections::BTreeSet;
use ztam_backend::rules::SETTING;
use ztam_graph::access::Conditions;
use ztam_graph::facts::{EmittedName, Enforcement, PlatformFacts};
use ztam_graph::ids::{EnvironmentId, RoleId};

use ztam_model::project::{Text, Texts};
use ztam_source::finding::Finding;
use ztam_source::idx::IndexVec;

use super::carried::Carried;
use super::{Binder, GroupSettings, RoleSettings, Settings};
use crate::assign;
use crate::names::{fitting_label, is_developer_name, is_set_name, pascal};
use crate::shapes::{ConditionShape, EnforcerWord, EnvironmentShape, RoleShape, SupportingWord};
use crate::{PLATFORM, TITLE};

const DEFAULT_API_VERSION: &str = "66.0";
const DEFAULT_DIRECTORY: &str = "force-app";

impl Binder<'_, '_> {
    pub(super) fn settings(&mut self, environment: Option<EnvironmentId>) -> Settings {
        let names = self.names;
        let raw = environment.and_then(|id| names.environments.get(id).bindings.get(PLATFORM));
        let what = environment.map(|id| format!("the package for `{}`", names.environments.name(id)));
        let shape: EnvironmentShape =
            raw.and_then(|raw| self.read(raw, what.as_deref().unwrap_or("the package"))).unwrap_or_default();
        let api_version = self.setting(
            shape.api_version.as_ref(),
            DEFAULT_API_VERSION,
            is_api_version,
            "a version such as \"66.0\", 40.0 or later: before that a permission set does not replace the one before it",
        );
        let directory = self.setting(
            shape.package_directory.as_ref(),
            DEFAULT_DIRECTORY,
            is_directory,
            "a folder below the output, such as `force-app`",
        );
        let supports = |word| shape.supporting.iter().any(|it| it.value == word);
        Settings {
            api_version,
            layout: shape.layout.map(|it| it.value).unwrap_or_default(),
            directory,
            sharing_defaults: supports(SupportingWord::SharingDefaults),
            sharing_rules: supports(SupportingWord::SharingRules),
            profile: shape.profile,
        }
    }

    fn setting(&mut self, text: Option<&Text>, default: &str, fits: fn(&str) -> bool, form: &str) -> String {
        match text {
            Some(text) if fits(&text.value) => text.value.clone(),
            Some(text) => {
                let title =
                    format!("{TITLE} would refuse the package: `{}` is not a legal setting", text.value);
                self.findings.push(
                    Finding::new(&SETTING, title).at(text.span, "this setting").help(format!("write {form}")),
                );
                default.to_owned()
            }
            None => default.to_owned(),
        }
    }

    /// Fills in who enforces each condition; returns those that a session activates.
    pub(super) fn conditions(&mut self, facts: &mut PlatformFacts) -> Conditions {
        let names = self.names;
        let mut session = Conditions::NONE;
        for (id, name, condition) in names.conditions.iter() {
            let Some(raw) = condition.bindings.get(PLATFORM) else { continue };
            let Some(shape) = self.read::<ConditionShape>(raw, &format!("condition `{name}`")) else {
                continue;
            };
            match (shape.by.value, shape.control) {
                (EnforcerWord::SessionActivation, None) => {
                    facts.conditions[id] = Enforcement::Native;
                    session = session.with(id);
                }
                (EnforcerWord::External, Some(control)) => {
                    facts.conditions[id] = Enforcement::External(control.value);
                }
                (EnforcerWord::SessionActivation, Some(control)) => self.wrong(
                    control.span,
                    format!("condition `{name}` has two enforcers"),
                    "session activation needs no control outside the package",
                    "take `control` away, or write `by: external`",
                ),
                (EnforcerWord::External, None) => self.wrong(
                    shape.by.span,
                    format!("nothing is named that enforces condition `{name}`"),
                    "enforced outside the package",
                    "name the control: `{by: external, control: ...}`",
                ),
            }
        }
        session
    }

    /// How roles are emitted; names go to the facts, where collisions are judged.
    pub(super) fn roles(&mut self, facts: &mut PlatformFacts) -> IndexVec<RoleId, RoleSettings> {
        let names = self.names;
        let mut all = IndexVec::filled(names.roles.len(), RoleSettings::default());
        for (id, name, role) in names.roles.iter() {
            let shape: RoleShape = role
                .bindings
                .get(PLATFORM)
                .and_then(|raw| self.read(raw, &format!("role `{name}`")))
                .unwrap_or_default();
            let settings = self.role(id, shape);
            let holdable = !role.r#abstract.as_ref().is_some_and(|it| it.value);
            if holdable && role.platforms.iter().any(|it| it.value == PLATFORM) {
                // Groups and sets are two kinds of things, and an org may have one of each of a name.
                let kind = if settings.group.is_some() { "group " } else { "" };
                let folded = format!("{kind}{}", settings.name.to_lowercase());
                facts.role_names[id] = Some(EmittedName { name: settings.name.clone(), folded });
            }
            all[id] = settings;
        }
        all
    }

    fn role(&mut self, id: RoleId, shape: RoleShape) -> RoleSettings {
        let derived = pascal(self.names.roles.name(id));
        let name = match shape.name {
            Some(text) if is_set_name(&text.value) => text.value,
            Some(text) => {
                self.wrong(
                    text.span,
                    format!("`{}` cannot be the name of a permission set", text.value),
                    "not an API name",
                    "at most 80 letters, digits and single underscores; begin with a letter, do not end with an underscore",
                );
                derived
            }
            None => derived,
        };
        let label = match shape.label {
            Some(text) if !text.value.is_empty() && fitting_label(&text.value, "") == text.value => {
                text.value
            }
            Some(text) => {
                self.wrong(
                    text.span,
                    "a permission set needs a label of 1 to 80 characters".to_owned(),
                    "this label",
                    "shorten it",
                );
                self.names.role_title(id)
            }
            None => self.names.role_title(id),
        };
        RoleSettings {
            name,
            label,
            license: shape.license.map(|it| it.value),
            own_profile: shape.profile,
            profile: None,
            accept_modify_all: shape.accept_modify_all.is_some_and(|it| it.value),
            units: self.who(shape.units, "role of the org"),
            teams: self.who(shape.teams, "public group"),
            takes_over: shape.takes_over.is_some_and(|it| it.value),
            description: shape.description.map(|it| it.value),
            activation: shape.activation.is_some_and(|it| it.value),
            group: shape.group.map(|it| GroupSettings {
                muting_said: it.muting.iter().map(|it| (it.value.clone(), it.span)).collect(),
                other_sets: sorted(it.other_sets),
                muting: sorted(it.muting),
                status: it.status.map(|it| it.value),
            }),
        }
    }

    /// Names of people's roles or groups in the org.
    fn who(&mut self, listed: Texts, what: &str) -> Vec<String> {
        let mut all = Vec::new();
        for text in listed {
            if is_developer_name(&text.value) {
                all.push(text.value);
            } else {
                self.wrong(
                    text.span,
                    format!("`{}` cannot be the name of a {what}", text.value),
                    "not an API name",
                    "write its API name: letters, digits and single underscores",
                );
            }
        }
        all
    }

    /// A group gives what its permission sets give: cells of its own would be emitted nowhere. Elements that nobody knows are
    /// the group's own.
    pub(super) fn refuse_in_groups(&mut self, roles: &IndexVec<RoleId, RoleSettings>, all_carried: &Carried) {
        let names = self.names;
        for (id, name, role) in names.roles.iter().filter(|(id, ..)| roles[*id].group.is_some()) {
            let mut carried = names.carries.iter().filter(|_| all_carried.has_rows(id));
            let carried = carried.find(|(_, _, it)| it.role.as_ref().is_some_and(|it| it.value == name));
            let own = [
                role.may.0.first().map(|(class, _)| class.span),
                role.also.first().and_then(|it| it.of.first()).map(|it| it.span),
                role.holds.first().map(|it| it.span),
                carried.map(|(id, ..)| names.carries.span(id)),
            ];
            let group = names.role_title(id);
            for span in own.into_iter().flatten() {
                let title = format!("{group} is a permission set group and has access of its own");
                self.wrong(
                    span,
                    title,
                    "this is in no permission set",
                    "put it into a role that the group's role extends",
                );
            }
            for parent in &role.extends {
                let Some(member) = names.roles.find(&parent.value) else { continue };
                let is_abstract = names.roles.get(member).r#abstract.is_some_and(|it| it.value);
                let is_here = names.roles.get(member).platforms.iter().any(|it| it.value == PLATFORM);
                if roles[member].group.is_some() || is_abstract || !is_here {
                    let title = format!(
                        "{} has no permission set that could be in the group {group}",
                        names.role_title(member)
                    );
                    self.wrong(
                        parent.span,
                        title,
                        "extended here",
                        "extend roles that become permission sets",
                    );
                }
            }
        }
    }
}

fn sorted(texts: Texts) -> Vec<String> {
    let all: BTreeSet<String> = texts.into_iter().map(|it| it.value).collect();
    all.into_iter().collect()
}

fn is_api_version(text: &str) -> bool {
    let Some((major, minor)) = text.split_once('.') else { return false };
    minor == "0"
        && major.len() <= 3
        && !major.starts_with(['0', '+'])
        && major.parse::<u16>().is_ok_and(|it| it >= 40)
}

/// A folder of the package alone: the tables beside it have one of their own.
fn is_directory(text: &str) -> bool {
    let first = text.split('/').next().unwrap_or_default();
    !first.eq_ignore_ascii_case(assign::FOLDER)
        && text.split('/').all(|part| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'_' | b'-'))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_have_a_form() {
        assert!(is_api_version("66.0") && is_api_version("40.0"));
        for bad in ["66", "39.0", "066.0", "66.1", "+66.0", "v66.0", ""] {
            assert!(!is_api_version(bad), "{bad}");
        }
        assert!(is_directory("force-app") && is_directory("packages/access"));
        for bad in ["", "/etc", "../x", "a//b", "a b", "a/", "Assignments/x"] {
            assert!(!is_directory(bad), "{bad}");
        }
    }
}
