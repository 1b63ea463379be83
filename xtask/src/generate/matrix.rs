//! A made-up project as YAML, in the usual files and the usual style: one thing a line where it fits.

use std::fmt::Write;

use super::model::{Asset, Block, Cell, Change, Field, Project, Role, domain};

/// A day on which every exception of a made-up project that has not ended is in force.
pub const AS_OF: &str = "2026-10-01";

const ASSETS_A_FILE: usize = 50;
const ROLES_A_FILE: usize = 25;
const SENTENCES_A_GROUP: usize = 20;

/// The source files.
pub(super) fn files(project: &Project) -> Vec<(String, String)> {
    let mut files = vec![
        ("ztam.yaml".to_owned(), manifest(project)),
        ("vocabulary.ztam.yaml".to_owned(), vocabulary(project)),
        ("catalog/capabilities.ztam.yaml".to_owned(), capabilities(project)),
        ("guards/guards.ztam.yaml".to_owned(), guards(project)),
        ("waivers.ztam.yaml".to_owned(), exceptions(project)),
        ("responsibilities.ztam.yaml".to_owned(), responsibilities(project)),
        ("environments/environments.ztam.yaml".to_owned(), environments(project)),
        ("tests/promises.ztam.yaml".to_owned(), promises(project)),
        ("imported/carry.ztam.yaml".to_owned(), section("carry", &project.carried)),
        ("assignments/people.csv".to_owned(), assignments(project)),
    ];
    for (at, assets) in project.assets.chunks(ASSETS_A_FILE).enumerate() {
        let entries: Vec<_> = assets.iter().map(|it| asset(project, it)).collect();
        files.push((format!("catalog/assets-{:03}.ztam.yaml", at + 1), section("assets", &entries)));
    }
    for (at, roles) in project.roles.chunks(ROLES_A_FILE).enumerate() {
        let entries: Vec<_> = roles.iter().map(|it| role(project, it)).collect();
        files.push((format!("roles/roles-{:03}.ztam.yaml", at + 1), section("roles", &entries)));
    }
    files.retain(|(_, text)| !text.is_empty());
    files
}

/// A section of entries that end with a line break; nothing where there is none.
fn section(name: &str, entries: &[String]) -> String {
    if entries.is_empty() { String::new() } else { format!("{name}:\n{}", entries.concat()) }
}

fn list<T: AsRef<str>>(items: &[T]) -> String {
    let items: Vec<_> = items.iter().map(AsRef::as_ref).collect();
    format!("[{}]", items.join(", "))
}

fn domains(positions: &[usize]) -> String {
    list(&positions.iter().map(|it| domain(*it)).collect::<Vec<_>>())
}

fn manifest(project: &Project) -> String {
    let mut text = format!(
        "ztam: 1\nproject: {}\ntitle: Made-up access matrix\nowner: security@gen.example\n",
        project.name
    );
    text.push_str("limits: {waiver-max-days: 180, temporary-max-days: 30}\nrules: {profile: standard, levels: {waiver/unused: off}}\n");
    if let Some(role) = project.roles.first() {
        let _ = write!(text, "moved:\n  - {{what: role, from: former-{0}, to: {0}}}\n", role.id);
    }
    text
}

fn vocabulary(project: &Project) -> String {
    let mut text = "classes:\n".to_owned();
    for class in &project.classes {
        let _ = write!(text, "  - id: {}\n    means: Data that is {}\n", class.id, class.id);
        if class.named {
            text.push_str("    reach: named\n");
        }
        if !class.requires.is_empty() {
            let _ = writeln!(text, "    requires: {}", list(&class.requires));
            text.push_str("    requires-by-kind: {service: [network-pinned]}\n");
            text.push_str("    controls: {audit: true, export: named, widest-read: unit-tree, widest-write: unit-tree, review-days: 90}\n");
        }
    }
    let conditions: Vec<_> = project.conditions.iter().map(|it| condition(it)).collect();
    text.push_str(&section("conditions", &conditions));
    let entries = (0..project.domains).map(|it| {
        format!("  {}: {{title: Domain {}, owner: owner-{}@gen.example}}\n", domain(it), it + 1, it + 1)
    });
    text.push_str(&section("domains", &entries.collect::<Vec<_>>()));
    text
}

