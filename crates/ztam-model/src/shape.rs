//! The shape check: all mistakes of a file against the JSON Schema at once, each in its place and in our words.
//!
//! This is the only module that knows the JSON Schema library. It runs where lowering found a fault: lowering stops at the
//! first mistake of an entity, this does not.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde_json::Value;
use ztam_source::confusable::quoted;
use ztam_source::file::FileId;
use ztam_source::finding::{Finding, Safety, TextEdit};
use ztam_source::span::Span;
use ztam_source::suggest::closest;
use ztam_source::tree::{NodeId, NodeKind, Tree};
use ztam_source::{DeError, DeErrorKind};

use crate::date::Date;
use crate::names;
use crate::rules;
use crate::schema::{self, PlatformSchema};

/// Most findings of one file; the last one says how many more there are.
pub const MOST_FINDINGS: usize = 100;

/// The shape check of one set of platforms. Making it is cheap: the schema is compiled when the first file needs it.
#[derive(Debug)]
pub struct ShapeCheck {
    platforms: Vec<PlatformSchema>,
    compiled: OnceLock<Result<Compiled, String>>,
}

#[derive(Debug)]
struct Compiled {
    schema: Value,
    validator: Validator,
}

impl ShapeCheck {
    /// A check of files that may speak of these platforms.
    #[must_use]
    pub fn new(platforms: Vec<PlatformSchema>) -> Self {
        Self { platforms, compiled: OnceLock::new() }
    }

    /// The schema that files are checked against.
    ///
    /// # Errors
    ///
    /// The parts of the platforms do not make a valid schema. [`Self::check`] then finds nothing, and lowering reports
    /// one mistake an entity.
    pub fn schema(&self) -> Result<&Value, &str> {
        self.compiled().map(|it| &it.schema)
    }

    fn compiled(&self) -> Result<&Compiled, &str> {
        let compile = || {
            let schema = schema::schema(&self.platforms);
            let validator = jsonschema::options()
                .should_validate_formats(true)
                .build(&schema)
                .map_err(|error| error.to_string())?;
            Ok(Compiled { schema, validator })
        };
        self.compiled.get_or_init(compile).as_ref().map_err(String::as_str)
    }

    /// All mistakes of a file, in order of place. A value that is missing altogether is not among them: reading reports it.
    #[must_use]
    pub fn check(&self, tree: &Tree<'_>, file: FileId) -> Vec<Finding> {
        debug_assert_eq!(tree.file(), file, "the tree is of another file");
        let Ok(compiled) = self.compiled() else { return Vec::new() };
        let document = tree.to_json(tree.root());
        let mut found: BTreeMap<(Span, &'static str, String), Finding> = BTreeMap::new();
        let mut unshown = 0_usize;
        for error in compiled.validator.iter_errors(&document).filter(is_told) {
            if found.len() >= MOST_FINDINGS {
                unshown += 1;
                continue;
            }
            for finding in explain(tree, &compiled.schema, &error) {
                let span = finding.primary().map_or_else(|| tree.span(tree.root()), |it| it.span);
                found.entry((span, finding.rule.id, finding.title.clone())).or_insert(finding);
            }
        }
        let mut findings: Vec<_> = found.into_values().collect();
        if unshown > 0
            && let Some(last) = findings.last_mut()
        {
            last.notes.push(format!("{unshown} more mistakes in this file are not shown"));
        }
        findings
    }
}

/// The finding for a mistake that lowering found and the schema cannot say.
#[must_use]
pub fn finding_of_fault(fault: &DeError) -> Finding {
    let rule = match fault.kind {
        DeErrorKind::UnknownKey => &rules::UNKNOWN_KEY,
        DeErrorKind::MissingKey => &rules::MISSING_KEY,
        DeErrorKind::UnknownWord => &rules::UNKNOWN_WORD,
        DeErrorKind::WrongType | DeErrorKind::WrongValue => &rules::WRONG_TYPE,
    };
    let mut finding = Finding::new(rule, fault.message.clone()).at(fault.span, "here");
    finding.helps.extend(fault.help.clone());
    if let Some(meant) = &fault.suggestion {
        finding = replace(finding, fault.span, meant);
    }
    finding
}

/// One place of a file with what the schema says about it.
struct Place<'a> {
    tree: &'a Tree<'a>,
    node: NodeId,
    schema: &'a Value,
    /// The type of the language that stands here, if it has a name.
    definition: Option<&'a str>,
    /// The key or section by which people know the place.
    key: Option<String>,
    /// Whether it is an item of a list.
    item: bool,
}

