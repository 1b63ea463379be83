//! The rules of reading: what the profile leaves out of YAML, and the limits of a file. None of them can be waived:
//! a file that two readers understand differently says nothing that could be checked.

use crate::finding::{Confidence, RuleMeta, Severity, Stage};

/// All rules of this crate, in order of their ids.
pub static RULES: &[&RuleMeta] = &[
    &ANCHOR,
    &COMPLEX_KEY,
    &CONTROL_CHARACTER,
    &DIRECTIVE,
    &DUPLICATE_KEY,
    &EMPTY_VALUE,
    &MERGE_KEY,
    &NOT_A_MAPPING,
    &NOT_UTF8,
    &SEVERAL_DOCUMENTS,
    &SYNTAX,
    &TAB_INDENTATION,
    &TAG,
    &TOO_DEEP,
    &TOO_LARGE,
    &TOO_MANY_NODES,
];

const fn rule(id: &'static str, summary: &'static str, severity: Severity, page: &'static str) -> RuleMeta {
    RuleMeta {
        id,
        summary,
        severity,
        confidence: Confidence::Proven,
        waivable: false,
        stage: Stage::Compile,
        since: "0.1.0",
        controls: &[],
        page,
    }
}

/// Anchors and aliases.
pub static ANCHOR: RuleMeta = rule(
    "yaml/anchor",
    "a value refers to text in another place",
    Severity::Critical,
    include_str!("pages/yaml/anchor.md"),
);

/// Keys that are no scalar, or are written over several lines.
pub static COMPLEX_KEY: RuleMeta = rule(
    "yaml/complex-key",
    "a key is not one text on one line",
    Severity::High,
    include_str!("pages/yaml/complex-key.md"),
);

/// Characters that a reader cannot see.
pub static CONTROL_CHARACTER: RuleMeta = rule(
    "yaml/control-character",
    "the text holds characters that a reader cannot see",
    Severity::Critical,
    include_str!("pages/yaml/control-character.md"),
);

/// `%YAML`, `%TAG` and other directives.
pub static DIRECTIVE: RuleMeta = rule(
    "yaml/directive",
    "a directive changes how the file is read",
    Severity::High,
    include_str!("pages/yaml/directive.md"),
);

/// A key that is written more than once in one mapping.
pub static DUPLICATE_KEY: RuleMeta = rule(
    "yaml/duplicate-key",
    "a key is written more than once",
    Severity::Critical,
    include_str!("pages/yaml/duplicate-key.md"),
);

/// A key or an item without a value.
pub static EMPTY_VALUE: RuleMeta = rule(
    "yaml/empty-value",
    "a key or an item has no value",
    Severity::High,
    include_str!("pages/yaml/empty-value.md"),
);

/// The key `<<`.
pub static MERGE_KEY: RuleMeta = rule(
    "yaml/merge-key",
    "a merge key copies entries from elsewhere",
    Severity::Critical,
    include_str!("pages/yaml/merge-key.md"),
);

/// A document that is a list or a text.
pub static NOT_A_MAPPING: RuleMeta = rule(
    "yaml/not-a-mapping",
    "the file is not made of keys with values",
    Severity::High,
    include_str!("pages/yaml/not-a-mapping.md"),
);

/// Bytes that are not UTF-8.
pub static NOT_UTF8: RuleMeta =
    rule("yaml/not-utf8", "the file is not UTF-8", Severity::High, include_str!("pages/yaml/not-utf8.md"));

/// More than one document in a file.
pub static SEVERAL_DOCUMENTS: RuleMeta = rule(
    "yaml/several-documents",
    "the file holds more than one document",
    Severity::Critical,
    include_str!("pages/yaml/several-documents.md"),
);

/// Text that is not YAML.
pub static SYNTAX: RuleMeta =
    rule("yaml/syntax", "the file is not valid YAML", Severity::High, include_str!("pages/yaml/syntax.md"));

/// Tabs in front of the first character of a line.
pub static TAB_INDENTATION: RuleMeta = rule(
    "yaml/tab-indentation",
    "a line is indented with tabs",
    Severity::High,
    include_str!("pages/yaml/tab-indentation.md"),
);

/// Explicit types.
pub static TAG: RuleMeta = rule(
    "yaml/tag",
    "a tag changes how a value is read",
    Severity::Critical,
    include_str!("pages/yaml/tag.md"),
);

/// Collections inside collections beyond [`crate::tree::Limits::depth`].
pub static TOO_DEEP: RuleMeta = rule(
    "yaml/too-deep",
    "lists and mappings are nested too deep",
    Severity::High,
    include_str!("pages/yaml/too-deep.md"),
);

/// A file beyond [`crate::tree::Limits::bytes`].
pub static TOO_LARGE: RuleMeta =
    rule("yaml/too-large", "the file is too large", Severity::High, include_str!("pages/yaml/too-large.md"));

/// A file beyond [`crate::tree::Limits::nodes`].
pub static TOO_MANY_NODES: RuleMeta = rule(
    "yaml/too-many-nodes",
    "the file has too many keys and values",
    Severity::High,
    include_str!("pages/yaml/too-many-nodes.md"),
);
