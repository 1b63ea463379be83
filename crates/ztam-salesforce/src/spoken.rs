//! Rows and containers in words, for those who compare what is live with the matrix.

use ztam_backend::compare::{Aspect, Spoken, Standing};
use ztam_backend::plan::Row;
use ztam_backend::read::ReadContainer;

use crate::plan::{GROUP, MEMBER, SET};
use crate::sharing::RULE;

/// Rights on objects and fields, in the order in which people say them.
const WORDS: &[(&str, &str)] = &[
    ("allowRead", "read"),
    ("readable", "read"),
    ("allowCreate", "create"),
    ("allowEdit", "edit"),
    ("editable", "edit"),
    ("allowDelete", "delete"),
    ("viewAllRecords", "read every record"),
    ("modifyAllRecords", "change every record"),
    ("viewAllFields", "read every field"),
];

const TABS: &[(&str, &str)] = &[("Available", "available"), ("Visible", "visible")];
const SHARING: &[(&str, &str)] = &[("Read", "read"), ("Edit", "edit")];

/// What the rows of a kind are about.
const SUBJECTS: &[(&str, &str)] = &[
    ("applicationVisibilities", "app"),
    ("classAccesses", "Apex class"),
    ("customMetadataTypeAccesses", "custom metadata type"),
    ("customPermissions", "custom permission"),
    ("customSettingAccesses", "custom setting"),
    ("externalDataSourceAccesses", "external data source"),
    ("fieldPermissions", "field"),
    ("flowAccesses", "flow"),
    ("mutingPermissionSets", "what is muted by"),
    ("objectPermissions", "object"),
    ("pageAccesses", "Visualforce page"),
    ("recordTypeVisibilities", "record type"),
    ("sharingOwnerRules", "records shared by"),
    ("tabSettings", "tab"),
    ("userPermissions", "user permission"),
    (MEMBER, "everything in"),
];

pub(crate) fn speak(row: &Row) -> Spoken {
    let Some((kind, subject)) = SUBJECTS.iter().find(|it| it.0 == row.kind) else {
        return Spoken::plain(row);
    };
    let subject = format!("{subject} {}", row.key);
    match *kind {
        "tabSettings" => Spoken::ladder(subject, TABS, row),
        "sharingOwnerRules" => Spoken::ladder(subject, SHARING, row),
        _ => {
            let mut rights = row.rights.clone();
            rights.sort_by_key(|it| WORDS.iter().position(|(right, _)| right == it));
            let word = |it: &'static str| WORDS.iter().find(|(right, _)| *right == it).map_or(it, |it| it.1);
            let grants = rights.into_iter().map(|it| word(it).to_owned()).collect();
            Spoken { takes_away: *kind == "mutingPermissionSets", ..Spoken::new(subject, grants) }
        }
    }
}

pub(crate) fn aspects(container: &ReadContainer) -> Vec<Aspect> {
    let mut all = Aspect::common(container);
    if container.kind == SET {
        all.push(Aspect::new("licence", container.licence.as_deref().unwrap_or_default()));
    }
    if container.kind == SET || container.kind == GROUP {
        let activation = if container.activation { "only in a session that activates it" } else { "always" };
        all.push(Aspect::with_width("in force", activation, !container.activation));
    }
    all
}

/// Sharing rules carry a mark, and of those without it none is read.
pub(crate) fn standing(kind: &str) -> Standing {
    if kind == RULE { Standing::Marked } else { Standing::Unmarked }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(kind: &'static str, rights: &[&'static str]) -> String {
        let said = speak(&Row { kind, key: "X".into(), rights: rights.to_vec() });
        format!("{}: {}", said.subject, said.grants.join(", "))
    }

    #[test]
    fn rows_are_said_as_people_say_them() {
        assert_eq!(
            say("objectPermissions", &["allowCreate", "allowRead", "viewAllRecords"]),
            "object X: read, create, read every record"
        );
        assert_eq!(say("fieldPermissions", &["editable", "readable"]), "field X: read, edit");
        assert_eq!(say("tabSettings", &["Visible"]), "tab X: available, visible");
        assert_eq!(say("userPermissions", &["enabled"]), "user permission X: enabled");
        assert_eq!(say("agentAccesses", &["enabled"]), "agentAccesses X: enabled");
    }
}
