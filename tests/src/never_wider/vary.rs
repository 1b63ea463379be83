//! Made-up projects made stranger: what an org has, who is guarded from what, and combinations that only platforms know.

use std::fmt::Write;

use serde_json::{Map, Value, json};
use xtask::generate::{Params, generate};

use crate::platform_model::facts::Facts;

type Files = Vec<(String, String)>;

/// Chance that is the same on every machine (splitmix64).
struct Chance(u64);

impl Chance {
    fn percent(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn pick<'t>(&mut self, items: &'t [String]) -> &'t str {
        let at = self.next() % u64::try_from(items.len().max(1)).unwrap();
        items.get(usize::try_from(at).unwrap()).map_or("", String::as_str)
    }
}

/// One project: one in four is sound.
pub(super) fn project(seed: u64) -> Files {
    if seed.is_multiple_of(4) {
        return generate(&Params::tiny(), seed);
    }
    let mut chance = Chance(seed ^ 0x5eed);
    let mut files = generate(&Params::wild(), seed);
    for (path, text) in &mut files {
        match path.split('/').next() {
            Some("catalog") => *text = lines(text, |line| asset_line(&mut chance, line)),
            Some("roles") => *text = lines(text, |line| role_line(&mut chance, line)),
            Some("vocabulary.ztam.yaml") => *text = lines(text, |line| condition_line(&mut chance, line)),
            Some("environments") if chance.percent(20) => {
                *text = text.replace("{api-version: \"66.0\"}", "{api-version: \"66.0\", layout: group}");
            }
            _ => {}
        }
    }
    let facts = Facts::read(&files);
    files.push(("roles/more.ztam.yaml".to_owned(), more_roles(&mut chance, &facts)));
    if chance.percent(70) {
        files.push(("inventory/dataverse.json".to_owned(), tables(&mut chance, &facts)));
    }
    if chance.percent(40) {
        files.push(("inventory/salesforce.json".to_owned(), objects(&mut chance, &facts)));
    }
    files
}

fn lines(text: &str, mut change: impl FnMut(&str) -> String) -> String {
    text.lines().map(|line| change(line) + "\n").collect()
}

fn asset_line(chance: &mut Chance, line: &str) -> String {
    let mut line = line.to_owned();
    if chance.percent(10) {
        line = line.replace("ownership: user", "ownership: organization");
    }
    if chance.percent(8) {
        let word = if chance.percent(50) { "read" } else { "read-write" };
        line = line.replace(" sharing: private", &format!(" sharing: {word}"));
    }
    if chance.percent(10) {
        line = line
            .replace("custom: true", "custom: true, parents: [Gen1__c]")
            .replace("{object: Gen1__c, custom: true, parents: [Gen1__c]", "{object: Gen1__c, custom: true");
    }
    if chance.percent(20) {
        line = line.replace("schema-name:", "references: [gen_t1], schema-name:");
        if line.contains("{table: gen_t1,") {
            line = line.replace("references: [gen_t1], ", "");
        }
    }
    line
}

fn role_line(chance: &mut Chance, line: &str) -> String {
    let mut line = line.to_owned();
    if line.starts_with("    purpose:") {
        if chance.percent(10) {
            line.push_str("\n    relate: derived");
        }
        if chance.percent(8) {
            line.push_str("\n    kind: external");
        }
        if chance.percent(10) {
            line.push_str("\n    dataverse: {inherit: team-only}");
        }
    }
    line
}

/// Sometimes nobody enforces a condition on a platform.
fn condition_line(chance: &mut Chance, line: &str) -> String {
    let unbound = if line.starts_with("    salesforce: {by") {
        "    title: Not enforced everywhere"
    } else if line.starts_with("    dataverse: {by") {
        "    # nobody enforces it here"
    } else {
        return line.to_owned();
    };
    if chance.percent(6) { unbound.to_owned() } else { line.to_owned() }
}

/// Roles that do everything to a few things, and people who hold two roles.
fn more_roles(chance: &mut Chance, facts: &Facts) -> String {
    let roles: Vec<String> =
        facts.roles.iter().filter(|(_, it)| !it.is_abstract).map(|(name, _)| name.clone()).collect();
    let mut assets: Vec<String> = facts.objects.keys().chain(facts.tables.keys()).cloned().collect();
    assets.sort();
    assets.dedup();
    let mut text = "roles:\n".to_owned();
    for at in 1..=2 {
        let when = if chance.percent(30) { ", when: [session]" } else { "" };
        let _ = write!(
            text,
            "  wide-{at}:\n    purpose: Does everything to a few things\n    owner: wide@gen.example\n    \
             platforms: [salesforce, dataverse]\n    within: [domain-01, domain-02, domain-03]\n    \
             salesforce: {{accept-modify-all: true}}\n    also:\n      - {{of: [{}], read: org, create: org, edit: org, \
             delete: org, share: org, assign: org{when}}}\n      - {{of: [{}], read: org, create: own}}\n",
            chance.pick(&assets),
            chance.pick(&assets),
        );
        if chance.percent(40) && !roles.is_empty() {
            let _ = writeln!(text, "    extends: [{}]", chance.pick(&roles));
        }
    }
    // Nobody is inside and outside at once.
    let inside: Vec<String> = roles.into_iter().filter(|it| !facts.roles[it].is_outside).collect();
    if inside.len() > 1 {
        let (first, second) = (chance.pick(&inside).to_owned(), chance.pick(&inside).to_owned());
        if first != second {
            let _ = write!(text, "together:\n  both: [{first}, {second}]\n  wide: [wide-1, {first}]\n");
        }
    }
    text
}

fn tables(chance: &mut Chance, facts: &Facts) -> String {
    let all_secured = chance.percent(60);
    let shares = chance.percent(25);
    let mut tables = Map::new();
    for table in facts.tables.values() {
        let mut columns = Map::new();
        for column in table.columns.values() {
            let secured = all_secured || chance.percent(70);
            columns.insert(column.clone(), json!({"securable": true, "secured": secured}));
        }
        if chance.percent(20) {
            columns.insert("gen_extra".to_owned(), json!({"securable": true, "secured": chance.percent(50)}));
        }
        let ownership = if table.is_organization_owned { "OrganizationOwned" } else { "UserOwned" };
        let mut seen = json!({"ownership": ownership, "schema_name": table.name, "fields": columns});
        if shares && chance.percent(30) {
            seen["privilege_entity"] =
                Value::from(if table.is_organization_owned { "gen_lone" } else { "gen_shared" });
        }
        tables.insert(table.name.clone(), seen);
    }
    json!({"format_version": 1, "platform": "dataverse", "objects": tables}).to_string()
}

fn objects(chance: &mut Chance, facts: &Facts) -> String {
    let mut objects = Map::new();
    for object in facts.objects.values() {
        let mut fields = Map::new();
        let own = object.fields.values().cloned();
        for name in own.chain(["Extra__c".to_owned(), "More__c".to_owned()]) {
            let mut field = json!({"securable": !chance.percent(2)});
            for (key, percent) in [("required", 3), ("formula", 5)] {
                if chance.percent(percent) {
                    field[key] = Value::from(true);
                }
            }
            fields.insert(name, field);
        }
        let mut seen = json!({"fields": fields});
        if chance.percent(50) {
            seen["sharing"] = Value::from(object.sharing.as_str());
        }
        objects.insert(object.name.clone(), seen);
    }
    json!({"format_version": 1, "platform": "salesforce", "objects": objects}).to_string()
}
