//! What a made-up org has: the objects and tables of the matrix, private, audited, every column protected.

use serde_json::{Map, Value, json};

use super::model::{Asset, Field, Project};

/// One file a platform.
pub(super) fn files(project: &Project) -> Vec<(String, String)> {
    let salesforce = objects(
        project,
        |asset| asset.salesforce.clone(),
        |field| field.salesforce.clone(),
        |_| json!({"sharing": "Private", "external_sharing": "Private", "audited": true}),
    );
    let dataverse = objects(
        project,
        |asset| asset.dataverse.clone(),
        |field| field.dataverse.clone(),
        |asset| {
            let ownership = if asset.organization_owned { "OrganizationOwned" } else { "UserOwned" };
            json!({"ownership": ownership, "schema_name": asset.dataverse, "audited": true})
        },
    );
    [("salesforce", salesforce), ("dataverse", dataverse)]
        .map(|(platform, objects)| file(platform, objects))
        .into()
}

fn file(platform: &str, objects: Map<String, Value>) -> (String, String) {
    let inventory =
        json!({"format_version": 1, "platform": platform, "taken": "2026-08-30", "objects": objects});
    (format!("inventory/{platform}.json"), format!("{inventory:#}\n"))
}

fn objects(
    project: &Project,
    asset_name: impl Fn(&Asset) -> Option<String>,
    field_name: impl Fn(&Field) -> Option<String>,
    facts: impl Fn(&Asset) -> Value,
) -> Map<String, Value> {
    let mut objects = Map::new();
    for asset in &project.assets {
        let Some(name) = asset_name(asset) else { continue };
        let fields: Map<String, Value> = asset
            .fields
            .iter()
            .filter_map(&field_name)
            .map(|name| (name, json!({"securable": true, "secured": true, "audited": true})))
            .collect();
        let mut object = facts(asset);
        if let Some(object) = object.as_object_mut() {
            object.insert("fields".to_owned(), Value::Object(fields));
        }
        objects.insert(name, object);
    }
    objects
}