fn condition(id: &str) -> String {
    let means = match id {
        "session" => "step-up",
        "network-pinned" => "network",
        _ => "second-factor",
    };
    let salesforce = if id == "session" {
        "{by: session-activation}".to_owned()
    } else {
        format!("{{by: external, control: Sign-in policy {id}}}")
    };
    format!(
        "  {id}:\n    means: [{means}]\n    salesforce: {salesforce}\n    dataverse: {{by: external, control: Access policy {id}}}\n"
    )
}

fn capabilities(project: &Project) -> String {
    let entries = project.capabilities.iter().map(|it| {
        let mut text = format!("  {}:\n    risk: low\n", it.id);
        binding(&mut text, 4, "salesforce", it.salesforce.as_ref());
        binding(&mut text, 4, "dataverse", it.dataverse.as_ref());
        text
    });
    section("capabilities", &entries.collect::<Vec<_>>())
}

fn binding(text: &mut String, indent: usize, platform: &str, value: Option<&String>) {
    if let Some(value) = value {
        let _ = writeln!(text, "{:indent$}{platform}: {value}", "");
    }
}

fn asset(project: &Project, asset: &Asset) -> String {
    let mut text = format!("  {}:\n", asset.id);
    if let Some(class) = asset.class {
        let _ = writeln!(text, "    class: {}", project.class(class));
    }
    if !asset.domains.is_empty() {
        let _ = writeln!(text, "    domains: {}", domains(&asset.domains));
    }
    if !asset.tags.is_empty() {
        let _ = writeln!(text, "    tags: {}", list(&asset.tags));
    }
    text.push_str("    audit: {changes: true}\n");
    let salesforce = asset
        .salesforce
        .as_ref()
        .map(|it| format!("{{object: {it}, custom: true, sharing: private, external-sharing: private}}"));
    binding(&mut text, 4, "salesforce", salesforce.as_ref());
    let ownership = if asset.organization_owned { "organization" } else { "user" };
    let references = if asset.references.is_empty() {
        String::new()
    } else {
        format!(", references: {}", list(&asset.references))
    };
    let dataverse = asset
        .dataverse
        .as_ref()
        .map(|it| format!("{{table: {it}, ownership: {ownership}, schema-name: {it}{references}}}"));
    binding(&mut text, 4, "dataverse", dataverse.as_ref());
    if !asset.fields.is_empty() {
        text.push_str("    fields:\n");
        asset.fields.iter().for_each(|it| field(project, it, &mut text));
    }
    text
}

fn field(project: &Project, field: &Field, text: &mut String) {
    let mut parts = Vec::new();
    if let Some(class) = field.class {
        parts.push(format!("class: {}", project.class(class)));
    }
    if !field.tags.is_empty() {
        parts.push(format!("tags: {}", list(&field.tags)));
    }
    parts.extend(field.salesforce.iter().map(|it| format!("salesforce: {it}")));
    parts.extend(field.dataverse.iter().map(|it| format!("dataverse: {it}")));
    let _ = writeln!(text, "      {}: {{{}}}", field.id, parts.join(", "));
}

fn role(project: &Project, role: &Role) -> String {
    let words = role.id.replace('-', " ");
    let mut text = format!(
        "  {}:\n    purpose: Does the work of {words}\n    owner: {}@gen.example\n",
        role.id, role.id
    );
    if role.justified {
        text.push_str("    justification: Goes on where the role before it ends\n");
    }
    if role.kind != "employee" {
        let _ = writeln!(text, "    kind: {}", role.kind);
    }
    if role.kind == "service" {
        text.push_str(
            "    signs-in: [network-pinned]\n    account: {systems: [Made-up system], sign-in: application, safeguards: [network, \
             rotation], created: 2026-01-01, last-used: 2026-09-01}\n",
        );
    }
    if role.is_abstract {
        text.push_str("    abstract: true\n");
    }
    let extends: Vec<_> = role.extends.iter().map(|it| project.role(*it)).collect();
    for (key, items) in [("platforms", &role.platforms), ("extends", &extends)] {
        if !items.is_empty() {
            let _ = writeln!(text, "    {key}: {}", list(items));
        }
    }
    block(project, &role.block, 4, &mut text);
    for (key, items) in [("holds", &role.holds), ("never", &role.never)] {
        if !items.is_empty() {
            let _ = writeln!(text, "    {key}: {}", list(items));
        }
    }
    if role.derives {
        text.push_str("    relate: derived\n");
    }
    text
}

