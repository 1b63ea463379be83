//! Stable ids: UUID version 5 of what a thing is called in the matrix, never of where it is deployed.

use uuid::Uuid;

/// The namespace of every id that ztam makes.
const NAMESPACE: Uuid = Uuid::from_u128(0x5d0f_9a3e_4f0b_5c57_9c3e_7a74_616d_0001);

/// The id of a thing of a project: lower case, with hyphens, without braces. `kind` and `key` may not hold a line feed, so
/// different pairs never give the same text.
#[must_use]
pub fn stable_id(project: &str, kind: &str, key: &str) -> String {
    let project = Uuid::new_v5(&NAMESPACE, project.as_bytes());
    Uuid::new_v5(&project, format!("{kind}\n{key}").as_bytes()).hyphenated().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_depend_on_names_alone() {
        let id = stable_id("acme-crm", "role", "sales-rep");
        assert_eq!(id, stable_id("acme-crm", "role", "sales-rep"));
        assert_ne!(id, stable_id("acme-crm", "role", "sales-manager"));
        assert_ne!(id, stable_id("acme-erp", "role", "sales-rep"));
        assert_ne!(stable_id("p", "a", "bc"), stable_id("p", "ab", "c"));
        assert_eq!(id.as_bytes()[14], b'5');
        assert_eq!(id, id.to_lowercase());
    }
}
