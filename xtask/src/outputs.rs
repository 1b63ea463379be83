//! Files that are made from the code and committed, so that they can be read and linked without building: schemas, rule
//! pages, the key reference, the command reference.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;
use ztam::session::{Session, all_rules};
use ztam::world::World;
use ztam_graph::ids::Names;
use ztam_model::date::Date;
use ztam_report::fidelity::Fidelity;
use ztam_report::human::{self, Style};
use ztam_report::import::Import;
use ztam_report::inventory::InventoryReport;
use ztam_report::json::{Findings, schema};
use ztam_report::manifest::Manifest;
use ztam_report::obligations::Obligations;
use ztam_report::plan::Plan;
use ztam_report::removal::Changes;
use ztam_report::rules::Rules;
use ztam_report::verification::Verification;
use ztam_report::why::Why;

/// The example that has a flaw for each group of rules.
const FLAWED: &str = "matrices/flawed-crm";

/// The example that a company could start from.
const ACME: &str = "matrices/acme-crm";

/// What is left of [`ACME`], each with the reason.
const ACME_LEFT: &str = "Two kinds of findings are left, and both are meant:

- **`separate/payee-and-payment`, waived.** A finance team of two cannot keep the two duties apart until the third person starts. The
  waiver [W-2026-014](../matrices/acme-crm/waivers.ztam.yaml) names its owner, another approver, what is done instead and when that was
  tested, and it ends. From that day on the finding blocks every build.
- **`escalation/attribution-forgery`, advice.** Salesforce has no object permissions for tasks and events: whoever plans activities
  needs `EditTask` and `EditEvent`. Whether these reach the activities of other people depends on how activities are shared, which
  no matrix says; with activities private they do not. So the finding is low, blocks in no profile, and stays in sight.
";

/// Every generated file: path from the repository's root, and text.
///
/// # Errors
/// The schemas cannot be made.
pub fn outputs() -> Result<BTreeMap<String, String>, String> {
    let language = Session::new().schema().map_err(|failure| format!("{failure:?}"))?;
    let parsed: Value = serde_json::from_str(&language).map_err(|error| error.to_string())?;
    let mut files = BTreeMap::new();
    files.insert("docs/reference.md".to_owned(), reference(&parsed));
    files.insert("schemas/ztam.schema.json".to_owned(), language);
    files.insert("schemas/inventory.schema.json".to_owned(), pretty(&ztam_model::inventory::schema())?);
    for (name, schema) in documents() {
        files.insert(format!("schemas/{name}.schema.json"), pretty(&schema)?);
    }
    files.insert("docs/cli.md".to_owned(), commands());
    files.insert("docs/flawed-crm.md".to_owned(), flawed()?);
    files.insert("docs/acme-crm.md".to_owned(), acme()?);
    files.insert("docs/rules/README.md".to_owned(), rule_index());
    files.insert("docs/packs.md".to_owned(), packs());
    for rule in all_rules() {
        files.insert(format!("docs/rules/{}.md", rule.id), rule.page.to_owned());
    }
    Ok(files)
}

/// The day that examples are judged for.
const AS_OF: &str = "2026-09-20";

/// The example that has a flaw for each group of rules, and what is said of it.
fn flawed() -> Result<String, String> {
    Ok(format!(
        "# A matrix with a flaw for every group of rules\n\nGenerated: what `ztam check {FLAWED} --as-of {AS_OF}` says. Each flaw is \
         marked `planted` in [the sources](../{FLAWED}/); one flaw may break several rules.\n\n```text\n{}\n```\n",
        said_of(FLAWED)?
    ))
}

/// The example under the strict profile: what is left, and why it may stay.
fn acme() -> Result<String, String> {
    Ok(format!(
        "# The textbook example under the strict profile\n\n[acme-crm](../{ACME}/) is judged with `rules: {{profile: strict}}`: \
         everything of medium severity and above blocks, advice too.\n\n{ACME_LEFT}\nGenerated: what `ztam check {ACME} --as-of \
         {AS_OF}` says.\n\n```text\n{}\n```\n",
        said_of(ACME)?
    ))
}