impl<'a> Place<'a> {
    fn find(tree: &'a Tree<'a>, root: &'a Value, pointer: &str) -> Self {
        let mut place = Self {
            tree,
            node: tree.root(),
            schema: root,
            definition: Some("Document"),
            key: None,
            item: false,
        };
        for step in pointer.split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            place.step(root, &step);
        }
        place.node = tree.at_pointer(pointer).unwrap_or(place.node);
        place
    }

    fn step(&mut self, root: &'a Value, step: &str) {
        let property = self.schema.get("properties").and_then(|it| it.get(step));
        self.item = self.schema.get("items").is_some();
        // The names of entities are the project's; only the keys of the language tell people where they are.
        if property.is_some() {
            self.key = Some(step.to_owned());
        }
        let next = property
            .or_else(|| self.schema.get("items"))
            .or_else(|| self.schema.get("additionalProperties"))
            .unwrap_or(&Value::Null);
        self.definition = next.get("$ref").and_then(Value::as_str).and_then(|it| it.rsplit('/').next());
        self.schema = match self.definition.and_then(|it| root.get("definitions")?.get(it)) {
            Some(definition) => definition,
            None => next,
        };
    }

    /// What stands here, as the subject of a sentence.
    fn noun(&self) -> String {
        match self.definition.and_then(noun_of) {
            Some(noun) => noun.to_owned(),
            None => self.key.as_deref().map_or_else(|| "this".to_owned(), quoted),
        }
    }

    /// The value here, as the subject of a sentence.
    fn value_noun(&self) -> String {
        match &self.key {
            Some(key) if self.item => format!("an item of {}", quoted(key)),
            Some(key) => quoted(key),
            None => self.noun(),
        }
    }

    fn span(&self) -> Span {
        self.tree.span(self.node)
    }

    /// Where to show that something is missing: the key of the mapping, else its first key, else all of it.
    fn place_of_absence(&self) -> Span {
        let first_key = || self.tree.entries(self.node).next().map(|it| self.tree.span(it.key));
        self.tree.key_span(self.node).or_else(first_key).unwrap_or_else(|| self.span())
    }

    fn known_keys(&self) -> Vec<&'a str> {
        let properties = self.schema.get("properties").and_then(Value::as_object);
        properties.into_iter().flat_map(|it| it.keys()).map(String::as_str).collect()
    }

    fn is_date(&self) -> bool {
        self.definition == Some("Date")
    }

    fn is_name(&self) -> bool {
        let pattern = self.schema.get("pattern").and_then(Value::as_str);
        matches!(pattern, Some(names::ID_PATTERN | names::EXCEPTION_ID_PATTERN))
    }
}

/// The word for a type of the language.
fn noun_of(definition: &str) -> Option<&'static str> {
    Some(match definition {
        "Document" => "a source file",
        "Class" => "a class",
        "Condition" => "a condition",
        "Domain" => "a domain",
        "Asset" => "an asset",
        "Field" => "a field",
        "Capability" => "a capability",
        "Role" => "a role",
        "Cell" => "a class cell",
        "AlsoCell" => "an `also` cell",
        "Guard" => "a guard",
        "Duty" => "a duty",
        "Separation" => "a separation",
        "Waiver" => "a waiver",
        "Temporary" => "a temporary grant",
        "Responsibility" => "a responsibility",
        "App" => "an application",
        "Sync" => "a flow of data",
        "Monitor" => "a monitor",
        "Pack" => "a pack",
        "Account" => "an account",
        "Audit" => "what is recorded",
        "Automation" => "automation",
        "Mitigation" => "a mitigation",
        "Environment" => "an environment",
        "Change" => "a change",
        "Moved" => "a rename",
        "Carry" => "a carried right",
        "Action" => "an action",
        "Scope" => "a scope",
        "RoleKind" => "a kind of role",
        "SignIn" => "a way to sign in",
        "Safeguard" => "a safeguard",
        "RunsAs" => "what automation runs as",
        "AppUsers" => "who uses an application",
        "Refresh" => "a length of sign-in",
        "Watch" => "something to watch",
        "Means" => "what a condition asks",
        "Quantity" => "`any` or `all`",
        "Same" => "what duties share",
        "Reach" => "a reach",
        "ExportRule" => "an export rule",
        "SeverityWord" => "a severity",
        "Party" => "a party",
        "Relate" => "a way to relate",
        "Profile" => "a profile",
        "LevelWord" => "a level",
        "MovedKind" => "something that can be renamed",
        _ => return None,
    })
}

/// Whether a mistake has no other finding: reading reports what is null, and a word that is no text is a wrong type.
fn is_told(error: &ValidationError<'_>) -> bool {
    let word = matches!(error.kind(), ValidationErrorKind::Enum { .. });
    !error.instance().is_null() && (!word || error.instance().is_string())
}