fn block(project: &Project, block: &Block, indent: usize, text: &mut String) {
    if !block.within.is_empty() {
        let _ = writeln!(text, "{:indent$}within: {}", "", domains(&block.within));
    }
    if !block.may.is_empty() {
        let _ = writeln!(text, "{:indent$}may:", "");
        for it in &block.may {
            let class = project.class(it.class.unwrap_or(0));
            let _ = writeln!(text, "{:indent$}  {class}: {}", "", cell(it));
        }
    }
    if !block.also.is_empty() {
        let _ = writeln!(text, "{:indent$}also:", "");
        for it in &block.also {
            let _ = writeln!(text, "{:indent$}  - {}", "", cell(it));
        }
    }
}

fn cell(cell: &Cell) -> String {
    let mut parts: Vec<_> = cell.scopes.iter().map(|(action, scope)| format!("{action}: {scope}")).collect();
    for (key, items) in [("of", &cell.of), ("when", &cell.when)] {
        if !items.is_empty() {
            parts.push(format!("{key}: {}", list(items)));
        }
    }
    format!("{{{}}}", parts.join(", "))
}

fn guards(project: &Project) -> String {
    [
        section("guards", &project.guards),
        section("duties", &project.duties),
        section("separate", &project.separations),
        section("together", &project.together),
    ]
    .concat()
}

fn exceptions(project: &Project) -> String {
    let temporaries = project.temporaries.iter().enumerate().map(|(at, it)| {
        let mut text = format!("  T-{:04}:\n    role: {}\n", at + 1, project.role(it.role));
        block(project, &it.block, 4, &mut text);
        text.push_str("    reason: Stands in for a colleague\n    owner: service@gen.example\n    approved-by: [security@gen.example]\n");
        let _ = write!(text, "    from: {}\n    until: {}\n", it.from, it.until);
        text
    });
    [section("waivers", &project.waivers), section("temporary", &temporaries.collect::<Vec<_>>())].concat()
}

fn responsibilities(project: &Project) -> String {
    let attested = if project.conditions.is_empty() {
        String::new()
    } else {
        format!("    attests: {}\n", list(&project.conditions))
    };
    let duty = |id: &str, statement: &str, more: &str| {
        format!(
            "  {id}:\n    statement: {statement}\n    party: customer\n    owner: platform@gen.example\n    \
             evidence: https://wiki.gen.example/{id}\n    verified: 2026-08-30\n    max-age-days: 365\n{more}"
        )
    };
    let entries = [
        duty("recovery-owner", "One owner of recovery end to end", ""),
        duty("sign-in-controls", "Sign-in and session policies are on for everybody", &attested),
    ];
    section("responsibilities", &entries)
}

fn environments(project: &Project) -> String {
    let entries = ["prod", "sandbox"].map(|id| {
        let mut text = format!("  {id}:\n    title: Environment {id}\n    salesforce: {{api-version: \"66.0\"}}\n");
        text.push_str(
            "    dataverse: {solution: GenAccess, version: 1.0.0.0, publisher: gen, prefix: gen, option-prefix: 10000, language: 1033, \
             package: unmanaged}\n",
        );
        let changes: Vec<_> = project.changes.iter().filter(|it| it.environment == id).collect();
        if !changes.is_empty() {
            text.push_str("    changes:\n");
            changes.iter().for_each(|it| change(project, it, &mut text));
        }
        text
    });
    section("environments", &entries)
}

fn change(project: &Project, change: &Change, text: &mut String) {
    let _ = writeln!(text, "      - {}: {}", change.verb, project.role(change.role));
    block(project, &change.block, 8, text);
    if !change.without.is_empty() {
        text.push_str("        without:\n");
        for (class, actions) in &change.without {
            let _ = writeln!(text, "          {}: {}", project.class(*class), list(actions));
        }
    }
    text.push_str("        reason: Different here by decision\n");
}

fn promises(project: &Project) -> String {
    let groups: Vec<_> = project.sentences.chunks(SENTENCES_A_GROUP).enumerate().collect();
    let entries = groups.iter().map(|(at, sentences)| {
        let lines: String = sentences.iter().map(|it| format!("    - {it}\n")).collect();
        format!("  group-{:04}:\n{lines}", at + 1)
    });
    let mut text = section("tests", &entries.collect::<Vec<_>>());
    if !groups.is_empty() {
        text.push_str("tests-in:\n  group-0001: [prod]\n");
    }
    text
}

fn assignments(project: &Project) -> String {
    if project.assignments.is_empty() {
        return String::new();
    }
    let lines = project.assignments.iter().map(|(person, role)| format!("{person},{role},2026-01-01,\n"));
    format!("person,role,from,until\n{}", lines.collect::<String>())
}