/// What `ztam check` says of an example.
fn said_of(example: &str) -> Result<String, String> {
    let as_of = Date::parse(AS_OF).ok_or("no date")?;
    let world = World::new(as_of, Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(example));
    let session = Session::new();
    let loaded = session.load(&world, &world.directory).map_err(|failure| format!("{failure:?}"))?;
    let compiled = session.compile(&loaded);
    let environment = Names::new(&loaded.project).environments.ids().next();
    let findings = session.analyze(&loaded, &compiled, environment, as_of).findings;
    Ok(human::findings(&findings, &loaded.sources, Style::default()).trim_end().to_owned())
}

/// The schema of each document that the program writes.
fn documents() -> [(&'static str, Value); 11] {
    [
        ("changes", schema::<Changes>()),
        ("fidelity", schema::<Fidelity>()),
        ("findings", schema::<Findings>()),
        ("import", schema::<Import>()),
        ("inventory-report", schema::<InventoryReport>()),
        ("manifest", schema::<Manifest>()),
        ("obligations", schema::<Obligations>()),
        ("plan", schema::<Plan>()),
        ("rules", schema::<Rules>()),
        ("verification", schema::<Verification>()),
        ("why", schema::<Why>()),
    ]
}

fn pretty(value: &Value) -> Result<String, String> {
    serde_json::to_string_pretty(value).map(|text| text + "\n").map_err(|error| error.to_string())
}

fn rule_index() -> String {
    let mut text = String::from(
        "# Rules\n\nGenerated from the rules. `ztam explain RULE` prints a page. *Proven* follows from the input alone; \
         *advisory* needs judgement or rests on a fact that is not verified. Proven and high or critical blocks by default.\n\n\
         Findings are ordered by what they do to the run, then by severity, tier of the right (0, the whole org, first), class of the \
         data, widest rows and number of roles. Findings with one cause are one, with a count.\n\n\
         `rules: {profile: ...}` decides what blocks. `minimal`: names, the integrity of the matrix, the ways to become an \
         administrator, guests, the project's own guards and separations. `standard`: every proven rule of high severity and above. \
         `strict`: everything of medium severity and above, advisory rules too.\n\n\
         | rule | finds | severity | confidence | waivable |\n|---|---|---|---|---|\n",
    );
    for rule in all_rules() {
        let waivable = if rule.waivable { "yes" } else { "no" };
        let (severity, confidence) = (rule.severity.as_str(), rule.confidence.as_str());
        let _ = writeln!(
            text,
            "| [{0}]({0}.md) | {1} | {severity} | {confidence} | {waivable} |",
            rule.id, rule.summary
        );
    }
    text
}

/// Every pack of separations with its words and pairs.
fn packs() -> String {
    let mut text = String::from(
        "# Packs of separations\n\nGenerated from the packs. [duties.md](duties.md) says how a project switches them on and what their pairs \
         mean. *Documented* pairs stand in a published source; pairs that are our inference, or for which we know no source, advise \
         and never block by default. A power is read off the rights of the platforms and needs no binding.\n",
    );
    for pack in ztam_model::packs::all() {
        let _ = write!(text, "\n## `{}`: {}\n", pack.name, pack.title);
        if !pack.words.is_empty() {
            text.push_str("\n| word | stands for |\n|---|---|\n");
        }
        for word in &pack.words {
            let _ = writeln!(text, "| `{}` | {} |", word.name, word.means);
        }
        text.push_str(
            "\n| pair | one duty | the other | severity | basis | risk |\n|---|---|---|---|---|---|\n",
        );
        for pair in &pack.pairs {
            let [one, other] = pair.sides.each_ref().map(side);
            let basis = match pair.rule {
                Some(rule) => format!("{}; always judged, by [{rule}](rules/{rule}.md)", pair.basis.as_str()),
                None => pair.basis.as_str().to_owned(),
            };
            let (name, severity, risk) = (pair.name, pair.severity.as_str(), pair.risk);
            let _ = writeln!(text, "| `{name}` | {one} | {other} | {severity} | {basis} | {risk} |");
        }
    }
    text
}

/// A side of a pair: the duty, and what makes it.
fn side(side: &ztam_model::packs::Side) -> String {
    let items = side.items.iter().map(|item| match item {
        ztam_model::packs::Item::On(actions, word) => {
            let actions: Vec<_> = actions.iter().map(|action| action.as_str()).collect();
            format!("{} `{word}`", actions.join(" or "))
        }
        ztam_model::packs::Item::Can(power) => format!("power {}", power.as_str()),
    });
    let items: Vec<String> = items.collect();
    if items.is_empty() { side.title.to_owned() } else { format!("{}: {}", side.title, items.join("; ")) }
}

fn commands() -> String {
    let mut text = String::from(
        "# Commands\n\nGenerated from the program. PROJECT defaults to the nearest `ztam.yaml` upwards. Findings and progress go to \
         the standard error stream, data to standard output or `--out`. Every option can be set by a variable `ZTAM_...`: option, \
         then variable, then default.\n\n\
         | exit code | when |\n|---|---|\n\
         | 0 | all is well |\n| 1 | a finding blocks |\n| 2 | the command was used wrongly, or files cannot be got at |\n\
         | 3 | no access graph can be made |\n| 4 | a promise is not true |\n| 5 | wider than allowed, drift, or not what the matrix says |\n\
         | 70 | a bug in ztam |\n\nWhen several apply: 70, then 2, 3, 5, 4, 1.\n",
    );
    let mut program = <ztam::cli::Cli as clap::CommandFactory>::command();
    program.build();
    for command in program.get_subcommands().filter(|it| it.get_name() != "help") {
        let help = command.clone().term_width(100).color(clap::ColorChoice::Never).render_long_help();
        let _ = write!(
            text,
            "\n## ztam {}\n\n```text\n{}\n```\n",
            command.get_name(),
            help.to_string().trim_end()
        );
    }
    text
}

/// Every key of the language with its type and meaning, from the schema that editors use.
fn reference(schema: &Value) -> String {
    let mut text = String::from(
        "# Reference of the keys\n\nGenerated from the JSON Schema. [language.md](language.md) says what they mean together.\n\n\
         ## A file\n\n",
    );
    table(&mut text, schema);
    let definitions = schema.get("definitions").and_then(Value::as_object);
    for (name, definition) in definitions.into_iter().flatten() {
        let _ = write!(text, "\n## {name}\n\n");
        if let Some(description) = definition.get("description").and_then(Value::as_str) {
            let _ = write!(text, "{}\n\n", one_line(description));
        }
        table(&mut text, definition);
    }
    text
}

fn table(text: &mut String, definition: &Value) {
    let Some(properties) = definition.get("properties").and_then(Value::as_object) else {
        if let Some(words) = definition.get("enum").and_then(Value::as_array) {
            let words: Vec<_> =
                words.iter().filter_map(Value::as_str).map(|word| format!("`{word}`")).collect();
            let _ = writeln!(text, "One of {}.", words.join(", "));
        }
        return;
    };
    let required: Vec<_> = definition
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    text.push_str("| key | type | meaning |\n|---|---|---|\n");
    for (key, property) in properties {
        let must = if required.contains(&key.as_str()) { " (required)" } else { "" };
        let meaning = property.get("description").and_then(Value::as_str).map(one_line).unwrap_or_default();
        let _ = writeln!(text, "| `{key}`{must} | {} | {} |", kind(property), meaning.replace('|', "\\|"));
    }
}

fn kind(property: &Value) -> String {
    if let Some(reference) = property.get("$ref").and_then(Value::as_str) {
        let name = reference.rsplit('/').next().unwrap_or_default();
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(inner) = property.get("allOf").and_then(Value::as_array).and_then(|it| it.first()) {
        return kind(inner);
    }
    match property.get("type").and_then(Value::as_str) {
        Some("array") => format!("list of {}", property.get("items").map(kind).unwrap_or_default()),
        Some("object") => match property.get("additionalProperties").filter(|it| it.is_object()) {
            Some(inner) => format!("map of {}", kind(inner)),
            None => "map".to_owned(),
        },
        Some("string") => "text".to_owned(),
        Some("integer") => "number".to_owned(),
        Some(other) => other.to_owned(),
        None => String::new(),
    }
}

/// The sentences before a list of words, on one line: the words stand in the table.
fn one_line(text: &str) -> String {
    let sentences = text.split("\n- ").next().unwrap_or_default();
    sentences.split_whitespace().collect::<Vec<_>>().join(" ")
}