fn explain(tree: &Tree<'_>, root: &Value, error: &ValidationError<'_>) -> Vec<Finding> {
    let place = Place::find(tree, root, error.instance_path().as_str());
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            unexpected.iter().map(|key| unknown_key(&place, key)).collect()
        }
        ValidationErrorKind::Required { property } => {
            let key = property.as_str().unwrap_or_default();
            if tree.has_refused_entries(place.node) { Vec::new() } else { vec![missing_key(&place, key)] }
        }
        ValidationErrorKind::Type { kind } => vec![wrong_type(&place, kind, error.instance())],
        ValidationErrorKind::Enum { options } => {
            let word = error.instance().as_str().unwrap_or_default();
            vec![unknown_word(&place, word, options)]
        }
        ValidationErrorKind::PropertyNames { error } => {
            error.instance().as_str().map(|name| bad_key(&place, name)).into_iter().collect()
        }
        ValidationErrorKind::Pattern { .. }
        | ValidationErrorKind::Format { .. }
        | ValidationErrorKind::MaxLength { .. }
            if place.is_date() =>
        {
            vec![bad_date(&place)]
        }
        ValidationErrorKind::Pattern { .. } | ValidationErrorKind::MaxLength { .. } if place.is_name() => {
            let name = tree.text(place.node);
            vec![bad_name(&place, name, place.span(), false)]
        }
        other => vec![wrong_value(&place, other)],
    }
}

fn unknown_key(place: &Place<'_>, key: &str) -> Finding {
    let tree = place.tree;
    let span = tree.entries(place.node).find(|it| tree.text(it.key) == key).map(|it| tree.span(it.key));
    let known = place.known_keys();
    let title = format!("{} has no key {}", place.noun(), quoted(key));
    let finding = Finding::new(&rules::UNKNOWN_KEY, title)
        .at(span.unwrap_or_else(|| place.span()), "not known here")
        .fact("key", key);
    match (closest(key, known.iter().copied()), span) {
        (Some(meant), _) if tree.get(place.node, meant).is_some() => {
            finding.help(format!("did you mean `{meant}`? it is there already"))
        }
        (Some(meant), Some(span)) => replace(finding.help(format!("did you mean `{meant}`?")), span, meant),
        _ => finding.help(format!("known here: {}", listed(&known))),
    }
}

fn missing_key(place: &Place<'_>, key: &str) -> Finding {
    Finding::new(&rules::MISSING_KEY, format!("{} needs `{key}`", place.noun()))
        .at(place.place_of_absence(), format!("`{key}` is missing"))
        .fact("key", key)
}

fn wrong_type(place: &Place<'_>, kind: &TypeKind, found: &Value) -> Finding {
    let wanted = match kind {
        TypeKind::Single(kind) => kind.to_string(),
        TypeKind::Multiple(_) => String::new(),
    };
    let words = match wanted.as_str() {
        "object" => "a mapping",
        "array" => "a list",
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        _ => "another kind of value",
    };
    let (tree, node) = (place.tree, place.node);
    let source = tree.text(node);
    let is = match found {
        Value::Null => "nothing".to_owned(),
        Value::Bool(_) => format!("the truth value {}", quoted(source)),
        Value::Number(_) => format!("the number {}", quoted(source)),
        Value::String(_) => format!("the text {}", quoted(source)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
    };
    let title = format!("{} takes {words}, not {is}", place.value_noun());
    let finding = Finding::new(&rules::WRONG_TYPE, title).at(place.span(), format!("{words} is expected"));
    let edit = |text| vec![TextEdit { span: place.span(), text }];
    let plain = tree.kind(node) == NodeKind::Plain;
    match (wanted.as_str(), found) {
        ("string", Value::Bool(_) | Value::Number(_)) if plain => finding.help("quote it").fix(
            "quote the text",
            Safety::NeedsApproval,
            edit(format!("\"{source}\"")),
        ),
        ("array", Value::String(_)) if plain && !source.contains('\n') => finding
            .help("put brackets around it")
            .fix("make it a list of one", Safety::NeedsApproval, edit(format!("[{source}]"))),
        ("integer" | "number" | "boolean", Value::String(_)) if !plain => finding.help("remove the quotes"),
        ("boolean", Value::String(_)) => finding.help("write `true` or `false`"),
        _ => finding,
    }
}

fn unknown_word(place: &Place<'_>, word: &str, options: &Value) -> Finding {
    let words: Vec<&str> = options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let title = match place.definition.and_then(noun_of) {
        Some(noun) => format!("{} is not {noun}", quoted(word)),
        None => format!("{} is not a word that {} takes", quoted(word), place.value_noun()),
    };
    let finding = Finding::new(&rules::UNKNOWN_WORD, title)
        .at(place.span(), "not a word of the language")
        .fact("word", word);
    let list = format!("one of {}", listed(&words));
    match closest(word, words.iter().copied()) {
        Some(meant) => {
            replace(finding.help(format!("did you mean `{meant}`?")).note(list), place.span(), meant)
        }
        None => finding.help(list),
    }
}

/// The name of an entity that is not written as names are.
fn bad_key(place: &Place<'_>, name: &str) -> Finding {
    let tree = place.tree;
    let entry = tree.entries(place.node).find(|it| tree.text(it.key) == name);
    let span = entry.map_or_else(|| place.span(), |it| tree.span(it.key));
    let free = place.schema.get("propertyNames").and_then(|it| it.get("pattern"));
    bad_name(place, name, span, free.and_then(Value::as_str) == Some(names::EXCEPTION_ID_PATTERN))
}

fn bad_name(place: &Place<'_>, name: &str, span: Span, exception: bool) -> Finding {
    let help = if exception {
        "such a name is made of letters, digits, dots, hyphens and underscores, at most 64, and begins with a letter or digit"
    } else {
        "a name is made of lower case letters, digits and single hyphens, at most 64, and begins with a letter"
    };
    let title = if name.len() > names::LONGEST {
        format!("{} is too long for a name", quoted(name))
    } else {
        format!("{} is not written as names are", quoted(name))
    };
    let finding = Finding::new(&rules::BAD_NAME, title).at(span, "not a name").help(help).fact("name", name);
    match names::kebab(name).filter(|_| !exception) {
        Some(id) if place.tree.get(place.node, &id).is_none() => replace(finding, span, &id),
        _ => finding,
    }
}

fn bad_date(place: &Place<'_>) -> Finding {
    let text = place.tree.text(place.node);
    let well_formed = text.len() == 10 && text.bytes().filter(|it| *it == b'-').count() == 2;
    let title = if well_formed && text.bytes().all(|it| it == b'-' || it.is_ascii_digit()) {
        format!("there is no day {}", quoted(text))
    } else {
        format!("{} is not a date", quoted(text))
    };
    let finding = Finding::new(&rules::BAD_DATE, title)
        .at(place.span(), "not a date")
        .help("write the day as YYYY-MM-DD, in the years 1900 to 9999");
    match nearest_date(text) {
        Some(date) => replace(finding, place.span(), &date.to_string()),
        None => finding,
    }
}

/// The day that is meant where the year comes first and only separators or zeros are wrong. Other orders are ambiguous.
fn nearest_date(text: &str) -> Option<Date> {
    let day = text.split(['T', ' ']).next()?;
    let mut parts = day.split(['-', '/', '.']);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if year.len() != 4 || parts.next().is_some() {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

fn wrong_value(place: &Place<'_>, kind: &ValidationErrorKind) -> Finding {
    let bound = match kind {
        ValidationErrorKind::Minimum { limit } => format!("must be at least {limit}"),
        ValidationErrorKind::Maximum { limit } => format!("must be at most {limit}"),
        ValidationErrorKind::MinItems { limit: 1 } => "is empty".to_owned(),
        ValidationErrorKind::MinItems { limit } => format!("needs at least {limit} items"),
        ValidationErrorKind::MaxItems { limit } => format!("takes at most {limit} items"),
        ValidationErrorKind::MinLength { limit } => format!("needs at least {limit} characters"),
        ValidationErrorKind::MaxLength { limit } => format!("takes at most {limit} characters"),
        ValidationErrorKind::UniqueItems => "names something twice".to_owned(),
        ValidationErrorKind::Pattern { pattern } => format!("must match {}", quoted(pattern)),
        other => format!("does not fit (`{}`)", other.keyword()),
    };
    let finding = Finding::new(&rules::WRONG_TYPE, format!("{} {bound}", place.value_noun()))
        .at(place.span(), "does not fit");
    if matches!(kind, ValidationErrorKind::MinItems { limit: 1 }) {
        return finding
            .note("nothing named could be read as nothing or as everything")
            .help("name what is meant, or take out the whole entry");
    }
    finding
}

/// Offers a word in place of another. It may begin to grant something, so a person decides.
fn replace(finding: Finding, span: Span, text: &str) -> Finding {
    let edit = TextEdit { span, text: text.to_owned() };
    finding.fix(format!("write `{text}`"), Safety::NeedsApproval, vec![edit])
}

/// All words of a vocabulary, or the first of a long list.
fn listed(words: &[&str]) -> String {
    const MOST: usize = 12;
    let shown: Vec<_> = words.iter().take(MOST).map(|it| format!("`{it}`")).collect();
    match words.len().checked_sub(MOST) {
        None | Some(0) => shown.join(", "),
        Some(more) => format!("{} and {more} more", shown.join(", ")),
    }
}
